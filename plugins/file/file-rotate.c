/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file-name.h"
#include "file-record.h"

#define MVX_FILE_ENTER_ATTEMPTS 8
#define MVX_FILE_REFUSED_PAUSE_US (60 * G_USEC_PER_SEC)
#define MVX_FILE_MAX_NUMBER 1000000

struct _MvxFileRotate
{
  const MvxFileOptions *options;
  MvxLogSinkHost *host;
  MvxFileWriter *writer;
  MvxFileTidy *tidy;
  MvxFileTrouble *trouble;
  gboolean is_astray;  /* the path leads elsewhere, and cannot be opened */
  gboolean has_rolled; /* and the new file is not open yet */
  gint64 began_us;     /* when the present file became the present one */
  gint64 next_us;      /* when it is over, by the schedule */
  gint64 refused_us;   /* monotonic: when rolling failed, 0 if it did not */
  gint64 stamp_us;     /* of the last name, */
  guint number;        /* and its number */
};

static GTimeZone *
mvx_file_rotate_get_zone (MvxFileRotate *self)
{
  return self->options->rotate_utc ? g_time_zone_new_utc () : g_time_zone_new_local ();
}

static void
mvx_file_rotate_begin (MvxFileRotate *self, gint64 time_us)
{
  g_autoptr (GTimeZone) zone = mvx_file_rotate_get_zone (self);

  self->began_us = time_us;
  self->next_us = mvx_file_schedule_next (&self->options->rotate, time_us, zone);
}

static void
mvx_file_rotate_recall (MvxFileRotate *self)
{
  mvx_file_rotate_begin (self, mvx_file_record_recall (self->options, self->host));
}

MvxFileRotate *
mvx_file_rotate_new (const MvxFileOptions *options,
                     MvxLogSinkHost *host,
                     MvxFileWriter *writer,
                     MvxFileTidy *tidy,
                     MvxFileTrouble *trouble)
{
  MvxFileRotate *self = g_new0 (MvxFileRotate, 1);

  self->options = options;
  self->host = host;
  self->writer = writer;
  self->tidy = tidy;
  self->trouble = trouble;
  mvx_file_rotate_recall (self);
  return self;
}

void
mvx_file_rotate_free (MvxFileRotate *self)
{
  g_free (self);
}

/* The lock of the file that the path leads to. If the path leads nowhere and cannot be opened, the events stay in the
 * old file, unless that has been removed. File systems without locks have one process per file. */
static gboolean
mvx_file_rotate_enter (MvxFileRotate *self, struct stat *info, GError **error)
{
  g_autoptr (GError) local = NULL;

  for (guint i = 0; i < MVX_FILE_ENTER_ATTEMPTS; i++)
    {
      while (flock (mvx_file_writer_get_fd (self->writer), LOCK_EX) != 0 && errno == EINTR)
        ;
      if (!mvx_file_writer_is_stale (self->writer))
        break;
      if (mvx_file_writer_reopen (self->writer, &local))
        mvx_file_trouble_clear (self->trouble);
      else if (mvx_file_writer_is_stale (self->writer))
        break;
      else
        mvx_file_trouble_tell (self->trouble, local); /* the old one is not safe on its disk */
      g_clear_error (&local);
      mvx_log_sink_host_count (self->host, "reopened", 1);
      mvx_file_rotate_recall (self);
    }
  self->is_astray = local != NULL;
  if (fstat (mvx_file_writer_get_fd (self->writer), info) != 0)
    memset (info, 0, sizeof *info);
  if (local == NULL)
    return TRUE;
  if (info->st_nlink == 0)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  mvx_file_trouble_tell (self->trouble, local);
  return TRUE;
}

static gboolean
mvx_file_rotate_is_due (MvxFileRotate *self, gint64 now_us)
{
  g_autoptr (GTimeZone) zone = NULL;

  if (now_us >= self->began_us)
    return now_us >= self->next_us;
  zone = mvx_file_rotate_get_zone (self);
  if (mvx_file_schedule_settle (&self->options->rotate, self->began_us, now_us, zone) == now_us)
    {
      mvx_file_rotate_begin (self, now_us);
      mvx_file_record_keep (self->options, self->host, now_us);
    }
  return FALSE;
}

/* Also a name that is only left in its compressed form. */
static gboolean
mvx_file_rotate_is_taken (const char *path)
{
  g_autofree char *gz = g_strconcat (path, ".gz", NULL);
  g_autofree char *zst = g_strconcat (path, ".zst", NULL);

  return access (path, F_OK) == 0 || access (gz, F_OK) == 0 || access (zst, F_OK) == 0;
}

static int
mvx_file_rotate_rename (const char *from, const char *to)
{
  if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  /* Not on this file system; the lock keeps others from taking the name that was free just now. */
  return rename (from, to) == 0 ? 0 : errno;
}

/* Under the lock. */
static gboolean
mvx_file_rotate_roll (MvxFileRotate *self, gint64 now_us)
{
  gint64 stamp_us = now_us - now_us % G_USEC_PER_SEC;
  g_autofree char *directory = g_path_get_dirname (self->options->path);
  g_autofree char *name = NULL;
  int code = EEXIST;

  if (self->refused_us && g_get_monotonic_time () - self->refused_us < MVX_FILE_REFUSED_PAUSE_US)
    return FALSE;
  self->number = stamp_us == self->stamp_us ? self->number : 0;
  self->stamp_us = stamp_us;
  /* First, for whoever opens the new file reads it. */
  mvx_file_record_keep (self->options, self->host, now_us);
  while (code == EEXIST && self->number < MVX_FILE_MAX_NUMBER)
    {
      g_free (name);
      name = mvx_file_name_make (self->options->path, stamp_us, ++self->number);
      if (!mvx_file_rotate_is_taken (name))
        code = mvx_file_rotate_rename (self->options->path, name);
    }
  self->refused_us = code == 0 ? 0 : g_get_monotonic_time ();
  if (code != 0)
    {
      mvx_file_record_keep (self->options, self->host, self->began_us);
      mvx_log_sink_host_diagnosef (
          self->host, MVX_LOG_LEVEL_ERROR,
          "Cannot roll log file '%s' to '%s': %s; let user %u write to the directory '%s'; until "
          "then the file grows",
          self->options->path, name, g_strerror (code), (guint) geteuid (), directory);
      return FALSE;
    }
  self->has_rolled = TRUE;
  mvx_log_sink_host_count (self->host, "rotated", 1);
  mvx_file_rotate_begin (self, now_us);
  return TRUE;
}

static gboolean
mvx_file_rotate_is_too_large (MvxFileRotate *self, gint64 size)
{
  MvxFileLines *lines = mvx_file_writer_get_lines (self->writer);
  gint64 limit = self->options->rotate_size;

  return limit > 0 && size > 0
         && (size >= limit || (gint64) mvx_file_lines_trim (lines, (gsize) (limit - size)) > limit - size);
}

/* Makes room: rolls if it is time, or if not even one line fits. */
static gboolean
mvx_file_rotate_prepare (MvxFileRotate *self, struct stat *info, GError **error)
{
  gint64 now_us = g_get_real_time ();

  for (;;)
    {
      gboolean is_due;

      if (!mvx_file_rotate_enter (self, info, error))
        return FALSE;
      /* Rolled already, but there is no new file yet. */
      if (self->is_astray)
        return TRUE;
      if (self->has_rolled)
        mvx_file_tidy_start (self->tidy, self->options);
      self->has_rolled = FALSE;
      is_due = mvx_file_rotate_is_due (self, now_us);
      if (is_due && info->st_size == 0)
        {
          /* Nothing happened: no empty files. */
          mvx_file_record_keep (self->options, self->host, now_us);
          mvx_file_rotate_begin (self, now_us);
        }
      else if (S_ISREG (info->st_mode) && (is_due || mvx_file_rotate_is_too_large (self, info->st_size))
               && mvx_file_rotate_roll (self, now_us))
        continue; /* others may have filled the new file before it is locked here */
      return TRUE;
    }
}

/* The file may not grow further, though rotate-size would let it: the next one may. */
static gboolean
mvx_file_rotate_evade_limit (MvxFileRotate *self, const struct stat *info, guint n_lines)
{
  if (self->is_astray || !mvx_file_writer_is_at_limit (self->writer) || !S_ISREG (info->st_mode)
      || (info->st_size == 0 && n_lines == 0))
    return FALSE;
  mvx_file_writer_cut (self->writer);
  return mvx_file_rotate_roll (self, g_get_real_time ());
}

gboolean
mvx_file_rotate_write (MvxFileRotate *self, guint *n_lines, GError **error)
{
  g_autoptr (GError) local = NULL;
  struct stat info;
  gboolean success;

  *n_lines = 0;
  if (!mvx_file_rotate_prepare (self, &info, error))
    return FALSE;
  if (self->options->rotate_size > 0 && !self->is_astray)
    mvx_file_lines_trim (mvx_file_writer_get_lines (self->writer),
                         (gsize) MAX (self->options->rotate_size - info.st_size, 0));
  success
      = mvx_file_writer_write (self->writer, n_lines, &local) || mvx_file_rotate_evade_limit (self, &info, *n_lines);
  if (mvx_file_writer_get_fd (self->writer) >= 0)
    flock (mvx_file_writer_get_fd (self->writer), LOCK_UN);
  if (!success)
    g_propagate_error (error, g_steal_pointer (&local));
  return success;
}

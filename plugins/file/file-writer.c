/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-writer.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "file-error.h"
#include "file-open.h"

struct _MvxFileWriter
{
  const MvxFileOptions *options;
  MvxLogSinkHost *emergency; /* is told of each descriptor; NULL: nobody wants to know */
  int fd;
  dev_t dev;
  ino_t ino;
  gboolean dirty; /* written since the last sync */
  int code;       /* of the last write, 0 if it was a success */
  MvxFileLines lines;
};

static void
mvx_file_writer_close (MvxFileWriter *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

/* What another process is writing just now looks torn, too; those that roll the file hold its lock meanwhile. */
static void
mvx_file_writer_mend (MvxFileWriter *self, const struct stat *info)
{
  gboolean is_shared = mvx_file_options_rotates (self->options);

  while (is_shared && flock (self->fd, LOCK_EX) != 0 && errno == EINTR)
    ;
  if (mvx_file_open_is_torn (self->options->path, info) && write (self->fd, "\n", 1) == 1)
    self->dirty = TRUE;
  if (is_shared)
    flock (self->fd, LOCK_UN);
}

static void
mvx_file_writer_offer (MvxFileWriter *self)
{
  if (self->emergency && !mvx_log_sink_host_set_emergency_fd (self->emergency, self->fd, self->options->json))
    mvx_log_sink_host_diagnose (self->emergency, MVX_LOG_LEVEL_WARNING,
                                "emergency=true has no effect: 16 files have it already, or no descriptor is left");
}

void
mvx_file_writer_set_emergency (MvxFileWriter *self, MvxLogSinkHost *host)
{
  self->emergency = host;
  mvx_file_writer_offer (self);
}

static gboolean
mvx_file_writer_open (MvxFileWriter *self, gboolean truncate, GError **error)
{
  struct stat info;
  int fd = mvx_file_open (self->options, truncate, &info, error);

  if (fd < 0)
    return FALSE;
  mvx_file_writer_close (self);
  if (mvx_file_lines_is_torn (&self->lines) && (info.st_dev != self->dev || info.st_ino != self->ino))
    mvx_file_lines_forget (&self->lines);
  self->fd = fd;
  self->dev = info.st_dev;
  self->ino = info.st_ino;
  self->dirty = FALSE;
  mvx_file_writer_offer (self);
  /* What a crash left without an end must not swallow the next line. A failure shows with the first event. */
  if (!mvx_file_lines_is_torn (&self->lines) && mvx_file_open_is_torn (self->options->path, &info))
    mvx_file_writer_mend (self, &info);
  return TRUE;
}

MvxFileWriter *
mvx_file_writer_new (const MvxFileOptions *options, GError **error)
{
  MvxFileWriter *self = g_new0 (MvxFileWriter, 1);

  self->options = options;
  self->fd = -1;
  if (mvx_file_writer_open (self, options->truncate, error))
    return self;
  mvx_file_writer_free (self);
  return NULL;
}

void
mvx_file_writer_free (MvxFileWriter *self)
{
  if (self->fd >= 0)
    {
      mvx_file_writer_complete (self, NULL);
      if (self->options->fsync != MVX_FILE_FSYNC_NONE)
        mvx_file_writer_sync (self, NULL);
    }
  mvx_file_writer_close (self);
  mvx_file_lines_clear (&self->lines);
  g_free (self);
}

void
mvx_file_writer_set_options (MvxFileWriter *self, const MvxFileOptions *options)
{
  self->options = options;
}

MvxFileLines *
mvx_file_writer_get_lines (MvxFileWriter *self)
{
  return &self->lines;
}

/* Writes all of @size bytes or says how far it came; signals and short writes are gone over. */
static gboolean
mvx_file_writer_put (MvxFileWriter *self, const guint8 *data, gsize size, gsize *n_written, GError **error)
{
  *n_written = 0;
  self->code = 0;
  while (*n_written < size)
    {
      gssize n = write (self->fd, data + *n_written, size - *n_written);

      if (n > 0)
        {
          *n_written += (gsize) n;
          self->dirty = TRUE;
          continue;
        }
      self->code = n == 0 ? EIO : errno;
      if (self->code == EINTR)
        continue;
      if (!mvx_file_error_is_room (self->code))
        mvx_file_writer_close (self);
      return mvx_file_error_write (self->options->path, self->code, error);
    }
  return TRUE;
}

gboolean
mvx_file_writer_write (MvxFileWriter *self, guint *n_lines, GError **error)
{
  const MvxLogBuffer *buffer = &self->lines.buffer;
  gsize n_written;
  gboolean success = mvx_file_writer_put (self, buffer->data, buffer->len, &n_written, error);

  *n_lines = success ? self->lines.n : mvx_file_lines_tear (&self->lines, n_written);
  mvx_file_lines_begin (&self->lines);
  return success;
}

gboolean
mvx_file_writer_is_at_limit (MvxFileWriter *self)
{
  return self->code == EFBIG;
}

gboolean
mvx_file_writer_complete (MvxFileWriter *self, GError **error)
{
  MvxFileLines *lines = &self->lines;
  gsize n_written;

  if (!mvx_file_lines_is_torn (lines))
    return TRUE;
  if (!mvx_file_writer_ensure (self, error))
    return FALSE;
  /* In another file it begins anew. */
  if (!mvx_file_lines_is_torn (lines))
    return TRUE;
  lines->completed = mvx_file_writer_put (self, lines->torn.data + lines->torn_done, lines->torn.len - lines->torn_done,
                                          &n_written, error);
  lines->torn_done += n_written;
  return lines->completed;
}

/* Unless somebody has written behind it. */
void
mvx_file_writer_cut (MvxFileWriter *self)
{
  struct stat info;

  if (mvx_file_lines_is_torn (&self->lines) && fstat (self->fd, &info) == 0
      && lseek (self->fd, 0, SEEK_CUR) == info.st_size
      && ftruncate (self->fd, info.st_size - (off_t) self->lines.torn_done) != 0)
    errno = 0; /* then it stays */
  mvx_file_lines_forget (&self->lines);
}

gboolean
mvx_file_writer_sync (MvxFileWriter *self, GError **error)
{
  int code;

  if (!self->dirty)
    return TRUE;
  self->dirty = FALSE;
  /* EINVAL: a terminal or /dev/null. */
  if (self->fd >= 0 && (fdatasync (self->fd) == 0 || errno == EINVAL || errno == ENOTSUP))
    return TRUE;
  code = self->fd >= 0 ? errno : self->code;
  mvx_file_writer_close (self);
  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code),
               "Cannot force log file '%s' to the disk: %s; look at the health of the disk", self->options->path,
               g_strerror (code));
  return FALSE;
}

gboolean
mvx_file_writer_is_dirty (MvxFileWriter *self)
{
  return self->dirty;
}

gboolean
mvx_file_writer_reopen (MvxFileWriter *self, GError **error)
{
  g_autoptr (GError) unsafe = NULL;
  int old;

  if (self->fd >= 0 && !mvx_file_writer_complete (self, NULL) && self->fd >= 0)
    mvx_file_writer_cut (self);
  if (self->options->fsync != MVX_FILE_FSYNC_NONE)
    mvx_file_writer_sync (self, &unsafe);
  old = self->fd;
  self->fd = -1;
  if (!mvx_file_writer_open (self, FALSE, error))
    {
      self->fd = old;
      return FALSE;
    }
  if (old >= 0)
    close (old);
  if (unsafe == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&unsafe));
  return FALSE;
}

void
mvx_file_writer_let_go (MvxFileWriter *self)
{
  mvx_file_writer_close (self);
}

gboolean
mvx_file_writer_ensure (MvxFileWriter *self, GError **error)
{
  return self->fd >= 0 || mvx_file_writer_open (self, FALSE, error);
}

int
mvx_file_writer_get_fd (MvxFileWriter *self)
{
  return self->fd;
}

gboolean
mvx_file_writer_is_stale (MvxFileWriter *self)
{
  struct stat info;

  if (stat (self->options->path, &info) != 0)
    return errno == ENOENT || errno == ENOTDIR;
  return info.st_dev != self->dev || info.st_ino != self->ino;
}

gboolean
mvx_file_writer_is_removed (MvxFileWriter *self)
{
  struct stat info;

  return self->fd >= 0 && fstat (self->fd, &info) == 0 && info.st_nlink == 0 && mvx_file_writer_is_stale (self);
}

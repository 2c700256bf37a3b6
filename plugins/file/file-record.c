/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-record.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file-name.h"

/* "2026-11-28T18:35:00Z" and a newline. */
#define MVX_FILE_RECORD_SIZE 64

static char *
mvx_file_record_get_path (const MvxFileOptions *options)
{
  g_autofree char *directory = g_path_get_dirname (options->path);
  g_autofree char *base = g_path_get_basename (options->path);
  g_autofree char *name = g_strdup_printf (".%s.began", base);

  return g_build_filename (directory, name, NULL);
}

/* Whole or not there. */
void
mvx_file_record_keep (const MvxFileOptions *options, MvxLogSinkHost *host, gint64 time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autofree char *text = time ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ\n") : NULL;
  g_autofree char *path = mvx_file_record_get_path (options);
  g_autoptr (GError) error = NULL;

  if (text == NULL || options->rotate.unit == MVX_FILE_SCHEDULE_NEVER
      || g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, (int) options->permissions, &error))
    return;
  mvx_log_sink_host_diagnosef (
      host, MVX_LOG_LEVEL_WARNING,
      "Cannot remember when log file '%s' was begun: %s; after a restart it may be rolled late", options->path,
      error->message);
}

/* Whatever somebody has put in its place, it neither holds the worker up nor fills its memory. */
static GDateTime *
mvx_file_record_read (const MvxFileOptions *options)
{
  g_autofree char *path = mvx_file_record_get_path (options);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  char text[MVX_FILE_RECORD_SIZE] = "";
  gssize n = fd >= 0 ? read (fd, text, sizeof text - 1) : -1;

  if (fd >= 0)
    close (fd);
  return n > 0 ? g_date_time_new_from_iso8601 (g_strchomp (text), NULL) : NULL;
}

/* What the names of rolled files tell; 0 for nothing. */
static gint64
mvx_file_record_find_newest (const MvxFileOptions *options)
{
  g_autofree char *directory = g_path_get_dirname (options->path);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;
  gint64 newest = 0;
  MvxFileName parsed;

  while (dir && (name = g_dir_read_name (dir)))
    if (mvx_file_name_parse (options->path, name, &parsed))
      newest = MAX (newest, parsed.time_us);
  return newest;
}

gint64
mvx_file_record_recall (const MvxFileOptions *options, MvxLogSinkHost *host)
{
  g_autoptr (GDateTime) time = NULL;
  gint64 began_us;

  if (options->rotate.unit == MVX_FILE_SCHEDULE_NEVER)
    return 0;
  time = mvx_file_record_read (options);
  if (time)
    return g_date_time_to_unix (time) * G_USEC_PER_SEC;
  began_us = mvx_file_record_find_newest (options);
  if (began_us == 0)
    began_us = g_get_real_time ();
  mvx_file_record_keep (options, host, began_us);
  return began_us;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-deliver.h"

#include "file-space.h"

#define MVX_FILE_WATCH_INTERVAL_US G_USEC_PER_SEC

/* Opens it if it is not open: it was removed, or its file system failed. */
static gboolean
mvx_file_deliver_ensure (MvxFile *self, GError **error)
{
  if (mvx_file_writer_get_fd (self->writer) >= 0)
    return TRUE;
  if (!mvx_file_writer_ensure (self->writer, error))
    return FALSE;
  mvx_log_sink_host_count (self->host, "reopened", 1);
  return TRUE;
}

/* Nobody will see what is in a file without a name. */
static gboolean
mvx_file_deliver_leave_removed (MvxFile *self)
{
  if ((!self->options->watch && self->rotate == NULL) || !mvx_file_writer_is_removed (self->writer))
    return FALSE;
  mvx_file_writer_let_go (self->writer);
  return TRUE;
}

/* Somebody renamed the file without telling. If its path cannot be opened, the old one is still written to. */
static void
mvx_file_deliver_look_at_path (MvxFile *self)
{
  g_autoptr (GError) error = NULL;
  gint64 now = g_get_monotonic_time ();

  if (mvx_file_deliver_leave_removed (self) || !self->options->watch
      || now - self->watched_us < MVX_FILE_WATCH_INTERVAL_US)
    return;
  self->watched_us = now;
  if (mvx_file_writer_get_fd (self->writer) < 0 || !mvx_file_writer_is_stale (self->writer))
    return;
  if (mvx_file_writer_reopen (self->writer, &error))
    mvx_file_trouble_clear (&self->trouble);
  else
    mvx_file_trouble_tell (&self->trouble, error);
  if (!mvx_file_writer_is_stale (self->writer))
    mvx_log_sink_host_count (self->host, "reopened", 1);
}

/* Would @n_more events, each as large as the @n collected ones are, fill less than half a buffer? They then are not
 * worth a call of the kernel of their own. */
static gboolean
mvx_file_deliver_is_small_rest (const MvxFile *self, guint n, guint n_more)
{
  return self->options->rotate_size == 0
         && mvx_file_writer_get_lines (self->writer)->buffer.len / MAX (n, 1) * n_more < self->options->buffer_size / 2;
}

/* Renders events from *@n_done on until the buffer is full; a small rest goes along. */
static void
mvx_file_deliver_collect (MvxFile *self, MvxLogEvent *const *events, guint n_events, guint *n_done)
{
  MvxFileLines *lines = mvx_file_writer_get_lines (self->writer);
  guint first = *n_done;
  guint n = first;
  gsize limit = self->options->buffer_size;

  if (self->options->rotate_size > 0)
    limit = MIN (limit, (gsize) self->options->rotate_size);
  mvx_file_lines_begin (lines);
  while (n < n_events && (lines->buffer.len < limit || mvx_file_deliver_is_small_rest (self, n - first, n_events - n)))
    {
      if (!mvx_file_lines_add (lines, self->options->renderer, events[n++]))
        (*n_done)++;
    }
}

/* As many as one write takes. What went into a file that was removed meanwhile is written again, elsewhere. */
static gboolean
mvx_file_deliver_write_some (MvxFile *self, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  guint n_lines = 0;
  gboolean success;

  mvx_file_deliver_collect (self, events, n_events, n_done);
  if (!mvx_file_space_check (self->options, mvx_file_writer_get_fd (self->writer),
                             mvx_file_writer_get_lines (self->writer)->buffer.len, error))
    return FALSE;
  success = self->rotate ? mvx_file_rotate_write (self->rotate, &n_lines, error)
                         : mvx_file_writer_write (self->writer, &n_lines, error);
  if (success && mvx_file_deliver_leave_removed (self))
    return mvx_file_deliver_ensure (self, error);
  *n_done += n_lines;
  return success;
}

gboolean
mvx_file_deliver (MvxFile *self, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  mvx_file_deliver_look_at_path (self);
  if (!mvx_file_deliver_ensure (self, error) || !mvx_file_writer_complete (self->writer, error))
    return FALSE;
  while (*n_done < n_events)
    if (!mvx_file_deliver_write_some (self, events, n_events, n_done, error))
      return FALSE;
  return TRUE;
}

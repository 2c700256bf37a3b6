/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-lines.h"

#include <string.h>

/* What one large batch leaves behind is given back above this. */
#define MVX_FILE_KEEP_BYTES (256 * 1024)

void
mvx_file_lines_clear (MvxFileLines *self)
{
  mvx_log_buffer_clear (&self->buffer);
  mvx_log_buffer_clear (&self->torn);
}

void
mvx_file_lines_begin (MvxFileLines *self)
{
  if (self->buffer.len > MVX_FILE_KEEP_BYTES)
    mvx_log_buffer_clear (&self->buffer);
  self->buffer.len = 0;
  self->n = 0;
}

/* Only the first line after the completion can be it: events are offered again in their order. */
static gboolean
mvx_file_lines_take_completed (MvxFileLines *self, gsize start)
{
  gsize size = self->buffer.len - start;
  gboolean same = size == self->torn.len && memcmp (self->buffer.data + start, self->torn.data, size) == 0;

  mvx_file_lines_forget (self);
  if (same)
    self->buffer.len = start;
  return same;
}

gboolean
mvx_file_lines_add (MvxFileLines *self, MvxLogRenderer *renderer, const MvxLogEvent *event)
{
  gsize start = self->buffer.len;

  mvx_log_renderer_render (renderer, event, &self->buffer);
  if (G_UNLIKELY (self->completed) && mvx_file_lines_take_completed (self, start))
    return FALSE;
  self->n++;
  return TRUE;
}

gsize
mvx_file_lines_trim (MvxFileLines *self, gsize size)
{
  const guint8 *data = self->buffer.data;
  const guint8 *end = NULL;

  if (self->buffer.len <= size || self->n <= 1)
    return self->buffer.len;
  end = size > 0 ? memrchr (data, '\n', size) : NULL;
  if (end == NULL)
    end = memchr (data, '\n', self->buffer.len);
  self->buffer.len = (gsize) (end + 1 - data);
  self->n = 0;
  for (const guint8 *at = data; at <= end; at = (const guint8 *) memchr (at, '\n', (gsize) (end + 1 - at)) + 1)
    self->n++;
  return self->buffer.len;
}

/* A newline ends a line and stands nowhere else. */
guint
mvx_file_lines_tear (MvxFileLines *self, gsize n_written)
{
  const guint8 *start = self->buffer.data;
  const guint8 *written = start + n_written;
  const guint8 *end = start + self->buffer.len;
  guint n = 0;

  while (start < written)
    {
      const guint8 *next = (const guint8 *) memchr (start, '\n', (gsize) (end - start)) + 1;

      if (next > written)
        {
          self->torn.len = 0;
          mvx_log_buffer_append (&self->torn, start, (gsize) (next - start));
          self->torn_done = (gsize) (written - start);
          break;
        }
      n++;
      start = next;
    }
  return n;
}

gboolean
mvx_file_lines_is_torn (const MvxFileLines *self)
{
  return self->torn.len > 0 && !self->completed;
}

void
mvx_file_lines_forget (MvxFileLines *self)
{
  self->torn.len = 0;
  self->completed = FALSE;
}

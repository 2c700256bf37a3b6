/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-writer.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "file-open.h"

/* What one large batch leaves behind is given back above this. */
#define MVX_FILE_KEEP_BYTES (256 * 1024)

struct _MvxFileWriter
{
  const MvxFileOptions *options;
  int fd;
  dev_t dev;
  ino_t ino;
  gboolean dirty; /* written since the last sync */

  MvxLogBuffer buffer; /* lines of the present write */
  guint n_lines;       /* so many */

  MvxLogBuffer torn;  /* the line of which only a part could be written */
  gsize torn_done;    /* how much of it is in the file */
  gboolean completed; /* all of it is: when its event is offered again, it is settled */
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

static gboolean
mvx_file_writer_open (MvxFileWriter *self, gboolean truncate, GError **error)
{
  struct stat info;
  int fd = mvx_file_open (self->options, truncate, &info, error);

  if (fd < 0)
    return FALSE;
  mvx_file_writer_close (self);
  self->fd = fd;
  self->dev = info.st_dev;
  self->ino = info.st_ino;
  self->dirty = FALSE;
  /* What a crash left without an end must not swallow the next line. A failure shows with the first event. */
  if (mvx_file_open_is_torn (self->options->path, &info))
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
  mvx_log_buffer_clear (&self->buffer);
  mvx_log_buffer_clear (&self->torn);
  g_free (self);
}

void
mvx_file_writer_set_options (MvxFileWriter *self, const MvxFileOptions *options)
{
  self->options = options;
}

void
mvx_file_writer_begin (MvxFileWriter *self)
{
  if (self->buffer.len > MVX_FILE_KEEP_BYTES)
    mvx_log_buffer_clear (&self->buffer);
  self->buffer.len = 0;
  self->n_lines = 0;
}

/* Only the first line after the completion can be it: events are offered again in their order. */
static gboolean
mvx_file_writer_is_completed (MvxFileWriter *self, gsize start)
{
  gsize size = self->buffer.len - start;
  gboolean same = size == self->torn.len && memcmp (self->buffer.data + start, self->torn.data, size) == 0;

  self->completed = FALSE;
  self->torn.len = 0;
  if (same)
    self->buffer.len = start;
  return same;
}

gboolean
mvx_file_writer_add (MvxFileWriter *self, const MvxLogEvent *event)
{
  gsize start = self->buffer.len;

  mvx_log_renderer_render (self->options->renderer, event, &self->buffer);
  if (G_UNLIKELY (self->completed) && mvx_file_writer_is_completed (self, start))
    return FALSE;
  self->n_lines++;
  return TRUE;
}

gsize
mvx_file_writer_get_size (MvxFileWriter *self)
{
  return self->buffer.len;
}

/* Writes all of @size bytes or says how far it came; signals and short writes are gone over. */
static gboolean
mvx_file_writer_put (MvxFileWriter *self, const guint8 *data, gsize size, gsize *n_written, GError **error)
{
  *n_written = 0;
  while (*n_written < size)
    {
      gssize n = write (self->fd, data + *n_written, size - *n_written);
      int code = n == 0 ? EIO : errno;

      if (n > 0)
        {
          *n_written += (gsize) n;
          self->dirty = TRUE;
          continue;
        }
      if (n < 0 && code == EINTR)
        continue;
      g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code),
                   "Cannot write to log file '%s': %s; the events are kept until it works", self->options->path,
                   g_strerror (code));
      return FALSE;
    }
  return TRUE;
}

/* Lines up to @n_written are in the file; what is cut in the middle is remembered. A newline ends a line and stands
 * nowhere else. */
static guint
mvx_file_writer_settle (MvxFileWriter *self, gsize n_written)
{
  const guint8 *start = self->buffer.data;
  const guint8 *written = start + n_written;
  const guint8 *end = start + self->buffer.len;
  guint n_lines = 0;

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
      n_lines++;
      start = next;
    }
  return n_lines;
}

gsize
mvx_file_writer_trim (MvxFileWriter *self, gsize size)
{
  const guint8 *data = self->buffer.data;
  const guint8 *end = NULL;

  if (self->buffer.len <= size || self->n_lines <= 1)
    return self->buffer.len;
  end = size > 0 ? memrchr (data, '\n', size) : NULL;
  if (end == NULL)
    end = memchr (data, '\n', self->buffer.len);
  self->buffer.len = (gsize) (end + 1 - data);
  self->n_lines = 0;
  for (const guint8 *at = data; at <= end; at = (const guint8 *) memchr (at, '\n', (gsize) (end + 1 - at)) + 1)
    self->n_lines++;
  return self->buffer.len;
}

gboolean
mvx_file_writer_write (MvxFileWriter *self, guint *n_lines, GError **error)
{
  gsize n_written;
  gboolean success = mvx_file_writer_put (self, self->buffer.data, self->buffer.len, &n_written, error);

  *n_lines = success ? self->n_lines : mvx_file_writer_settle (self, n_written);
  mvx_file_writer_begin (self);
  return success;
}

gboolean
mvx_file_writer_complete (MvxFileWriter *self, GError **error)
{
  gsize n_written;
  gboolean success;

  if (self->torn.len == 0 || self->completed)
    return TRUE;
  success = mvx_file_writer_put (self, self->torn.data + self->torn_done, self->torn.len - self->torn_done, &n_written,
                                 error);
  self->torn_done += n_written;
  self->completed = success;
  return success;
}

gboolean
mvx_file_writer_sync (MvxFileWriter *self, GError **error)
{
  int code;

  if (!self->dirty)
    return TRUE;
  if (fdatasync (self->fd) == 0 || errno == EINVAL || errno == ENOTSUP)
    {
      /* EINVAL: a terminal or /dev/null. */
      self->dirty = FALSE;
      return TRUE;
    }
  code = errno;
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
  g_autoptr (GError) ignored = NULL;
  int old = self->fd;

  if (!mvx_file_writer_complete (self, &ignored))
    self->torn.len = 0; /* the whole line goes to the new file */
  if (self->options->fsync != MVX_FILE_FSYNC_NONE && !mvx_file_writer_sync (self, error))
    return FALSE;
  self->fd = -1;
  if (mvx_file_writer_open (self, FALSE, error))
    {
      close (old);
      return TRUE;
    }
  self->fd = old;
  return FALSE;
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
    return errno == ENOENT;
  return info.st_dev != self->dev || info.st_ino != self->ino;
}

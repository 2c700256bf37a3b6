/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include <mvxlog/buffer.h>

#define MVX_LOG_BUFFER_FIRST_SIZE 256

/**
 * mvx_log_buffer_grow:
 * @buffer: a buffer
 * @n_more: how many bytes will be written
 *
 * Makes room for @n_more bytes behind the present ones, by doubling, so that many small appends stay cheap. Like all
 * of GLib it ends the program if memory runs out. `mvx_log_buffer_reserve ()` is the fast way to it. Not thread-safe.
 *
 * Returns: (transfer none): where to write
 *
 * Since: 1.0
 */
guint8 *
mvx_log_buffer_grow (MvxLogBuffer *buffer, gsize n_more)
{
  gsize needed;
  gsize size;

  g_return_val_if_fail (buffer != NULL, NULL);

  if (G_UNLIKELY (n_more > G_MAXSSIZE - buffer->len))
    g_error ("A buffer of %" G_GSIZE_FORMAT " bytes cannot grow by %" G_GSIZE_FORMAT, buffer->len, n_more);
  needed = buffer->len + n_more;
  if (needed > buffer->allocated || buffer->data == NULL)
    {
      size = buffer->allocated > G_MAXSSIZE / 2 ? needed : buffer->allocated * 2;
      size = MAX (MAX (size, needed), MVX_LOG_BUFFER_FIRST_SIZE);
      buffer->data = g_realloc (buffer->data, size);
      buffer->allocated = size;
    }
  return buffer->data + buffer->len;
}

/**
 * mvx_log_buffer_clear:
 * @buffer: a buffer
 *
 * Frees the bytes. The buffer is empty then and can be used again; to keep the memory for reuse set `len` to 0 instead.
 * Not thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_buffer_clear (MvxLogBuffer *buffer)
{
  g_return_if_fail (buffer != NULL);

  g_free (buffer->data);
  *buffer = (MvxLogBuffer) MVX_LOG_BUFFER_INIT;
}

/**
 * mvx_log_buffer_append_printf:
 * @buffer: a buffer
 * @format: a printf format
 * @...: what it asks for
 *
 * Appends formatted text without a NUL. For what is rare: it is many times slower than the other ways. Not thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_buffer_append_printf (MvxLogBuffer *buffer, const char *format, ...)
{
  va_list args;
  gint n;

  g_return_if_fail (buffer != NULL);
  g_return_if_fail (format != NULL);

  mvx_log_buffer_reserve (buffer, 64);
  va_start (args, format);
  n = vsnprintf ((char *) buffer->data + buffer->len, buffer->allocated - buffer->len, format, args);
  va_end (args);
  g_return_if_fail (n >= 0);

  if ((gsize) n >= buffer->allocated - buffer->len)
    {
      mvx_log_buffer_reserve (buffer, (gsize) n + 1);
      va_start (args, format);
      n = vsnprintf ((char *) buffer->data + buffer->len, buffer->allocated - buffer->len, format, args);
      va_end (args);
    }
  buffer->len += (gsize) n;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string.h>

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MvxLogBuffer:
 * @data: the bytes; not NUL-terminated
 * @len: how many there are
 *
 * Growable bytes that renderers write to. Not thread-safe. Start with `MVX_LOG_BUFFER_INIT` or zeros.
 *
 * Since: 1.0
 */
struct _MvxLogBuffer
{
  guint8 *data;
  gsize   len;
  /*< private >*/
  gsize   allocated;
};

/**
 * MVX_LOG_BUFFER_INIT:
 *
 * Initialiser of an empty [struct@MvxLog.Buffer].
 *
 * Since: 1.0
 */
#define MVX_LOG_BUFFER_INIT { NULL, 0, 0 }

MVX_LOG_AVAILABLE_IN_1_0
guint8 *mvx_log_buffer_grow          (MvxLogBuffer *buffer,
                                      gsize         n_more);
MVX_LOG_AVAILABLE_IN_1_0
void    mvx_log_buffer_clear         (MvxLogBuffer *buffer);
MVX_LOG_AVAILABLE_IN_1_0
void    mvx_log_buffer_append_printf (MvxLogBuffer *buffer,
                                      const char   *format,
                                      ...) G_GNUC_PRINTF (2, 3);

/**
 * mvx_log_buffer_reserve:
 * @buffer: a buffer
 * @n_more: how many bytes will be written
 *
 * Makes room for @n_more bytes behind the present ones; add what was written to `len` afterwards.
 *
 * Returns: (transfer none): where to write
 *
 * Since: 1.0
 */
static inline guint8 *
mvx_log_buffer_reserve (MvxLogBuffer *buffer,
                        gsize         n_more)
{
  if (G_LIKELY (buffer->allocated - buffer->len > n_more))
    return buffer->data + buffer->len;
  return mvx_log_buffer_grow (buffer, n_more);
}

/**
 * mvx_log_buffer_append:
 * @buffer: a buffer
 * @data: (array length=size): bytes
 * @size: how many
 *
 * Appends bytes.
 *
 * Since: 1.0
 */
static inline void
mvx_log_buffer_append (MvxLogBuffer *buffer,
                       gconstpointer data,
                       gsize         size)
{
  if (size > 0)
    memcpy (mvx_log_buffer_reserve (buffer, size), data, size);
  buffer->len += size;
}

/**
 * mvx_log_buffer_append_c:
 * @buffer: a buffer
 * @c: a byte
 *
 * Appends one byte.
 *
 * Since: 1.0
 */
static inline void
mvx_log_buffer_append_c (MvxLogBuffer *buffer,
                         char          c)
{
  *mvx_log_buffer_reserve (buffer, 1) = (guint8) c;
  buffer->len++;
}

/**
 * mvx_log_buffer_append_s:
 * @buffer: a buffer
 * @string: a string
 *
 * Appends a NUL-terminated string without its NUL.
 *
 * Since: 1.0
 */
static inline void
mvx_log_buffer_append_s (MvxLogBuffer *buffer,
                         const char   *string)
{
  mvx_log_buffer_append (buffer, string, strlen (string));
}

G_END_DECLS

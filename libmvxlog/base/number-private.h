/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers as text, the same in every locale. */
#pragma once

#include <mvxlog/buffer.h>

G_BEGIN_DECLS

/* Enough for any number below, without a NUL. */
#define MVX_LOG_NUMBER_MAX 32

/* Each writes to @out and returns how many bytes. */
gsize mvx_log_number_put_uint64 (guint8  *out,
                                 guint64  value);
gsize mvx_log_number_put_int64  (guint8  *out,
                                 gint64   value);

/* Text of at most 15 digits, or 16 or 17 where it takes them, that strtod() turns into the same number. Without
 * needless zeros, but always with a point or an exponent, so that it stays a floating-point number for whoever reads
 * it: 12.0, 0.1, 1e+20. It is a JSON number. Not a number and the infinities, which JSON lacks, are NaN, Infinity and
 * -Infinity. */
gsize mvx_log_number_put_double (guint8  *out,
                                 double   value);

/* Decimal with zeros in front, exactly @digits of them. */
void  mvx_log_number_put_padded (guint8  *out,
                                 guint64  value,
                                 guint    digits);
/* Nine digits. */
void  mvx_log_number_put_nano   (guint8  *out,
                                 guint32  value);

static inline void
mvx_log_number_append_uint64 (MvxLogBuffer *buffer,
                              guint64       value)
{
  buffer->len += mvx_log_number_put_uint64 (mvx_log_buffer_reserve (buffer, MVX_LOG_NUMBER_MAX), value);
}

static inline void
mvx_log_number_append_int64 (MvxLogBuffer *buffer,
                             gint64        value)
{
  buffer->len += mvx_log_number_put_int64 (mvx_log_buffer_reserve (buffer, MVX_LOG_NUMBER_MAX), value);
}

static inline void
mvx_log_number_append_double (MvxLogBuffer *buffer,
                              double        value)
{
  buffer->len += mvx_log_number_put_double (mvx_log_buffer_reserve (buffer, MVX_LOG_NUMBER_MAX), value);
}

G_END_DECLS

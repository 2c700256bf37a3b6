/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values as compact JSON (RFC 8259). */
#pragma once

#include <mvxlog/buffer.h>
#include <mvxlog/value.h>

G_BEGIN_DECLS

/* Numbers stay numbers; what is not finite is the string "NaN", "Infinity" or "-Infinity". Bytes are base64, times
 * RFC 3339 in UTC, an error is an array of objects {domain, code, message, reason, details}, outermost first, the last
 * two if there are any. */
void mvx_log_jsonvalue_append        (MvxLogBuffer      *buffer,
                                      const MvxLogValue *value);
/* A string with its quotation marks. */
void mvx_log_jsonvalue_append_string (MvxLogBuffer      *buffer,
                                      const char        *text,
                                      gsize              len);
/* ,"prefix…key": with "field_" before the key @n_fold times. @prefix (a literal) is not escaped. */
void mvx_log_jsonvalue_append_key    (MvxLogBuffer      *buffer,
                                      const char        *prefix,
                                      guint              n_fold,
                                      const char        *key,
                                      gsize              len);
/* @start, such as ,"key": and the string behind it; nothing for an empty one or NULL. */
void mvx_log_jsonvalue_append_member (MvxLogBuffer      *buffer,
                                      const char        *start,
                                      const char        *text,
                                      gsize              len);
void mvx_log_jsonvalue_append_text_member   (MvxLogBuffer      *buffer,
                                             const char        *start,
                                             const char        *text);
/* Nothing for 0. */
void mvx_log_jsonvalue_append_number_member (MvxLogBuffer      *buffer,
                                             const char        *start,
                                             guint64            number);

G_END_DECLS

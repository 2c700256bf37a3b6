/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values as text for people: in messages and in key=value pairs. */
#pragma once

#include <mvxlog/value.h>

#include "base/escape-private.h"

G_BEGIN_DECLS

/* Strings as they are, without quotation marks; true, false, null; numbers; RFC 3339 in UTC; base64; lists and maps as
 * compact JSON; errors as "message (domain, code, reason) {details} <- message (domain, code)", the cause behind the
 * arrow, reason and details only if there are any. All of it is escaped as @escape says. */
void mvx_log_textvalue_append       (MvxLogBuffer      *buffer,
                                     MvxLogEscape       escape,
                                     const MvxLogValue *value);

/* A string as the value of a pair: bare if it is a word, else in quotation marks. */
void mvx_log_textvalue_append_quoted (MvxLogBuffer     *buffer,
                                      const char       *text,
                                      gsize             len);

/* The two sides of a pair. The key is escaped as a word, an empty one is `_`. */
void mvx_log_textvalue_append_key   (MvxLogBuffer      *buffer,
                                     const char        *key,
                                     gsize              len);
void mvx_log_textvalue_append_pair_value (MvxLogBuffer      *buffer,
                                          const MvxLogValue *value);

/* key=value, with a space in front unless the buffer ends at @start. A
 * map becomes a pair for each of its values: key.inner=value. @n_fold times "field_" is put before the key. */
void mvx_log_textvalue_append_pair  (MvxLogBuffer      *buffer,
                                     gsize              start,
                                     const char        *key,
                                     gsize              key_len,
                                     guint              n_fold,
                                     const MvxLogValue *value);

G_END_DECLS

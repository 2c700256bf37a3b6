/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One option: its type, and values of it out of text or a GVariant. */
#pragma once

#include <mvxlog/option-spec.h>

G_BEGIN_DECLS

/* In reserved[0] of a STRING row of the core's own tables: the text is a level. Plugins cannot name it. */
extern char mvx_log_option_is_level[];

/* Parses @text strictly as @spec says; the message says what is allowed, without naming the option, and never shows
 * a SECRET. @normal (nullable) receives the value in normal form: s, b, x, d, s, x, t or as. */
gboolean    mvx_log_option_parse         (const MvxLogOptionSpec *spec,
                                          const char             *text,
                                          GVariant              **normal,
                                          GError                **error);
/* The same for a typed value; strings are parsed as text. Durations are microseconds, sizes bytes. */
gboolean    mvx_log_option_parse_variant (const MvxLogOptionSpec *spec,
                                          GVariant               *value,
                                          GVariant              **normal,
                                          GError                **error);
/* Human text for a type: "a duration such as 250ms, 5s or 1h". */
const char *mvx_log_option_type_describe (MvxLogOptionType        type);

G_END_DECLS

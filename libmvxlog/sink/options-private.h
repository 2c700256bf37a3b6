/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/options.h>

G_BEGIN_DECLS

/* Options over several tables at once: a plugin's own and the common ones of its sort. Earlier tables win. */
MvxLogOptions          *mvx_log_options_new_tables   (const MvxLogOptionSpec *const *tables,
                                                      guint                          n_tables);
const MvxLogOptionSpec *mvx_log_options_find         (MvxLogOptions                 *options,
                                                      const char                    *name);
/* All names, NULL-terminated (transfer container). */
const char            **mvx_log_options_names        (MvxLogOptions                 *options);
/* Parses @text strictly as @spec says; the message says what is allowed, without naming the option.
 * @normal (nullable) receives the value in normal form. */
gboolean                mvx_log_option_parse         (const MvxLogOptionSpec        *spec,
                                                      const char                    *text,
                                                      GVariant                     **normal,
                                                      GError                       **error);
/* Is this a well-formed table? For the plugin loader: BAD_OPTION_TABLE with row and reason. */
gboolean                mvx_log_option_table_check   (const MvxLogOptionSpec        *table,
                                                      GError                       **error);
/* Names of the options whose values differ (NULL-terminated, transfer full). */
char                  **mvx_log_options_diff         (MvxLogOptions                 *a,
                                                      MvxLogOptions                 *b);
/* Human text for a type: "a duration such as 250ms, 5s or 1h". */
const char             *mvx_log_option_type_describe (MvxLogOptionType               type);

G_END_DECLS

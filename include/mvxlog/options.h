/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/option-spec.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_OPTIONS (mvx_log_options_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
GType                   mvx_log_options_get_type     (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogOptions          *mvx_log_options_new          (const MvxLogOptionSpec *table);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogOptions          *mvx_log_options_ref          (MvxLogOptions          *options);
MVX_LOG_AVAILABLE_IN_1_0
void                    mvx_log_options_unref        (MvxLogOptions          *options);
MVX_LOG_AVAILABLE_IN_1_0
gboolean                mvx_log_options_set          (MvxLogOptions          *options,
                                                      const char             *name,
                                                      const char             *text,
                                                      GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean                mvx_log_options_set_variant  (MvxLogOptions          *options,
                                                      const char             *name,
                                                      GVariant               *value,
                                                      GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean                mvx_log_options_check        (MvxLogOptions          *options,
                                                      GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean                mvx_log_options_is_set       (MvxLogOptions          *options,
                                                      const char             *name);
MVX_LOG_AVAILABLE_IN_1_0
const char             *mvx_log_options_get_string   (MvxLogOptions          *options,
                                                      const char             *name);
MVX_LOG_AVAILABLE_IN_1_0
gboolean                mvx_log_options_get_boolean  (MvxLogOptions          *options,
                                                      const char             *name);
MVX_LOG_AVAILABLE_IN_1_0
gint64                  mvx_log_options_get_int64    (MvxLogOptions          *options,
                                                      const char             *name);
MVX_LOG_AVAILABLE_IN_1_0
double                  mvx_log_options_get_double   (MvxLogOptions          *options,
                                                      const char             *name);
MVX_LOG_AVAILABLE_IN_1_0
guint                   mvx_log_options_get_enum     (MvxLogOptions          *options,
                                                      const char             *name);
MVX_LOG_AVAILABLE_IN_1_0
gint64                  mvx_log_options_get_duration (MvxLogOptions          *options,
                                                      const char             *name);
MVX_LOG_AVAILABLE_IN_1_0
guint64                 mvx_log_options_get_size     (MvxLogOptions          *options,
                                                      const char             *name);
MVX_LOG_AVAILABLE_IN_1_0
const char *const      *mvx_log_options_get_strv     (MvxLogOptions          *options,
                                                      const char             *name);
MVX_LOG_AVAILABLE_IN_1_0
GVariant               *mvx_log_options_to_variant   (MvxLogOptions          *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogOptions, mvx_log_options_unref)

G_END_DECLS

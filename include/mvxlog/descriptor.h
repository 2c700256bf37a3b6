/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/options.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_SINK_DESCRIPTOR (mvx_log_sink_descriptor_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
GType                 mvx_log_sink_descriptor_get_type         (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSinkDescriptor *mvx_log_sink_descriptor_new              (const char                 *sink_type,
                                                                GVariant                   *resource_key,
                                                                GVariant                   *config_key);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSinkDescriptor *mvx_log_sink_descriptor_ref              (MvxLogSinkDescriptor       *descriptor);
MVX_LOG_AVAILABLE_IN_1_0
void                  mvx_log_sink_descriptor_unref            (MvxLogSinkDescriptor       *descriptor);
MVX_LOG_AVAILABLE_IN_1_0
const char           *mvx_log_sink_descriptor_get_sink_type    (const MvxLogSinkDescriptor *descriptor);
MVX_LOG_AVAILABLE_IN_1_0
GVariant             *mvx_log_sink_descriptor_get_resource_key (const MvxLogSinkDescriptor *descriptor);
MVX_LOG_AVAILABLE_IN_1_0
GVariant             *mvx_log_sink_descriptor_get_config_key   (const MvxLogSinkDescriptor *descriptor);
MVX_LOG_AVAILABLE_IN_1_0
gboolean              mvx_log_sink_descriptor_equal            (const MvxLogSinkDescriptor *a,
                                                                const MvxLogSinkDescriptor *b);
MVX_LOG_AVAILABLE_IN_1_0
char                 *mvx_log_sink_descriptor_to_string        (const MvxLogSinkDescriptor *descriptor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogSinkDescriptor, mvx_log_sink_descriptor_unref)

G_END_DECLS

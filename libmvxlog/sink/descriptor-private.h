/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/descriptor.h>

G_BEGIN_DECLS

/* The core completes what a plugin built: which plugin, and the common options (a{sv}), which count as configuration.
 * @secrets is what mvx_log_options_hash_secrets() says: they are part of it, too, but are never shown. */
void      mvx_log_sink_descriptor_complete (MvxLogSinkDescriptor       *descriptor,
                                            const char                 *plugin,
                                            GVariant                   *common_key,
                                            guint64                     secrets);
const char *mvx_log_sink_descriptor_get_plugin (const MvxLogSinkDescriptor *descriptor);
gboolean  mvx_log_sink_descriptor_same_resource (const MvxLogSinkDescriptor *a,
                                                 const MvxLogSinkDescriptor *b);
/* "config_key: 'level' is 'info' in the existing sink, 'debug' in the request; …" */
char     *mvx_log_sink_descriptor_describe_difference (const MvxLogSinkDescriptor *existing,
                                                       const MvxLogSinkDescriptor *requested);

G_END_DECLS

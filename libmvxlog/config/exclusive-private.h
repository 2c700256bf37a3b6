/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sinks that cannot be together: SINGLETON and EXCLUSIVE_RESOURCE plugins. */
#pragma once

#include <mvxlog/plugin-abi.h>

#include "sink/registry-private.h"

G_BEGIN_DECLS

/* Two sinks; @other_plugin and the descriptors are nullable. RESOURCE_IN_USE. */
gboolean mvx_log_exclusive_compare (const char               *name,
                                    const MvxLogStaticPlugin *plugin,
                                    MvxLogSinkDescriptor     *descriptor,
                                    const char               *other_name,
                                    const MvxLogStaticPlugin *other_plugin,
                                    MvxLogSinkDescriptor     *other_descriptor,
                                    GError                  **error);
/* A sink to be made against those that are registered under other names; *@conflict (nullable) receives the name of the
 * one in the way (transfer full). Called with no lock held. */
gboolean mvx_log_exclusive_check   (MvxLogRegistry           *registry,
                                    const char               *name,
                                    const MvxLogStaticPlugin *plugin,
                                    MvxLogSinkDescriptor     *descriptor,
                                    char                    **conflict,
                                    GError                  **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sinks of the core, on the same contract as any plugin. */
#pragma once

#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

extern const MvxLogStaticPlugin mvx_log_stream_plugin;
extern const MvxLogStaticPlugin mvx_log_memory_plugin;
extern const MvxLogStaticPlugin mvx_log_null_plugin;
extern const MvxLogStaticPlugin mvx_log_group_plugin;
extern const MvxLogStaticPlugin mvx_log_failover_plugin;
extern const MvxLogStaticPlugin mvx_log_roundrobin_plugin;
extern const MvxLogStaticPlugin mvx_log_route_plugin;

/* All of them, NULL-terminated. */
extern const MvxLogStaticPlugin *const mvx_log_builtin_plugins[];

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sink/builtin-private.h"

const MvxLogStaticPlugin *const mvx_log_builtin_plugins[] = {
  &mvx_log_stream_plugin,   &mvx_log_memory_plugin,     &mvx_log_null_plugin,  &mvx_log_group_plugin,
  &mvx_log_failover_plugin, &mvx_log_roundrobin_plugin, &mvx_log_route_plugin, NULL,
};

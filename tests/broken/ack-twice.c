/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Acknowledges each batch twice. */
#define BROKEN_NAME "ack-twice"
#define BROKEN_FLAGS (MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES)
#define BROKEN_NO_CREATE
#define BROKEN_NO_DISPATCH_CORE
#define BROKEN_NO_DESTROY
#include <mvxlog/mvxlog.h>

static void
broken_destroy (gpointer instance)
{
}

#include "misbehaving.h"

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  return host;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  mvx_log_sink_host_complete (instance, events, MVX_LOG_DISPATCH_OK, n_events, NULL);
  mvx_log_sink_host_complete (instance, events, MVX_LOG_DISPATCH_OK, n_events, NULL);
  return MVX_LOG_DISPATCH_PENDING;
}

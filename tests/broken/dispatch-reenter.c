/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "dispatch-reenter"
#define BROKEN_NO_CREATE
#define BROKEN_NO_DISPATCH_CORE
#include "misbehaving.h"

/* Logs to the sink that the test gives out as "myself", which is its own. */
static MvxLogSinkHost *broken_host;

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  broken_host = host;
  return g_new0 (int, 1);
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  g_autoptr (MvxLogSink) sink = mvx_log_sink_host_ref_sink (broken_host, "myself", error);

  *n_done = 0;
  if (sink == NULL || !mvx_log_sink_log (sink, events[0], error))
    return MVX_LOG_DISPATCH_RETRY;
  *n_done = n_events;
  return MVX_LOG_DISPATCH_OK;
}

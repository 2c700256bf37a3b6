/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Has a helper thread that logs whatever is delivered. */
#define BROKEN_NAME "logs-itself"
#define BROKEN_FLAGS MVX_LOG_PLUGIN_ASYNC
#define BROKEN_NO_DISPATCH_CORE
#include "misbehaving.h"

MVX_LOG_CONTEXT (broken_log, "org.example.logs-itself")

static gpointer
broken_help (gpointer data)
{
  mvx_debug (broken_log, "delivering");
  return NULL;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  g_thread_join (g_thread_new ("helper", broken_help, NULL));
  *n_done = n_events;
  return MVX_LOG_DISPATCH_OK;
}

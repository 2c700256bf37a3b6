/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Delivers what one thread logs, and nothing else. A singleton, so that nobody tries two of it on two threads. */
#define BROKEN_NAME "thread-bound"
#define BROKEN_FLAGS (MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_SINGLETON)
#define BROKEN_NO_DISPATCH_CORE
#include "misbehaving.h"

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  static guint first;

  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      guint thread = mvx_log_event_get_thread (events[*n_done]);

      first = first ? first : thread;
      if (thread == first)
        continue;
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "it is of another thread");
      return MVX_LOG_DISPATCH_DROP;
    }
  return MVX_LOG_DISPATCH_OK;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plugin as a sink of the library: worker, queue, ledger, and what is logged while it is at work. */
#include "verify/verify-check.h"

#define MVX_VERIFY_THREADS 4
#define MVX_VERIFY_EACH 250
#define MVX_VERIFY_LIBRARY_US (20 * G_USEC_PER_SEC)

/* The plugin is registered with dispatch_core replaced by one that counts, logs if told to, and calls the real one. */
static struct
{
  const MvxLogStaticPlugin *api;
  gint n_events;  /* atomic; only counted */
  gint logs_more; /* atomic flag, set before events are sent */
} mvx_verify_between;

MVX_LOG_CONTEXT (mvx_verify_log, "org.example.verify")

static MvxLogDispatchResult
mvx_verify_library_dispatch (gpointer instance,
                             MvxLogEvent *const *events,
                             guint n_events,
                             guint *n_done,
                             GError **error)
{
  MvxLogDispatchResult result;

  g_atomic_int_add (&mvx_verify_between.n_events, (gint) n_events);
  if (g_atomic_int_get (&mvx_verify_between.logs_more))
    mvx_info (mvx_verify_log, "before dispatch_core");
  result = mvx_verify_between.api->dispatch_core (instance, events, n_events, n_done, error);
  if (g_atomic_int_get (&mvx_verify_between.logs_more))
    mvx_info (mvx_verify_log, "behind dispatch_core");
  return result;
}

static gboolean
mvx_verify_library_register (MvxVerify *verify, GError **error)
{
  static MvxLogStaticPlugin between;

  mvx_verify_between.api = verify->api;
  between = *verify->api;
  between.dispatch_core = mvx_verify_library_dispatch;
  return mvx_log_register_static_plugin (&between, error);
}

/* The library's own messages about events from inside a dispatch are expected. */
static void
mvx_verify_library_hush (gint level, const char *message, gpointer data)
{
}

/* A sink of the plugin that gets everything that is logged. */
static MvxLogSink *
mvx_verify_library_begin (MvxVerify *verify, GError **error)
{
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
  g_autoptr (MvxLogSink) sink = NULL;

  if (!mvx_verify_library_register (verify, error))
    return NULL;
  g_atomic_int_set (&mvx_verify_between.n_events, 0);
  sink = mvx_log_configure_sink ("verify", verify->api->plugin->name, verify->options, error);
  if (sink == NULL || !mvx_log_context_set_level (root, MVX_LOG_LEVEL_TRACE, error)
      || !mvx_log_context_set_sinks (root, &sink, 1, error))
    return NULL;
  mvx_log_sink_set_level (sink, MVX_LOG_LEVEL_TRACE);
  return g_steal_pointer (&sink);
}

static gboolean
mvx_verify_library_end (GError **error)
{
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();

  return mvx_log_context_set_sinks (root, NULL, 0, error) && mvx_log_close_sink ("verify", error);
}

static gpointer
mvx_verify_library_log (gpointer data)
{
  for (guint i = 0; i < MVX_VERIFY_EACH; i++)
    mvx_info (mvx_verify_log, "event {n}", "n", i);
  return NULL;
}

MvxVerifyResult
mvx_verify_library (MvxVerify *verify)
{
  const guint n_all = MVX_VERIFY_THREADS * MVX_VERIFY_EACH;
  GThread *threads[MVX_VERIFY_THREADS];
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GError) error = NULL;
  MvxLogCounters counters;
  gboolean in_time;

  mvx_verify_doing ("a sink of it in the library");
  sink = mvx_verify_library_begin (verify, &error);
  if (sink == NULL)
    return mvx_verify_failed (verify, "a sink of it in the library", error);
  mvx_verify_doing ("%u events from %u threads", n_all, MVX_VERIFY_THREADS);
  for (guint i = 0; i < MVX_VERIFY_THREADS; i++)
    threads[i] = g_thread_new ("verify", mvx_verify_library_log, NULL);
  for (guint i = 0; i < MVX_VERIFY_THREADS; i++)
    g_thread_join (threads[i]);
  in_time = mvx_log_flush (g_get_monotonic_time () + MVX_VERIFY_LIBRARY_US, &error);
  mvx_log_sink_get_counters (sink, &counters);
  if (counters.delivered != n_all)
    return mvx_verify_say (verify, MVX_VERIFY_BROKEN, "%" G_GUINT64_FORMAT " of %u events are counted as delivered",
                           counters.delivered, n_all);
  if (!in_time)
    return mvx_verify_failed (verify, "flush behind them", error);
  mvx_verify_doing ("closing the sink");
  if (!mvx_verify_library_end (&error))
    return mvx_verify_failed (verify, "closing the sink", error);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "%u events from %u threads delivered through a sink of the library",
                         n_all, MVX_VERIFY_THREADS);
}

/* What is logged on the thread of dispatch_core does not come back to it. A plugin that logs on a thread of its own
 * feeds itself, or waits for itself. */
MvxVerifyResult
mvx_verify_inside (MvxVerify *verify)
{
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GError) error = NULL;
  guint n_seen;

  mvx_log_set_diagnostics_func (mvx_verify_library_hush, NULL, NULL);
  sink = mvx_verify_library_begin (verify, &error);
  if (sink == NULL)
    return mvx_verify_failed (verify, "a sink of it in the library", error);
  g_atomic_int_set (&mvx_verify_between.logs_more, TRUE);
  mvx_verify_doing ("an event, and two more from inside dispatch_core");
  mvx_info (mvx_verify_log, "one event");
  for (guint i = 0; i < 2; i++)
    if (!mvx_log_flush (g_get_monotonic_time () + MVX_VERIFY_LIBRARY_US, &error))
      return mvx_verify_failed (verify, "flush behind an event", error);
  n_seen = (guint) g_atomic_int_get (&mvx_verify_between.n_events);
  g_atomic_int_set (&mvx_verify_between.logs_more, FALSE);
  if (n_seen != 1)
    return mvx_verify_say (verify, MVX_VERIFY_BROKEN,
                           "events come back to it: it logs on a thread of its own while it delivers; "
                           "tell the host (mvx_log_sink_host_diagnose ()) instead");
  mvx_verify_doing ("closing the sink");
  if (!mvx_verify_library_end (&error))
    return mvx_verify_failed (verify, "closing the sink", error);
  mvx_log_set_diagnostics_func (NULL, NULL, NULL);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "what is logged from inside dispatch_core does not come back");
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin that writes down what is called, and does what it is told. One instance at a time. */
#pragma once

#include <mvxlog/mvxlog.h>

#include "../ledger-check.h"
#include "base/diag-private.h"
#include "event/event-private.h"
#include "plugin/plugin-private.h"
#include "sink/builtin-private.h"
#include "sink/descriptor-private.h"
#include "sink/host-private.h"

static struct
{
  GMutex mutex;
  GString *calls;
  MvxLogSinkHost *host;
  GThread *thread; /* of the last dispatch */
  guint n_events;
  guint n_instances;
  gboolean fail_descriptor;
  gboolean fail_create;
  const char *fail; /* name of the hook that fails */
  const char *lie;  /* name of the hook that fails without a reason */
  char *mode;       /* of the instance */
  gint hold;        /* dispatch waits while it is set */
  gint hold_destroy; /* so does destroy */
  GCond cond;
  gboolean inside;
} probe;

static inline void
probe_reset (void)
{
  if (probe.calls)
    g_string_free (probe.calls, TRUE);
  g_clear_pointer (&probe.mode, g_free);
  probe.calls = g_string_new (NULL);
  probe.fail = NULL;
  probe.lie = NULL;
  probe.fail_create = FALSE;
  probe.fail_descriptor = FALSE;
  probe.n_events = 0;
  probe.hold = FALSE;
  probe.inside = FALSE;
}

static inline gboolean
probe_call (const char *name, GError **error)
{
  g_mutex_lock (&probe.mutex);
  g_string_append_printf (probe.calls, "%s%s", probe.calls->len ? " " : "", name);
  g_mutex_unlock (&probe.mutex);
  if (g_strcmp0 (probe.lie, name) == 0)
    return FALSE;
  if (g_strcmp0 (probe.fail, name) != 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s is out of order", name);
  return FALSE;
}

static const char *const probe_modes[] = { "plain", "fancy", NULL };

static const MvxLogOptionSpec probe_options[] = {
  { "target", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL, "Where to", { NULL, NULL } },
  { "mode", MVX_LOG_OPTION_ENUM, MVX_LOG_OPTION_RELOADABLE, "plain", 0, 0, probe_modes, "How", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static inline MvxLogSinkDescriptor *
probe_build_descriptor (MvxLogOptions *options, GError **error)
{
  MvxLogSinkDescriptor *descriptor
      = mvx_log_sink_descriptor_new ("probe", g_variant_new_string (mvx_log_options_get_string (options, "target")),
                                     g_variant_new_string (mvx_log_options_get_string (options, "mode")));

  if (!probe.fail_descriptor)
    return descriptor;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "no such target");
  return descriptor;
}

static inline gpointer
probe_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  if (probe.fail_create)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "nobody there");
      return NULL;
    }
  probe.host = host;
  probe.n_instances++;
  g_free (probe.mode);
  probe.mode = g_strdup (mvx_log_options_get_string (options, "mode"));
  return &probe;
}

static inline MvxLogDispatchResult
probe_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  g_mutex_lock (&probe.mutex);
  probe.thread = g_thread_self ();
  probe.n_events += n_events;
  probe.inside = TRUE;
  g_cond_broadcast (&probe.cond);
  while (probe.hold)
    g_cond_wait (&probe.cond, &probe.mutex);
  probe.inside = FALSE;
  g_mutex_unlock (&probe.mutex);
  *n_done = n_events;
  if (g_strcmp0 (probe.fail, "dispatch") == 0)
    {
      *n_done = 0;
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "dispatch is out of order");
      return MVX_LOG_DISPATCH_FAILED;
    }
  if (g_strcmp0 (probe.fail, "once") == 0)
    {
      probe.fail = NULL;
      *n_done = 0;
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "not this time");
      return MVX_LOG_DISPATCH_RETRY;
    }
  return MVX_LOG_DISPATCH_OK;
}

static inline void
probe_destroy (gpointer instance)
{
  g_assert_true (instance == &probe);
  g_assert_false (probe.inside);
  g_mutex_lock (&probe.mutex);
  while (probe.hold_destroy)
    g_cond_wait (&probe.cond, &probe.mutex);
  g_mutex_unlock (&probe.mutex);
  probe_call ("destroy", NULL);
  probe.n_instances--;
}

static inline gboolean
probe_on_starting (gpointer instance, GError **error)
{
  return probe_call ("on_starting", error);
}

static inline gboolean
probe_on_stopped (gpointer instance, GError **error)
{
  return probe_call ("on_stopped", error);
}

static inline gboolean
probe_flush (gpointer instance, gint64 deadline_us, GError **error)
{
  return probe_call ("flush", error);
}

static inline gboolean
probe_reopen (gpointer instance, GError **error)
{
  return probe_call ("reopen", error);
}

static inline gboolean
probe_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  if (!probe_call ("reconfigure", error))
    return FALSE;
  g_free (probe.mode);
  probe.mode = g_strdup (mvx_log_options_get_string (options, "mode"));
  return TRUE;
}

#define PROBE(NAME, FLAGS)                                                                                             \
  {                                                                                                                    \
    .magic = MVX_LOG_PLUGIN_MAGIC, .abi = MVX_LOG_PLUGIN_ABI, .struct_size = sizeof (MvxLogPlugin), .flags = FLAGS,    \
    .name = NAME, .version = "1", .summary = "For tests", .licence = "LGPL-2.1-or-later", .options = probe_options,    \
    .destroy = probe_destroy, .on_starting = probe_on_starting, .on_stopped = probe_on_stopped, .flush = probe_flush,  \
    .reopen = probe_reopen, .reconfigure = probe_reconfigure,                                                          \
  }

static const MvxLogPlugin probe_data = PROBE ("probe", 0);
static const MvxLogPlugin probe_async_data = PROBE ("probe-async", MVX_LOG_PLUGIN_ASYNC);
static const MvxLogStaticPlugin probe_plugin = { &probe_data, probe_build_descriptor, probe_create, probe_dispatch };
static const MvxLogStaticPlugin probe_async
    = { &probe_async_data, probe_build_descriptor, probe_create, probe_dispatch };

static inline MvxLogOptions *
probe_new_options (const MvxLogStaticPlugin *plugin, const char *mode)
{
  MvxLogOptions *options = mvx_log_plugin_new_options (plugin);

  g_assert_true (mvx_log_options_set (options, "target", "here", NULL));
  if (mode)
    g_assert_true (mvx_log_options_set (options, "mode", mode, NULL));
  return options;
}

static inline MvxLogSink *
probe_new_sink (const MvxLogStaticPlugin *plugin)
{
  g_autoptr (MvxLogOptions) options = probe_new_options (plugin, NULL);
  g_autoptr (GError) error = NULL;
  MvxLogSink *sink;

  probe_reset ();
  sink = mvx_log_plugin_create_sink (plugin, "app", options, &error);
  g_assert_no_error (error);
  return sink;
}

static inline MvxLogSink *
new_sink (const MvxLogStaticPlugin *plugin)
{
  g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (plugin);
  g_autoptr (GError) error = NULL;
  MvxLogSink *sink = mvx_log_plugin_create_sink (plugin, "app", options, &error);

  g_assert_no_error (error);
  return sink;
}

static inline MvxLogEvent *
new_event (void)
{
  return mvx_log_event_new ("org.example", MVX_LOG_LEVEL_ERROR, 1, "hello", NULL, 0);
}

static inline void
assert_log_fails (MvxLogSink *sink, GQuark domain, gint code, const char *message)
{
  g_autoptr (MvxLogEvent) event = new_event ();
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_sink_log (sink, event, &error));
  g_assert_error (error, domain, code);
  g_assert_cmpstr (error->message, ==, message);
}

static inline void
assert_log_succeeds (MvxLogSink *sink)
{
  g_autoptr (MvxLogEvent) event = new_event ();
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_sink_log (sink, event, &error));
  g_assert_no_error (error);
}

static inline void
assert_log_refused (MvxLogSink *sink)
{
  g_autoptr (MvxLogEvent) event = new_event ();

  g_assert_false (mvx_log_sink_log (sink, event, NULL));
}

/* The identity holds after every test. */
static inline void
assert_ledger (MvxLogSink *sink, guint64 delivered, guint64 refused, guint64 dropped)
{
  MvxLogCounters counters = ledger_check (sink);

  g_assert_cmpuint (counters.delivered, ==, delivered);
  g_assert_cmpuint (ledger_sum (counters.refused), ==, refused);
  g_assert_cmpuint (ledger_sum (counters.dropped), ==, dropped);
}

static char *diagnostic;

static inline void
keep_diagnostic (gint level, const char *message, gpointer data)
{
  g_free (diagnostic);
  diagnostic = g_strdup (message);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include <mvxlog/context.h>
#include <mvxlog/delivery.h>
#include <mvxlog/level.h>

#include "base/cancel-private.h"
#include "base/clock-private.h"
#include "base/diag-private.h"
#include "context/tree-internal.h"
#include "front/bootstrap-private.h"
#include "front/child-private.h"
#include "front/environment-private.h"
#include "front/process-private.h"
#include "front/status-server-private.h"
#include "plugin/plugin-private.h"
#include "plugin/search-private.h"
#include "sink/host-private.h"

#define MVX_LOG_AT_EXIT_TIMEOUT_US G_USEC_PER_SEC

/* Nobody else is there to whom the statement could be handed. */
static void
mvx_log_front_tell_undelivered (GVariant *statement)
{
  GVariantIter iter;
  GVariant *sink;
  const char *name;

  g_variant_iter_init (&iter, statement);
  while (g_variant_iter_loop (&iter, "{&s@a{sv}}", &name, &sink))
    {
      guint64 undelivered = 0;
      guint64 accepted = 0;
      guint64 refused = 0;

      g_variant_lookup (sink, "undelivered", "t", &undelivered);
      g_variant_lookup (sink, "accepted", "t", &accepted);
      g_variant_lookup (sink, "refused", "t", &refused);
      if (undelivered > 0)
        mvx_log_diag (MVX_LOG_LEVEL_ERROR,
                      "At exit, sink '%s' has not delivered %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                      " accepted events, and had refused %" G_GUINT64_FORMAT,
                      *name ? name : "unnamed", undelivered, accepted, refused);
    }
}

/* A program that forgot to shut down, or that calls exit() anywhere. */
static void
mvx_log_front_at_exit (void)
{
  g_autoptr (GVariant) statement = NULL;

  mvx_log_status_server_set (FALSE);
  if (!mvx_log_process_has_own_sinks ())
    return;
  if (!mvx_log_shutdown (g_get_monotonic_time () + MVX_LOG_AT_EXIT_TIMEOUT_US, &statement))
    mvx_log_front_tell_undelivered (statement);
}

static MvxLogSink *
mvx_log_front_lookup (const char *name)
{
  return mvx_log_registry_get (mvx_log_process_get_registry (), name);
}

static MvxLogSinkDescriptor *
mvx_log_front_describe_stderr (gpointer options, GError **error)
{
  const MvxLogStaticPlugin *plugin = mvx_log_plugin_get ("stream", error);

  return plugin ? mvx_log_plugin_describe (plugin, MVX_LOG_BOOTSTRAP_SINK, options, error) : NULL;
}

static MvxLogSink *
mvx_log_front_create_stderr (gpointer options, GError **error)
{
  const MvxLogStaticPlugin *plugin = mvx_log_plugin_get ("stream", error);

  return plugin ? mvx_log_plugin_create_sink (plugin, MVX_LOG_BOOTSTRAP_SINK, options, error) : NULL;
}

void
mvx_log_front_bootstrap (void)
{
  static const MvxLogSinkFactory factory = { mvx_log_front_describe_stderr, mvx_log_front_create_stderr };
  const MvxLogStaticPlugin *plugin = mvx_log_plugin_get ("stream", NULL);
  g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (plugin);
  g_autoptr (MvxLogContext) root = mvx_log_tree_get ("");
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GError) error = NULL;

  /* A program that has configured nothing may end without a word to us, and has no thread that it did not make. */
  mvx_log_options_set (options, "async", "false", NULL);
  sink
      = mvx_log_registry_configure (mvx_log_process_get_registry (), MVX_LOG_BOOTSTRAP_SINK, &factory, options, &error);
  if (sink == NULL)
    {
      mvx_log_diag (MVX_LOG_LEVEL_CRITICAL, "The built-in sink on standard error could not be made: %s",
                    error->message);
      return;
    }
  mvx_log_context_set_sinks (root, &sink, 1, NULL);
}

/* Whoever is first: all others would wait for a thread that ended in here. */
static gpointer
mvx_log_front_init (gpointer data)
{
  int before = mvx_log_cancel_defer ();

  mvx_log_clock_init (mvx_log_environment_get_clock ());
  mvx_log_process_begin ();
  mvx_log_child_prepare ();
  mvx_log_sink_host_set_lookup (mvx_log_front_lookup);
  mvx_log_sink_set_changed_func (mvx_log_tree_sink_changed);
  if (mvx_log_environment_wants_bootstrap ())
    mvx_log_front_bootstrap ();
  mvx_log_environment_apply_levels ();
  atexit (mvx_log_front_at_exit);
  mvx_log_cancel_allow (before);
  return NULL;
}

MvxLogRegistry *
mvx_log_front_registry (void)
{
  static GOnce once = G_ONCE_INIT;

  g_once (&once, mvx_log_front_init, NULL);
  return mvx_log_process_get_registry ();
}

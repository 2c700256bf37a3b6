/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of the public API for a program whose allocations fail, and the program itself. */
#pragma once

#include <string.h>

#include <gio/gio.h>
#include <mvxlog/mvxlog.h>

#include "ledger-check.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (file);

/* A call of the API, or the few that make one whole. FALSE with an error, or TRUE. What one that
 * failed needs is still there when it is made again. @prepare and @check, what is left behind, may be NULL. */
typedef struct
{
  const char *name;
  gboolean (*call) (GError **error);
  void (*prepare) (void);
  void (*check) (gboolean done);
  gboolean logs; /* what fails is on its own thread, and nothing ends the program */
} MemoryCall;

/* What the calls are about. */
static struct
{
  char *directory;
  MvxLogContext *context;
  MvxLogSink *kept; /* memory */
  MvxLogSink *file; /* with a queue */
  MvxLogEvent *event;
  GError *failure;
  char *config_path;
} world;

#define WORLD_HEAD "[mvxlog]\nversion=1\n"

/* A configuration, and one that differs in everything. */
static char *
world_config (gboolean other)
{
  if (!other)
    return g_strdup_printf (WORLD_HEAD "[sink kept]\nplugin=memory\n"
                                       "[sink file]\nplugin=file\npath=%1$s/log\nformat=json\n"
                                       "[context]\nlevel=info\nsinks=kept;file\n"
                                       "[context app.part]\nlevel=debug\nsinks=kept\n",
                            world.directory);
  return g_strdup_printf (WORLD_HEAD
                          "[sink kept]\nplugin=memory\n"
                          "[sink file]\nplugin=file\npath=%1$s/log\nformat=json\nlevel=warning\n"
                          "[sink new]\nplugin=file\npath=%1$s/new\nformat=logfmt\ncrash-ring=on\n"
                          "crash-ring-dir=%1$s/rings\nredact=password\n"
                          "[sink spooled]\nplugin=file\npath=%1$s/spooled\ndelivery=spool\nspool-dir=%1$s/spool\n"
                          "[sink both]\nplugin=group\nsinks=kept;new\n"
                          "[policy quiet]\ndefault=allow\n[rule quiet 1]\naction=deny\nevents=app.health.*\n"
                          "[policy storm]\ntype=rate-limit\nburst=5\ninterval=1min\n"
                          "[processor service]\ntype=defaults\nfields=service=shop;zone=eu\n"
                          "[context]\nlevel=notice\nsinks=both;file;spooled\nprocessors=service\n"
                          "[context app.part]\nlevel=trace\npolicy=quiet;storm\n"
                          "[context app.more]\nlevel=error\nmax-items=20\nerror-policy=raise\n",
                          world.directory);
}

/* What a file decides, as text. */
static char *
world_snapshot (void)
{
  g_auto (GStrv) sinks = mvx_log_get_sink_names ();
  g_auto (GStrv) contexts = mvx_log_get_context_names ();
  g_autofree char *levels = mvx_log_dup_levels ();
  GString *text = g_string_new (levels);

  for (char **name = sinks; *name; name++)
    {
      g_autoptr (MvxLogSinkDescriptor) descriptor = mvx_log_get_sink_descriptor (*name);
      g_autofree char *what = mvx_log_sink_descriptor_to_string (descriptor);

      g_string_append_printf (text, "\nsink %s %s", *name, what);
    }
  for (char **name = contexts; *name; name++)
    {
      g_autoptr (MvxLogContext) context = mvx_log_get_context (*name);
      g_autoptr (GPtrArray) used = mvx_log_context_get_local_sinks (context);
      g_autoptr (GPtrArray) processors = mvx_log_context_get_processors (context);
      g_autoptr (MvxLogEventPolicy) policy = mvx_log_context_get_event_policy (context);
      MvxLogLimits limits;

      mvx_log_context_get_limits (context, &limits);
      g_string_append_printf (text, "\ncontext '%s' %d %u %u %s %d %d", *name, mvx_log_context_get_level (context),
                              processors ? processors->len : 0, limits.max_items,
                              policy ? G_OBJECT_TYPE_NAME (policy) : "-", mvx_log_context_get_enabled (context),
                              mvx_log_context_get_error_policy (context));
      for (guint i = 0; used && i < used->len; i++)
        {
          g_autofree char *sink = mvx_log_sink_dup_name (used->pdata[i]);

          g_string_append_printf (text, " %s", sink);
        }
    }
  return g_string_free (text, FALSE);
}

static void
world_configure (void)
{
  g_autofree char *config = world_config (FALSE);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (world.config_path, config, -1, NULL));
  g_assert_no_errno (g_chmod (world.config_path, 0600));
  mvx_log_configure_from_file (world.config_path, &error);
  g_assert_no_error (error);
}

static void
world_begin (const char *directory)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events = NULL;

  world.directory = g_strdup (directory);
  world.config_path = g_build_filename (directory, "conf", NULL);
  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_file, &error));
  world_configure ();
  world.context = mvx_log_get_context ("app.part");
  world.kept = mvx_log_get_sink ("kept");
  world.file = mvx_log_get_sink ("file");
  world.failure = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "Nothing works in '%s'", directory);
  mvx_info (world.context, "event {n} of {name}", "n", 1, "name", "world", "more", world.failure);
  events = mvx_log_memory_sink_get_events (world.kept);
  g_assert_cmpuint (events->len, ==, 1);
  world.event = mvx_log_event_copy (events->pdata[0]);
}

/* Whatever has failed: the ledgers are right, and events arrive. Returns how many were lost. */
static guint64
world_check (void)
{
  guint64 n_lost = 0;
  g_auto (GStrv) names = mvx_log_get_sink_names ();
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
  g_autoptr (GError) error = NULL;

  mvx_critical (root, "{n} of the end", "n", 2);
  mvx_log_flush (g_get_monotonic_time () + 60 * G_USEC_PER_SEC, &error);
  g_assert_no_error (error);
  for (char **name = names; *name; name++)
    {
      g_autoptr (MvxLogSink) sink = mvx_log_get_sink (*name);
      MvxLogCounters c = ledger_check (sink);

      g_assert_cmpuint (c.pending, ==, 0);
      n_lost += ledger_sum (c.dropped);
    }
  return n_lost;
}

/* It says so, too. */
static void
world_end (void)
{
  const gboolean whole = world_check () == 0;

  g_assert_true (mvx_log_shutdown (g_get_monotonic_time () + 60 * G_USEC_PER_SEC, NULL) == whole);
}

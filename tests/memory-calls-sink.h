/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is done with sinks. */
#pragma once

#include "memory-calls.h"

static gboolean
sink_wait (MvxLogOperation *taken, GError **error)
{
  g_autoptr (MvxLogOperation) operation = taken;

  return mvx_log_operation_wait (operation, -1, error);
}

static gboolean
sink_restart (GError **error)
{
  return sink_wait (mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (world.file)), error)
         && sink_wait (mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (world.file)), error);
}

/* A new sink. */
static gboolean
sink_configure (GVariant *taken, GError **error)
{
  g_autoptr (GVariant) options = g_variant_ref_sink (taken);
  g_autoptr (MvxLogSink) sink = mvx_log_configure_sink ("first", "file", options, error);

  return sink && mvx_log_context_set_sinks (world.context, &sink, 1, error);
}

static gboolean
sink_configure_plain (GError **error)
{
  g_autofree char *path = g_build_filename (world.directory, "plain", NULL);

  return sink_configure (g_variant_new_parsed ("{'path': <%s>}", path), error);
}

static gboolean
sink_configure_ring (GError **error)
{
  g_autofree char *path = g_build_filename (world.directory, "plain", NULL);

  return sink_configure (
      g_variant_new_parsed ("{'path': <%s>, 'crash-ring': <'on'>, 'crash-ring-dir': <%s>}", path, world.directory),
      error);
}

static gboolean
sink_configure_spool (GError **error)
{
  g_autofree char *path = g_build_filename (world.directory, "plain", NULL);

  return sink_configure (
      g_variant_new_parsed ("{'path': <%s>, 'delivery': <'spool'>, 'spool-dir': <%s>}", path, world.directory), error);
}

static void
sink_prepare_plain (void)
{
  g_assert_true (sink_configure_plain (NULL));
}

static void
sink_prepare_ring (void)
{
  g_assert_true (sink_configure_ring (NULL));
}

static void
sink_prepare_spool (void)
{
  g_assert_true (sink_configure_spool (NULL));
}

static void
sink_check_diagnostic (gint level, const char *message, gpointer data)
{
  g_assert_cmpstr (message, ==, "Sink 'kept' dropped an event: there is no memory for it");
}

static void
sink_prepare_memory (void)
{
  mvx_log_set_diagnostics_func (sink_check_diagnostic, NULL, NULL);
  g_assert_true (mvx_log_context_set_sinks (world.context, &world.kept, 1, NULL));
}

/* From a place that has not logged before. What cannot be is refused, and counted. */
static gboolean
sink_first (GError **error)
{
  mvx_info (world.context, "the {first}", "first", 1);
  return TRUE;
}

static void
sink_make_ring (void)
{
  sink_prepare_ring ();
  sink_first (NULL);
}

static gboolean
sink_look (GError **error)
{
  g_autofree char *name G_GNUC_UNUSED = mvx_log_sink_dup_name (world.file);
  g_autoptr (GError) last G_GNUC_UNUSED = mvx_log_async_sink_dup_last_error (MVX_LOG_ASYNC_SINK (world.file));
  MvxLogCounters counters = { 0 };

  mvx_log_sink_get_counters (world.file, &counters);
  mvx_log_sink_set_level (world.file, MVX_LOG_LEVEL_DEBUG);
  mvx_log_sink_set_enabled (world.file, TRUE);
  return mvx_log_sink_get_health (world.file) == MVX_LOG_SINK_HEALTH_UP;
}

static gboolean
sink_take (const MvxLogEvent *event, gpointer data, GError **error)
{
  return TRUE;
}

static gboolean
sink_function (GError **error)
{
  g_autoptr (MvxLogSink) sink = mvx_log_sink_new_function ("taker", sink_take, NULL, NULL, NULL);
  gboolean done;

  if (!mvx_log_context_set_sinks (world.context, &sink, 1, error))
    return FALSE;
  mvx_info (world.context, "taken");
  done = mvx_log_sink_flush (sink, -1, error);
  return mvx_log_context_reset_sinks (world.context, done ? error : NULL) && done
         && mvx_log_sink_terminate (sink, -1, error);
}

static gboolean
sink_filter (const MvxLogDraft *draft, gpointer data, GError **error)
{
  return mvx_log_draft_get_n_fields (draft) > 0;
}

static gboolean
sink_shape (GError **error)
{
  GVariant *options = g_variant_new_parsed ("{'redact': <['password']>, 'match': <['n=1']>}");
  g_autoptr (GPtrArray) processors = NULL;

  if (!mvx_log_sink_set_shaping (world.kept, options, error))
    return FALSE;
  mvx_log_sink_set_filter_func (world.kept, sink_filter, NULL, NULL);
  processors = mvx_log_sink_get_processors (world.kept);
  mvx_info (world.context, "shaped {n}", "n", 1, "password", "p");
  return TRUE;
}

static gboolean
sink_memory (GError **error)
{
  g_autoptr (GPtrArray) events = mvx_log_memory_sink_get_events (world.kept);
  guint n = 0;

  if (!mvx_log_memory_sink_dump (world.kept, world.file, &n, error))
    return FALSE;
  mvx_log_memory_sink_clear (world.kept);
  return events != NULL;
}

static gboolean
sink_recovered (MvxLogEvent *const *events, guint n_events, gpointer data)
{
  return TRUE;
}

static gboolean
sink_recover (GError **error)
{
  g_autofree char *directory = g_build_filename (world.directory, "first", NULL);
  MvxLogRecoverLedger ledger;

  return mvx_log_recover (directory, MVX_LOG_RECOVER_KEEP, sink_recovered, NULL, &ledger, error);
}

static const MemoryCall sink_calls[] = {
  { "restart", sink_restart },
  { "configure-ring", sink_configure_ring },
  { "configure-spool", sink_configure_spool },
  { "first-event", sink_first, sink_prepare_plain, NULL, TRUE },
  { "first-event-ring", sink_first, sink_prepare_ring, NULL, TRUE },
  { "first-event-spool", sink_first, sink_prepare_spool, NULL, TRUE },
  { "first-event-memory", sink_first, sink_prepare_memory, NULL, TRUE },
  { "look", sink_look },
  { "function", sink_function },
  { "shape", sink_shape },
  { "memory", sink_memory },
  { "recover", sink_recover, sink_make_ring },
};

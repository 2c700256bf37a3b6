/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include <mvxlog/async-sink.h>
#include <mvxlog/version.h>

#include "async/async-sink-private.h"
#include "async/queue-private.h"
#include "base/program-private.h"
#include "front/process-private.h"
#include "front/status-private.h"
#include "front/vitals-private.h"
#include "plugin/plugin-private.h"
#include "render/jsonvalue-private.h"

static const char *const mvx_log_status_states[]
    = { "virgin", "starting", "running", "stopping", "stopped", "failure", "cancelled" };
static const char *const mvx_log_status_healths[] = { "up", "retrying", "open", "half-open", "down" };
static const char *const mvx_log_status_reasons[MVX_LOG_N_REASONS]
    = { "queue-full", "level", "state", "error", "timeout", "rejected", "shutdown" };
static const char *const mvx_log_status_levels[MVX_LOG_N_LEVEL_CLASSES]
    = { "debug", "info", "warning", "error", "critical" };

/* Those that are not 0: ,"refused":{"queue-full":1} */
static void
mvx_log_status_append_reasons (MvxLogBuffer *buffer, const char *key, const guint64 *counts)
{
  const char *comma = "";

  mvx_log_buffer_append_printf (buffer, "%s:{", key);
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    if (counts[i] > 0)
      {
        mvx_log_buffer_append_printf (buffer, "%s\"%s\":%" G_GUINT64_FORMAT, comma, mvx_log_status_reasons[i],
                                      counts[i]);
        comma = ",";
      }
  mvx_log_buffer_append_c (buffer, '}');
}

static void
mvx_log_status_append_lost (MvxLogBuffer *buffer, const MvxLogCounters *counters)
{
  mvx_log_buffer_append_s (buffer, ",\"lost\":{");
  for (guint i = 0; i < MVX_LOG_N_LEVEL_CLASSES; i++)
    {
      g_autofree char *key = g_strdup_printf ("%s\"%s\"", i > 0 ? "," : "", mvx_log_status_levels[i]);

      mvx_log_status_append_reasons (buffer, key, counters->lost[i]);
    }
  mvx_log_buffer_append_c (buffer, '}');
}

static void
mvx_log_status_append_counters (MvxLogBuffer *buffer, const MvxLogCounters *c)
{
  const struct
  {
    const char *key;
    guint64 n;
  } plain[] = {
    { "offered", c->offered },       { "accepted", c->accepted }, { "delivered", c->delivered },
    { "diverted", c->diverted },     { "pending", c->pending },   { "spooled", c->spooled },
    { "filtered", c->filtered },     { "retried", c->retried },   { "failed", c->failed },
    { "opened", c->opened },         { "dead", c->dead },         { "recovered", c->recovered },
    { "high_water", c->high_water }, { "bytes", c->bytes },       { "batches", c->batches },
  };

  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    mvx_log_buffer_append_printf (buffer, ",\"%s\":%" G_GUINT64_FORMAT, plain[i].key, plain[i].n);
  mvx_log_status_append_reasons (buffer, ",\"refused\"", c->refused);
  mvx_log_status_append_reasons (buffer, ",\"dropped\"", c->dropped);
  mvx_log_status_append_lost (buffer, c);
}

/* Only a sink that runs tries again; when it is time, it does so at once. */
static void
mvx_log_status_append_next_try (MvxLogBuffer *buffer, MvxLogAsyncSink *sink)
{
  gint64 left_us = mvx_log_async_sink_get_retry_time (sink) - g_get_monotonic_time ();

  if (left_us > 0 && mvx_log_async_sink_get_state (sink) == MVX_LOG_SINK_STATE_RUNNING)
    mvx_log_buffer_append_printf (buffer, ",\"retry_in_us\":%" G_GINT64_FORMAT, left_us);
}

/* ,"dispatch_us":1234,"dispatch_time":[0,0,7,…] */
static void
mvx_log_status_append_times (MvxLogBuffer *buffer, const MvxLogCounters *c)
{
  mvx_log_buffer_append_printf (buffer, ",\"dispatch_us\":%" G_GUINT64_FORMAT ",\"dispatch_time\":", c->dispatch_us);
  for (guint i = 0; i < MVX_LOG_N_TIME_CLASSES; i++)
    mvx_log_buffer_append_printf (buffer, "%c%" G_GUINT64_FORMAT, i > 0 ? ',' : '[', c->dispatch_time[i]);
  mvx_log_buffer_append_c (buffer, ']');
}

static void
mvx_log_status_append_async (MvxLogBuffer *buffer, MvxLogAsyncSink *sink, const MvxLogCounters *counters)
{
  g_autofree char *trouble = mvx_log_async_sink_dup_trouble (sink);
  gint64 spool_bytes = mvx_log_async_sink_get_spool_bytes (sink);

  mvx_log_buffer_append_printf (buffer, ",\"state\":\"%s\",\"queue_max\":%" G_GINT64_FORMAT,
                                mvx_log_status_states[mvx_log_async_sink_get_state (sink)],
                                mvx_log_async_sink_get_queue (sink)->max_events);
  if (spool_bytes >= 0)
    mvx_log_buffer_append_printf (buffer, ",\"spool_bytes\":%" G_GINT64_FORMAT, spool_bytes);
  mvx_log_jsonvalue_append_text_member (buffer, ",\"last_error\":", trouble);
  mvx_log_status_append_next_try (buffer, sink);
  mvx_log_status_append_times (buffer, counters);
}

static void
mvx_log_status_append_sink (MvxLogBuffer *buffer, MvxLogSink *sink)
{
  g_autofree char *name = mvx_log_sink_dup_name (sink);
  const MvxLogStaticPlugin *plugin = mvx_log_plugin_sink_get_plugin (sink);
  MvxLogCounters counters = { 0 };

  mvx_log_sink_get_counters (sink, &counters);
  mvx_log_buffer_append_s (buffer, "{\"name\":");
  mvx_log_jsonvalue_append_string (buffer, name ? name : "", name ? strlen (name) : 0);
  mvx_log_jsonvalue_append_text_member (buffer, ",\"plugin\":", plugin ? plugin->plugin->name : NULL);
  if (MVX_LOG_IS_ASYNC_SINK (sink))
    mvx_log_status_append_async (buffer, MVX_LOG_ASYNC_SINK (sink), &counters);
  mvx_log_buffer_append_printf (buffer, ",\"health\":\"%s\"", mvx_log_status_healths[mvx_log_sink_get_health (sink)]);
  mvx_log_status_append_counters (buffer, &counters);
  mvx_log_buffer_append_c (buffer, '}');
}

static void
mvx_log_status_append_vitals (MvxLogBuffer *buffer, gint64 resident)
{
  gint64 uptime_us = mvx_log_vitals_uptime_us ();
  gint64 now = mvx_log_vitals_resident_bytes ();

  if (uptime_us >= 0)
    mvx_log_buffer_append_printf (buffer, ",\"uptime_us\":%" G_GINT64_FORMAT, uptime_us);
  if (now >= 0)
    mvx_log_buffer_append_printf (buffer, ",\"rss_bytes\":%" G_GINT64_FORMAT, now);
  if (now >= 0 && resident >= 0)
    mvx_log_buffer_append_printf (buffer, ",\"rss_grown_bytes\":%" G_GINT64_FORMAT, now - resident);
}

void
mvx_log_status_append (MvxLogBuffer *buffer, gint64 resident)
{
  g_autoptr (GPtrArray) sinks = mvx_log_process_list_sinks ();
  const char *program = mvx_log_program_get_name ();

  mvx_log_buffer_append_s (buffer, "{\"program\":");
  mvx_log_jsonvalue_append_string (buffer, program ? program : "", program ? strlen (program) : 0);
  mvx_log_buffer_append_printf (buffer, ",\"pid\":%d,\"version\":\"" MVX_LOG_VERSION_S "\"", (int) getpid ());
  mvx_log_status_append_vitals (buffer, resident);
  mvx_log_buffer_append_s (buffer, ",\"sinks\":[");
  for (guint i = 0; i < sinks->len; i++)
    {
      if (i > 0)
        mvx_log_buffer_append_c (buffer, ',');
      mvx_log_status_append_sink (buffer, g_ptr_array_index (sinks, i));
    }
  mvx_log_buffer_append_s (buffer, "]}\n");
}

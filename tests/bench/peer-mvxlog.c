/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole way: key-file, file plugin out of its module, queue, worker, renderer, write. A variant is a list of words:
 * json or text; lazy for sleep=lazy; bound for three bound fields; fanout2 or fanout3 for so many files; realtime for
 * stamps of CLOCK_REALTIME; ring for crash-ring=on, beside the output; bridge for g_log_structured() through the
 * writer, with the call of peer-glib's default. */
#include "harness.h"

#include <mvxlog/mvxlog.h>

#define PEER_TIMEOUT_US (120 * G_USEC_PER_SEC)

MVX_LOG_CONTEXT (request, BENCH_LOGGER)

static MvxLogContext *peer_bound;
static gboolean peer_bridge;

static void
peer_append_sink (GString *config, const BenchOptions *options, guint i)
{
  g_autofree char *path = i == 0 ? g_strdup (options->out) : g_strdup_printf ("%s.%u", options->out, i);

  g_string_append_printf (config, "[sink s%u]\nplugin=file\nmode=truncate\nqueue-overflow=block\nblock-timeout=60s\n",
                          i);
  g_string_append_printf (config, "drain-timeout=60s\npath=%s\nformat=%s\nsleep=%s\n", path,
                          strstr (options->variant, "text") ? "pattern" : "json",
                          strstr (options->variant, "lazy") ? "lazy" : "deep");
  if (strstr (options->variant, "ring"))
    g_string_append_printf (config, "crash-ring=on\ncrash-ring-dir=%s.rings\n\n", path);
}

static char *
peer_new_config (const BenchOptions *options)
{
  GString *config = g_string_new ("[mvxlog]\nversion=1\n\n");
  const char *fanout = strstr (options->variant, "fanout");
  guint n_sinks = fanout ? (guint) atoi (fanout + strlen ("fanout")) : 1;

  for (guint i = 0; i < n_sinks; i++)
    peer_append_sink (config, options, i);
  g_string_append (config, "[context]\nlevel=info\nsinks=");
  for (guint i = 0; i < n_sinks; i++)
    g_string_append_printf (config, "s%u;", i);
  g_string_append_c (config, '\n');
  return g_string_free (config, FALSE);
}

static int
peer_open (const BenchOptions *options)
{
  g_autofree char *config = peer_new_config (options);
  g_autoptr (GError) error = NULL;

  peer_bridge = strstr (options->variant, "bridge") != NULL;
  g_setenv ("G_MESSAGES_DEBUG", "all", TRUE); /* as peer-glib */
  if (strstr (options->variant, "realtime"))
    g_setenv ("MVXLOG_CLOCK", "realtime", TRUE);
  if (!mvx_log_configure_from_data (config, -1, "bench.conf", &error)
      || (peer_bridge && !mvx_log_install_glib_writer (&error)))
    {
      g_printerr ("peer-mvxlog: %s\n", error->message);
      return 1;
    }
  if (strstr (options->variant, "bound"))
    {
      g_autoptr (MvxLogContext) context = mvx_log_configure_context (BENCH_LOGGER, NULL);

      peer_bound = mvx_log_bind (context, "service", "checkout", "shard", 17, "build", "2026.11.21-r4");
    }
  return 0;
}

static inline void
peer_log (int64_t id, const char *client, double ms)
{
  if (peer_bridge)
    g_log_structured (BENCH_LOGGER, G_LOG_LEVEL_INFO, "CLIENT", client, "MESSAGE",
                      "request %" G_GINT64_FORMAT " from %s took %g ms", (gint64) id, client, ms);
  else if (peer_bound)
    mvx_info (peer_bound, "request {id} from {client} took {ms} ms", "id", id, "client", client, "ms", ms);
  else
    mvx_info (request, "request {id} from {client} took {ms} ms", "id", id, "client", client, "ms", ms);
}

static void
peer_disabled (long calls)
{
  for (long i = 0; i < calls; i++)
    {
      mvx_debug (request, "request {id}", "id", (gint64) i);
      __asm__ volatile("" ::"r"(i) : "memory");
    }
}

static void
peer_close (void)
{
  g_autoptr (GError) error = NULL;

  if (!mvx_log_flush (g_get_monotonic_time () + PEER_TIMEOUT_US, &error))
    g_printerr ("peer-mvxlog: %s\n", error->message);
}

static long
peer_wakeups (void)
{
  g_autoptr (MvxLogSink) sink = mvx_log_get_sink ("s0");
  MvxLogCounters counters;

  mvx_log_sink_get_counters (sink, &counters);
  return (long) counters.wakeups;
}

const BenchPeer bench_peer = {
  "mvxlog",      "json|text[,lazy][,bound][,fanout2|,fanout3][,realtime][,bridge]",
  peer_open,     NULL,
  bench_run,     peer_close,
  peer_disabled, NULL,
  peer_wakeups,
};

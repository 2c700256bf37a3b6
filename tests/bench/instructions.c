/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What instructions.py counts: `instructions WHAT N FILE` does one thing N times. The library is linked statically, so
 * that callgrind finds its private functions by name. */
#include <stdio.h>
#include <stdlib.h>

#include <mvxlog/mvxlog.h>

MVX_LOG_CONTEXT (request, "bench.request")
MVX_LOG_STATIC_PLUGIN_DECLARE (file);

G_NO_INLINE void instructions_disabled (guint n);
G_NO_INLINE void instructions_call (guint n);
G_NO_INLINE void instructions_bound (MvxLogContext *context, guint n);
G_NO_INLINE void instructions_bridge (guint n);
G_NO_INLINE void instructions_render (MvxLogRenderer *renderer, const MvxLogEvent *event, guint n);

void
instructions_disabled (guint n)
{
  for (guint i = 0; i < n; i++)
    mvx_debug (request, "request {id}", "id", (gint64) i);
}

void
instructions_call (guint n)
{
  for (guint i = 0; i < n; i++)
    mvx_info (request, "request {id} from {client} took {ms} ms", "id", (gint64) i + 100000000, "client",
              "client-0000.eu-west.acme", "ms", (double) (i & 4095) * 0.125);
}

void
instructions_bound (MvxLogContext *context, guint n)
{
  for (guint i = 0; i < n; i++)
    mvx_info (context, "request {id} from {client} took {ms} ms", "id", (gint64) i + 100000000, "client",
              "client-0000.eu-west.acme", "ms", (double) (i & 4095) * 0.125);
}

/* The writer alone: what GLib does before is not ours. */
void
instructions_bridge (guint n)
{
  const GLogField fields[] = {
    { "PRIORITY", "5", -1 },
    { "CODE_FILE", "../src/shop.c", -1 },
    { "CODE_LINE", "123", -1 },
    { "CODE_FUNC", "shop_request_done", -1 },
    { "CLIENT", "client-0000.eu-west.acme", -1 },
    { "MESSAGE", "request 100000000 from client-0000.eu-west.acme took 12.5 ms", -1 },
    { "GLIB_DOMAIN", "bench.request", -1 },
  };

  for (guint i = 0; i < n; i++)
    mvx_log_glib_writer (G_LOG_LEVEL_MESSAGE, fields, G_N_ELEMENTS (fields), NULL);
}

void
instructions_render (MvxLogRenderer *renderer, const MvxLogEvent *event, guint n)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  for (guint i = 0; i < n; i++)
    {
      buffer.len = 0;
      mvx_log_renderer_render (renderer, event, &buffer);
    }
  mvx_log_buffer_clear (&buffer);
}

static gboolean
instructions_is_render (const char *what)
{
  return g_str_equal (what, "render") || g_str_equal (what, "text");
}

/* The queue is large enough for all, so that the worker finds them at once. */
static gboolean
instructions_configure (const char *what, const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *ring = g_str_equal (what, "ring")
                              ? g_strdup_printf ("crash-ring=on\ncrash-ring-dir=%s/rings\n", directory)
                              : g_strdup ("");
  g_autofree char *config = g_strdup_printf ("[mvxlog]\nversion=1\n"
                                             "[sink file]\nplugin=file\nformat=json\nqueue-overflow=block\n"
                                             "queue-max-size=100000\nblock-timeout=60s\npath=%s\n%s"
                                             "[sink memory]\nplugin=memory\n"
                                             "[context]\nlevel=info\nsinks=%s\n",
                                             path, ring, instructions_is_render (what) ? "memory" : "file");

  return mvx_log_register_static_plugin (&mvx_static_plugin_file, error)
         && mvx_log_configure_from_data (config, -1, "instructions.conf", error);
}

/* The reference event, as a sink gets it. */
static gboolean
instructions_run_render (const char *format, guint n, GError **error)
{
  g_autoptr (MvxLogRenderer) renderer = mvx_log_renderer_new (format, NULL, error);
  g_autoptr (MvxLogSink) memory = mvx_log_get_sink ("memory");
  g_autoptr (GPtrArray) events = NULL;

  if (renderer == NULL)
    return FALSE;
  instructions_call (1);
  events = mvx_log_memory_sink_get_events (memory);
  instructions_render (renderer, events->pdata[0], n);
  return TRUE;
}

/* The first call of each kind makes the lane. */
static void
instructions_run_calls (const char *what, guint n)
{
  if (g_str_equal (what, "disabled"))
    instructions_disabled (n);
  else if (g_str_equal (what, "bridge"))
    instructions_bridge (n);
  else if (g_str_equal (what, "bound"))
    {
      g_autoptr (MvxLogContext) context = mvx_log_configure_context ("bench.request", NULL);
      g_autoptr (MvxLogContext) bound
          = mvx_log_bind (context, "service", "checkout", "shard", 17, "build", "2026.11.21-r4");

      instructions_bound (bound, n);
    }
  else
    instructions_call (n);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  gboolean success;
  guint n;

  if (argc != 4)
    {
      g_printerr ("Usage: %s disabled|call|ring|bound|bridge|render|text|drain N FILE\n", argv[0]);
      return 2;
    }
  n = (guint) strtoul (argv[2], NULL, 10);
  success = instructions_configure (argv[1], argv[3], &error);
  if (success && instructions_is_render (argv[1]))
    success = instructions_run_render (g_str_equal (argv[1], "text") ? "pattern" : "json", n, &error);
  else if (success)
    instructions_run_calls (argv[1], n);
  success = success && mvx_log_shutdown (g_get_monotonic_time () + 60 * G_USEC_PER_SEC, NULL);
  if (error)
    g_printerr ("%s\n", error->message);
  return success ? 0 : 1;
}

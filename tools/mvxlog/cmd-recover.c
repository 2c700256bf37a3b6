/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mvxlog recover: what killed programs had accepted and not delivered, out of their crash rings. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "base/tool-i18n.h"
#include "base/tool-text.h"
#include "durable/frame-private.h"
#include "sink/quantity-private.h"
#include "tool.h"

/* PROGRAM/ring/SINK/STREAM below what is looked through. */
#define MVX_RECOVER_DEPTH 5

static struct
{
  gboolean json;
  gboolean export;
  char *config;
  char *sink;
  char *timeout;
  char **paths;
} mvx_recover_options;

static const GOptionEntry mvx_recover_entries[]
    = { { "config", 'c', 0, G_OPTION_ARG_FILENAME, &mvx_recover_options.config, N_ ("Configuration with the sink"),
          "FILE" },
        { "sink", 's', 0, G_OPTION_ARG_STRING, &mvx_recover_options.sink, N_ ("Its name"), "NAME" },
        { "flush-timeout", 0, 0, G_OPTION_ARG_STRING, &mvx_recover_options.timeout,
          N_ ("How long to wait for 500 events; default 30s"), "TIME" },
        { "export", 0, 0, G_OPTION_ARG_NONE, &mvx_recover_options.export,
          N_ ("Write the events as lines of JSON, and leave them"), NULL },
        { "json", 0, 0, G_OPTION_ARG_NONE, &mvx_recover_options.json, N_ ("Machine-readable output"), NULL },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &mvx_recover_options.paths, NULL, NULL },
        { NULL } };

static const MvxToolUsage mvx_recover_usage = {
  "recover", "[-c FILE -s NAME] [DIR...]",
  "Delivers what killed programs with 'crash-ring=on' had accepted; without a sink, lists what there is.",
  "DIR is a directory of crash rings or anything above it; without one, those of programs that were not told where.\n"
  "Rings of programs that run are left alone. What has arrived at the sink is removed.\n"
  "Exit status: 0, 1 if something could not be read, 2 for a wrong command line, 3 if events could not be delivered.",
  mvx_recover_entries
};

typedef struct
{
  MvxLogSink *sink; /* of the configuration, once there is something for it */
  MvxLogRenderer *renderer;
  MvxLogBuffer buffer;
  gint64 timeout_us;
  GError *error;
} MvxRecover;

static void
mvx_recover_find_in (GPtrArray *found, const char *path, guint depth)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  gboolean is_ring = FALSE;
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *below = g_build_filename (path, name, NULL);
      MvxLogStreamId id;

      if (!g_file_test (below, G_FILE_TEST_IS_DIR) || g_file_test (below, G_FILE_TEST_IS_SYMLINK))
        continue;
      if (mvx_log_stream_id_parse (&id, name))
        is_ring = TRUE;
      else if (depth > 0)
        mvx_recover_find_in (found, below, depth - 1);
    }
  if (is_ring)
    g_ptr_array_add (found, g_strdup (path));
}

static gint
mvx_recover_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* NULL: one of the directories cannot be read, which was said. */
static GPtrArray *
mvx_recover_find (char *const *paths)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *own = g_build_filename (g_get_user_runtime_dir (), "mvxlog", NULL);

  if (paths == NULL)
    {
      mvx_recover_find_in (found, "/run/mvxlog", MVX_RECOVER_DEPTH);
      mvx_recover_find_in (found, own, MVX_RECOVER_DEPTH);
    }
  for (; paths && *paths; paths++)
    {
      g_autofree char *path = g_canonicalize_filename (*paths, NULL);
      g_autoptr (GError) error = NULL;
      GDir *dir = g_dir_open (path, 0, &error);

      if (dir == NULL)
        {
          mvx_tool_error ("%s", error->message);
          return NULL;
        }
      g_dir_close (dir);
      mvx_recover_find_in (found, path, MVX_RECOVER_DEPTH);
    }
  g_ptr_array_sort (found, mvx_recover_compare);
  return g_steal_pointer (&found);
}

static gboolean
mvx_recover_count (MvxLogEvent *const *events, guint n_events, gpointer data)
{
  return TRUE;
}

static gboolean
mvx_recover_export (MvxLogEvent *const *events, guint n_events, gpointer data)
{
  MvxRecover *self = data;

  for (guint i = 0; i < n_events; i++)
    {
      self->buffer.len = 0;
      mvx_log_renderer_render (self->renderer, events[i], &self->buffer);
      mvx_tool_out ((const char *) self->buffer.data, (gssize) self->buffer.len);
    }
  return !mvx_tool_out_closed ();
}

/* The sink may have a crash ring itself, in the same directory: what it is to be given is locked before it is made. */
static gboolean
mvx_recover_open_sink (MvxRecover *self)
{
  if (self->sink)
    return TRUE;
  if (!mvx_log_configure_from_file (mvx_recover_options.config, &self->error))
    return FALSE;
  self->sink = mvx_log_get_sink (mvx_recover_options.sink);
  if (self->sink == NULL)
    g_set_error (&self->error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME, "%s has no sink '%s'",
                 mvx_recover_options.config, mvx_recover_options.sink);
  else
    mvx_log_sink_set_level (self->sink, G_MININT16); /* they were wanted once; which ones is not asked again */
  return self->sink != NULL;
}

static gboolean
mvx_recover_deliver (MvxLogEvent *const *events, guint n_events, gpointer data)
{
  MvxRecover *self = data;
  gint64 deadline_us;

  if (!mvx_recover_open_sink (self))
    return FALSE;
  for (guint i = 0; i < n_events; i++)
    if (!mvx_log_sink_log (self->sink, events[i], &self->error))
      return FALSE;
  deadline_us = self->timeout_us < 0 ? -1 : g_get_monotonic_time () + self->timeout_us;
  return mvx_log_sink_flush (self->sink, deadline_us, &self->error);
}

static void
mvx_recover_tell_json (GString *out, const char *path, const char *verb, const MvxLogRecoverLedger *ledger)
{
  g_string_append (out, out->len > 1 ? ",\n{\"path\":" : "{\"path\":");
  mvx_tool_text_json (out, path, -1);
  g_string_append_printf (
      out, ",\"%s\":%" G_GUINT64_FORMAT ",\"again\":%" G_GUINT64_FORMAT ",\"damaged\":%" G_GUINT64_FORMAT "}", verb,
      ledger->n_events, ledger->n_again, ledger->n_damaged);
}

static void
mvx_recover_tell (GString *out, const char *path, const MvxLogRecoverLedger *ledger)
{
  const char *verb = mvx_recover_options.sink ? "recovered" : "left";

  if (mvx_recover_options.json)
    {
      mvx_recover_tell_json (out, path, verb, ledger);
      return;
    }
  g_string_append_printf (out, "%s ", verb);
  mvx_tool_text_escape (out, path, -1, 0);
  g_string_append_printf (out, ": %" G_GUINT64_FORMAT " %s", ledger->n_events,
                          ledger->n_events == 1 ? "event" : "events");
  if (ledger->n_again > 0)
    g_string_append_printf (out, ", %" G_GUINT64_FORMAT " of them perhaps again", ledger->n_again);
  if (ledger->n_damaged > 0)
    g_string_append_printf (out, "; places that cannot be read: %" G_GUINT64_FORMAT, ledger->n_damaged);
  g_string_append_c (out, '\n');
}

static int
mvx_recover_one (MvxRecover *self, const char *path, GString *out)
{
  const gboolean deliver = mvx_recover_options.sink != NULL;
  MvxLogRecoverFunc func = deliver ? mvx_recover_deliver : self->renderer ? mvx_recover_export : mvx_recover_count;
  const MvxLogRecoverFlags flags = deliver ? MVX_LOG_RECOVER_TAKE : MVX_LOG_RECOVER_KEEP;
  g_autoptr (GError) error = NULL;
  MvxLogRecoverLedger ledger;

  if (!mvx_log_recover (path, flags, func, self, &ledger, &error))
    {
      mvx_tool_error ("%s", error->message);
      return MVX_TOOL_PROBLEM;
    }
  if (ledger.n_events > 0 || ledger.n_damaged > 0)
    mvx_recover_tell (out, path, &ledger);
  if (self->error == NULL)
    return MVX_TOOL_OK;
  mvx_tool_error ("%s stays: %s", path, self->error->message);
  g_clear_error (&self->error);
  return self->sink ? MVX_TOOL_UNREACHABLE : MVX_TOOL_PROBLEM;
}

static int
mvx_recover_all (MvxRecover *self, GPtrArray *found)
{
  g_autoptr (GString) out = g_string_new (mvx_recover_options.json ? "[" : "");
  int status = MVX_TOOL_OK;

  for (guint i = 0; i < found->len; i++)
    {
      int one = mvx_recover_one (self, g_ptr_array_index (found, i), out);

      status = MAX (status, one);
    }
  if (mvx_recover_options.export)
    return status;
  if (mvx_recover_options.json)
    g_string_append (out, "]\n");
  else if (out->len == 0 && status == MVX_TOOL_OK)
    g_string_append (out, "Nothing to recover.\n");
  mvx_tool_out (out->str, (gssize) out->len);
  return status;
}

/* What the sink still has is its own by now. */
static int
mvx_recover_close_sink (MvxRecover *self, int status)
{
  gint64 deadline_us = self->timeout_us < 0 ? -1 : g_get_monotonic_time () + self->timeout_us;

  if (self->sink == NULL)
    return status;
  g_clear_object (&self->sink);
  return mvx_log_shutdown (deadline_us, NULL) ? status : MVX_TOOL_UNREACHABLE;
}

int
mvx_tool_recover (int argc, char **argv)
{
  MvxRecover self = { .timeout_us = 30 * G_USEC_PER_SEC };
  g_autoptr (GPtrArray) found = NULL;
  int status;

  if (!mvx_tool_parse (&mvx_recover_usage, &argc, &argv, &status))
    return status;
  if ((mvx_recover_options.config == NULL) != (mvx_recover_options.sink == NULL))
    return mvx_tool_usage_error ("recover", "give a configuration and one of its sinks: -c FILE -s NAME");
  if (mvx_recover_options.export && (mvx_recover_options.sink || mvx_recover_options.json))
    return mvx_tool_usage_error ("recover", "--export goes with neither a sink nor --json");
  if (mvx_recover_options.timeout
      && mvx_log_quantity_parse_duration (mvx_recover_options.timeout, &self.timeout_us) != MVX_LOG_QUANTITY_OK)
    return mvx_tool_usage_error ("recover", "--flush-timeout: '%s' is not a duration; use one such as 250ms or 5s",
                                 mvx_recover_options.timeout);
  found = mvx_recover_find (mvx_recover_options.paths);
  if (found == NULL)
    return MVX_TOOL_PROBLEM;
  if (mvx_recover_options.export)
    self.renderer = mvx_log_renderer_new ("json", NULL, NULL);
  status = mvx_recover_close_sink (&self, mvx_recover_all (&self, found));
  g_clear_pointer (&self.renderer, mvx_log_renderer_unref);
  mvx_log_buffer_clear (&self.buffer);
  return status;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mvxlog spool: what waits on disk, and what is to become of it. */
#include "cmd-spool.h"

#include <inttypes.h>
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "base/suggest-private.h"
#include "base/tool-i18n.h"
#include "base/tool-text.h"
#include "tool.h"

static MvxSpoolOptions mvx_spool_options;

#define MVX_SPOOL_JSON                                                                                                 \
  {                                                                                                                    \
    "json", 0, 0, G_OPTION_ARG_NONE, &mvx_spool_options.json, N_ ("Machine-readable output"), NULL                     \
  }
#define MVX_SPOOL_DEAD(text)                                                                                           \
  {                                                                                                                    \
    "dead", 0, 0, G_OPTION_ARG_NONE, &mvx_spool_options.dead, text, NULL                                               \
  }
#define MVX_SPOOL_PATHS                                                                                                \
  {                                                                                                                    \
    G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &mvx_spool_options.paths, NULL, NULL                        \
  }

static const GOptionEntry mvx_spool_look_entries[] = { MVX_SPOOL_JSON, MVX_SPOOL_PATHS, { NULL } };

static const GOptionEntry mvx_spool_export_entries[]
    = { MVX_SPOOL_DEAD ("Dead letters, with reason and attempts, instead of what waits"), MVX_SPOOL_PATHS, { NULL } };

static const GOptionEntry mvx_spool_replay_entries[]
    = { { "config", 'c', 0, G_OPTION_ARG_FILENAME, &mvx_spool_options.config, N_ ("Configuration with the sink"),
          "FILE" },
        { "sink", 's', 0, G_OPTION_ARG_STRING, &mvx_spool_options.sink, N_ ("Its name"), "NAME" },
        { "flush-timeout", 0, 0, G_OPTION_ARG_STRING, &mvx_spool_options.timeout,
          N_ ("How long to wait for 500 events; default 30s"), "TIME" },
        MVX_SPOOL_DEAD ("Dead letters instead of what waits"),
        MVX_SPOOL_JSON,
        MVX_SPOOL_PATHS,
        { NULL } };

static const GOptionEntry mvx_spool_prune_entries[]
    = { MVX_SPOOL_DEAD ("Also dead letters"),
        { "older-than", 0, 0, G_OPTION_ARG_STRING, &mvx_spool_options.older,
          N_ ("Also what was never delivered, if nobody has touched it for TIME"), "TIME" },
        MVX_SPOOL_JSON,
        MVX_SPOOL_PATHS,
        { NULL } };

static void
mvx_spool_print_places (GString *out, const MvxSpoolPlace *place, const MvxSpoolSum *sum)
{
  const char *state = place->stream == NULL ? "dead" : place->live ? "in use" : "left";
  g_autofree char *size = g_format_size_full (place->bytes, G_FORMAT_SIZE_IEC_UNITS);

  if (!mvx_spool_options.json)
    {
      g_string_append_printf (out, "%-7s %10" G_GUINT64_FORMAT " %6u %10s  ", state, sum->n_events, place->n_files,
                              size);
      mvx_tool_text_escape (out, place->path, -1, 0);
      if (sum->n_damaged + sum->n_unknown > 0)
        g_string_append_printf (out, "  (%" G_GUINT64_FORMAT " damaged)", sum->n_damaged + sum->n_unknown);
      g_string_append_c (out, '\n');
      return;
    }
  g_string_append (out, out->len > 1 ? ",\n{\"path\":" : "{\"path\":");
  mvx_tool_text_json (out, place->path, -1);
  g_string_append_printf (out,
                          ",\"state\":\"%s\",\"events\":%" G_GUINT64_FORMAT ",\"delivered\":%" G_GUINT64_FORMAT
                          ",\"files\":%u,\"bytes\":%" G_GUINT64_FORMAT ",\"damaged\":%" G_GUINT64_FORMAT
                          ",\"unreadable\":%" G_GUINT64_FORMAT ",\"torn_bytes\":%" G_GUINT64_FORMAT "}",
                          state, sum->n_events, sum->n_delivered, place->n_files, place->bytes, sum->n_damaged,
                          sum->n_unknown, sum->torn);
}

/* Each of @places with @visit. FALSE: one of them could not be read, which was said. */
static gboolean
mvx_spool_each (GPtrArray *places,
                MvxSpoolVisit *visit,
                void (*done) (const MvxSpoolPlace *place, const MvxSpoolSum *sum, gpointer data),
                gpointer data)
{
  MvxToolProgress progress;
  gboolean fine = TRUE;

  mvx_tool_progress_begin (&progress, "reading", mvx_spool_sum_bytes (places));
  visit->progress = &progress;
  for (guint i = 0; i < places->len; i++)
    {
      const MvxSpoolPlace *place = g_ptr_array_index (places, i);
      g_autoptr (GError) error = NULL;
      MvxSpoolSum sum;

      if (mvx_spool_read (place, visit, &sum, &error))
        {
          if (done)
            done (place, &sum, data);
          continue;
        }
      mvx_tool_progress_end (&progress);
      mvx_tool_error ("%s", error->message);
      fine = FALSE;
    }
  mvx_tool_progress_end (&progress);
  return fine;
}

static void
mvx_spool_list_one (const MvxSpoolPlace *place, const MvxSpoolSum *sum, gpointer out)
{
  mvx_spool_print_places (out, place, sum);
}

static int
mvx_spool_list (GPtrArray *places)
{
  g_autoptr (GString) out = g_string_new (mvx_spool_options.json ? "[" : "");
  MvxSpoolVisit visit = { NULL };
  gboolean fine;

  if (!mvx_spool_options.json && places->len > 0)
    g_string_append_printf (out, "%-7s %10s %6s %10s  %s\n", "STATE", "EVENTS", "FILES", "SIZE", "PATH");
  fine = mvx_spool_each (places, &visit, mvx_spool_list_one, out);
  if (mvx_spool_options.json)
    g_string_append (out, "]\n");
  else if (places->len == 0)
    g_string_append (out, "Nothing is spooled.\n");
  mvx_tool_out (out->str, (gssize) out->len);
  return fine ? MVX_TOOL_OK : MVX_TOOL_PROBLEM;
}

typedef struct
{
  GString *problems;
  GString *spools;
  guint64 n_events;
  guint64 n_problems;
} MvxSpoolVerify;

static void
mvx_spool_verify_problem (const char *path, const char *text, gpointer data)
{
  MvxSpoolVerify *self = data;

  self->n_problems++;
  if (!mvx_spool_options.json)
    {
      mvx_tool_text_escape (self->problems, path, -1, 0);
      g_string_append_printf (self->problems, ": %s\n", text);
      return;
    }
  g_string_append (self->problems, self->problems->len > 0 ? ",\n{\"file\":" : "{\"file\":");
  mvx_tool_text_json (self->problems, path, -1);
  g_string_append (self->problems, ",\"problem\":");
  mvx_tool_text_json (self->problems, text, -1);
  g_string_append_c (self->problems, '}');
}

static MvxLogEvent *
mvx_spool_decode (const MvxSpoolEntry *entry, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (entry->bytes, entry->size);

  return mvx_log_event_new_from_bytes (bytes, error);
}

static gboolean
mvx_spool_verify_entry (const MvxSpoolEntry *entry, gpointer data)
{
  MvxSpoolVerify *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogEvent) event = mvx_spool_decode (entry, &error);
  char stream[MVX_LOG_STREAM_ID_DIGITS + 1];
  g_autofree char *text = NULL;

  self->n_events++;
  if (event)
    return TRUE;
  mvx_log_stream_id_print (entry->stream, stream);
  text = g_strdup_printf ("event %" G_GUINT64_FORMAT ": %s", entry->seq, error->message);
  mvx_spool_verify_problem (stream, text, self);
  return TRUE;
}

static void
mvx_spool_verify_one (const MvxSpoolPlace *place, const MvxSpoolSum *sum, gpointer data)
{
  MvxSpoolVerify *self = data;

  if (self->spools)
    mvx_spool_print_places (self->spools, place, sum);
}

static int
mvx_spool_verify (GPtrArray *places)
{
  g_autoptr (GString) problems = g_string_new (NULL);
  g_autoptr (GString) spools = mvx_spool_options.json ? g_string_new ("") : NULL;
  MvxSpoolVerify self = { problems, spools, 0, 0 };
  MvxSpoolVisit visit = { mvx_spool_verify_entry, mvx_spool_verify_problem, &self, NULL };
  gboolean fine = mvx_spool_each (places, &visit, mvx_spool_verify_one, &self);

  if (mvx_spool_options.json)
    mvx_tool_outf ("{\"spools\":[%s],\n\"problems\":[%s]}\n", spools->str, problems->str);
  else
    {
      mvx_tool_out (problems->str, (gssize) problems->len);
      mvx_tool_outf ("%u spools, %" G_GUINT64_FORMAT " events, %" G_GUINT64_FORMAT " problems\n", places->len,
                     self.n_events, self.n_problems);
    }
  return fine && self.n_problems == 0 ? MVX_TOOL_OK : MVX_TOOL_PROBLEM;
}

typedef struct
{
  MvxLogRenderer *renderer;
  MvxLogBuffer buffer;
  guint64 n_bad;
} MvxSpoolExport;

/* In front of a dead letter's event: why it is one. */
static void
mvx_spool_export_letter (MvxLogBuffer *buffer, const MvxLogDeadLetter *letter)
{
  g_autoptr (GString) text = g_string_new ("{\"reason\":");

  mvx_tool_text_json (text, letter->reason, letter->reason_size);
  g_string_append_printf (text, ",\"attempts\":%u,\"died_us\":%" G_GINT64_FORMAT ",\"event\":", letter->attempts,
                          letter->time_us);
  mvx_log_buffer_append (buffer, text->str, text->len);
}

static gboolean
mvx_spool_export_entry (const MvxSpoolEntry *entry, gpointer data)
{
  MvxSpoolExport *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogEvent) event = NULL;

  if ((entry->letter != NULL) != mvx_spool_options.dead)
    return TRUE;
  event = mvx_spool_decode (entry, &error);
  if (event == NULL)
    {
      self->n_bad++;
      mvx_tool_error ("event %" PRIu64 ": %s", entry->seq, error->message);
      return TRUE;
    }
  self->buffer.len = 0;
  if (entry->letter)
    mvx_spool_export_letter (&self->buffer, entry->letter);
  mvx_log_renderer_render (self->renderer, event, &self->buffer);
  if (entry->letter)
    {
      self->buffer.len--;
      mvx_log_buffer_append (&self->buffer, "}\n", 2);
    }
  mvx_tool_out ((const char *) self->buffer.data, (gssize) self->buffer.len);
  return !mvx_tool_out_closed ();
}

static void
mvx_spool_export_problem (const char *path, const char *text, gpointer data)
{
  mvx_tool_error ("%s: %s", path, text);
  ((MvxSpoolExport *) data)->n_bad++;
}

static int
mvx_spool_export (GPtrArray *places)
{
  MvxSpoolExport self = { mvx_log_renderer_new ("json", NULL, NULL), MVX_LOG_BUFFER_INIT, 0 };
  MvxSpoolVisit visit = { mvx_spool_export_entry, mvx_spool_export_problem, &self, NULL };
  gboolean fine = mvx_spool_each (places, &visit, NULL, NULL);

  mvx_log_buffer_clear (&self.buffer);
  mvx_log_renderer_unref (self.renderer);
  return fine && self.n_bad == 0 ? MVX_TOOL_OK : MVX_TOOL_PROBLEM;
}

static const char mvx_spool_exit[]
    = "DIR is a directory of spools or anything above it; without one, those of programs that were not told where.\n"
      "Exit status: 0, 1 if something is damaged or could not be read or changed, 2 for a wrong command line, 3 if "
      "events\n"
      "could not be delivered.";

static const struct
{
  const char *name;
  MvxToolUsage usage;
} mvx_spool_commands[] = {
  { "list",
    { "spool list", "[DIR...]", "Lists spools: in use by a program, left by one, and dead letters.", mvx_spool_exit,
      mvx_spool_look_entries } },
  { "verify",
    { "spool verify", "[DIR...]", "Reads everything that is in spools and says what is damaged.", mvx_spool_exit,
      mvx_spool_look_entries } },
  { "export",
    { "spool export", "[DIR...]", "Writes the events that wait as lines of JSON, for 'mvxlog view' for instance.",
      mvx_spool_exit, mvx_spool_export_entries } },
  { "replay",
    { "spool replay", "-c FILE -s NAME DIR...",
      "Hands the events of spools that programs have left to a sink, and removes them when they have arrived.",
      mvx_spool_exit, mvx_spool_replay_entries } },
  { "prune",
    { "spool prune", "DIR...", "Removes what programs have left and is delivered.", mvx_spool_exit,
      mvx_spool_prune_entries } },
  { "repair",
    { "spool repair", "DIR...",
      "Writes damaged files of spools that programs have left anew, with all that can be read; the old ones stay as "
      ".bad.",
      mvx_spool_exit, mvx_spool_look_entries } },
};

static int
mvx_spool_help (void)
{
  mvx_tool_out ("Usage:\n"
                "  mvxlog spool list [DIR...]     List spools and how many events wait in them\n"
                "  mvxlog spool verify [DIR...]   Say what is damaged\n"
                "  mvxlog spool export [DIR...]   Write events as lines of JSON\n"
                "  mvxlog spool replay DIR...     Hand events to a sink\n"
                "  mvxlog spool prune DIR...      Remove what is delivered\n"
                "  mvxlog spool repair DIR...     Write damaged files anew\n"
                "\n"
                "Options:\n"
                "  -h, --help    Show this help; 'mvxlog spool COMMAND --help' tells about a command\n"
                "  --json        Machine-readable output\n"
                "\n",
                -1);
  mvx_tool_out (mvx_spool_exit, -1);
  mvx_tool_out ("\n", 1);
  return MVX_TOOL_OK;
}

static int
mvx_spool_refuse (const char *word)
{
  const char *names[G_N_ELEMENTS (mvx_spool_commands) + 1] = { NULL };
  const char *meant;

  for (guint i = 0; i < G_N_ELEMENTS (mvx_spool_commands); i++)
    names[i] = mvx_spool_commands[i].name;
  meant = mvx_log_suggest (word, names);
  if (meant)
    return mvx_tool_usage_error ("spool", "unknown command 'spool %s'; did you mean '%s'?", word, meant);
  return mvx_tool_usage_error ("spool", "unknown command 'spool %s'", word);
}

static int
mvx_spool_run (guint which, int argc, char **argv)
{
  const MvxToolUsage *usage = &mvx_spool_commands[which].usage;
  const gboolean changes = which >= 3;
  g_autoptr (GPtrArray) places = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  if (!mvx_tool_parse (usage, &argc, &argv, &status))
    return status;
  if (changes && mvx_spool_options.paths == NULL)
    return mvx_tool_usage_error (usage->command, "give the directory of the spools");
  if (which == 3 && (mvx_spool_options.config == NULL || mvx_spool_options.sink == NULL))
    return mvx_tool_usage_error (usage->command, "give a configuration and one of its sinks: -c FILE -s NAME");
  places = mvx_spool_find (mvx_spool_options.paths, &error);
  if (places == NULL)
    {
      mvx_tool_error ("%s", error->message);
      return MVX_TOOL_PROBLEM;
    }
  switch (which)
    {
    case 0:
      return mvx_spool_list (places);
    case 1:
      return mvx_spool_verify (places);
    case 2:
      return mvx_spool_export (places);
    case 3:
      return mvx_spool_replay (&mvx_spool_options, places);
    case 4:
      return mvx_spool_prune (&mvx_spool_options, places);
    default:
      return mvx_spool_repair (&mvx_spool_options, places);
    }
}

int
mvx_tool_spool (int argc, char **argv)
{
  if (argc < 2)
    return mvx_tool_usage_error ("spool", "which command? export, list, prune, repair, replay or verify");
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0)
    return mvx_spool_help ();
  for (guint i = 0; i < G_N_ELEMENTS (mvx_spool_commands); i++)
    if (strcmp (argv[1], mvx_spool_commands[i].name) == 0)
      return mvx_spool_run (i, argc - 1, argv + 1);
  return mvx_spool_refuse (argv[1]);
}

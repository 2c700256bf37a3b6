/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mvxlog top: how the sinks of running programs are. */
#include <string.h>
#include <unistd.h>

#include "base/tool-i18n.h"
#include "base/tool-text.h"
#include "sink/quantity-private.h"
#include "tool.h"
#include "top/top-ask.h"
#include "top/top-print.h"

static gboolean mvx_top_json;
static gboolean mvx_top_prometheus;
static gboolean mvx_top_once;
static int mvx_top_count = G_MAXINT; /* until interrupted */
static char *mvx_top_interval;
static char *mvx_top_directory;
static char **mvx_top_words;

static const GOptionEntry mvx_top_entries[]
    = { { "once", '1', 0, G_OPTION_ARG_NONE, &mvx_top_once, N_ ("Ask once; the same as --count=1"), NULL },
        { "count", 'n', 0, G_OPTION_ARG_INT, &mvx_top_count, N_ ("Ask N times; without it until interrupted"), "N" },
        { "interval", 'i', 0, G_OPTION_ARG_STRING, &mvx_top_interval, N_ ("Time between two; default 2s"), "TIME" },
        { "json", 0, 0, G_OPTION_ARG_NONE, &mvx_top_json,
          N_ ("Machine-readable output: each time a line with an array of what the programs say"), NULL },
        { "prometheus", 0, 0, G_OPTION_ARG_NONE, &mvx_top_prometheus,
          N_ ("Ask once, and print it in the text format of Prometheus"), NULL },
        { "directory", 0, 0, G_OPTION_ARG_FILENAME, &mvx_top_directory,
          N_ ("Where the sockets are; default $XDG_RUNTIME_DIR/mvxlog, for root without it /run/mvxlog"), "DIR" },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &mvx_top_words, NULL, NULL },
        { NULL } };

static const MvxToolUsage mvx_top_usage
    = { "top", "[PID|PROGRAM…]",
        N_ ("Shows the sinks of running programs of this user: what waits, what has been delivered, and what was lost "
            "and why. "
            "A program can be asked if its configuration says 'status=true' in [mvxlog]."),
        N_ ("RATE, in, out and P50/P99, which is how long the destination takes for a batch, are of the time since the "
            "program was asked before. DROPPED is what was refused or lost. '-' is what is not known. "
            "Exit status 3: no such program answers."),
        mvx_top_entries };

/* @program: NULL if it has not answered. */
static gboolean
mvx_top_wants (gint pid, const char *program)
{
  g_autofree char *number = g_strdup_printf ("%d", pid);

  if (mvx_top_words == NULL)
    return TRUE;
  for (guint i = 0; mvx_top_words[i]; i++)
    if (strcmp (mvx_top_words[i], number) == 0 || g_strcmp0 (mvx_top_words[i], program) == 0)
      return TRUE;
  return FALSE;
}

/* (element-type MvxTopProgram): those that were asked for and have answered; into @silent (gint) those that have not.
 */
static GPtrArray *
mvx_top_select (const GPtrArray *answers, GArray *silent)
{
  GPtrArray *programs = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_top_program_free);

  for (guint i = 0; i < answers->len; i++)
    {
      const MvxTopAnswer *answer = g_ptr_array_index (answers, i);
      g_autoptr (MvxTopProgram) program = answer->text ? mvx_top_program_new (answer->pid, answer->text) : NULL;

      if (!mvx_top_wants (answer->pid, program ? program->program : NULL))
        continue;
      if (program)
        {
          g_ptr_array_add (programs, g_steal_pointer (&program));
          continue;
        }
      mvx_tool_error ("process %d does not answer: %s", answer->pid, answer->error->message);
      g_array_append_val (silent, answer->pid);
    }
  return programs;
}

/* The table, or a line of JSON. */
static void
mvx_top_append (GString *out, const GPtrArray *programs, MvxTopBefore *before)
{
  gint64 now_us = g_get_monotonic_time ();
  MvxTopBefore next;

  mvx_top_before_init (&next);
  g_string_append (out, mvx_top_json ? "[" : "");
  for (guint i = 0; i < programs->len; i++)
    {
      const MvxTopProgram *program = g_ptr_array_index (programs, i);
      g_autofree MvxTopRates *sinks = g_new0 (MvxTopRates, program->sinks->len);
      MvxTopRates all;

      mvx_top_get_rates (program, now_us, before, &next, sinks, &all);
      if (!mvx_top_json)
        mvx_top_print_table (out, program, sinks, &all);
      else
        {
          g_string_append (out, i > 0 ? "," : "");
          mvx_top_print_json (out, program, sinks, &all);
        }
    }
  g_string_append (out, mvx_top_json ? "]\n" : "");
  mvx_top_before_clear (before);
  *before = next;
  before->time_us = now_us;
}

/* Returns how many have answered. */
static guint
mvx_top_show (const GPtrArray *answers, MvxTopBefore *before)
{
  g_autoptr (GArray) silent = g_array_new (FALSE, FALSE, sizeof (gint));
  g_autoptr (GPtrArray) programs = mvx_top_select (answers, silent);
  g_autoptr (GString) out = g_string_new (NULL);

  if (mvx_top_prometheus)
    mvx_top_print_prometheus (out, programs, silent);
  else
    mvx_top_append (out, programs, before);
  mvx_tool_out (out->str, (gssize) out->len);
  mvx_tool_flush ();
  return programs->len;
}

/* FALSE: nothing can be asked, which was said. */
static gboolean
mvx_top_turn (const char *directory, MvxTopBefore *before, guint *n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) answers = mvx_top_ask (directory, &error);

  if (answers == NULL)
    {
      mvx_tool_error ("%s", error->message);
      return FALSE;
    }
  /* From the top of the screen on, if there is one. */
  if (!mvx_top_json && mvx_top_count != 1 && isatty (STDOUT_FILENO))
    mvx_tool_out ("\033[H\033[J", -1);
  *n = mvx_top_show (answers, before);
  return TRUE;
}

static int
mvx_top_run (const char *directory, gint64 interval_us)
{
  MvxTopBefore before;
  gboolean fine = TRUE;
  guint n = 0;

  mvx_top_before_init (&before);
  for (int i = 0; fine && i < mvx_top_count && !mvx_tool_out_closed (); i++)
    {
      if (i > 0)
        g_usleep ((gulong) interval_us);
      fine = mvx_top_turn (directory, &before, &n);
    }
  mvx_top_before_clear (&before);
  if (fine && n == 0)
    mvx_tool_error ("no program answers in '%s'; let its configuration say 'status=true' in [mvxlog]", directory);
  return fine && n > 0 ? MVX_TOOL_OK : MVX_TOOL_UNREACHABLE;
}

int
mvx_tool_top (int argc, char **argv)
{
  g_autofree char *directory = NULL;
  gint64 interval_us = 2 * G_USEC_PER_SEC;
  int status;

  if (!mvx_tool_parse (&mvx_top_usage, &argc, &argv, &status))
    return status;
  if (mvx_top_interval
      && (mvx_log_quantity_parse_duration (mvx_top_interval, &interval_us) != MVX_LOG_QUANTITY_OK || interval_us <= 0))
    return mvx_tool_usage_error ("top", "'%s' is not a time like 500ms or 2s", mvx_top_interval);
  if (mvx_top_count < 1)
    return mvx_tool_usage_error ("top", "--count must be at least 1");
  if (mvx_top_prometheus && (mvx_top_json || (mvx_top_count > 1 && mvx_top_count < G_MAXINT)))
    return mvx_tool_usage_error ("top", "--prometheus goes neither with --json nor with --count");
  if (mvx_top_once || mvx_top_prometheus)
    mvx_top_count = 1;
  directory = mvx_top_directory ? g_strdup (mvx_top_directory) : mvx_top_dup_directory ();
  if (directory == NULL)
    {
      mvx_tool_error ("there is no runtime directory; set XDG_RUNTIME_DIR, or give --directory");
      return MVX_TOOL_UNREACHABLE;
    }
  return mvx_top_run (directory, interval_us);
}

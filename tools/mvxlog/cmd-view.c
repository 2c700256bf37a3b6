/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mvxlog view: logs for people. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>

#include "base/tool-i18n.h"
#include "base/tool-text.h"
#include "tool.h"
#include "view/view-database-follow.h"
#include "view/view-filter.h"
#include "view/view-follow.h"
#include "view/view-parse.h"
#include "view/view-print.h"
#include "view/view-stats.h"

#define MVX_VIEW_MAX_LINE (16 * 1024 * 1024)

static struct
{
  gboolean follow;
  gint64 last;
  char *parse;
  char *output;
  gboolean json;
  char *color;
  gboolean utc;
  char *fields;
  gboolean stats;
  gboolean quiet;
  char **files;
  MvxViewFilterOptions filter;
} mvx_view_options;

typedef struct
{
  MvxViewEvent *event;
  MvxViewFilter *filter;
  MvxViewParser *parser;
  MvxViewStats *stats;
  MvxViewPrinter printer;
  GString *text;
  GMainLoop *loop;
} MvxView;

static const GOptionEntry mvx_view_entries[] = {
  { "follow", 'f', 0, G_OPTION_ARG_NONE, &mvx_view_options.follow,
    N_ ("Go on reading as the files grow, also when they are rotated, truncated or made again"), NULL },
  { "last", 'N', 0, G_OPTION_ARG_INT64, &mvx_view_options.last,
    N_ ("With -f, begin with the last N lines of each file"), "N" },
  { "level", 'l', 0, G_OPTION_ARG_FILENAME, (gpointer) &mvx_view_options.filter.level,
    N_ ("Only events of this level or worse"), "LEVEL" },
  { "context", 'n', 0, G_OPTION_ARG_FILENAME, (gpointer) &mvx_view_options.filter.context,
    N_ ("Only events of contexts that match (* and ? and [..]; * also crosses dots)"), "GLOB" },
  { "where", 'w', 0, G_OPTION_ARG_FILENAME, (gpointer) &mvx_view_options.filter.where,
    N_ ("Only events of which this is true; see below"), "PREDICATE" },
  { "grep", 'g', 0, G_OPTION_ARG_FILENAME, (gpointer) &mvx_view_options.filter.grep,
    N_ ("Only lines in which the regular expression is found"), "REGEX" },
  { "since", 0, 0, G_OPTION_ARG_FILENAME, (gpointer) &mvx_view_options.filter.since,
    N_ ("Only events from then on: RFC 3339, a date, or how long ago (10m)"), "TIME" },
  { "until", 0, 0, G_OPTION_ARG_FILENAME, (gpointer) &mvx_view_options.filter.until, N_ ("Only events up to then"),
    "TIME" },
  { "trace", 0, 0, G_OPTION_ARG_FILENAME, (gpointer) &mvx_view_options.filter.trace, N_ ("Only events of this trace"),
    "ID" },
  { "parse", 0, 0, G_OPTION_ARG_FILENAME, &mvx_view_options.parse,
    N_ ("Make events of lines that match; its named groups are the fields"), "REGEX" },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &mvx_view_options.output, N_ ("pretty (default), short, logfmt or json"),
    "FORMAT" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &mvx_view_options.json,
    N_ ("The same as -o json; with --stats, the counts as JSON"), NULL },
  { "fields", 0, 0, G_OPTION_ARG_FILENAME, &mvx_view_options.fields, N_ ("Show only these fields"), "KEY,..." },
  { "stats", 0, 0, G_OPTION_ARG_NONE, &mvx_view_options.stats, N_ ("Count events by level and context instead"), NULL },
  { "utc", 0, 0, G_OPTION_ARG_NONE, &mvx_view_options.utc, N_ ("Show times in UTC"), NULL },
  { "color", 0, 0, G_OPTION_ARG_FILENAME, &mvx_view_options.color, N_ ("auto (default), always or never"), "WHEN" },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &mvx_view_options.quiet, N_ ("With -f, do not tell about rotated files"),
    NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &mvx_view_options.files, NULL, NULL },
  { NULL },
};

static const MvxToolUsage mvx_view_usage = {
  "view",
  "[FILE...]",
  N_ ("Shows JSON Lines logs, and databases of the plugin sqlite, as text. Without FILE, or for -, reads standard "
      "input; "
      ".gz\n"
      "and .zst files are unpacked. What is no event passes through; control characters are escaped."),
  N_ ("Predicates:\n"
      "  NAME == VALUE  and  !=  <  <=  >  >=  and  =~ !~ (regular expression)\n"
      "  has(NAME)   not P   P and Q   P or Q   (P)   or  ! && ||\n"
      "  VALUE is a number, text in \"...\" or '...', true, false, null or a word; NAME may stand in quotes, too.\n"
      "  A comparison with a field that is not there is false. Levels are ordered: level >= warning.\n"
      "  For example: -w 'status >= 500 and not peer =~ \"^10\\.\"'\n"
      "\n"
      "A line that is no event has no fields: it is dropped as soon as any filter but --grep is given.\n"
      "The groups ts, level, context, message and msg of --parse are those of an event, for example\n"
      "  --parse '^(?<ts>\\S+ \\S+) \\[(?<level>\\w+)\\] (?<message>.*)$'\n"
      "\n"
      "Colours: NO_COLOR and CLICOLOR_FORCE are respected.\n"
      "Exit status: 0, 1 if a file cannot be read, 2 for a wrong command line."),
  mvx_view_entries,
};

static void
mvx_view_clear (MvxView *view)
{
  g_clear_pointer (&view->event, mvx_view_event_free);
  g_clear_pointer (&view->filter, mvx_view_filter_free);
  g_clear_pointer (&view->parser, mvx_view_parser_free);
  g_clear_pointer (&view->stats, mvx_view_stats_free);
  g_clear_pointer (&view->printer.fields, g_strfreev);
  g_clear_pointer (&view->loop, g_main_loop_unref);
  if (view->text)
    g_string_free (view->text, TRUE);
}

static gboolean
mvx_view_setup (MvxView *view, GError **error)
{
  const char *output = mvx_view_options.output;

  if (output == NULL)
    output = mvx_view_options.json ? "json" : "pretty";
  if (!mvx_view_format_parse (output, &view->printer.format, error)
      || !mvx_tool_text_colour (mvx_view_options.color, &view->printer.colour, error))
    return FALSE;
  view->printer.utc = mvx_view_options.utc;
  if (mvx_view_options.fields)
    view->printer.fields = g_strsplit (mvx_view_options.fields, ",", -1);
  view->filter = mvx_view_filter_new (&mvx_view_options.filter, g_get_real_time (), error);
  if (view->filter == NULL)
    return FALSE;
  if (mvx_view_options.parse)
    {
      view->parser = mvx_view_parser_new (mvx_view_options.parse, error);
      g_prefix_error (error, "--parse: ");
      if (view->parser == NULL)
        return FALSE;
    }
  view->event = mvx_view_event_new ();
  view->text = g_string_new (NULL);
  if (mvx_view_options.stats)
    view->stats = mvx_view_stats_new ();
  return TRUE;
}

static void
mvx_view_line (const char *line, gsize length, gboolean cut, gpointer data)
{
  MvxView *view = data;
  gboolean is_event;

  is_event = mvx_view_event_read (view->event, line, length)
             || (view->parser && mvx_view_parser_parse (view->parser, line, length, view->event));
  if (is_event ? !mvx_view_filter_matches (view->filter, view->event)
               : !mvx_view_filter_matches_line (view->filter, line, length))
    return;
  if (view->stats)
    {
      if (is_event)
        mvx_view_stats_add (view->stats, view->event);
      else
        mvx_view_stats_add_line (view->stats);
      return;
    }
  g_string_truncate (view->text, 0);
  if (is_event)
    mvx_view_print_event (&view->printer, view->event, view->text);
  else
    mvx_view_print_line (&view->printer, line, length, view->text);
  if (cut && view->printer.format != MVX_VIEW_JSON)
    g_string_insert (view->text, (gssize) view->text->len - 1, " [line cut at 16 MiB]");
  mvx_tool_out (view->text->str, (gssize) view->text->len);
}

/* After each piece: whoever reads a pipe wants to see what there is. */
static gboolean
mvx_view_pause (gpointer data)
{
  mvx_tool_flush ();
  return !mvx_tool_out_closed ();
}

static int
mvx_view_database (MvxView *view, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxViewDatabase) database = mvx_view_database_open (path, view->filter, &error);

  if (database && mvx_view_database_read (database, mvx_view_line, mvx_view_pause, view, &error))
    return MVX_TOOL_OK;
  mvx_tool_error ("cannot read '%s': %s", path, error->message);
  return MVX_TOOL_PROBLEM;
}

static int
mvx_view_file (MvxView *view, const char *path)
{
  const gboolean is_stdin = strcmp (path, "-") == 0;
  g_autoptr (GError) error = NULL;
  MvxToolLines lines;
  int fd = is_stdin ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

  if (fd < 0)
    {
      mvx_tool_error ("cannot read '%s': %s", path, g_strerror (errno));
      return MVX_TOOL_PROBLEM;
    }
  mvx_tool_lines_init (&lines, MVX_VIEW_MAX_LINE, mvx_view_line, view);
  if (!mvx_tool_lines_read (&lines, fd, TRUE, mvx_view_pause, &error))
    mvx_tool_error ("cannot read '%s': %s", is_stdin ? "standard input" : path, error->message);
  mvx_tool_lines_clear (&lines);
  if (!is_stdin)
    close (fd);
  return error ? MVX_TOOL_PROBLEM : MVX_TOOL_OK;
}

static void
mvx_view_idle (gpointer data)
{
  MvxView *view = data;

  if (!mvx_view_pause (view))
    g_main_loop_quit (view->loop);
}

static void
mvx_view_note (const char *message, gpointer data)
{
  if (!mvx_view_options.quiet)
    mvx_tool_error ("%s", message);
}

static gboolean
mvx_view_nobody_reads (gint fd, GIOCondition condition, gpointer data)
{
  MvxView *view = data;

  g_main_loop_quit (view->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
mvx_view_stop (gpointer data)
{
  MvxView *view = data;

  g_main_loop_quit (view->loop);
  return G_SOURCE_CONTINUE;
}

static int
mvx_view_follow_files (MvxView *view)
{
  const MvxViewFollowFuncs funcs = { mvx_view_line, mvx_view_idle, mvx_view_note };
  g_autoptr (MvxViewFollow) follow = mvx_view_follow_new (&funcs, view, MVX_VIEW_MAX_LINE);
  g_autoptr (GPtrArray) databases = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_view_database_follow_free);

  view->loop = g_main_loop_new (NULL, FALSE);
  for (guint i = 0; mvx_view_options.files[i]; i++)
    if (mvx_view_database_is (mvx_view_options.files[i]))
      g_ptr_array_add (databases, mvx_view_database_follow_new (mvx_view_options.files[i], view->filter,
                                                                mvx_view_options.last, &funcs, view));
    else
      mvx_view_follow_add (follow, mvx_view_options.files[i], mvx_view_options.last);
  /* A pipe whose reader has gone says so, even if there is nothing to write. */
  g_unix_fd_add (STDOUT_FILENO, G_IO_ERR, mvx_view_nobody_reads, view);
  g_unix_signal_add (SIGINT, mvx_view_stop, view);
  g_unix_signal_add (SIGTERM, mvx_view_stop, view);
  mvx_view_follow_watch (follow);
  if (!mvx_tool_out_closed ())
    g_main_loop_run (view->loop);
  return MVX_TOOL_OK;
}

/* Of a build without SQLite: a database would never show anything. */
static gboolean
mvx_view_can_follow (const char *const *files)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; files[i]; i++)
    if (mvx_view_database_is (files[i]) && !mvx_view_database_can (&error))
      {
        mvx_tool_error ("cannot read '%s': %s", files[i], error->message);
        return FALSE;
      }
  return TRUE;
}

static int
mvx_view_run (MvxView *view)
{
  static const char *const standard[] = { "-", NULL };
  const char *const *files = (const char *const *) mvx_view_options.files;
  int status = MVX_TOOL_OK;

  if (files == NULL)
    files = standard;
  if (mvx_view_options.follow && !g_strv_contains (files, "-"))
    status = mvx_view_can_follow (files) ? mvx_view_follow_files (view) : MVX_TOOL_PROBLEM;
  else
    for (guint i = 0; files[i] && !mvx_tool_out_closed (); i++)
      {
        int one = strcmp (files[i], "-") != 0 && mvx_view_database_is (files[i]) ? mvx_view_database (view, files[i])
                                                                                 : mvx_view_file (view, files[i]);

        status = MAX (status, one);
      }
  if (view->stats)
    {
      g_string_truncate (view->text, 0);
      mvx_view_stats_print (view->stats, view->printer.format == MVX_VIEW_JSON, view->text);
      mvx_tool_out (view->text->str, (gssize) view->text->len);
    }
  return status;
}

int
mvx_tool_view (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  MvxView view = { 0 };
  int status;

  mvx_view_options.last = -1;
  if (!mvx_tool_parse (&mvx_view_usage, &argc, &argv, &status))
    return status;
  if (mvx_view_options.follow && mvx_view_options.files && mvx_view_options.files[1]
      && g_strv_contains ((const char *const *) mvx_view_options.files, "-"))
    return mvx_tool_usage_error ("view", "-f follows files; give standard input ('-') alone");
  if (mvx_view_options.last != -1 && !mvx_view_options.follow)
    return mvx_tool_usage_error ("view", "-N is for -f; without it use 'tail -n N FILE | mvxlog view'");
  if (mvx_view_options.last < -1)
    return mvx_tool_usage_error ("view", "-N: %" PRId64 " is no number of lines; give 0 or more",
                                 mvx_view_options.last);
  if (mvx_view_setup (&view, &error))
    status = mvx_view_run (&view);
  else
    status = mvx_tool_usage_error ("view", "%s", error->message);
  mvx_view_clear (&view);
  return status;
}

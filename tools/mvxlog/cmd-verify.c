/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mvxlog plugin verify: does a plugin keep its contract? */
#include <string.h>

#include "cmd-verify.h"
#include "sink/quantity-private.h"
#include "base/tool-i18n.h"
#include "base/tool-text.h"
#include "tool.h"
#include "verify/verify-run.h"

static gboolean mvx_verify_json;
static gboolean mvx_verify_valgrind;
static char *mvx_verify_step;
static char **mvx_verify_set;
static char **mvx_verify_words;

static const GOptionEntry mvx_verify_entries[] = {
  { "options", 'o', 0, G_OPTION_ARG_STRING_ARRAY, &mvx_verify_set,
    N_ ("Options of its sink, as in a key-file; several words"), "NAME=VALUE..." },
  { "step-timeout", 0, 0, G_OPTION_ARG_STRING, &mvx_verify_step, N_ ("How long one step may take (30s)"), "DURATION" },
  { "valgrind", 0, 0, G_OPTION_ARG_NONE, &mvx_verify_valgrind, N_ ("Under valgrind; leaks are broken promises, too"),
    NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &mvx_verify_json, N_ ("Machine-readable output"), NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &mvx_verify_words, NULL, NULL },
  { NULL },
};

static const MvxToolUsage mvx_verify_usage = {
  "plugin verify",
  "FILE... [--options NAME=VALUE...]",
  N_ ("Checks that a plugin keeps its contract, promise by promise, up to the first that it breaks."),
  N_ ("The plugin runs in a process of its own, in an empty folder that is removed afterwards: a relative path in\n"
      "an option lies there. Its destination must be reachable with the given options, and gets some thousand events.\n"
      "Exit status: 0, 1 if a promise is broken, 2 for a wrong command line."),
  mvx_verify_entries,
};

/* "path=x" is an option of the plugin, "./a=b/libmvxlog-x.so" is a file. */
static gboolean
mvx_verify_is_option (const char *word)
{
  gsize n = strspn (word, "abcdefghijklmnopqrstuvwxyz0123456789-");

  return n > 0 && word[n] == '=';
}

static void
mvx_verify_print (const char *name, const char *status, const char *text, const char *hint, gpointer data)
{
  GString *comma = data;
  g_autoptr (GString) line = g_string_new (NULL);

  if (!mvx_verify_json)
    {
      g_string_append_printf (line, "  %-8s %-11s ", status, name);
      g_string_append (line, text);
      if (hint)
        g_string_append_printf (line, "\n  %-8s %-11s %s", "", _ ("what to do"), _ (hint));
    }
  else
    {
      g_string_append_printf (line, "%s\n  {\"check\":\"%s\",\"status\":\"%s\",\"text\":", comma->str, name, status);
      mvx_tool_text_json (line, text, -1);
      if (hint)
        {
          g_string_append (line, ",\"hint\":");
          mvx_tool_text_json (line, hint, -1);
        }
      g_string_append_c (line, '}');
    }
  g_string_assign (comma, ",");
  mvx_tool_out (line->str, (gssize) line->len);
  mvx_tool_out ("\n", mvx_verify_json ? 0 : 1);
  mvx_tool_flush ();
}

static gboolean
mvx_verify_file (const MvxVerifyRun *common, const char *file, const char *separator)
{
  g_autofree char *path = g_canonicalize_filename (file, NULL);
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (GString) comma = g_string_new (NULL);
  MvxVerifyRun run = *common;
  gboolean kept;

  run.data = comma;
  if (mvx_verify_json)
    {
      g_string_append (line, separator);
      g_string_append (line, "{\"path\":");
      mvx_tool_text_json (line, path, -1);
      g_string_append (line, ",\"checks\":[");
    }
  else
    {
      mvx_tool_text_escape (line, file, -1, 0);
      g_string_append_c (line, '\n');
    }
  mvx_tool_out (line->str, (gssize) line->len);
  kept = mvx_verify_run (&run, path);
  if (mvx_verify_json)
    mvx_tool_outf ("],\"status\":\"%s\"}", kept ? "ok" : "broken");
  return kept;
}

static int
mvx_verify_all (const MvxVerifyRun *run, GPtrArray *files)
{
  int status = MVX_TOOL_OK;

  mvx_tool_out ("[", mvx_verify_json ? 1 : 0);
  for (guint i = 0; i < files->len; i++)
    if (!mvx_verify_file (run, files->pdata[i], i == 0 ? "" : ",\n"))
      status = MVX_TOOL_PROBLEM;
  mvx_tool_out ("]\n", mvx_verify_json ? 2 : 0);
  return status;
}

int
mvx_plugin_verify (int argc, char **argv, gboolean json)
{
  g_autoptr (GPtrArray) options = g_ptr_array_new ();
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  MvxVerifyRun run = { 30 * G_USEC_PER_SEC, FALSE, NULL, mvx_verify_print, NULL };
  int status;

  mvx_verify_json = json;
  if (!mvx_tool_parse (&mvx_verify_usage, &argc, &argv, &status))
    return status;
  for (guint i = 0; mvx_verify_set && mvx_verify_set[i]; i++)
    g_ptr_array_add (options, mvx_verify_set[i]);
  for (guint i = 0; mvx_verify_words && mvx_verify_words[i]; i++)
    g_ptr_array_add (mvx_verify_is_option (mvx_verify_words[i]) ? options : files, mvx_verify_words[i]);
  if (files->len == 0)
    return mvx_tool_usage_error (mvx_verify_usage.command, "give one or more files");
  for (guint i = 0; i < options->len; i++)
    if (!mvx_verify_is_option (options->pdata[i]))
      return mvx_tool_usage_error (mvx_verify_usage.command, "--options: '%s' is not NAME=VALUE",
                                   (const char *) options->pdata[i]);
  if (mvx_verify_step
      && (mvx_log_quantity_parse_duration (mvx_verify_step, &run.step_us) != MVX_LOG_QUANTITY_OK || run.step_us <= 0))
    return mvx_tool_usage_error (mvx_verify_usage.command,
                                 "--step-timeout: '%s' is not a duration; use one such as 30s", mvx_verify_step);
  g_ptr_array_add (options, NULL);
  run.options = (const char *const *) options->pdata;
  run.valgrind = mvx_verify_valgrind;
  return mvx_verify_all (&run, files);
}

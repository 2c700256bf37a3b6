/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mvxlog plugin: what sink plugins there are and what they take. */
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "base/suggest-private.h"
#include "cmd-new.h"
#include "cmd-verify.h"
#include "plugin/plugin-list.h"
#include "plugin/plugin-scan.h"
#include "base/tool-i18n.h"
#include "base/tool-text.h"
#include "tool.h"
#include "verify/verify-child.h"

static gboolean mvx_plugin_json;
static char **mvx_plugin_words;

static const GOptionEntry mvx_plugin_entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &mvx_plugin_json, N_ ("Machine-readable output"), NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &mvx_plugin_words, NULL, NULL },
  { NULL },
};

static const char mvx_plugin_exit[]
    = "Plugins are loaded in a process of their own.\n"
      "Exit status: 0, 1 if a plugin that was asked for is refused, 2 for a wrong command line.";

static int
mvx_plugin_print_refusal (const char *what, const char *reason)
{
  g_autoptr (GString) out = g_string_new ("{\"name\":");

  mvx_tool_error ("%s", reason);
  if (!mvx_plugin_json)
    return MVX_TOOL_PROBLEM;
  mvx_tool_text_json (out, what, -1);
  g_string_append (out, ",\"status\":\"refused\",\"reason\":");
  mvx_tool_text_json (out, reason, -1);
  g_string_append (out, "}\n");
  mvx_tool_out (out->str, (gssize) out->len);
  return MVX_TOOL_PROBLEM;
}

static int
mvx_plugin_inspect (const char *what)
{
  g_auto (MvxPluginScan) scan = { FALSE, NULL };

  mvx_plugin_scan (mvx_plugin_json ? "json" : "text", what, &scan);
  if (!scan.ok)
    {
      /* The loader's own messages name the plugin; what the scan found out does not. */
      g_autofree char *reason
          = g_ascii_islower (*scan.text) ? g_strdup_printf ("plugin '%s' %s", what, scan.text) : NULL;

      return mvx_plugin_print_refusal (what, reason ? reason : scan.text);
    }
  mvx_tool_out (scan.text, -1);
  mvx_tool_out ("\n", mvx_plugin_json ? 1 : 0);
  return MVX_TOOL_OK;
}

static int
mvx_plugin_path (void)
{
  g_auto (GStrv) path = mvx_log_get_plugin_path ();
  g_autoptr (GString) out = g_string_new (mvx_plugin_json ? "[" : "");

  for (guint i = 0; path[i]; i++)
    {
      if (mvx_plugin_json)
        {
          g_string_append (out, i > 0 ? "," : "");
          mvx_tool_text_json (out, path[i], -1);
          continue;
        }
      mvx_tool_text_escape (out, path[i], -1, 0);
      g_string_append (out, g_file_test (path[i], G_FILE_TEST_IS_DIR) ? "\n" : " (there is no such directory)\n");
    }
  g_string_append (out, mvx_plugin_json ? "]\n" : "");
  mvx_tool_out (out->str, (gssize) out->len);
  return MVX_TOOL_OK;
}

static int
mvx_plugin_help (void)
{
  mvx_tool_out ("Usage:\n"
                "  mvxlog plugin list             List the plugins of the search path and the built-in ones\n"
                "  mvxlog plugin inspect NAME     Tell what a plugin is and which options it has; NAME may be a file\n"
                "  mvxlog plugin new NAME         Begin a plugin: a project with source, tests and key-file\n"
                "  mvxlog plugin verify FILE...   Check that plugins keep their contract\n"
                "  mvxlog plugin path             Show where plugins are looked for\n"
                "\n"
                "Options:\n"
                "  -h, --help    Show this help\n"
                "  --json        Machine-readable output\n"
                "\n",
                -1);
  mvx_tool_out (mvx_plugin_exit, -1);
  mvx_tool_out ("\n", 1);
  return MVX_TOOL_OK;
}

static int
mvx_plugin_run (const char *word, int argc, char **argv)
{
  static const MvxToolUsage usages[] = {
    { "plugin list", "", N_ ("Lists the plugins of the search path and the built-in ones."), mvx_plugin_exit,
      mvx_plugin_entries },
    { "plugin inspect", "NAME",
      N_ ("Tells what a plugin is and which options it has. NAME may be a file with its path."), mvx_plugin_exit,
      mvx_plugin_entries },
    { "plugin path", "", N_ ("Shows the directories that plugins are looked for in."), mvx_plugin_exit,
      mvx_plugin_entries },
  };
  const char *names[] = { "list", "inspect", "path", "new", "verify", NULL };
  const char *meant;
  guint which = 0;
  guint n;
  int status;

  while (names[which] && strcmp (word, names[which]) != 0)
    which++;
  if (names[which] == NULL)
    {
      meant = mvx_log_suggest (word, names);
      if (meant)
        return mvx_tool_usage_error ("plugin", "unknown command 'plugin %s'; did you mean '%s'?", word, meant);
      return mvx_tool_usage_error ("plugin", "unknown command 'plugin %s'", word);
    }
  if (which == 3)
    return mvx_plugin_new (argc, argv, mvx_plugin_json);
  if (which == 4)
    return mvx_plugin_verify (argc, argv, mvx_plugin_json);
  if (!mvx_tool_parse (&usages[which], &argc, &argv, &status))
    return status;
  n = mvx_plugin_words ? g_strv_length (mvx_plugin_words) : 0;
  if (which != 1 && n > 0)
    return mvx_tool_usage_error (usages[which].command, "'%s' is too much: it takes no argument", mvx_plugin_words[0]);
  if (which == 1 && n != 1)
    return mvx_tool_usage_error (usages[which].command, "give the name of one plugin");
  if (which == 0)
    return mvx_plugin_list (mvx_plugin_json);
  return which == 1 ? mvx_plugin_inspect (mvx_plugin_words[0]) : mvx_plugin_path ();
}

int
mvx_tool_plugin (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], MVX_PLUGIN_SCAN_COMMAND) == 0)
    return mvx_plugin_scan_child (argv[2], argv[3]);
  if (argc > 2 && strcmp (argv[1], MVX_VERIFY_CHILD_COMMAND) == 0)
    return mvx_verify_child (argv + 2);
  if (argc > 1 && (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0))
    return mvx_plugin_help ();
  /* `mvxlog plugin --json list` reads as well as `mvxlog plugin list --json`. */
  if (argc > 2 && strcmp (argv[1], "--json") == 0)
    {
      mvx_plugin_json = TRUE;
      return mvx_plugin_run (argv[2], argc - 2, argv + 2);
    }
  if (argc < 2)
    return mvx_tool_usage_error ("plugin", "which command? list, inspect, new, path or verify");
  return mvx_plugin_run (argv[1], argc - 1, argv + 1);
}

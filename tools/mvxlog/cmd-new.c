/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mvxlog plugin new: begins a plugin. */

#include <string.h>

#include "cmd-new.h"
#include "new/new-project.h"
#include "base/tool-i18n.h"
#include "base/tool-text.h"
#include "tool.h"

static char *mvx_new_language;
static char *mvx_new_licence;
static char *mvx_new_directory;
static gboolean mvx_new_json;
static char **mvx_new_words;

static const GOptionEntry mvx_new_entries[] = {
  { "lang", 0, 0, G_OPTION_ARG_STRING, &mvx_new_language, N_ ("c (default), c++ or vala"), "LANGUAGE" },
  { "licence", 0, 0, G_OPTION_ARG_STRING, &mvx_new_licence, N_ ("SPDX expression (LGPL-2.1-or-later)"), "LICENCE" },
  { "directory", 'd', 0, G_OPTION_ARG_FILENAME, &mvx_new_directory, N_ ("Folder to make, instead of ./NAME"),
    "FOLDER" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &mvx_new_json, N_ ("Machine-readable output"), NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &mvx_new_words, NULL, NULL },
  { NULL },
};

static const MvxToolUsage mvx_new_usage = {
  "plugin new",
  "NAME",
  N_ ("Begins a sink plugin: a Meson project with source, tests, key-file and a README, in a new folder."),
  N_ ("The plugin works at once; it appends events to a file, in place of which you put your own destination.\n"
      "Exit status: 0, 1 if the folder cannot be written, 2 for a wrong command line."),
  mvx_new_entries,
};

/* It stands in comments and strings of the templates. */
static gboolean
mvx_new_is_licence (const char *text)
{
  return *text && text[strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-+() ")] == '\0';
}

static void
mvx_new_print (const MvxNewProject *project, const GPtrArray *written)
{
  g_autoptr (GString) out = g_string_new (mvx_new_json ? "[" : "");

  for (guint i = 0; i < written->len; i++)
    if (mvx_new_json)
      {
        g_string_append (out, i > 0 ? "," : "");
        mvx_tool_text_json (out, written->pdata[i], -1);
      }
    else
      {
        mvx_tool_text_escape (out, written->pdata[i], -1, 0);
        g_string_append_c (out, '\n');
      }
  if (mvx_new_json)
    g_string_append (out, "]\n");
  else
    {
      g_string_append (out, "\nbuild and test it: cd ");
      mvx_tool_text_word (out, project->folder, -1);
      g_string_append (out, " && meson setup build && meson test -C build\n");
    }
  mvx_tool_out (out->str, (gssize) out->len);
}

static int
mvx_new_run (const MvxNewProject *project)
{
  g_autoptr (GPtrArray) written = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  if (!mvx_new_project_write (project, written, &error))
    {
      mvx_tool_error ("%s", error->message);
      return MVX_TOOL_PROBLEM;
    }
  mvx_new_print (project, written);
  return MVX_TOOL_OK;
}

int
mvx_plugin_new (int argc, char **argv, gboolean json)
{
  static const char *const languages[] = { "c", "c++", "vala", NULL };
  g_autofree char *reason = NULL;
  MvxNewProject project;
  int status;

  mvx_new_json = json;
  if (!mvx_tool_parse (&mvx_new_usage, &argc, &argv, &status))
    return status;
  if (mvx_new_words == NULL || mvx_new_words[1] != NULL)
    return mvx_tool_usage_error (mvx_new_usage.command, "give one name for the plugin");
  project.name = mvx_new_words[0];
  project.language = mvx_new_language ? mvx_new_language : "c";
  project.licence = mvx_new_licence ? mvx_new_licence : "LGPL-2.1-or-later";
  project.folder = mvx_new_directory ? mvx_new_directory : project.name;
  reason = mvx_new_project_check_name (project.name);
  if (reason)
    return mvx_tool_usage_error (mvx_new_usage.command, "%s", reason);
  if (!g_strv_contains (languages, project.language))
    return mvx_tool_usage_error (mvx_new_usage.command, "--lang: there is no template for '%s'; use c, c++ or vala",
                                 project.language);
  if (!mvx_new_is_licence (project.licence))
    return mvx_tool_usage_error (mvx_new_usage.command,
                                 "--licence: '%s' is no SPDX expression; use one such as MIT or GPL-3.0-or-later",
                                 project.licence);
  return mvx_new_run (&project);
}

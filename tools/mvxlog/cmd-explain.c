/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mvxlog explain: what an event's id means and what to do about it, from the file of the program that logs it. */
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "explain/explain-scan.h"
#include "base/tool-i18n.h"
#include "base/tool-text.h"
#include "tool.h"

static gboolean mvx_explain_json;
static gboolean mvx_explain_all;
static char **mvx_explain_words;

static const GOptionEntry mvx_explain_entries[] = {
  { "all", 'a', 0, G_OPTION_ARG_NONE, &mvx_explain_all, N_ ("All ids of the files, without an ID to look for"), NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &mvx_explain_json, N_ ("As JSON: an array of id, name, text, file"), NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &mvx_explain_words, NULL, NULL },
  { NULL },
};

static const MvxToolUsage mvx_explain_usage = {
  "explain",
  "ID FILE...",
  N_ ("Tells what an event's id means and what to do: looks for it in programs, libraries and plugins, which are not "
      "run."),
  N_ ("Exit status: 0, 1 if the id was not found or a file could not be read, 2 for a wrong command line."),
  mvx_explain_entries,
};

static void
mvx_explain_print (GString *out, const MvxExplainEntry *entry, const char *file)
{
  if (!mvx_explain_json)
    {
      g_string_append (out, out->len > 0 ? "\n" : "");
      mvx_tool_text_escape (out, entry->id, -1, 0);
      g_string_append (out, "  ");
      mvx_tool_text_escape (out, entry->name, -1, 0);
      g_string_append (out, "  (");
      mvx_tool_text_escape (out, file, -1, 0);
      g_string_append (out, ")\n");
      mvx_tool_text_escape (out, *entry->text ? entry->text : "No explanation.", -1, MVX_TOOL_TEXT_LINES);
      g_string_append_c (out, '\n');
      return;
    }
  g_string_append (out, out->len > 0 ? ",\n{\"id\":" : "[{\"id\":");
  mvx_tool_text_json (out, entry->id, -1);
  g_string_append (out, ",\"name\":");
  mvx_tool_text_json (out, entry->name, -1);
  g_string_append (out, ",\"text\":");
  mvx_tool_text_json (out, entry->text, -1);
  g_string_append (out, ",\"file\":");
  mvx_tool_text_json (out, file, -1);
  g_string_append_c (out, '}');
}

/* FALSE if the file cannot be read. */
static gboolean
mvx_explain_file (GString *out, const char *id, const char *file, guint *n_found)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GMappedFile) mapped = NULL;
  g_autoptr (GArray) entries = NULL;

  if (g_file_test (file, G_FILE_TEST_IS_DIR))
    {
      mvx_tool_error ("'%s' is a directory; give the files in it", file);
      return FALSE;
    }
  mapped = g_mapped_file_new (file, FALSE, &error);
  if (mapped == NULL)
    {
      mvx_tool_error ("%s", error->message);
      return FALSE;
    }
  if (g_mapped_file_get_length (mapped) == 0)
    return TRUE;
  entries = mvx_explain_scan (g_mapped_file_get_contents (mapped), g_mapped_file_get_length (mapped));
  for (guint i = 0; i < entries->len; i++)
    {
      const MvxExplainEntry *entry = &g_array_index (entries, MvxExplainEntry, i);

      if (id && !mvx_explain_same (id, entry->id))
        continue;
      mvx_explain_print (out, entry, file);
      ++*n_found;
    }
  return TRUE;
}

static int
mvx_explain_files (const char *id, char *const *files)
{
  g_autoptr (GString) out = g_string_new (NULL);
  gboolean readable = TRUE;
  guint n_found = 0;

  for (guint i = 0; files[i]; i++)
    readable = mvx_explain_file (out, id, files[i], &n_found) && readable;
  if (mvx_explain_json)
    g_string_append (out, n_found > 0 ? "]\n" : "[]\n");
  mvx_tool_out (out->str, (gssize) out->len);
  if (n_found == 0 && readable)
    mvx_tool_error ("no file names %s", id ? id : "an id");
  return n_found > 0 && readable ? MVX_TOOL_OK : MVX_TOOL_PROBLEM;
}

int
mvx_tool_explain (int argc, char **argv)
{
  int status;
  guint n;

  if (!mvx_tool_parse (&mvx_explain_usage, &argc, &argv, &status))
    return status;
  n = mvx_explain_words ? g_strv_length (mvx_explain_words) : 0;
  if (n < (mvx_explain_all ? 1 : 2))
    return mvx_tool_usage_error ("explain", mvx_explain_all ? "give one or more programs, libraries or plugins"
                                                            : "give an id, then the program that logs it");
  if (mvx_explain_all)
    return mvx_explain_files (NULL, mvx_explain_words);
  if (!mvx_explain_is_id (mvx_explain_words[0]))
    return mvx_tool_usage_error ("explain", "'%s' is not an id of 32 hexadecimal digits, nor a UUID",
                                 mvx_explain_words[0]);
  return mvx_explain_files (mvx_explain_words[0], mvx_explain_words + 1);
}

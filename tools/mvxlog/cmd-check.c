/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mvxlog check: is a configuration valid? Nothing is opened or started. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "base/tool-i18n.h"
#include "base/tool-text.h"
#include "tool.h"

static struct
{
  gboolean json;
  gboolean show;
  gboolean probe;
  gboolean quiet;
  char **files;
} mvx_check_options;

typedef struct
{
  GString *out;
  GHashTable *plugins;
  guint n_files;
  guint n_errors;
  guint n_unreachable;
} MvxCheck;

static const GOptionEntry mvx_check_entries[] = {
  { "show", 0, 0, G_OPTION_ARG_NONE, &mvx_check_options.show,
    N_ ("Print the merged configuration, each key with the place it comes from"), NULL },
  { "probe", 0, 0, G_OPTION_ARG_NONE, &mvx_check_options.probe,
    N_ ("Also ask the plugins whether their destinations can be reached"), NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &mvx_check_options.json,
    N_ ("Errors as JSON: an array of file, line, column, group, key, message"), NULL },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &mvx_check_options.quiet, N_ ("No summary"), NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &mvx_check_options.files, NULL, NULL },
  { NULL },
};

static const MvxToolUsage mvx_check_usage = {
  "check",
  "FILE...",
  N_ ("Checks configuration files, each with its drop-ins (FILE.d/*.conf). Nothing is opened or started."),
  N_ ("Exit status: 0, 1 if anything is wrong, 2 for a wrong command line, 3 if --probe could not reach a "
      "destination."),
  mvx_check_entries,
};

static void
mvx_check_json_error (MvxCheck *check,
                      const char *file,
                      guint line,
                      guint column,
                      const char *group,
                      const char *key,
                      const char *message)
{
  g_string_append (check->out, check->out->len > 0 ? ",\n" : "");
  g_string_append (check->out, "{\"file\":");
  mvx_tool_text_json (check->out, file, -1);
  g_string_append_printf (check->out, ",\"line\":%u,\"column\":%u,\"group\":", line, column);
  mvx_tool_text_json (check->out, group, -1);
  g_string_append (check->out, ",\"key\":");
  mvx_tool_text_json (check->out, key, -1);
  g_string_append (check->out, ",\"message\":");
  mvx_tool_text_json (check->out, message, -1);
  g_string_append_c (check->out, '}');
}

/* The problems that an INVALID error carries; 0 if it carries none. */
static guint
mvx_check_problems (MvxCheck *check, const GError *error)
{
  GVariant *details = mvx_log_error_get_details (error);
  g_autoptr (GVariant) problems = NULL;
  GVariantIter iter;
  const char *file;
  const char *group;
  const char *key;
  const char *message;
  guint line;
  guint column;

  if (details)
    problems = g_variant_lookup_value (details, "problems", G_VARIANT_TYPE ("a(suusss)"));
  if (problems == NULL)
    return 0;
  g_variant_iter_init (&iter, problems);
  while (mvx_check_options.json
         && g_variant_iter_next (&iter, "(&suu&s&s&s)", &file, &line, &column, &group, &key, &message))
    mvx_check_json_error (check, file, line, column, group, key, message);
  return (guint) g_variant_n_children (problems);
}

static void
mvx_check_refuse (MvxCheck *check, const char *path, const GError *error)
{
  guint n = mvx_check_problems (check, error);

  check->n_errors += MAX (n, 1);
  if (n == 0 && mvx_check_options.json)
    mvx_check_json_error (check, path, 0, 0, "", "", error->message);
  if (n == 0)
    mvx_tool_error ("%s", error->message);
  else if (!mvx_check_options.json)
    {
      mvx_tool_text_escape (check->out, error->message, -1, MVX_TOOL_TEXT_LINES);
      g_string_append_c (check->out, '\n');
    }
}

static void
mvx_check_probes (MvxCheck *check, GVariant *report)
{
  g_autoptr (GVariantIter) reachable = NULL;
  g_autoptr (GVariantIter) unreachable = NULL;
  const char *sink;
  const char *plugin;
  const char *file;
  const char *reason;
  guint line;
  guint column;

  g_variant_lookup (report, "reachable", "a(ss)", &reachable);
  g_variant_lookup (report, "unreachable", "a(ssuuss)", &unreachable);
  while (!mvx_check_options.json && g_variant_iter_next (reachable, "(&s&s)", &sink, &plugin))
    g_string_append_printf (check->out, _ ("sink '%s' (plugin '%s'): reachable\n"), sink, plugin);
  while (g_variant_iter_next (unreachable, "(&s&suu&s&s)", &sink, &file, &line, &column, &plugin, &reason))
    {
      check->n_unreachable++;
      mvx_tool_error ("sink '%s' (plugin '%s'): %s", sink, plugin, reason);
      if (mvx_check_options.json)
        mvx_check_json_error (check, file, line, column, sink, "", reason);
    }
}

/* Not wrong, for a program may hand it events itself; but mostly a line that was forgotten. */
static void
mvx_check_unused (MvxCheck *check, GVariant *report)
{
  g_autoptr (GVariantIter) unused = NULL;
  const char *sink;
  const char *file;
  guint line;
  guint column;

  g_variant_lookup (report, "unused", "a(ssuu)", &unused);
  while (g_variant_iter_next (unused, "(&s&suu)", &sink, &file, &line, &column))
    {
      mvx_tool_text_escape (check->out, file, -1, 0);
      g_string_append_printf (check->out, ":%u:%u: ", line, column);
      g_string_append_printf (
          check->out, _ ("warning: [sink %s]: no context sends events to it; add it to 'sinks' of one\n"), sink);
    }
}

static void
mvx_check_accept (MvxCheck *check, GVariant *report)
{
  g_autoptr (GVariantIter) plugins = NULL;
  const char *plugin;
  const char *merged;

  g_variant_lookup (report, "plugins", "as", &plugins);
  while (g_variant_iter_next (plugins, "&s", &plugin))
    g_hash_table_add (check->plugins, g_strdup (plugin));
  mvx_check_probes (check, report);
  if (!mvx_check_options.json && !mvx_check_options.quiet)
    mvx_check_unused (check, report);
  if (mvx_check_options.show && !mvx_check_options.json && g_variant_lookup (report, "merged", "&s", &merged))
    g_string_append (check->out, merged);
}

static void
mvx_check_file (MvxCheck *check, const char *path)
{
  g_autoptr (GVariant) report = NULL;
  g_autoptr (GError) error = NULL;
  gboolean valid = mvx_log_check_config_file (path, mvx_check_options.probe, &report, &error);
  GVariant *told = valid ? report : mvx_log_error_get_details (error);
  guint n_files = 0;

  if (told)
    g_variant_lookup (told, "files", "u", &n_files);
  check->n_files += n_files;
  if (valid)
    mvx_check_accept (check, report);
  else
    mvx_check_refuse (check, path, error);
}

static void
mvx_check_summary (MvxCheck *check)
{
  guint n_plugins = g_hash_table_size (check->plugins);

  g_string_append_printf (check->out, ngettext ("%u file read", "%u files read", check->n_files), check->n_files);
  g_string_append (check->out, ", ");
  g_string_append_printf (check->out, ngettext ("%u plugin used", "%u plugins used", n_plugins), n_plugins);
  g_string_append (check->out, ", ");
  g_string_append_printf (check->out, ngettext ("%u error", "%u errors", check->n_errors), check->n_errors);
  g_string_append_c (check->out, '\n');
}

static int
mvx_check_run (void)
{
  MvxCheck check = { 0 };
  int status;

  check.out = g_string_new (NULL);
  check.plugins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; mvx_check_options.files[i]; i++)
    mvx_check_file (&check, mvx_check_options.files[i]);
  if (mvx_check_options.json)
    {
      g_string_prepend_c (check.out, '[');
      g_string_append (check.out, "]\n");
    }
  else if (!mvx_check_options.quiet)
    mvx_check_summary (&check);
  mvx_tool_out (check.out->str, (gssize) check.out->len);
  if (check.n_errors > 0)
    status = MVX_TOOL_PROBLEM;
  else
    status = check.n_unreachable > 0 ? MVX_TOOL_UNREACHABLE : MVX_TOOL_OK;
  g_string_free (check.out, TRUE);
  g_hash_table_unref (check.plugins);
  return status;
}

int
mvx_tool_check (int argc, char **argv)
{
  int status;
  pid_t pid;

  if (!mvx_tool_parse (&mvx_check_usage, &argc, &argv, &status))
    return status;
  if (mvx_check_options.files == NULL)
    return mvx_tool_usage_error ("check", "give one or more configuration files");
  /* The check loads the plugins that are named: one that crashes must not look like a check that ended well. */
  pid = fork ();
  if (pid == 0)
    _exit (mvx_tool_finish (mvx_check_run ()));
  if (pid < 0)
    return mvx_check_run ();
  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (WIFEXITED (status))
    return WEXITSTATUS (status);
  mvx_tool_error ("a plugin crashed while the configuration was checked (signal %d); 'mvxlog plugin list' shows which",
                  WTERMSIG (status));
  return MVX_TOOL_PROBLEM;
}

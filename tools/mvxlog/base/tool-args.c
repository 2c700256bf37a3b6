/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/suggest-private.h"
#include "base/tool-i18n.h"
#include "tool.h"

int
mvx_tool_usage_error (const char *command, const char *format, ...)
{
  const char *space = command ? " " : "";
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (_ (format), args);
  va_end (args);
  mvx_tool_error ("%s", text);
  command = command ? command : "";
  mvx_tool_error ("try 'mvxlog%s%s --help'", space, command);
  return MVX_TOOL_USAGE;
}

/* "--colour=never" in the message "Unknown option --colour=never", without the value; short ones are as they are. */
static char *
mvx_tool_args_unknown (const char *message)
{
  const char *dash = strstr (message, " -");

  if (dash == NULL)
    return NULL;
  dash++;
  return g_strndup (dash, strcspn (dash, "= "));
}

static int
mvx_tool_args_refuse (const MvxToolUsage *usage, const GError *error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *option = NULL;
  const char *meant = NULL;

  if (g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
    option = mvx_tool_args_unknown (error->message);
  if (option == NULL)
    return mvx_tool_usage_error (usage->command, "%s", error->message);
  for (const GOptionEntry *entry = usage->entries; entry && entry->long_name; entry++)
    if (*entry->long_name && !(entry->flags & G_OPTION_FLAG_HIDDEN))
      g_ptr_array_add (names, (gpointer) entry->long_name);
  g_ptr_array_add (names, (gpointer) "help");
  g_ptr_array_add (names, NULL);
  if (g_str_has_prefix (option, "--"))
    meant = mvx_log_suggest (option + 2, (const char *const *) names->pdata);
  if (meant)
    return mvx_tool_usage_error (usage->command, "unknown option '%s' of '%s'; did you mean '--%s'?", option,
                                 usage->command, meant);
  return mvx_tool_usage_error (usage->command, "unknown option '%s' of '%s'", option, usage->command);
}

gboolean
mvx_tool_parse (const MvxToolUsage *usage, int *argc, char ***argv, int *status)
{
  gboolean help = FALSE;
  const GOptionEntry common[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, N_ ("Show this help"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (usage->params);
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strdup_printf ("mvxlog %s", usage->command);
  g_autofree char *text = NULL;

  /* Our own --help: GOption's exits at once, with whatever is still buffered. */
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, usage->summary);
  g_option_context_set_description (context, usage->details);
  g_option_context_add_main_entries (context, usage->entries, NULL);
  g_option_context_add_main_entries (context, common, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      *status = mvx_tool_args_refuse (usage, error);
      return FALSE;
    }
  if (!help)
    return TRUE;
  g_set_prgname (name);
  text = g_option_context_get_help (context, TRUE, NULL);
  mvx_tool_out (text, -1);
  *status = MVX_TOOL_OK;
  return FALSE;
}

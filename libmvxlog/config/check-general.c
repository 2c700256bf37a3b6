/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>
#include <mvxlog/fork.h>

#include "config/check-private.h"
#include "plugin/search-private.h"

static const char *const mvx_log_check_general_keys[]
    = { "version", "strict", "plugin-path", "allow-plugins", "levels", "clock", "fork", "status", NULL };
/* In the order of MvxLogClockSource. */
static const char *const mvx_log_check_clocks[] = { "auto", "tsc", "realtime", "coarse", NULL };
/* In the order of MvxLogForkPolicy. */
static const char *const mvx_log_check_forks[] = { "stderr", "drop", "reinit", NULL };
static const char *const mvx_log_check_kinds[]
    = { "mvxlog", "level", "sink", "context", "policy", "rule", "processor", NULL };

static const MvxLogOptionSpec mvx_log_check_strict
    = { "strict",      MVX_LOG_OPTION_BOOLEAN, 0, NULL, 0, 0, NULL, "Whether unknown keys and groups are errors",
        { NULL, NULL } };

static const MvxLogOptionSpec mvx_log_check_status
    = { "status",      MVX_LOG_OPTION_BOOLEAN, 0, NULL, 0, 0, NULL, "Whether others may ask how the sinks are",
        { NULL, NULL } };

static void
mvx_log_check_version (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  MvxLogConfigOrigin start
      = { check->document->files->len ? g_ptr_array_index (check->document->files, 0) : "", 0, 1, 1 };
  MvxLogConfigEntry *entry = group ? mvx_log_config_group_find (group, "version") : NULL;
  g_autofree char *text = NULL;
  g_autofree char *reason = NULL;

  /* The group may be the one whose header is wrong. */
  if (group == NULL && mvx_log_problems_get_n (check->problems) > 0)
    return;
  if (entry == NULL)
    {
      mvx_log_problems_add (check->problems, group ? &group->at : &start, "mvxlog", "version",
                            group ? "missing; write 'version=1'"
                                  : "missing; begin the file with '[mvxlog]' and 'version=1'");
      return;
    }
  text = mvx_log_check_text (check, group, "version");
  if (text == NULL || g_str_equal (text, "1"))
    return;
  reason = g_strdup_printf ("version '%s' of the file format is not supported; this libmvxlog reads version 1", text);
  mvx_log_check_value (check, group, entry, reason);
}

static void
mvx_log_check_plugin_path (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  g_auto (GStrv) path = mvx_log_check_list (check, group, "plugin-path");

  for (guint i = 0; path && path[i]; i++)
    {
      g_autofree char *reason = NULL;

      if (g_path_is_absolute (path[i]))
        continue;
      reason = g_strdup_printf ("'%s' is not an absolute path; give the whole path", path[i]);
      mvx_log_check_value (check, group, mvx_log_config_group_find (group, "plugin-path"), reason);
      return;
    }
  check->plan->plugin_path = g_steal_pointer (&path);
}

static void
mvx_log_check_allow_plugins (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  g_auto (GStrv) names = mvx_log_check_list (check, group, "allow-plugins");

  for (guint i = 0; names && names[i]; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!mvx_log_search_check_name (names[i], &error))
        mvx_log_check_value (check, group, mvx_log_config_group_find (group, "allow-plugins"), error->message);
    }
  check->plan->allow_plugins = g_steal_pointer (&names);
}

/* NULL if it is well-formed. */
static const char *
mvx_log_check_header (const MvxLogConfigGroup *group)
{
  if (g_str_equal (group->kind, "mvxlog"))
    return *group->id ? "takes no name; write '[mvxlog]'" : NULL;
  if (group->name[strlen (group->kind)]
      && (*group->id == '\0' || g_ascii_isspace (*group->id) || g_ascii_isspace (group->id[strlen (group->id) - 1])))
    return "write the kind, one blank and the name, as in '[sink console]'";
  if (*group->id || g_str_equal (group->kind, "context"))
    return NULL;
  if (g_str_equal (group->kind, "rule"))
    return "needs the policy's name and a number; write '[rule POLICY 1]'";
  if (g_str_equal (group->kind, "level"))
    return "needs a name; write '[level NAME]'";
  if (g_str_equal (group->kind, "processor"))
    return "needs a name; write '[processor NAME]'";
  return g_str_equal (group->kind, "sink") ? "needs a name; write '[sink NAME]'"
                                           : "needs a name; write '[policy NAME]'";
}

static void
mvx_log_check_groups (MvxLogCheck *check)
{
  for (guint i = 0; i < check->document->groups->len; i++)
    {
      MvxLogConfigGroup *group = g_ptr_array_index (check->document->groups, i);
      g_autofree char *hint = NULL;
      const char *fault;

      if (!g_strv_contains (mvx_log_check_kinds, group->kind))
        {
          hint = mvx_log_problems_hint (check->problems, group->kind, mvx_log_check_kinds);
          mvx_log_problems_add_lenient (check->problems, &group->at, group->name, NULL, "unknown group%s",
                                        *hint ? hint
                                              : "; known are mvxlog, level, sink, context, policy, rule and processor");
          continue;
        }
      fault = mvx_log_check_header (group);
      group->malformed = fault != NULL;
      if (fault)
        mvx_log_problems_add (check->problems, &group->at, group->name, NULL, "%s", fault);
    }
}

static void
mvx_log_check_clock (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  G_STATIC_ASSERT (MVX_LOG_CLOCK_UNSET == 0 && MVX_LOG_CLOCK_TSC == 1 && MVX_LOG_CLOCK_COARSE == 3);
  gint choice = mvx_log_check_choice (check, group, "clock", mvx_log_check_clocks);

  if (choice > 0)
    check->plan->clock = (MvxLogClockSource) choice;
}

static void
mvx_log_check_fork (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  G_STATIC_ASSERT (MVX_LOG_FORK_STDERR == 0 && MVX_LOG_FORK_DROP == 1 && MVX_LOG_FORK_REINIT == 2);

  check->plan->fork_policy = mvx_log_check_choice (check, group, "fork", mvx_log_check_forks);
}

void
mvx_log_check_general (MvxLogCheck *check)
{
  const MvxLogConfigGroup *group = mvx_log_document_find (check->document, "mvxlog", "");
  g_autoptr (GVariant) strict = NULL;
  g_autoptr (GVariant) status = NULL;

  mvx_log_check_groups (check);
  mvx_log_check_version (check, group);
  if (group == NULL)
    return;
  mvx_log_check_keys (check, group, mvx_log_check_general_keys);
  strict = mvx_log_check_parse (check, group, &mvx_log_check_strict);
  check->plan->strict = strict == NULL || g_variant_get_boolean (strict);
  mvx_log_check_plugin_path (check, group);
  mvx_log_check_allow_plugins (check, group);
  mvx_log_check_clock (check, group);
  mvx_log_check_fork (check, group);
  status = mvx_log_check_parse (check, group, &mvx_log_check_status);
  check->plan->status = status && g_variant_get_boolean (status);
}

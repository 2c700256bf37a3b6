/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "config/check-private.h"
#include "context/tree-private.h"
#include "event/payload-private.h"

/* Every dot is a level of the tree. */
#define MVX_LOG_CHECK_CONTEXT_NAME_MAX 255

static const char *const mvx_log_check_context_keys[]
    = { "level",     "sinks",     "policy",    "error-policy", "max-string",
        "max-items", "max-depth", "verbosity", "processors",   NULL };
/* In the order of MvxLogVerbosity, whose first is -1. */
static const char *const mvx_log_check_verbosities[] = { "minimal", "normal", "maximum", NULL };
/* In the order of MvxLogErrorPolicy, behind INHERIT. */
static const char *const mvx_log_check_error_policies[] = { "ignore", "print-stderr", "raise", NULL };

static const MvxLogOptionSpec mvx_log_check_limits[] = {
  { "max-string", MVX_LOG_OPTION_INT64, 0, NULL, -1, G_MAXINT32, NULL, "Characters of a string", { NULL, NULL } },
  { "max-items", MVX_LOG_OPTION_INT64, 0, NULL, -1, G_MAXINT32, NULL, "Items of a list", { NULL, NULL } },
  { "max-depth", MVX_LOG_OPTION_INT64, 0, NULL, -1, G_MAXINT32, NULL, "Levels of containers", { NULL, NULL } },
};

static gboolean
mvx_log_check_sink_exists (MvxLogCheck *check, const char *name)
{
  return mvx_log_document_find (check->document, "sink", name) != NULL
         || (check->known_sinks && g_strv_contains (check->known_sinks, name));
}

static void
mvx_log_check_sink_list (MvxLogCheck *check, const MvxLogConfigGroup *group, char **names)
{
  MvxLogConfigEntry *entry = mvx_log_config_group_find (group, "sinks");
  g_autofree const char **ids = mvx_log_document_ids (check->document, "sink");

  for (guint i = 0; names && names[i]; i++)
    {
      g_autofree char *reason = NULL;

      if (!mvx_log_check_sink_exists (check, names[i]))
        {
          g_autofree char *hint = mvx_log_problems_hint (check->problems, names[i], ids);

          reason = g_strdup_printf ("there is no '[sink %s]'%s", names[i], hint);
        }
      for (guint j = 0; j < i && reason == NULL; j++)
        if (g_str_equal (names[i], names[j]))
          reason = g_strdup_printf ("sink '%s' is listed twice", names[i]);
      if (reason)
        mvx_log_check_value (check, group, entry, reason);
      if (mvx_log_problems_is_full (check->problems))
        return;
    }
}

/* One name, or several that are all asked. In JSON one need not be in a list. */
static void
mvx_log_check_context_policies (MvxLogCheck *check, const MvxLogConfigGroup *group, MvxLogPlanContext *context)
{
  MvxLogConfigEntry *entry = mvx_log_config_group_find (group, "policy");
  g_autofree const char **ids = mvx_log_document_ids (check->document, "policy");

  if (entry && entry->form == MVX_LOG_ENTRY_TEXT)
    {
      context->policies = g_new0 (char *, 2);
      context->policies[0] = mvx_log_check_text (check, group, "policy");
    }
  else
    context->policies = mvx_log_check_list (check, group, "policy");
  for (guint i = 0; context->policies && context->policies[i]; i++)
    {
      const char *name = context->policies[i];
      g_autofree char *hint = NULL;
      g_autofree char *reason = NULL;

      if (mvx_log_plan_find_policy (check->plan, name) == NULL)
        {
          hint = mvx_log_problems_hint (check->problems, name, ids);
          reason = g_strdup_printf ("there is no '[policy %s]'%s", name, hint);
        }
      for (guint j = 0; j < i && reason == NULL; j++)
        if (g_str_equal (name, context->policies[j]))
          reason = g_strdup_printf ("policy '%s' is listed twice", name);
      if (reason)
        mvx_log_check_value (check, group, entry, reason);
    }
}

/* Leaves -2 where nothing is given. */
static gint
mvx_log_check_limit (MvxLogCheck *check, const MvxLogConfigGroup *group, const MvxLogOptionSpec *spec)
{
  g_autoptr (GVariant) value = mvx_log_check_parse (check, group, spec);

  if (value && g_variant_get_int64 (value) == 0)
    {
      mvx_log_check_value (check, group, mvx_log_config_group_find (group, spec->name),
                           "0 would keep nothing; use 1 or more, or -1 for no limit");
      return -2;
    }
  return value ? (gint) g_variant_get_int64 (value) : -2;
}

static void
mvx_log_check_context_limits (MvxLogCheck *check, const MvxLogConfigGroup *group, MvxLogPlanContext *context)
{
  MvxLogLimits *limits = &context->limits;

  limits->max_string = mvx_log_check_limit (check, group, &mvx_log_check_limits[0]);
  limits->max_items = mvx_log_check_limit (check, group, &mvx_log_check_limits[1]);
  limits->max_depth = mvx_log_check_limit (check, group, &mvx_log_check_limits[2]);
  limits->verbosity = (MvxLogVerbosity) (mvx_log_check_choice (check, group, "verbosity", mvx_log_check_verbosities)
                                         + MVX_LOG_VERBOSITY_MINIMAL);
  context->has_limits
      = limits->max_string != -2 || limits->max_items != -2 || limits->max_depth != -2 || limits->verbosity != -2;
}

static void
mvx_log_check_context (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  MvxLogPlanContext *context = mvx_log_plan_context_new (group->id, &group->at);
  g_autofree char *level = NULL;
  g_autoptr (GError) name_error = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (check->plan->contexts, context);
  if (strlen (group->id) > MVX_LOG_CHECK_CONTEXT_NAME_MAX)
    mvx_log_problems_add (check->problems, &group->at, "context", NULL,
                          "the name is longer than %d characters; shorten it", MVX_LOG_CHECK_CONTEXT_NAME_MAX);
  else if (!group->malformed && !mvx_log_context_check_name (group->id, &name_error))
    mvx_log_problems_add (check->problems, &group->at, group->name, NULL, "%s", name_error->message);
  mvx_log_check_keys (check, group, mvx_log_check_context_keys);
  level = mvx_log_check_text (check, group, "level");
  context->has_level = level != NULL;
  if (level && !mvx_log_level_from_string (level, &context->level, &error))
    mvx_log_check_value (check, group, mvx_log_config_group_find (group, "level"), error->message);
  context->sinks = mvx_log_check_list (check, group, "sinks");
  mvx_log_check_sink_list (check, group, context->sinks);
  mvx_log_check_context_policies (check, group, context);
  context->error_policy
      = (MvxLogErrorPolicy) (mvx_log_check_choice (check, group, "error-policy", mvx_log_check_error_policies) + 1);
  mvx_log_check_context_limits (check, group, context);
  context->processors = mvx_log_check_processor_list (check, group);
  context->processor_names = context->processors ? mvx_log_check_list (check, group, "processors") : NULL;
}

/* A context inherits its limits as a whole, the file gives them one by one: so fill in those of the nearest ancestor,
 * which is complete already because ancestors come first. */
static void
mvx_log_check_complete (GHashTable *by_name, MvxLogPlanContext *context)
{
  g_autofree char *name = g_strdup (context->name);
  const MvxLogLimits *base = &mvx_log_limits_default;

  while (*name)
    {
      char *dot = strrchr (name, '.');
      const MvxLogPlanContext *ancestor;

      *(dot ? dot : name) = '\0';
      ancestor = g_hash_table_lookup (by_name, name);
      if (ancestor == NULL)
        continue;
      base = &ancestor->limits;
      break;
    }
  if (context->limits.max_string == -2)
    context->limits.max_string = base->max_string;
  if (context->limits.max_items == -2)
    context->limits.max_items = base->max_items;
  if (context->limits.max_depth == -2)
    context->limits.max_depth = base->max_depth;
  if (context->limits.verbosity == -2)
    context->limits.verbosity = base->verbosity;
}

static gint
mvx_log_check_context_compare (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 ((*(const MvxLogPlanContext *const *) a)->name, (*(const MvxLogPlanContext *const *) b)->name);
}

void
mvx_log_check_contexts (MvxLogCheck *check)
{
  g_autoptr (GHashTable) by_name = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < check->document->groups->len; i++)
    {
      const MvxLogConfigGroup *group = g_ptr_array_index (check->document->groups, i);

      if (g_str_equal (group->kind, "context"))
        mvx_log_check_context (check, group);
    }
  mvx_log_check_level_rules (check);
  /* In this order ancestors come before their descendants. */
  g_ptr_array_sort (check->plan->contexts, mvx_log_check_context_compare);
  for (guint i = 0; i < check->plan->contexts->len; i++)
    {
      MvxLogPlanContext *context = g_ptr_array_index (check->plan->contexts, i);

      mvx_log_check_complete (by_name, context);
      g_hash_table_insert (by_name, context->name, context);
    }
}

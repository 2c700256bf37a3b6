/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "config/check-private.h"
#include "context/level-rules-private.h"

static const char *const mvx_log_check_level_keys[] = { "number", "colour", "icon", NULL };

static const MvxLogOptionSpec mvx_log_check_level_number
    = { "number",      MVX_LOG_OPTION_INT64, 0, NULL, G_MININT16, MVX_LOG_LEVEL_OFF - 1, NULL, "The level's number",
        { NULL, NULL } };

/* Names count in any case, groups do not. */
static gboolean
mvx_log_check_level_is_new (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  for (guint i = 0; i < check->plan->levels->len; i++)
    {
      const MvxLogPlanLevel *other = g_ptr_array_index (check->plan->levels, i);

      if (g_ascii_strcasecmp (other->spec.name, group->id) != 0)
        continue;
      mvx_log_problems_add (check->problems, &group->at, group->name, NULL,
                            "level '%s' is given already, at %s:%u; upper and lower case are the same",
                            other->spec.name, other->at.file, other->at.line);
      return FALSE;
    }
  return TRUE;
}

static gboolean
mvx_log_check_level_number_of (MvxLogCheck *check, const MvxLogConfigGroup *group, gint *number)
{
  g_autoptr (GVariant) value = NULL;

  if (mvx_log_config_group_find (group, "number") == NULL)
    {
      if (mvx_log_level_from_string (group->id, number, NULL))
        return TRUE;
      mvx_log_problems_add (check->problems, &group->at, group->name, "number",
                            "missing; write for example 'number=35', between warning (30) and error (40)");
      return FALSE;
    }
  value = mvx_log_check_parse (check, group, &mvx_log_check_level_number);
  *number = value ? (gint) g_variant_get_int64 (value) : 0;
  return value != NULL;
}

static void
mvx_log_check_level (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  g_autoptr (MvxLogPlanLevel) level = g_new0 (MvxLogPlanLevel, 1);
  g_autoptr (GError) error = NULL;

  mvx_log_check_keys (check, group, mvx_log_check_level_keys);
  level->at = group->at;
  level->spec.name = g_ascii_strdown (group->id, -1);
  level->spec.colour = mvx_log_check_text (check, group, "colour");
  level->spec.icon = mvx_log_check_text (check, group, "icon");
  if (!mvx_log_check_level_is_new (check, group) || !mvx_log_check_level_number_of (check, group, &level->spec.level))
    return;
  if (mvx_log_level_check (&level->spec, &error))
    g_ptr_array_add (check->plan->levels, g_steal_pointer (&level));
  else
    mvx_log_problems_add (check->problems, &group->at, group->name, NULL, "%s", error->message);
}

void
mvx_log_check_levels (MvxLogCheck *check)
{
  for (guint i = 0; i < check->document->groups->len; i++)
    {
      const MvxLogConfigGroup *group = g_ptr_array_index (check->document->groups, i);

      if (g_str_equal (group->kind, "level") && !group->malformed)
        mvx_log_check_level (check, group);
    }
}

static void
mvx_log_check_level_rule (MvxLogCheck *check,
                          const MvxLogConfigGroup *group,
                          const MvxLogConfigEntry *entry,
                          const MvxLogLevelRule *rule)
{
  MvxLogPlanContext *context = mvx_log_plan_find_context (check->plan, rule->context);
  g_autofree char *reason = NULL;

  if (context && context->has_level)
    {
      reason = g_strdup_printf ("'[context%s%s]' has a level already, at %s:%u; keep one of them",
                                *context->name ? " " : "", context->name, context->at.file, context->at.line);
      mvx_log_check_value (check, group, entry, reason);
      return;
    }
  if (context == NULL)
    {
      context = mvx_log_plan_context_new (rule->context, &entry->at);
      g_ptr_array_add (check->plan->contexts, context);
    }
  context->has_level = TRUE;
  context->level = rule->level;
}

void
mvx_log_check_level_rules (MvxLogCheck *check)
{
  const MvxLogConfigGroup *group = mvx_log_document_find (check->document, "mvxlog", "");
  g_auto (GStrv) items = group ? mvx_log_check_list (check, group, "levels") : NULL;
  const MvxLogConfigEntry *entry = items ? mvx_log_config_group_find (group, "levels") : NULL;
  g_autoptr (GPtrArray) rules = mvx_log_level_rules_new ();

  for (guint i = 0; items && items[i]; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *reason = NULL;

      if (mvx_log_level_rules_parse (rules, items[i], &error))
        continue;
      reason = g_strdup_printf ("'%s': %s", items[i], error->message);
      mvx_log_check_value (check, group, entry, reason);
    }
  for (guint i = 0; i < rules->len; i++)
    mvx_log_check_level_rule (check, group, entry, mvx_log_level_rules_get (rules, i));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "config/check-private.h"

static const char *const mvx_log_check_policy_keys[] = { "type", "default", NULL };
/* In the order of MvxLogPlanPolicyType. */
static const char *const mvx_log_check_policy_types[] = { "pattern", "rate-limit", "sample", "repeat", NULL };
static const char *const mvx_log_check_rule_keys[]
    = { "action", "events", "contexts", "names", "entity-ids", "source-paths", "source-functions", NULL };
static const char *const mvx_log_check_actions[] = { "deny", "allow", NULL };

static void
mvx_log_check_policy (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  MvxLogPlanPolicy *policy;

  if (!group->malformed && !mvx_log_check_is_name (group->id))
    mvx_log_problems_add (check->problems, &group->at, group->name, NULL,
                          "'%s' is not a policy's name; use letters, digits, '-' and '_', first a letter", group->id);
  policy = g_new0 (MvxLogPlanPolicy, 1);
  policy->name = g_strdup (group->id);
  policy->at = group->at;
  policy->type
      = (MvxLogPlanPolicyType) MAX (0, mvx_log_check_choice (check, group, "type", mvx_log_check_policy_types));
  policy->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_plan_rule_free);
  g_ptr_array_add (check->plan->policies, policy);
  if (policy->type != MVX_LOG_PLAN_PATTERN)
    {
      mvx_log_check_throttle (check, group, policy);
      return;
    }
  mvx_log_check_keys (check, group, mvx_log_check_policy_keys);
  policy->default_allow = mvx_log_check_choice (check, group, "default", mvx_log_check_actions) != 0;
}

/* "quiet 1": the policy, or NULL if the header is wrong, which was reported. */
static MvxLogPlanPolicy *
mvx_log_check_rule_header (MvxLogCheck *check, const MvxLogConfigGroup *group, guint *number)
{
  const char *blank = strrchr (group->id, ' ');
  g_autofree char *name = g_strndup (group->id, blank ? (gsize) (blank - group->id) : strlen (group->id));
  g_autofree const char **ids = NULL;
  g_autofree char *hint = NULL;
  MvxLogPlanPolicy *policy;
  guint64 value = 0;

  if (blank == NULL || !g_ascii_string_to_unsigned (blank + 1, 10, 1, G_MAXUINT16, &value, NULL))
    {
      mvx_log_problems_add (check->problems, &group->at, group->name, NULL,
                            "needs a policy's name and a number from 1 to 65535, as in '[rule quiet 1]'");
      return NULL;
    }
  *number = (guint) value;
  policy = mvx_log_plan_find_policy (check->plan, name);
  if (policy && policy->type != MVX_LOG_PLAN_PATTERN)
    {
      mvx_log_problems_add (check->problems, &group->at, group->name, NULL,
                            "policy '%s' is of type '%s', which has no rules; give the context two policies, "
                            "'policy=RULES;%s'",
                            name, mvx_log_check_policy_types[policy->type], name);
      return NULL;
    }
  if (policy)
    return policy;
  ids = mvx_log_document_ids (check->document, "policy");
  hint = mvx_log_problems_hint (check->problems, name, ids);
  mvx_log_problems_add (check->problems, &group->at, group->name, NULL, "there is no '[policy %s]'%s", name, hint);
  return NULL;
}

static gboolean
mvx_log_check_rule_is_new (MvxLogCheck *check,
                           const MvxLogConfigGroup *group,
                           const MvxLogPlanPolicy *policy,
                           guint number)
{
  for (guint i = 0; i < policy->rules->len; i++)
    {
      const MvxLogPlanRule *other = g_ptr_array_index (policy->rules, i);

      if (other->number != number)
        continue;
      mvx_log_problems_add (check->problems, &group->at, group->name, NULL,
                            "policy '%s' already has a rule %u, at %s:%u; give each its own number", policy->name,
                            number, other->at.file, other->at.line);
      return FALSE;
    }
  return TRUE;
}

static gint
mvx_log_check_rule_compare (gconstpointer a, gconstpointer b)
{
  const MvxLogPlanRule *one = *(const MvxLogPlanRule *const *) a;
  const MvxLogPlanRule *other = *(const MvxLogPlanRule *const *) b;

  return one->number < other->number ? -1 : one->number > other->number;
}

static void
mvx_log_check_rule (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  g_autoptr (MvxLogPlanRule) rule = g_new0 (MvxLogPlanRule, 1);
  MvxLogPlanPolicy *policy;

  mvx_log_check_keys (check, group, mvx_log_check_rule_keys);
  if (mvx_log_config_group_find (group, "action") == NULL)
    mvx_log_problems_add (check->problems, &group->at, group->name, "action",
                          "missing; write 'action=deny' or 'action=allow'");
  rule->at = group->at;
  rule->allow = mvx_log_check_choice (check, group, "action", mvx_log_check_actions) == 1;
  rule->events = mvx_log_check_list (check, group, "events");
  rule->contexts = mvx_log_check_list (check, group, "contexts");
  rule->names = mvx_log_check_list (check, group, "names");
  rule->entity_ids = mvx_log_check_list (check, group, "entity-ids");
  rule->source_paths = mvx_log_check_list (check, group, "source-paths");
  rule->source_functions = mvx_log_check_list (check, group, "source-functions");
  policy = mvx_log_check_rule_header (check, group, &rule->number);
  if (policy && mvx_log_check_rule_is_new (check, group, policy, rule->number))
    g_ptr_array_add (policy->rules, g_steal_pointer (&rule));
}

static void
mvx_log_check_policy_build (MvxLogCheck *check, MvxLogPlanPolicy *policy)
{
  g_autofree MvxLogPatternRule *rules = g_new0 (MvxLogPatternRule, policy->rules->len + 1);
  g_autofree char *name = g_strconcat ("policy ", policy->name, NULL);
  g_autoptr (GError) error = NULL;

  if (policy->type != MVX_LOG_PLAN_PATTERN)
    return;
  g_ptr_array_sort (policy->rules, mvx_log_check_rule_compare);
  for (guint i = 0; i < policy->rules->len; i++)
    {
      const MvxLogPlanRule *rule = g_ptr_array_index (policy->rules, i);

      rules[i].allow = rule->allow;
      rules[i].events = (const char *const *) rule->events;
      rules[i].contexts = (const char *const *) rule->contexts;
      rules[i].names = (const char *const *) rule->names;
      rules[i].entity_ids = (const char *const *) rule->entity_ids;
      rules[i].source_paths = (const char *const *) rule->source_paths;
      rules[i].source_functions = (const char *const *) rule->source_functions;
    }
  policy->policy = mvx_log_pattern_policy_new (policy->default_allow, rules, policy->rules->len, &error);
  if (policy->policy == NULL)
    mvx_log_problems_add (check->problems, &policy->at, name, NULL, "%s", error->message);
}

static void
mvx_log_check_each (MvxLogCheck *check,
                    const char *kind,
                    void (*func) (MvxLogCheck *check, const MvxLogConfigGroup *group))
{
  for (guint i = 0; i < check->document->groups->len; i++)
    {
      const MvxLogConfigGroup *group = g_ptr_array_index (check->document->groups, i);

      if (g_str_equal (group->kind, kind) && *group->id)
        func (check, group);
    }
}

void
mvx_log_check_policies (MvxLogCheck *check)
{
  mvx_log_check_each (check, "policy", mvx_log_check_policy);
  mvx_log_check_each (check, "rule", mvx_log_check_rule);
  for (guint i = 0; i < check->plan->policies->len; i++)
    mvx_log_check_policy_build (check, g_ptr_array_index (check->plan->policies, i));
}

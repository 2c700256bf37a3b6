/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error-private.h"
#include "base/glob-private.h"
#include <mvxlog/policy.h>

/**
 * MvxLogEventPolicy:
 *
 * Decides which events a context lets through.
 *
 * Since: 1.0
 */
G_DEFINE_INTERFACE (MvxLogEventPolicy, mvx_log_event_policy, G_TYPE_OBJECT)

static void
mvx_log_event_policy_default_init (MvxLogEventPolicyInterface *iface)
{
}

/**
 * mvx_log_event_policy_is_enabled:
 * @policy: a policy
 * @meta: what is known of the event without its payload
 * @error: return location for an error
 *
 * Asks whether an event goes on. Thread-safe.
 *
 * Returns: %TRUE if so; %FALSE if not, or if @error is set because the policy itself has failed
 *
 * Since: 1.0
 */
gboolean
mvx_log_event_policy_is_enabled (MvxLogEventPolicy *policy, const MvxLogEventMeta *meta, GError **error)
{
  g_return_val_if_fail (MVX_LOG_IS_EVENT_POLICY (policy), TRUE);
  g_return_val_if_fail (meta != NULL, TRUE);
  return MVX_LOG_EVENT_POLICY_GET_IFACE (policy)->is_enabled (policy, meta, error);
}

/**
 * mvx_log_event_policy_accepts:
 * @policy: a policy
 * @event: an event that [method@MvxLog.EventPolicy.is_enabled] has let through
 * @error: return location for an error
 *
 * Asks whether an event goes on now that its payload is known. Thread-safe.
 *
 * Returns: %TRUE if so, or if the policy does not look at payloads
 *
 * Since: 1.0
 */
gboolean
mvx_log_event_policy_accepts (MvxLogEventPolicy *policy, const MvxLogEvent *event, GError **error)
{
  MvxLogEventPolicyInterface *iface;

  g_return_val_if_fail (MVX_LOG_IS_EVENT_POLICY (policy), TRUE);
  g_return_val_if_fail (event != NULL, TRUE);
  iface = MVX_LOG_EVENT_POLICY_GET_IFACE (policy);
  return iface->accepts == NULL || iface->accepts (policy, event, error);
}

enum
{
  MVX_LOG_RULE_EVENTS,
  MVX_LOG_RULE_CONTEXTS,
  MVX_LOG_RULE_NAMES,
  MVX_LOG_RULE_ENTITY_IDS,
  MVX_LOG_RULE_SOURCE_PATHS,
  MVX_LOG_RULE_SOURCE_FUNCTIONS,
  MVX_LOG_RULE_N_GROUPS
};

typedef struct
{
  gboolean allow;
  char **groups[MVX_LOG_RULE_N_GROUPS]; /* NULL: no restriction */
} MvxLogRule;

struct _MvxLogPatternPolicy
{
  GObject parent_instance;
  gboolean default_allow;
  MvxLogRule *rules;
  guint n_rules;
};

static void mvx_log_pattern_policy_policy_init (MvxLogEventPolicyInterface *iface);

/**
 * MvxLogPatternPolicy:
 *
 * An event policy of rules with patterns for names and places, see [func@MvxLog.PatternPolicy.new].
 *
 * Since: 1.0
 */
G_DEFINE_FINAL_TYPE_WITH_CODE (MvxLogPatternPolicy,
                               mvx_log_pattern_policy,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_EVENT_POLICY, mvx_log_pattern_policy_policy_init))

static void
mvx_log_pattern_policy_init (MvxLogPatternPolicy *self)
{
}

static void
mvx_log_pattern_policy_finalize (GObject *object)
{
  MvxLogPatternPolicy *self = MVX_LOG_PATTERN_POLICY (object);

  for (guint i = 0; i < self->n_rules; i++)
    for (guint g = 0; g < MVX_LOG_RULE_N_GROUPS; g++)
      g_strfreev (self->rules[i].groups[g]);
  g_free (self->rules);
  G_OBJECT_CLASS (mvx_log_pattern_policy_parent_class)->finalize (object);
}

static void
mvx_log_pattern_policy_class_init (MvxLogPatternPolicyClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mvx_log_pattern_policy_finalize;
}

/* What is absent never matches a restricted group, not even with "*". */
static gboolean
mvx_log_rule_group_matches (char *const *patterns, const char *value)
{
  if (patterns == NULL)
    return TRUE;
  if (value == NULL)
    return FALSE;
  for (guint i = 0; patterns[i]; i++)
    if (mvx_log_glob_match (patterns[i], value))
      return TRUE;
  return FALSE;
}

static gboolean
mvx_log_rule_matches (const MvxLogRule *rule, const MvxLogEventMeta *meta, const char *key)
{
  return mvx_log_rule_group_matches (rule->groups[MVX_LOG_RULE_EVENTS], key)
         && mvx_log_rule_group_matches (rule->groups[MVX_LOG_RULE_CONTEXTS], meta->context)
         && mvx_log_rule_group_matches (rule->groups[MVX_LOG_RULE_NAMES], meta->name)
         && mvx_log_rule_group_matches (rule->groups[MVX_LOG_RULE_ENTITY_IDS], meta->entity_id)
         && mvx_log_rule_group_matches (rule->groups[MVX_LOG_RULE_SOURCE_PATHS], meta->source_path)
         && mvx_log_rule_group_matches (rule->groups[MVX_LOG_RULE_SOURCE_FUNCTIONS], meta->source_function);
}

/* Of an event without a name the context alone is matched; of one in the root the name alone. */
static const char *
mvx_log_pattern_policy_key (const MvxLogEventMeta *meta, char **composed)
{
  if (meta->name == NULL)
    return meta->context;
  if (meta->context == NULL || *meta->context == '\0')
    return meta->name;
  return *composed = g_strconcat (meta->context, ".", meta->name, NULL);
}

static gboolean
mvx_log_pattern_policy_is_enabled (MvxLogEventPolicy *policy, const MvxLogEventMeta *meta, GError **error)
{
  MvxLogPatternPolicy *self = MVX_LOG_PATTERN_POLICY (policy);
  g_autofree char *composed = NULL;
  const char *key = mvx_log_pattern_policy_key (meta, &composed);

  for (guint i = 0; i < self->n_rules; i++)
    if (mvx_log_rule_matches (&self->rules[i], meta, key))
      return self->rules[i].allow;
  return self->default_allow;
}

static void
mvx_log_pattern_policy_policy_init (MvxLogEventPolicyInterface *iface)
{
  iface->is_enabled = mvx_log_pattern_policy_is_enabled;
}

/* Strips, refuses empty patterns; an empty list is no restriction. */
static gboolean
mvx_log_rule_copy_group (char ***group, const char *const *patterns, guint rule, GError **error)
{
  if (patterns == NULL || patterns[0] == NULL)
    return TRUE;
  *group = g_strdupv ((char **) patterns);
  for (guint i = 0; (*group)[i]; i++)
    if (*g_strstrip ((*group)[i]) == '\0')
      {
        g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                     "Rule %u has an empty pattern; use '*' to match everything that is there", rule + 1);
        return FALSE;
      }
  return TRUE;
}

/**
 * mvx_log_pattern_policy_new:
 * @default_allow: whether an event that no rule matches goes on
 * @rules: (array length=n_rules) (nullable): rules; the first that matches decides
 * @n_rules: how many
 * @error: return location for an error
 *
 * Makes a policy out of patterns: `*`, `?`, `[set]` and `[!set]`, case-sensitive, `*` also crosses dots, a backslash
 * is a backslash. Everything is copied and checked now; the policy never changes. Thread-safe, and so is the policy.
 *
 * Returns: (transfer full): the policy, or %NULL with %MVX_LOG_ERROR_INVALID_ARGUMENT
 *
 * Since: 1.0
 */
MvxLogEventPolicy *
mvx_log_pattern_policy_new (gboolean default_allow, const MvxLogPatternRule *rules, guint n_rules, GError **error)
{
  g_autoptr (MvxLogPatternPolicy) self = g_object_new (MVX_LOG_TYPE_PATTERN_POLICY, NULL);

  g_return_val_if_fail (rules != NULL || n_rules == 0, NULL);

  self->default_allow = default_allow;
  self->rules = g_new0 (MvxLogRule, n_rules);
  self->n_rules = n_rules;
  for (guint i = 0; i < n_rules; i++)
    {
      char ***groups = self->rules[i].groups;

      self->rules[i].allow = rules[i].allow;
      if (!mvx_log_rule_copy_group (&groups[MVX_LOG_RULE_EVENTS], rules[i].events, i, error)
          || !mvx_log_rule_copy_group (&groups[MVX_LOG_RULE_CONTEXTS], rules[i].contexts, i, error)
          || !mvx_log_rule_copy_group (&groups[MVX_LOG_RULE_NAMES], rules[i].names, i, error)
          || !mvx_log_rule_copy_group (&groups[MVX_LOG_RULE_ENTITY_IDS], rules[i].entity_ids, i, error)
          || !mvx_log_rule_copy_group (&groups[MVX_LOG_RULE_SOURCE_PATHS], rules[i].source_paths, i, error)
          || !mvx_log_rule_copy_group (&groups[MVX_LOG_RULE_SOURCE_FUNCTIONS], rules[i].source_functions, i, error))
        return NULL;
    }
  return MVX_LOG_EVENT_POLICY (g_steal_pointer (&self));
}

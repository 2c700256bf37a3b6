/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/level.h>

#include "base/error-private.h"
#include "context/level-rules-private.h"
#include "context/name-private.h"

static void
mvx_log_level_rule_free (gpointer data)
{
  MvxLogLevelRule *rule = data;

  g_free (rule->context);
  g_free (rule);
}

MvxLogLevelRules *
mvx_log_level_rules_new (void)
{
  return g_ptr_array_new_with_free_func (mvx_log_level_rule_free);
}

void
mvx_log_level_rules_take (MvxLogLevelRules *rules, char *context, gint level)
{
  MvxLogLevelRule *rule = g_new (MvxLogLevelRule, 1);

  rule->context = context;
  rule->level = level;
  g_ptr_array_add (rules, rule);
}

static gboolean
mvx_log_level_rules_check_context (const MvxLogLevelRules *rules, const char *context, gboolean is_root, GError **error)
{
  if (!is_root && *context == '\0')
    {
      g_set_error_literal (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME,
                           "there is no context before the '='; for the root write the level alone");
      return FALSE;
    }
  if (!mvx_log_context_check_name (context, error))
    return FALSE;
  for (guint i = 0; i < rules->len; i++)
    if (g_str_equal (mvx_log_level_rules_get (rules, i)->context, context))
      {
        g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT, "%s%s%s has a level already",
                     is_root ? "the root" : "'", context, is_root ? "" : "'");
        return FALSE;
      }
  return TRUE;
}

gboolean
mvx_log_level_rules_parse (MvxLogLevelRules *rules, const char *text, GError **error)
{
  const char *equals = strrchr (text, '=');
  g_autofree char *context = g_strstrip (g_strndup (text, equals ? (gsize) (equals - text) : 0));
  g_autofree char *name = g_strstrip (g_strdup (equals ? equals + 1 : text));
  gint level;

  if (!mvx_log_level_rules_check_context (rules, context, equals == NULL, error)
      || !mvx_log_level_from_string (name, &level, error))
    return FALSE;
  mvx_log_level_rules_take (rules, g_steal_pointer (&context), level);
  return TRUE;
}

static gint
mvx_log_level_rules_compare (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const MvxLogLevelRule *const *) a)->context, (*(const MvxLogLevelRule *const *) b)->context);
}

char *
mvx_log_level_rules_to_string (const MvxLogLevelRules *rules)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_copy ((MvxLogLevelRules *) rules, NULL, NULL);
  GString *text = g_string_new (NULL);

  g_ptr_array_set_free_func (sorted, NULL);
  g_ptr_array_sort (sorted, mvx_log_level_rules_compare);
  for (guint i = 0; i < sorted->len; i++)
    {
      const MvxLogLevelRule *rule = mvx_log_level_rules_get (sorted, i);
      const char *name = mvx_log_level_to_string (rule->level);

      g_string_append_printf (text, "%s%s%s", i > 0 ? "," : "", rule->context, *rule->context ? "=" : "");
      if (name)
        g_string_append (text, name);
      else
        g_string_append_printf (text, "%d", rule->level);
    }
  return g_string_free (text, FALSE);
}

gint
mvx_log_level_rules_least (const MvxLogLevelRules *rules)
{
  gint least = MVX_LOG_LEVEL_OFF;

  for (guint i = 0; i < rules->len; i++)
    least = MIN (least, mvx_log_level_rules_get (rules, i)->level);
  return least;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much is logged, changed while the program runs. */
#include <mvxlog/facade.h>

#include "base/error-private.h"
#include "base/suggest-private.h"
#include "base/translate-private.h"
#include "context/tree-private.h"
#include "front/bootstrap-private.h"

static gboolean
mvx_log_levels_refuse (const char *kind, const char *name, char **known, GError **error)
{
  const char *hint = mvx_log_suggest (name, (const char *const *) known);

  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNKNOWN_NAME, _ ("There is no %s '%s'%s%s%s"), kind, name,
               hint ? "; did you mean '" : "", hint ? hint : "", hint ? "'?" : "");
  return FALSE;
}

/**
 * mvx_log_enable_context:
 * @name: name of a configured context; empty for the root
 * @enabled: whether it logs anything
 * @error: return location for an error
 *
 * Switches a context off with all below it, or on again; see [method@MvxLog.Context.set_enabled]. Saying it twice does
 * no harm. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_UNKNOWN_NAME if there is no such context
 *
 * Since: 1.0
 */
gboolean
mvx_log_enable_context (const char *name, gboolean enabled, GError **error)
{
  g_autoptr (MvxLogContext) context = NULL;
  g_auto (GStrv) names = NULL;

  g_return_val_if_fail (name != NULL, FALSE);

  mvx_log_front_registry ();
  context = mvx_log_tree_get (name);
  if (context)
    {
      mvx_log_context_set_enabled (context, enabled);
      return TRUE;
    }
  names = mvx_log_tree_get_names ();
  return mvx_log_levels_refuse ("context", name, names, error);
}

/**
 * mvx_log_enable_sink:
 * @name: name of a sink
 * @enabled: whether it takes events
 * @error: return location for an error
 *
 * Switches a sink off or on again; see [method@MvxLog.Sink.set_enabled]. Saying it twice does no harm. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_UNKNOWN_NAME if there is no such sink
 *
 * Since: 1.0
 */
gboolean
mvx_log_enable_sink (const char *name, gboolean enabled, GError **error)
{
  g_autoptr (MvxLogSink) sink = NULL;
  g_auto (GStrv) names = NULL;

  g_return_val_if_fail (name != NULL, FALSE);

  sink = mvx_log_registry_get (mvx_log_front_registry (), name);
  if (sink)
    {
      mvx_log_sink_set_enabled (sink, enabled);
      return TRUE;
    }
  names = mvx_log_registry_get_names (mvx_log_front_registry ());
  return mvx_log_levels_refuse ("sink", name, names, error);
}

/**
 * mvx_log_set_levels:
 * @rules: (nullable): `LEVEL` for the root and `CONTEXT=LEVEL` for others, separated by commas, such as
 *   `info,org.example.net=debug`; %NULL or empty for none
 * @error: return location for an error
 *
 * Changes at run time how much is logged, and takes it back with %NULL. A rule counts for a context and all below it;
 * of those that fit the longest decides, and of two for the same context a rule counts before the level that a
 * configuration or [method@MvxLog.Context.set_level] gives. Rules replace those before, which at first are those of
 * `MVXLOG_LEVEL`, and outlive every configuration. They also open sinks that were given no level of their own. Either
 * everything is valid, or nothing changes. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_NAME, %MVX_LOG_ERROR_UNKNOWN_NAME or
 *   %MVX_LOG_ERROR_INVALID_ARGUMENT
 *
 * Since: 1.0
 */
gboolean
mvx_log_set_levels (const char *rules, GError **error)
{
  g_autoptr (GPtrArray) parsed = mvx_log_level_rules_new ();
  g_auto (GStrv) entries = g_strsplit (rules ? rules : "", ",", -1);

  for (guint i = 0; entries[i]; i++)
    if (*g_strstrip (entries[i]) == '\0')
      {
        g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                     _ ("Level rules '%s': rule %u is empty; remove its comma"), rules, i + 1);
        return FALSE;
      }
    else if (!mvx_log_level_rules_parse (parsed, entries[i], error))
      {
        g_prefix_error (error, "Level rules '%s': '%s': ", rules, entries[i]);
        return FALSE;
      }
  mvx_log_front_registry ();
  mvx_log_tree_set_rules (parsed);
  return TRUE;
}

/**
 * mvx_log_dup_levels:
 *
 * Tells the level rules of [func@MvxLog.set_levels] or `MVXLOG_LEVEL` that are in force. Thread-safe.
 *
 * Returns: (transfer full): the rules, empty if there are none
 *
 * Since: 1.0
 */
char *
mvx_log_dup_levels (void)
{
  g_autoptr (GPtrArray) rules = NULL;

  mvx_log_front_registry ();
  rules = mvx_log_tree_get_rules ();
  return mvx_log_level_rules_to_string (rules);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/context.h>

#include "base/error-private.h"
#include "context/tree-internal.h"

/**
 * MvxLogContext:
 *
 * What a program logs through: a view of a node in the tree of names, with fields that all of its events have.
 *
 * Level, sinks, policies and switches belong to the node, so that all contexts of one name share them. What a context
 * does not say itself it has from the one above. All functions of a context are thread-safe.
 *
 * Since: 1.0
 */
G_DEFINE_BOXED_TYPE (MvxLogContext, mvx_log_context, mvx_log_context_ref, mvx_log_context_unref)

static MvxLogNodeFull *
mvx_log_context_node (MvxLogContext *context)
{
  return mvx_log_node_full (&context->head);
}

/**
 * mvx_log_context_ref:
 * @context: a context
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @context with one more reference. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogContext *
mvx_log_context_ref (MvxLogContext *context)
{
  g_return_val_if_fail (context != NULL, NULL);
  g_atomic_int_inc (&context->ref_count);
  return context;
}

/**
 * mvx_log_context_unref:
 * @context: (transfer full): a context
 *
 * Drops a reference. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_context_unref (MvxLogContext *context)
{
  g_return_if_fail (context != NULL);

  if (!g_atomic_int_dec_and_test (&context->ref_count))
    return;
  if (context->head.bound)
    mvx_log_field_set_unref ((MvxLogFieldSet *) context->head.bound);
  g_free (context);
}

/**
 * mvx_log_context_get_name:
 * @context: a context
 *
 * Tells what the context is called.
 *
 * Returns: (transfer none): its name, empty for the root. Thread-safe.
 *
 * Since: 1.0
 */
const char *
mvx_log_context_get_name (MvxLogContext *context)
{
  g_return_val_if_fail (context != NULL, NULL);
  return mvx_log_context_node (context)->name;
}

/**
 * mvx_log_context_is_root:
 * @context: a context
 *
 * Tells whether all other contexts are below this one.
 *
 * Returns: %TRUE if it is the root. Thread-safe.
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_is_root (MvxLogContext *context)
{
  g_return_val_if_fail (context != NULL, FALSE);
  return mvx_log_context_node (context)->parent == NULL;
}

/**
 * mvx_log_context_is_enabled:
 * @context: a context
 * @level: a level
 *
 * Tells whether any sink would want an event of this level, which is what the macros ask first. Thread-safe.
 *
 * Returns: %TRUE if so
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_is_enabled (MvxLogContext *context, gint level)
{
  g_return_val_if_fail (context != NULL, FALSE);
  return level >= __atomic_load_n (&context->head.node->threshold, __ATOMIC_RELAXED);
}

/**
 * mvx_log_context_get_enabled:
 * @context: a context
 *
 * Tells whether events of the context go anywhere at all.
 *
 * Returns: %FALSE if it, or a context above it, has been switched off. Thread-safe.
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_get_enabled (MvxLogContext *context)
{
  g_autoptr (MvxLogSettings) settings = NULL;

  g_return_val_if_fail (context != NULL, FALSE);
  settings = mvx_log_settings_get (mvx_log_context_node (context));
  return !settings->disabled;
}

/**
 * mvx_log_context_set_enabled:
 * @context: a context
 * @enabled: whether it logs anything
 *
 * Switches a context off with all below it, and on again; its settings are kept. This is for the running program: a
 * configuration neither says it nor changes it, a reset forgets it. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_context_set_enabled (MvxLogContext *context, gboolean enabled)
{
  MvxLogNodeFull *node;

  g_return_if_fail (context != NULL);

  node = mvx_log_context_node (context);
  mvx_log_tree_lock ();
  node->disabled = !enabled;
  mvx_log_tree_unlock_changed (node);
}

static gboolean
mvx_log_context_refuse_root (MvxLogContext *context, const char *what, GError **error)
{
  if (!mvx_log_context_is_root (context))
    return TRUE;
  g_propagate_error (
      error, mvx_log_error_new (MVX_LOG_ERROR, MVX_LOG_ERROR_CONTEXT_RESET, NULL,
                                g_variant_new_parsed ("{'target': <%s>}", what),
                                "The root context must keep its %s; set another one instead of resetting it", what));
  return FALSE;
}

/**
 * mvx_log_context_get_level:
 * @context: a context
 *
 * Tells the threshold of the context.
 *
 * Returns: the least level that it lets through, its own or inherited. Thread-safe.
 *
 * Since: 1.0
 */
gint
mvx_log_context_get_level (MvxLogContext *context)
{
  g_autoptr (MvxLogSettings) settings = NULL;

  g_return_val_if_fail (context != NULL, 0);
  settings = mvx_log_settings_get (mvx_log_context_node (context));
  return settings->level;
}

/**
 * mvx_log_context_set_level:
 * @context: a context
 * @level: the least level to let through
 * @error: return location for an error
 *
 * Sets the context's own level, which its descendants inherit. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_ARGUMENT
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_set_level (MvxLogContext *context, gint level, GError **error)
{
  MvxLogNodeFull *node;

  g_return_val_if_fail (context != NULL, FALSE);

  if (level < G_MININT16 || level > G_MAXINT16)
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT, "%d is not a level; use -32768 to 32767",
                   level);
      return FALSE;
    }
  node = mvx_log_context_node (context);
  mvx_log_tree_lock ();
  node->local.has_level = TRUE;
  node->local.level = level;
  mvx_log_tree_unlock_changed (node);
  return TRUE;
}

/**
 * mvx_log_context_reset_level:
 * @context: a context
 * @error: return location for an error
 *
 * Makes the context inherit its level; the root goes back to INFO. Thread-safe.
 *
 * Returns: %TRUE
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_reset_level (MvxLogContext *context, GError **error)
{
  MvxLogNodeFull *node;

  g_return_val_if_fail (context != NULL, FALSE);

  node = mvx_log_context_node (context);
  mvx_log_tree_lock ();
  node->local.has_level = FALSE;
  mvx_log_tree_unlock_changed (node);
  return TRUE;
}

/**
 * mvx_log_context_get_sinks:
 * @context: a context
 *
 * Lists where events of the context go.
 *
 * Returns: (transfer container) (element-type MvxLogSink): the sinks it hands events to, its own or inherited.
 * Thread-safe.
 *
 * Since: 1.0
 */
GPtrArray *
mvx_log_context_get_sinks (MvxLogContext *context)
{
  g_autoptr (MvxLogSettings) settings = NULL;
  GPtrArray *sinks;

  g_return_val_if_fail (context != NULL, NULL);
  settings = mvx_log_settings_get (mvx_log_context_node (context));
  sinks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < settings->n_targets; i++)
    g_ptr_array_add (sinks, g_object_ref (settings->targets[i].sink));
  return sinks;
}

/**
 * mvx_log_context_get_local_sinks:
 * @context: a context
 *
 * Lists the sinks that were given to the context itself.
 *
 * Returns: (nullable) (transfer container) (element-type MvxLogSink): its own sinks, or %NULL if it inherits them.
 *   Thread-safe.
 *
 * Since: 1.0
 */
GPtrArray *
mvx_log_context_get_local_sinks (MvxLogContext *context)
{
  const GPtrArray *local;
  GPtrArray *sinks = NULL;

  g_return_val_if_fail (context != NULL, NULL);
  mvx_log_tree_lock ();
  local = mvx_log_context_node (context)->local.sinks;
  if (local)
    sinks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; local && i < local->len; i++)
    g_ptr_array_add (sinks, g_object_ref (local->pdata[i]));
  mvx_log_tree_unlock_unchanged ();
  return sinks;
}

/* Replaces the local sinks; what was there is let go without the lock. */
static void
mvx_log_context_swap_sinks (MvxLogContext *context, GPtrArray *sinks)
{
  g_autoptr (GPtrArray) old = NULL;
  MvxLogNodeFull *node = mvx_log_context_node (context);

  mvx_log_tree_lock ();
  old = node->local.sinks;
  node->local.sinks = sinks;
  mvx_log_tree_unlock_changed (node);
}

/**
 * mvx_log_context_set_sinks:
 * @context: a context
 * @sinks: (array length=n_sinks) (transfer none): the sinks
 * @n_sinks: how many; 0 is allowed and means that nothing is logged
 * @error: return location for an error
 *
 * Sets the context's own sinks in place of the inherited ones. Each event goes to all of them. Thread-safe; when the
 * call returns, nothing is logged to the sinks that were there before.
 *
 * Returns: %TRUE
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_set_sinks (MvxLogContext *context, MvxLogSink *const *sinks, guint n_sinks, GError **error)
{
  GPtrArray *array;

  g_return_val_if_fail (context != NULL, FALSE);
  g_return_val_if_fail (sinks != NULL || n_sinks == 0, FALSE);

  array = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < n_sinks; i++)
    g_ptr_array_add (array, g_object_ref (sinks[i]));
  mvx_log_context_swap_sinks (context, array);
  return TRUE;
}

/**
 * mvx_log_context_reset_sinks:
 * @context: a context
 * @error: return location for an error
 *
 * Makes the context inherit its sinks. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_CONTEXT_RESET for the root
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_reset_sinks (MvxLogContext *context, GError **error)
{
  g_return_val_if_fail (context != NULL, FALSE);

  if (!mvx_log_context_refuse_root (context, "sinks", error))
    return FALSE;
  mvx_log_context_swap_sinks (context, NULL);
  return TRUE;
}

/**
 * mvx_log_context_get_event_policy:
 * @context: a context
 *
 * Gives access to what decides about events before they are captured.
 *
 * Returns: (nullable) (transfer full): its own event policy; there is no inherited one. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogEventPolicy *
mvx_log_context_get_event_policy (MvxLogContext *context)
{
  g_autoptr (MvxLogSettings) settings = NULL;

  g_return_val_if_fail (context != NULL, NULL);
  settings = mvx_log_settings_get (mvx_log_context_node (context));
  return settings->policy ? g_object_ref (settings->policy) : NULL;
}

static void
mvx_log_context_swap_policy (MvxLogContext *context, MvxLogEventPolicy *policy)
{
  g_autoptr (MvxLogEventPolicy) old = NULL;
  MvxLogNodeFull *node = mvx_log_context_node (context);

  mvx_log_tree_lock ();
  old = node->local.policy;
  node->local.policy = policy;
  mvx_log_tree_unlock_changed (node);
}

/**
 * mvx_log_context_set_event_policy:
 * @context: a context
 * @policy: (transfer none): an event policy
 * @error: return location for an error
 *
 * Sets which events of this context itself go on. Policies are not inherited: one for a part of the program does not
 * silence the parts below it. Thread-safe.
 *
 * Returns: %TRUE
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_set_event_policy (MvxLogContext *context, MvxLogEventPolicy *policy, GError **error)
{
  g_return_val_if_fail (context != NULL, FALSE);
  g_return_val_if_fail (MVX_LOG_IS_EVENT_POLICY (policy), FALSE);

  mvx_log_context_swap_policy (context, g_object_ref (policy));
  return TRUE;
}

/**
 * mvx_log_context_reset_event_policy:
 * @context: a context
 * @error: return location for an error
 *
 * Lets all events go on again. Allowed on the root, too. Thread-safe.
 *
 * Returns: %TRUE
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_reset_event_policy (MvxLogContext *context, GError **error)
{
  g_return_val_if_fail (context != NULL, FALSE);
  mvx_log_context_swap_policy (context, NULL);
  return TRUE;
}

/**
 * mvx_log_context_get_error_policy:
 * @context: a context
 *
 * Tells how errors of logging are treated.
 *
 * Returns: what happens when an event cannot be handed over, its own rule or inherited. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogErrorPolicy
mvx_log_context_get_error_policy (MvxLogContext *context)
{
  g_autoptr (MvxLogSettings) settings = NULL;

  g_return_val_if_fail (context != NULL, MVX_LOG_ERROR_POLICY_INHERIT);
  settings = mvx_log_settings_get (mvx_log_context_node (context));
  return settings->error_policy;
}

/**
 * mvx_log_context_set_error_policy:
 * @context: a context
 * @policy: a policy, not %MVX_LOG_ERROR_POLICY_INHERIT
 * @error: return location for an error
 *
 * Sets what happens when an event cannot be handed to its sinks. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_ARGUMENT
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_set_error_policy (MvxLogContext *context, MvxLogErrorPolicy policy, GError **error)
{
  MvxLogNodeFull *node;

  g_return_val_if_fail (context != NULL, FALSE);

  if (policy <= MVX_LOG_ERROR_POLICY_INHERIT || policy > MVX_LOG_ERROR_POLICY_RAISE)
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                   "%d is not an error policy; use IGNORE, PRINT_STDERR or RAISE, or reset it to inherit",
                   (int) policy);
      return FALSE;
    }
  node = mvx_log_context_node (context);
  mvx_log_tree_lock ();
  node->local.error_policy = policy;
  mvx_log_tree_unlock_changed (node);
  return TRUE;
}

/**
 * mvx_log_context_reset_error_policy:
 * @context: a context
 * @error: return location for an error
 *
 * Makes the context inherit its error policy. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_CONTEXT_RESET for the root
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_reset_error_policy (MvxLogContext *context, GError **error)
{
  MvxLogNodeFull *node;

  g_return_val_if_fail (context != NULL, FALSE);

  if (!mvx_log_context_refuse_root (context, "error policy", error))
    return FALSE;
  node = mvx_log_context_node (context);
  mvx_log_tree_lock ();
  node->local.error_policy = MVX_LOG_ERROR_POLICY_INHERIT;
  mvx_log_tree_unlock_changed (node);
  return TRUE;
}

/**
 * mvx_log_context_get_limits:
 * @context: a context
 * @limits: (out caller-allocates): how much of a payload is kept, its own rule or inherited
 *
 * Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_context_get_limits (MvxLogContext *context, MvxLogLimits *limits)
{
  g_autoptr (MvxLogSettings) settings = NULL;

  g_return_if_fail (context != NULL);
  g_return_if_fail (limits != NULL);
  settings = mvx_log_settings_get (mvx_log_context_node (context));
  *limits = settings->limits;
}

/**
 * mvx_log_context_set_limits:
 * @context: a context
 * @limits: how much of a payload is kept; each member at least 1, or -1 for no limit
 * @error: return location for an error
 *
 * Sets the limits of this context and its descendants. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_ARGUMENT
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_set_limits (MvxLogContext *context, const MvxLogLimits *limits, GError **error)
{
  MvxLogNodeFull *node;

  g_return_val_if_fail (context != NULL, FALSE);
  g_return_val_if_fail (limits != NULL, FALSE);

  if (limits->verbosity < MVX_LOG_VERBOSITY_MINIMAL || limits->verbosity > MVX_LOG_VERBOSITY_MAXIMUM)
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                   "%d is not a verbosity; use MINIMAL, NORMAL or MAXIMUM", (int) limits->verbosity);
      return FALSE;
    }
  if (limits->max_string < -1 || limits->max_string == 0 || limits->max_items < -1 || limits->max_items == 0
      || limits->max_depth < -1 || limits->max_depth == 0)
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                   "Payload limits must be at least 1, or -1 for no limit");
      return FALSE;
    }
  node = mvx_log_context_node (context);
  mvx_log_tree_lock ();
  node->local.has_limits = TRUE;
  node->local.limits = *limits;
  node->local.limits.deferred = FALSE;
  mvx_log_tree_unlock_changed (node);
  return TRUE;
}

/**
 * mvx_log_context_reset_limits:
 * @context: a context
 * @error: return location for an error
 *
 * Makes the context inherit its limits; the root goes back to 200 characters, 10 items and one level. Thread-safe.
 *
 * Returns: %TRUE
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_reset_limits (MvxLogContext *context, GError **error)
{
  MvxLogNodeFull *node;

  g_return_val_if_fail (context != NULL, FALSE);

  node = mvx_log_context_node (context);
  mvx_log_tree_lock ();
  node->local.has_limits = FALSE;
  mvx_log_tree_unlock_changed (node);
  return TRUE;
}

/**
 * mvx_log_context_get_processors:
 * @context: a context
 *
 * The processors that events of the context pass, its own or inherited. Thread-safe.
 *
 * Returns: (transfer container) (element-type MvxLogProcessor): the processors
 *
 * Since: 1.0
 */
GPtrArray *
mvx_log_context_get_processors (MvxLogContext *context)
{
  g_autoptr (MvxLogSettings) settings = NULL;
  GPtrArray *processors;

  g_return_val_if_fail (context != NULL, NULL);
  settings = mvx_log_settings_get (mvx_log_context_node (context));
  processors = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; settings->processors && i < settings->processors->len; i++)
    g_ptr_array_add (processors, g_object_ref (settings->processors->pdata[i]));
  return processors;
}

static void
mvx_log_context_swap_processors (MvxLogContext *context, GPtrArray *processors)
{
  g_autoptr (GPtrArray) old = NULL;
  MvxLogNodeFull *node = mvx_log_context_node (context);

  mvx_log_tree_lock ();
  old = node->local.processors;
  node->local.processors = processors;
  mvx_log_tree_unlock_changed (node);
}

/**
 * mvx_log_context_set_processors:
 * @context: a context
 * @processors: (array length=n_processors) (nullable): processors
 * @n_processors: how many; none at all is a setting, too
 * @error: return location for an error
 *
 * Sets the processors that events of the context and of those below it pass, once, before they go to the sinks: all of
 * them, in order. They run behind the policy and see everything in clear; one that drops an event is quiet, one that
 * fails is treated as the context's error policy says. Thread-safe.
 *
 * Returns: %TRUE
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_set_processors (MvxLogContext *context,
                                MvxLogProcessor *const *processors,
                                guint n_processors,
                                GError **error)
{
  GPtrArray *array;

  g_return_val_if_fail (context != NULL, FALSE);
  g_return_val_if_fail (processors != NULL || n_processors == 0, FALSE);

  array = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < n_processors; i++)
    g_ptr_array_add (array, g_object_ref (processors[i]));
  mvx_log_context_swap_processors (context, array);
  return TRUE;
}

/**
 * mvx_log_context_reset_processors:
 * @context: a context
 * @error: return location for an error
 *
 * Lets the context inherit its processors again; the root then has none. Thread-safe.
 *
 * Returns: %TRUE
 *
 * Since: 1.0
 */
gboolean
mvx_log_context_reset_processors (MvxLogContext *context, GError **error)
{
  g_return_val_if_fail (context != NULL, FALSE);
  mvx_log_context_swap_processors (context, NULL);
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/async-sink-private.h"
#include "base/copy-private.h"
#include "context/hold-private.h"
#include "context/override-private.h"
#include "event/encode-private.h"
#include "sink/sink-private.h"

MvxLogSettings *
mvx_log_settings_get (MvxLogNodeFull *node)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  MvxLogSettings *settings;

  mvx_log_quiesce_enter (thread);
  settings = __atomic_load_n (&node->settings, __ATOMIC_ACQUIRE);
  g_atomic_int_inc (&settings->ref_count);
  mvx_log_quiesce_leave (thread);
  return settings;
}

MvxLogSettings *
mvx_log_settings_use (MvxLogNodeFull *node)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  MvxLogSettings *settings;

  mvx_log_quiesce_enter (thread);
  settings = __atomic_load_n (&node->settings, __ATOMIC_ACQUIRE);
  g_atomic_int_inc (&settings->ref_count);
  for (guint i = 0; i < settings->n_targets; i++)
    mvx_log_sink_begin_use (settings->targets[i].common);
  mvx_log_quiesce_leave (thread);
  return settings;
}

gboolean
mvx_log_settings_use_one (MvxLogNodeFull *node, MvxLogSettings *settings, guint target)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  gboolean current;

  mvx_log_quiesce_enter (thread);
  current = __atomic_load_n (&node->settings, __ATOMIC_ACQUIRE) == settings;
  if (current)
    mvx_log_sink_begin_use (settings->targets[target].common);
  mvx_log_quiesce_leave (thread);
  return current;
}

guint
mvx_log_settings_find_successor (const MvxLogSettings *settings, MvxLogSink *sink)
{
  g_autofree char *name = NULL;
  guint i;

  for (i = 0; i < settings->n_targets; i++)
    if (settings->targets[i].sink == sink)
      return i;
  name = mvx_log_sink_dup_name (sink);
  for (i = 0; name && i < settings->n_targets; i++)
    {
      g_autofree char *other = mvx_log_sink_dup_name (settings->targets[i].sink);

      if (g_strcmp0 (name, other) == 0)
        return i;
    }
  return settings->n_targets;
}

void
mvx_log_settings_unref (MvxLogSettings *settings)
{
  if (!g_atomic_int_dec_and_test (&settings->ref_count))
    return;
  for (guint i = 0; i < settings->n_targets; i++)
    g_object_unref (settings->targets[i].sink);
  g_clear_object (&settings->policy);
  g_clear_pointer (&settings->processors, g_ptr_array_unref);
  g_aligned_free (settings);
}

static const MvxLogLocal *
mvx_log_settings_find (const MvxLogNodeFull *node, gboolean (*has) (const MvxLogLocal *local))
{
  for (; node; node = node->parent)
    if (has (&node->local))
      return &node->local;
  return NULL;
}

/* The nearest: of the names that have a level, the longest that fits. NULL if not even the root has one. */
static const MvxLogNodeFull *
mvx_log_settings_find_level (const MvxLogNodeFull *node)
{
  while (node && !node->has_rule && !node->local.has_level)
    node = node->parent;
  return node;
}

static void
mvx_log_settings_set_level (MvxLogSettings *settings, const MvxLogNodeFull *from)
{
  settings->level = MVX_LOG_LEVEL_INFO;
  if (from)
    settings->level = from->has_rule ? from->rule : from->local.level;
  settings->level_named = from && from->parent;
}

static gboolean
mvx_log_local_has_sinks (const MvxLogLocal *local)
{
  return local->sinks != NULL;
}

static gboolean
mvx_log_local_has_error_policy (const MvxLogLocal *local)
{
  return local->error_policy != MVX_LOG_ERROR_POLICY_INHERIT;
}

static gboolean
mvx_log_local_has_limits (const MvxLogLocal *local)
{
  return local->has_limits;
}

static gboolean
mvx_log_local_has_processors (const MvxLogLocal *local)
{
  return local->processors != NULL;
}

/* The fast path copies the fields of a plain callsite, which are at most as many as a macro takes, into one lane after
 * the other; the lanes must not be the same. */
static gboolean
mvx_log_settings_is_fast (const MvxLogSettings *settings)
{
  if (settings->policy || settings->shaped || settings->n_targets > MVX_LOG_MAX_FAST_TARGETS
      || (settings->macro_fields >= 0 && settings->macro_fields < MVX_LOG_PLAIN_MAX_STRINGS))
    return FALSE;
  for (guint i = 0; i < settings->n_targets; i++)
    {
      if (settings->targets[i].queue == NULL)
        return FALSE;
      for (guint j = 0; j < i; j++)
        if (settings->targets[j].queue == settings->targets[i].queue)
          return FALSE;
    }
  return TRUE;
}

/* Slots that are no longer than a string may be hold no string that is. */
static void
mvx_log_settings_set_lean (MvxLogSettings *settings)
{
  const guint32 head = sizeof (MvxLogRecord) + MVX_LOG_COPY_BLOCK;
  guint32 most = settings->targets[0].queue->max_record;

  most = most > head ? most - head : 0;
  settings->lean_queue = settings->targets[0].queue;
  settings->lean_slots = MIN (MIN (most, settings->plain_string), MVX_LOG_LEAN_SLOTS);
  settings->lean_bound = most - settings->lean_slots;
}

static void
mvx_log_settings_set_targets (MvxLogSettings *settings, GPtrArray *sinks)
{
  for (guint i = 0; sinks && i < sinks->len; i++)
    {
      MvxLogTarget *target = &settings->targets[i];

      target->sink = g_object_ref (g_ptr_array_index (sinks, i));
      target->common = mvx_log_sink_common (target->sink);
      if (MVX_LOG_IS_ASYNC_SINK (target->sink) && !mvx_log_sink_is_inherited (target->common)
          && !mvx_log_async_sink_writes_through (MVX_LOG_ASYNC_SINK (target->sink)))
        target->queue = mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (target->sink));
      settings->calls_out = settings->calls_out || (target->queue == NULL && !target->common->quiet);
      /* What the members of a group want is not known here. */
      settings->shaped
          = settings->shaped || target->common->transparent || g_atomic_pointer_get (&target->common->shape);
      settings->n_targets++;
    }
  settings->calls_out = settings->calls_out || settings->shaped;
  settings->n_fast = !settings->held && mvx_log_settings_is_fast (settings) ? settings->n_targets : 0;
  if (settings->n_fast == 1)
    mvx_log_settings_set_lean (settings);
}

static gboolean
mvx_log_settings_is_disabled (const MvxLogNodeFull *node)
{
  for (; node; node = node->parent)
    if (node->disabled)
      return TRUE;
  return FALSE;
}

MvxLogSettings *
mvx_log_settings_build (const MvxLogNodeFull *node)
{
  const MvxLogLocal *sinks = mvx_log_settings_find (node, mvx_log_local_has_sinks);
  const MvxLogLocal *error_policy = mvx_log_settings_find (node, mvx_log_local_has_error_policy);
  const MvxLogLocal *limits = mvx_log_settings_find (node, mvx_log_local_has_limits);
  const MvxLogLocal *processors = mvx_log_settings_find (node, mvx_log_local_has_processors);
  const MvxLogOverride *override = mvx_log_override_find (node);
  GPtrArray *targets = override ? override->sinks : sinks ? sinks->sinks : NULL;
  guint n = targets ? targets->len : 0;
  MvxLogSettings *settings = g_aligned_alloc0 (1, sizeof *settings + n * sizeof (MvxLogTarget), MVX_LOG_CACHE_LINE);

  settings->ref_count = 1;
  settings->held = mvx_log_hold_is_on ();
  settings->disabled = mvx_log_settings_is_disabled (node);
  mvx_log_settings_set_level (settings, mvx_log_settings_find_level (node));
  if (override)
    {
      settings->level = override->level;
      settings->level_named = TRUE;
    }
  settings->error_policy = error_policy ? error_policy->error_policy : MVX_LOG_ERROR_POLICY_PRINT_STDERR;
  settings->limits = limits ? limits->limits : mvx_log_limits_default;
  /* Ten is what nobody has asked for: they come with a limit on something else. */
  settings->macro_fields
      = limits && limits->limits.max_items != MVX_LOG_DEFAULT_MAX_ITEMS ? limits->limits.max_items : -1;
  settings->plain_string = settings->limits.max_string < 0
                               ? MVX_LOG_MAX_TEXT
                               : MIN ((guint32) settings->limits.max_string, MVX_LOG_MAX_TEXT);
  settings->policy = node->local.policy ? g_object_ref (node->local.policy) : NULL;
  if (processors && processors->processors->len > 0)
    settings->processors = g_ptr_array_ref (processors->processors);
  settings->shaped = settings->processors != NULL;
  settings->throttle = settings->held ? NULL : mvx_log_throttle_of_callsites (settings->policy);
  settings->calls_out
      = settings->policy && !MVX_LOG_IS_PATTERN_POLICY (settings->policy) && !MVX_LOG_IS_THROTTLE (settings->policy);
  mvx_log_settings_set_targets (settings, targets);
  return settings;
}

static gint
mvx_log_settings_sinks_threshold (const MvxLogSettings *settings)
{
  gint least = MVX_LOG_LEVEL_OFF;

  if (settings->held)
    return G_MININT;
  if (settings->disabled)
    return G_MAXINT;
  for (guint i = 0; i < settings->n_targets; i++)
    least = MIN (least, mvx_log_sink_threshold (settings->targets[i].common));
  return least;
}

gint
mvx_log_settings_threshold (const MvxLogSettings *settings)
{
  return settings->held ? G_MININT : MAX (mvx_log_settings_sinks_threshold (settings), settings->level);
}

void
mvx_log_settings_publish_words (const MvxLogSettings *settings, MvxLogNodeFull *node)
{
  gint sinks = mvx_log_settings_sinks_threshold (settings);
  gint threshold = mvx_log_settings_threshold (settings);

  __atomic_store_n (&node->head.threshold, threshold, __ATOMIC_RELAXED);
  __atomic_store_n (&node->named_threshold, settings->level_named ? threshold : MVX_LOG_LEVEL_OFF, __ATOMIC_RELAXED);
  __atomic_store_n (&node->sinks_threshold, sinks, __ATOMIC_RELAXED);
  __atomic_store_n (&node->calls_out, settings->calls_out, __ATOMIC_RELAXED);
}

void
mvx_log_local_clear (MvxLogLocal *local)
{
  g_clear_pointer (&local->sinks, g_ptr_array_unref);
  g_clear_object (&local->policy);
  g_clear_pointer (&local->processors, g_ptr_array_unref);
  *local = (MvxLogLocal){ 0 };
}

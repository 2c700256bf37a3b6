/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/async-sink.h>

#include "base/error-private.h"
#include "config/exclusive-private.h"
#include "config/steps-private.h"
#include "plugin/plugin-private.h"
#include "sink/common-private.h"
#include "sink/descriptor-private.h"
#include "sink/options-private.h"

#define MVX_LOG_STEPS_MARK "mvx-log-from-file"

static void
mvx_log_step_free (gpointer data)
{
  MvxLogStep *step = data;

  g_clear_object (&step->old);
  g_clear_object (&step->made);
  g_clear_object (&step->holder);
  g_clear_pointer (&step->old_descriptor, mvx_log_sink_descriptor_unref);
  g_clear_pointer (&step->old_options, mvx_log_options_unref);
  g_free (step->name);
  g_free (step);
}

gboolean
mvx_log_steps_is_from_file (MvxLogSink *sink)
{
  return g_object_get_data (G_OBJECT (sink), MVX_LOG_STEPS_MARK) != NULL;
}

void
mvx_log_steps_mark (MvxLogSink *sink)
{
  g_object_set_data (G_OBJECT (sink), MVX_LOG_STEPS_MARK, GINT_TO_POINTER (1));
}

void
mvx_log_steps_fail (const MvxLogStep *step, GError **error)
{
  g_autoptr (GError) cause = g_steal_pointer (error);
  const MvxLogConfigOrigin *at = &step->want->at;

  *error = mvx_log_error_new (MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_APPLY_FAILED, cause, NULL,
                              "%s:%u:%u: error: [sink %s]: %s; nothing was changed", at->file, at->line, at->column,
                              step->name, cause->message);
}

static MvxLogStep *
mvx_log_step_new (MvxLogRegistry *registry, const char *name, const MvxLogPlanSink *want)
{
  MvxLogStep *step = g_new0 (MvxLogStep, 1);
  MvxLogOptions *options;

  step->name = g_strdup (name);
  step->want = want;
  step->old = mvx_log_registry_get (registry, name);
  if (step->old == NULL)
    return step;
  step->old_descriptor = mvx_log_registry_get_descriptor (registry, name);
  step->old_plugin = mvx_log_plugin_sink_get_plugin (step->old);
  options = mvx_log_plugin_sink_get_options (step->old);
  step->old_options = options ? mvx_log_options_ref (options) : NULL;
  return step;
}

static gboolean
mvx_log_step_has_failed (MvxLogSink *sink)
{
  MvxLogSinkState state;

  if (!MVX_LOG_IS_ASYNC_SINK (sink))
    return FALSE;
  state = mvx_log_async_sink_get_state (MVX_LOG_ASYNC_SINK (sink));
  return state == MVX_LOG_SINK_STATE_FAILURE || state == MVX_LOG_SINK_STATE_CANCELLED;
}

/* Are all options that differ RELOADABLE? */
static gboolean
mvx_log_step_is_reloadable (const MvxLogStep *step)
{
  g_auto (GStrv) names = mvx_log_options_diff (step->old_options, step->want->options);

  for (guint i = 0; names[i]; i++)
    {
      const MvxLogOptionSpec *spec = mvx_log_options_find (step->want->options, names[i]);
      gboolean common = mvx_log_common_has_option (spec);

      if (spec == NULL || !(spec->flags & MVX_LOG_OPTION_RELOADABLE)
          || (!common && step->want->plugin->plugin->reconfigure == NULL))
        return FALSE;
    }
  return TRUE;
}

/* The new one delivers what the old one leaves there. */
static gboolean
mvx_log_step_has_spool (const MvxLogStep *step)
{
  return mvx_log_options_find (step->old_options, "delivery")
         && g_strcmp0 (mvx_log_options_get_string (step->old_options, "delivery"), "spool") == 0;
}

static MvxLogStepAction
mvx_log_step_decide (const MvxLogStep *step)
{
  gboolean same_resource
      = step->old_descriptor && mvx_log_sink_descriptor_same_resource (step->old_descriptor, step->want->descriptor);

  if (step->old == NULL)
    return MVX_LOG_STEP_NEW;
  /* A sink that was not made by a plugin could not be made again if the new one fails: so it stays until that is there.
   */
  if (step->old_plugin == NULL || step->old_options == NULL)
    return MVX_LOG_STEP_SWAP;
  if (mvx_log_step_has_failed (step->old))
    return same_resource ? MVX_LOG_STEP_REPLACE : MVX_LOG_STEP_SWAP;
  if (step->old_plugin == step->want->plugin)
    {
      if (mvx_log_sink_descriptor_equal (step->old_descriptor, step->want->descriptor))
        return MVX_LOG_STEP_KEEP;
      if (mvx_log_step_is_reloadable (step))
        return MVX_LOG_STEP_RECONFIGURE;
    }
  return same_resource || mvx_log_step_has_spool (step) ? MVX_LOG_STEP_REPLACE : MVX_LOG_STEP_SWAP;
}

static MvxLogStep *
mvx_log_steps_find (GPtrArray *steps, const char *name)
{
  for (guint i = 0; i < steps->len; i++)
    {
      MvxLogStep *step = g_ptr_array_index (steps, i);

      if (g_str_equal (step->name, name))
        return step;
    }
  return NULL;
}

/* @step cannot be made while what is registered as @other exists. If the plan takes that away, it goes first. */
static gboolean
mvx_log_steps_make_way (GPtrArray *steps, MvxLogStep *step, const char *other)
{
  MvxLogStep *in_the_way = mvx_log_steps_find (steps, other);

  if (in_the_way == NULL || in_the_way->old_options == NULL)
    return FALSE;
  if (in_the_way->action == MVX_LOG_STEP_SWAP)
    in_the_way->action = MVX_LOG_STEP_REPLACE;
  else if (in_the_way->action == MVX_LOG_STEP_REMOVE)
    {
      in_the_way->early = TRUE;
      in_the_way->heir = step;
    }
  else if (in_the_way->action != MVX_LOG_STEP_REPLACE)
    return FALSE;
  step->late = TRUE;
  return TRUE;
}

static gboolean
mvx_log_steps_check_exclusive (GPtrArray *steps, MvxLogStep *step, MvxLogRegistry *registry, GError **error)
{
  g_auto (GStrv) names = mvx_log_registry_get_names (registry);

  if (step->action == MVX_LOG_STEP_KEEP || step->action == MVX_LOG_STEP_REMOVE)
    return TRUE;
  for (guint i = 0; names[i]; i++)
    {
      g_autoptr (MvxLogSink) sink = NULL;
      g_autoptr (MvxLogSinkDescriptor) descriptor = NULL;
      g_autoptr (GError) local = NULL;

      if (g_str_equal (names[i], step->name))
        continue;
      sink = mvx_log_registry_get (registry, names[i]);
      descriptor = mvx_log_registry_get_descriptor (registry, names[i]);
      if (sink == NULL
          || mvx_log_exclusive_compare (step->name, step->want->plugin, step->want->descriptor, names[i],
                                        mvx_log_plugin_sink_get_plugin (sink), descriptor, &local))
        continue;
      if (mvx_log_steps_make_way (steps, step, names[i]))
        continue;
      g_propagate_error (error, g_steal_pointer (&local));
      mvx_log_steps_fail (step, error);
      return FALSE;
    }
  return TRUE;
}

static void
mvx_log_steps_add_removals (GPtrArray *steps, MvxLogPlan *plan, MvxLogRegistry *registry)
{
  g_auto (GStrv) names = mvx_log_registry_get_names (registry);

  for (guint i = 0; names[i]; i++)
    {
      g_autoptr (MvxLogSink) sink = mvx_log_registry_get (registry, names[i]);
      MvxLogStep *step;

      if (sink == NULL || !mvx_log_steps_is_from_file (sink) || mvx_log_plan_find_sink (plan, names[i]))
        continue;
      step = mvx_log_step_new (registry, names[i], NULL);
      step->action = MVX_LOG_STEP_REMOVE;
      g_ptr_array_add (steps, step);
    }
}

GPtrArray *
mvx_log_steps_decide (MvxLogPlan *plan, MvxLogRegistry *registry, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func (mvx_log_step_free);

  for (guint i = 0; i < plan->sinks->len; i++)
    {
      const MvxLogPlanSink *want = g_ptr_array_index (plan->sinks, i);
      MvxLogStep *step = mvx_log_step_new (registry, want->name, want);

      step->action = mvx_log_step_decide (step);
      g_ptr_array_add (steps, step);
    }
  mvx_log_steps_add_removals (steps, plan, registry);
  for (guint i = 0; i < steps->len; i++)
    if (!mvx_log_steps_check_exclusive (steps, g_ptr_array_index (steps, i), registry, error))
      return NULL;
  return g_steal_pointer (&steps);
}

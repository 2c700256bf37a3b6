/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "base/atfork-private.h"
#include "base/diag-private.h"
#include "base/error-private.h"
#include "base/translate-private.h"
#include "config/apply-private.h"
#include "config/changeover-private.h"
#include "config/holder-private.h"
#include "config/steps-private.h"
#include "context/tree-private.h"
#include "sink/fork-private.h"

/* Whose turn it is. Others wait for their turn on the condition: no lock is held over plugins. */
static GMutex mvx_log_apply_mutex;
static GCond mvx_log_apply_cond;
static GThread *mvx_log_apply_thread;

/* Whoever was at it is not in the child. */
static void
mvx_log_apply_fork (MvxLogForkStage stage)
{
  if (stage == MVX_LOG_FORK_CHILD)
    mvx_log_apply_thread = NULL;
}

MVX_LOG_FORK_LOCK (APPLY, &mvx_log_apply_mutex, mvx_log_apply_fork);

gboolean
mvx_log_config_begin (GError **error)
{
  gboolean own;

  g_mutex_lock (&mvx_log_apply_mutex);
  own = mvx_log_apply_thread == g_thread_self ();
  while (!own && mvx_log_apply_thread)
    g_cond_wait (&mvx_log_apply_cond, &mvx_log_apply_mutex);
  mvx_log_apply_thread = g_thread_self ();
  g_mutex_unlock (&mvx_log_apply_mutex);
  if (own)
    g_set_error_literal (
        error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
        _ ("A configuration is just being applied by this thread; do not apply another one from within a "
           "plugin"));
  return !own;
}

void
mvx_log_config_end (void)
{
  g_mutex_lock (&mvx_log_apply_mutex);
  mvx_log_apply_thread = NULL;
  g_cond_broadcast (&mvx_log_apply_cond);
  g_mutex_unlock (&mvx_log_apply_mutex);
}

char **
mvx_log_config_known_sinks (MvxLogRegistry *registry)
{
  g_auto (GStrv) names = mvx_log_registry_get_names (registry);
  GPtrArray *known = g_ptr_array_new ();

  for (guint i = 0; names[i]; i++)
    {
      g_autoptr (MvxLogSink) sink = mvx_log_registry_get (registry, names[i]);

      if (sink && !mvx_log_steps_is_from_file (sink))
        g_ptr_array_add (known, g_strdup (names[i]));
    }
  g_ptr_array_add (known, NULL);
  return (char **) g_ptr_array_free (known, FALSE);
}

/* A sink made by an API call can have been closed since the file was checked. */
static gboolean
mvx_log_apply_check_names (MvxLogPlan *plan,
                           const char *const *known,
                           const char *kind,
                           const char *name,
                           const MvxLogConfigOrigin *at,
                           char **sinks,
                           GError **error)
{
  for (guint i = 0; sinks && sinks[i]; i++)
    {
      if (mvx_log_plan_find_sink (plan, sinks[i]) || g_strv_contains (known, sinks[i]))
        continue;
      g_set_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_APPLY_FAILED,
                   _ ("%s:%u:%u: error: [%s%s%s] sinks: sink '%s' does not exist any more; nothing was changed"),
                   at->file, at->line, at->column, kind, *name ? " " : "", name, sinks[i]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
mvx_log_apply_check_sinks (MvxLogPlan *plan, MvxLogRegistry *registry, GError **error)
{
  g_auto (GStrv) known = mvx_log_config_known_sinks (registry);

  for (guint i = 0; i < plan->contexts->len; i++)
    {
      const MvxLogPlanContext *context = g_ptr_array_index (plan->contexts, i);

      if (!mvx_log_apply_check_names (plan, (const char *const *) known, "context", context->name, &context->at,
                                      context->sinks, error))
        return FALSE;
    }
  for (guint i = 0; i < plan->sinks->len; i++)
    {
      const MvxLogPlanSink *sink = g_ptr_array_index (plan->sinks, i);

      if (!mvx_log_apply_check_names (plan, (const char *const *) known, "sink", sink->name, &sink->at, sink->members,
                                      error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
mvx_log_apply_is_made (const MvxLogStep *step, gboolean late)
{
  switch (step->action)
    {
    case MVX_LOG_STEP_NEW:
    case MVX_LOG_STEP_SWAP:
      return step->late == late;
    case MVX_LOG_STEP_REPLACE:
      return late;
    default:
      return FALSE;
    }
}

/* What disturbs nobody comes first; sinks are taken down only when all of that has gone well. */
static gboolean
mvx_log_apply_sinks (MvxLogRegistry *registry, GPtrArray *steps, GError **error)
{
  for (guint late = 0; late < 2; late++)
    {
      for (guint i = steps->len; late && i-- > 0;)
        {
          MvxLogStep *step = g_ptr_array_index (steps, i);

          if (step->action == MVX_LOG_STEP_REPLACE || step->early)
            mvx_log_changeover_take_down (registry, step);
        }
      for (guint i = 0; i < steps->len; i++)
        {
          MvxLogStep *step = g_ptr_array_index (steps, i);

          if (mvx_log_apply_is_made (step, late) && !mvx_log_changeover_make (registry, step, error))
            return FALSE;
        }
    }
  for (guint i = 0; i < steps->len; i++)
    {
      MvxLogStep *step = g_ptr_array_index (steps, i);

      if (step->action == MVX_LOG_STEP_RECONFIGURE && !mvx_log_changeover_reconfigure (registry, step, error))
        return FALSE;
    }
  return TRUE;
}

/* From here on nothing can fail. */
static void
mvx_log_apply_change_over (MvxLogRegistry *registry, GPtrArray *steps)
{
  for (guint i = 0; i < steps->len; i++)
    {
      MvxLogStep *step = g_ptr_array_index (steps, i);
      MvxLogSink *next = step->heir ? step->heir->made : step->made;

      if (step->holder)
        {
          mvx_log_holder_release (MVX_LOG_HOLDER (step->holder), next);
          mvx_log_changeover_everywhere (registry, step->holder, next);
        }
      else if (step->old && step->made)
        mvx_log_changeover_everywhere (registry, step->old, step->made);
      else if (step->old && step->want)
        mvx_log_changeover_shape (step->old, step->old, step->want);
    }
}

/* (transfer full) */
static MvxLogEventPolicy *
mvx_log_apply_policy (MvxLogPlan *plan, const MvxLogPlanContext *context)
{
  g_autoptr (GPtrArray) policies = g_ptr_array_new ();

  for (guint i = 0; context->policies && context->policies[i]; i++)
    g_ptr_array_add (policies, mvx_log_plan_find_policy (plan, context->policies[i])->policy);
  if (policies->len > 1)
    return mvx_log_policy_chain_new ((MvxLogEventPolicy *const *) policies->pdata, policies->len);
  return policies->len == 1 ? g_object_ref (g_ptr_array_index (policies, 0)) : NULL;
}

static void
mvx_log_apply_contexts (MvxLogPlan *plan, MvxLogRegistry *registry)
{
  g_autofree MvxLogContextSettings *settings = g_new0 (MvxLogContextSettings, plan->contexts->len + 1);
  g_autoptr (GPtrArray) policies = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) lists = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < plan->contexts->len; i++)
    {
      const MvxLogPlanContext *context = g_ptr_array_index (plan->contexts, i);
      GPtrArray *sinks = g_ptr_array_new_with_free_func (g_object_unref);

      g_ptr_array_add (lists, sinks);
      for (guint j = 0; context->sinks && context->sinks[j]; j++)
        {
          MvxLogSink *sink = mvx_log_registry_get (registry, context->sinks[j]);

          if (sink)
            g_ptr_array_add (sinks, sink);
        }
      settings[i].name = context->name;
      settings[i].has_level = context->has_level;
      settings[i].level = context->level;
      settings[i].has_sinks = sinks->len > 0;
      settings[i].sinks = (MvxLogSink **) sinks->pdata;
      settings[i].n_sinks = sinks->len;
      settings[i].policy = mvx_log_apply_policy (plan, context);
      if (settings[i].policy)
        g_ptr_array_add (policies, settings[i].policy);
      settings[i].error_policy = context->error_policy;
      settings[i].has_limits = context->has_limits;
      settings[i].limits = context->limits;
      settings[i].processors = context->processors;
    }
  mvx_log_tree_apply (settings, plan->contexts->len);
}

/* Their names are for ever: what a later file does not mention stays as it is. */
static void
mvx_log_apply_levels (MvxLogPlan *plan)
{
  for (guint i = 0; i < plan->levels->len; i++)
    {
      const MvxLogLevelSpec *spec = &((const MvxLogPlanLevel *) g_ptr_array_index (plan->levels, i))->spec;

      mvx_log_level_register (spec->name, spec->level, spec->colour, spec->icon, NULL);
    }
}

/* For every event from now on; what waits tells by itself which clock it was read from. */
static void
mvx_log_apply_clock (const MvxLogPlan *plan)
{
  if (mvx_log_clock_choose (plan->clock) != plan->clock && plan->clock == MVX_LOG_CLOCK_TSC)
    mvx_log_diag (MVX_LOG_LEVEL_WARNING,
                  "[mvxlog] clock=tsc: this machine has no counter that runs at a constant rate, so the time is read "
                  "from the kernel; write clock=auto to be content with that");
}

/* The root keeps its sinks if the file gives it none: then they stay. */
static gboolean
mvx_log_apply_is_used (const MvxLogStep *step)
{
  g_auto (GStrv) users = mvx_log_tree_get_users (step->old, NULL);
  g_autofree char *list = NULL;

  if (users == NULL || users[0] == NULL)
    return FALSE;
  list = g_strjoinv (", ", users);
  mvx_log_diag (MVX_LOG_LEVEL_WARNING,
                "sink '%s' is not in the configuration any more but still used by context %s, so it stays; give "
                "[context] other 'sinks'",
                step->name, list);
  return TRUE;
}

static void
mvx_log_apply_clean_up (MvxLogRegistry *registry, GPtrArray *steps)
{
  /* Groups before their members. */
  for (guint i = steps->len; i-- > 0;)
    {
      MvxLogStep *step = g_ptr_array_index (steps, i);
      g_autoptr (MvxLogSink) gone = NULL;

      if (step->action == MVX_LOG_STEP_REMOVE && !step->early && mvx_log_apply_is_used (step))
        continue;
      if (step->action == MVX_LOG_STEP_REMOVE)
        gone = mvx_log_registry_exchange (registry, step->name, NULL, NULL);
      if ((step->action == MVX_LOG_STEP_REMOVE || step->action == MVX_LOG_STEP_SWAP) && !step->taken_down)
        mvx_log_changeover_terminate (step->name, step->old, step->old_options);
    }
}

gboolean
mvx_log_config_apply (MvxLogPlan *plan, MvxLogRegistry *registry, GError **error)
{
  g_autoptr (GPtrArray) steps = NULL;
  g_autoptr (GError) local = NULL;
  gboolean success = FALSE;

  mvx_log_level_set_draft (plan->levels);
  steps = mvx_log_steps_decide (plan, registry, &local);
  if (steps && mvx_log_apply_check_sinks (plan, registry, &local))
    {
      success = mvx_log_apply_sinks (registry, steps, &local);
      if (!success)
        mvx_log_changeover_roll_back (registry, steps);
    }
  mvx_log_level_set_draft (NULL);
  if (!success)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  mvx_log_apply_clock (plan);
  mvx_log_fork_set_policy_of_file (plan->fork_policy);
  mvx_log_apply_levels (plan);
  mvx_log_apply_change_over (registry, steps);
  mvx_log_apply_contexts (plan, registry);
  mvx_log_apply_clean_up (registry, steps);
  return TRUE;
}

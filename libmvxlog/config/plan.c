/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config/plan-private.h"

MvxLogPlan *
mvx_log_plan_new (void)
{
  MvxLogPlan *plan = g_new0 (MvxLogPlan, 1);

  g_atomic_ref_count_init (&plan->ref_count);
  plan->strict = TRUE;
  plan->fork_policy = -1;
  plan->levels = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_plan_level_free);
  plan->sinks = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_plan_sink_free);
  plan->contexts = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_plan_context_free);
  plan->policies = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_plan_policy_free);
  plan->processors = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_plan_processor_free);
  plan->document = mvx_log_document_new ();
  return plan;
}

MvxLogPlan *
mvx_log_plan_ref (MvxLogPlan *plan)
{
  g_atomic_ref_count_inc (&plan->ref_count);
  return plan;
}

void
mvx_log_plan_unref (MvxLogPlan *plan)
{
  if (!g_atomic_ref_count_dec (&plan->ref_count))
    return;
  g_strfreev (plan->plugin_path);
  g_strfreev (plan->allow_plugins);
  g_ptr_array_unref (plan->levels);
  g_ptr_array_unref (plan->sinks);
  g_ptr_array_unref (plan->contexts);
  g_ptr_array_unref (plan->policies);
  g_ptr_array_unref (plan->processors);
  mvx_log_document_free (plan->document);
  g_free (plan);
}

void
mvx_log_plan_level_free (MvxLogPlanLevel *level)
{
  g_free (level->spec.name);
  g_free (level->spec.colour);
  g_free (level->spec.icon);
  g_free (level);
}

void
mvx_log_plan_sink_free (MvxLogPlanSink *sink)
{
  g_clear_pointer (&sink->options, mvx_log_options_unref);
  g_clear_pointer (&sink->descriptor, mvx_log_sink_descriptor_unref);
  g_strfreev (sink->members);
  g_clear_pointer (&sink->shape, mvx_log_shape_unref);
  g_free (sink->name);
  g_free (sink);
}

MvxLogPlanContext *
mvx_log_plan_context_new (const char *name, const MvxLogConfigOrigin *at)
{
  MvxLogPlanContext *context = g_new0 (MvxLogPlanContext, 1);

  context->name = g_strdup (name);
  context->at = *at;
  context->limits = (MvxLogLimits){ -2, -2, -2, (MvxLogVerbosity) -2, FALSE };
  return context;
}

void
mvx_log_plan_context_free (MvxLogPlanContext *context)
{
  g_free (context->name);
  g_strfreev (context->sinks);
  g_strfreev (context->policies);
  g_clear_pointer (&context->processors, g_ptr_array_unref);
  g_strfreev (context->processor_names);
  g_free (context);
}

void
mvx_log_plan_processor_free (MvxLogPlanProcessor *processor)
{
  g_clear_object (&processor->processor);
  g_clear_pointer (&processor->options, mvx_log_options_unref);
  g_free (processor->name);
  g_free (processor);
}

void
mvx_log_plan_rule_free (MvxLogPlanRule *rule)
{
  g_strfreev (rule->events);
  g_strfreev (rule->contexts);
  g_strfreev (rule->names);
  g_strfreev (rule->entity_ids);
  g_strfreev (rule->source_paths);
  g_strfreev (rule->source_functions);
  g_free (rule);
}

void
mvx_log_plan_policy_free (MvxLogPlanPolicy *policy)
{
  g_clear_object (&policy->policy);
  g_ptr_array_unref (policy->rules);
  g_free (policy->name);
  g_free (policy);
}

MvxLogPlanSink *
mvx_log_plan_find_sink (const MvxLogPlan *plan, const char *name)
{
  for (guint i = 0; i < plan->sinks->len; i++)
    {
      MvxLogPlanSink *sink = g_ptr_array_index (plan->sinks, i);

      if (g_str_equal (sink->name, name))
        return sink;
    }
  return NULL;
}

MvxLogPlanContext *
mvx_log_plan_find_context (const MvxLogPlan *plan, const char *name)
{
  for (guint i = 0; i < plan->contexts->len; i++)
    {
      MvxLogPlanContext *context = g_ptr_array_index (plan->contexts, i);

      if (g_str_equal (context->name, name))
        return context;
    }
  return NULL;
}

MvxLogPlanProcessor *
mvx_log_plan_find_processor (const MvxLogPlan *plan, const char *name)
{
  for (guint i = 0; i < plan->processors->len; i++)
    {
      MvxLogPlanProcessor *processor = g_ptr_array_index (plan->processors, i);

      if (g_str_equal (processor->name, name))
        return processor;
    }
  return NULL;
}

MvxLogPlanPolicy *
mvx_log_plan_find_policy (const MvxLogPlan *plan, const char *name)
{
  for (guint i = 0; i < plan->policies->len; i++)
    {
      MvxLogPlanPolicy *policy = g_ptr_array_index (plan->policies, i);

      if (g_str_equal (policy->name, name))
        return policy;
    }
  return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "config/check-private.h"
#include "sink/options-private.h"

static const MvxLogProcessorType *
mvx_log_check_processor_type (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  g_autofree const char **names = mvx_log_processor_type_names ();
  gint choice;

  if (mvx_log_config_group_find (group, "type") == NULL)
    {
      g_autofree char *list = g_strjoinv (", ", (char **) names);

      mvx_log_problems_add (check->problems, &group->at, group->name, "type", "missing; there are: %s", list);
      return NULL;
    }
  choice = mvx_log_check_choice (check, group, "type", names);
  return choice < 0 ? NULL : mvx_log_processor_type_find (names[choice]);
}

static void
mvx_log_check_processor (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  guint n_before = mvx_log_problems_get_n_hard (check->problems);
  MvxLogPlanProcessor *processor = g_new0 (MvxLogPlanProcessor, 1);
  g_autoptr (GError) error = NULL;

  processor->name = g_strdup (group->id);
  processor->at = group->at;
  g_ptr_array_add (check->plan->processors, processor);
  if (!group->malformed && !mvx_log_check_is_name (group->id))
    mvx_log_problems_add (check->problems, &group->at, group->name, NULL,
                          "'%s' is not a processor's name; use letters, digits, '-' and '_', first a letter",
                          group->id);
  processor->type = mvx_log_check_processor_type (check, group);
  if (processor->type == NULL)
    return;
  processor->options = mvx_log_options_new (processor->type->options);
  mvx_log_check_options (check, group, "type", processor->options);
  if (mvx_log_problems_get_n_hard (check->problems) > n_before)
    return;
  processor->processor = mvx_log_processor_type_make (processor->type, processor->options, &error);
  if (error && !mvx_log_check_option_error (check, group, processor->options, error->message))
    mvx_log_problems_add (check->problems, &group->at, group->name, NULL, "%s", error->message);
}

void
mvx_log_check_processors (MvxLogCheck *check)
{
  for (guint i = 0; i < check->document->groups->len; i++)
    {
      const MvxLogConfigGroup *group = g_ptr_array_index (check->document->groups, i);

      if (g_str_equal (group->kind, "processor") && *group->id)
        mvx_log_check_processor (check, group);
    }
}

/* Of the file, else of the program. FALSE: there is none of that name. @found is NULL for one that is wrong itself. */
static gboolean
mvx_log_check_processor_find (MvxLogCheck *check, const char *name, MvxLogProcessor **found)
{
  MvxLogPlanProcessor *planned = mvx_log_plan_find_processor (check->plan, name);

  if (planned)
    *found = planned->processor ? g_object_ref (planned->processor) : NULL;
  else
    *found = mvx_log_get_processor (name);
  return planned || *found;
}

GPtrArray *
mvx_log_check_processor_list (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  g_auto (GStrv) names = mvx_log_check_list (check, group, "processors");
  MvxLogConfigEntry *entry = mvx_log_config_group_find (group, "processors");
  g_autoptr (GPtrArray) processors = g_ptr_array_new_with_free_func (g_object_unref);
  gboolean fine = names != NULL;

  for (guint i = 0; names && names[i] && !mvx_log_problems_is_full (check->problems); i++)
    {
      g_autofree const char **ids = mvx_log_document_ids (check->document, "processor");
      g_autofree char *hint = NULL;
      g_autofree char *reason = NULL;
      MvxLogProcessor *processor = NULL;

      if (mvx_log_check_processor_find (check, names[i], &processor))
        {
          if (processor)
            g_ptr_array_add (processors, processor);
          continue;
        }
      hint = mvx_log_problems_hint (check->problems, names[i], ids);
      reason = g_strdup_printf ("there is no '[processor %s]'%s", names[i], hint);
      mvx_log_check_value (check, group, entry, reason);
      fine = FALSE;
    }
  return fine ? g_steal_pointer (&processors) : NULL;
}

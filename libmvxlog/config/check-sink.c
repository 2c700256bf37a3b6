/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>
#include <mvxlog/rendering.h>

#include "config/check-private.h"
#include "plugin/plugin-private.h"
#include "plugin/search-private.h"
#include "sink/options-private.h"
#include "sink/registry-private.h"
#include "sink/rendering-private.h"

/* Loading needs the directories that the file adds. They only ever add, so they may stay if the file turns out to be
 * wrong elsewhere: a plugin in them is still loaded by nobody who does not ask for it by name. */
static void
mvx_log_check_add_path (MvxLogCheck *check)
{
  g_auto (GStrv) present = mvx_log_search_get_path ();

  for (guint i = 0; check->plan->plugin_path && check->plan->plugin_path[i]; i++)
    {
      g_autofree char *canonical = g_canonicalize_filename (check->plan->plugin_path[i], "/");

      if (!g_strv_contains ((const char *const *) present, canonical))
        mvx_log_search_add_path (canonical);
    }
}

/* Without one, nobody knows the other keys: a slip in this one is told instead. */
static void
mvx_log_check_no_plugin (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  static const char *const meant[] = { "plugin", NULL };

  for (guint i = 0; i < group->entries->len; i++)
    {
      const MvxLogConfigEntry *entry = g_ptr_array_index (group->entries, i);
      g_autofree char *hint = mvx_log_problems_hint (check->problems, entry->key, meant);

      if (*hint == '\0')
        continue;
      mvx_log_problems_add (check->problems, &entry->at, group->name, entry->key, "unknown key%s", hint);
      return;
    }
  mvx_log_problems_add (check->problems, &group->at, group->name, "plugin",
                        "missing; write 'plugin=stream' for instance");
}

static const MvxLogStaticPlugin *
mvx_log_check_plugin (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  MvxLogConfigEntry *entry = mvx_log_config_group_find (group, "plugin");
  char **allowed = check->plan->allow_plugins;
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;
  const MvxLogStaticPlugin *plugin;

  if (entry == NULL)
    {
      mvx_log_check_no_plugin (check, group);
      return NULL;
    }
  name = mvx_log_check_text (check, group, "plugin");
  if (name == NULL)
    return NULL;
  if (allowed && !g_strv_contains ((const char *const *) allowed, name) && !mvx_log_plugin_is_static (name))
    {
      g_autofree char *reason = g_strdup_printf ("plugin '%s' is not in allow-plugins of [mvxlog]; add it there", name);

      mvx_log_check_value (check, group, entry, reason);
      return NULL;
    }
  plugin = mvx_log_plugin_get (name, &error);
  if (plugin == NULL)
    mvx_log_check_value (check, group, entry, error->message);
  return plugin;
}

/* A format that nobody knows would otherwise come out only when the sink is made. */
static void
mvx_log_check_renderer (MvxLogCheck *check, const MvxLogConfigGroup *group, MvxLogOptions *options)
{
  static const char *const names[] = { "format", "pattern", "json-fields", "json-template", "color", "time-zone" };
  g_autoptr (MvxLogRenderer) renderer = NULL;
  g_autoptr (GError) error = NULL;
  MvxLogConfigEntry *entry;
  const char *name;

  /* What was reported has no effect on the others. */
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (mvx_log_options_find (options, names[i]) == NULL
        || (mvx_log_config_group_find (group, names[i]) && !mvx_log_options_is_set (options, names[i])))
      return;
  renderer = mvx_log_options_new_renderer (options, &error);
  if (renderer)
    return;
  name = mvx_log_options_find_wrong_setting (options);
  entry = mvx_log_config_group_find (group, name);
  if (entry)
    mvx_log_check_value (check, group, entry, error->message);
  else
    mvx_log_problems_add (check->problems, &group->at, group->name, name, "%s", error->message);
}

/* What is done to events on their way to the sink. */
static void
mvx_log_check_shape (MvxLogCheck *check, const MvxLogConfigGroup *group, MvxLogPlanSink *sink)
{
  g_autoptr (GPtrArray) processors = NULL;
  g_autoptr (GError) error = NULL;

  if (mvx_log_shape_has_option (mvx_log_options_find (sink->options, "processors")))
    processors = mvx_log_check_processor_list (check, group);
  sink->shape = mvx_log_shape_new (sink->options, processors, &error);
  if (error && !mvx_log_check_option_error (check, group, sink->options, error->message))
    mvx_log_problems_add (check->problems, &group->at, group->name, NULL, "%s", error->message);
}

/* A plugin that says which option it is has its message where that option stands. */
static void
mvx_log_check_description (MvxLogCheck *check,
                           const MvxLogConfigGroup *group,
                           MvxLogOptions *options,
                           const GError *error)
{
  const GError *cause = mvx_log_error_get_cause (error);

  if (!mvx_log_check_option_error (check, group, options, cause ? cause->message : error->message))
    mvx_log_problems_add (check->problems, &group->at, group->name, NULL, "%s", error->message);
}

static void
mvx_log_check_sink (MvxLogCheck *check, const MvxLogConfigGroup *group)
{
  g_autoptr (MvxLogPlanSink) sink = g_new0 (MvxLogPlanSink, 1);
  guint n_before = mvx_log_problems_get_n_hard (check->problems);
  g_autoptr (GError) name_error = NULL;
  g_autoptr (GError) error = NULL;

  if (!group->malformed && !mvx_log_registry_check_name (group->id, &name_error))
    mvx_log_problems_add (check->problems, &group->at, group->name, NULL, "%s", name_error->message);
  sink->name = g_strdup (group->id);
  sink->at = group->at;
  sink->plugin = mvx_log_check_plugin (check, group);
  if (sink->plugin == NULL)
    return;
  sink->options = mvx_log_plugin_new_options (sink->plugin);
  mvx_log_check_options (check, group, "plugin", sink->options);
  mvx_log_check_renderer (check, group, sink->options);
  sink->members = mvx_log_options_get_sinks (sink->options);
  mvx_log_check_shape (check, group, sink);
  if (mvx_log_problems_get_n_hard (check->problems) == n_before)
    {
      sink->descriptor = mvx_log_plugin_describe (sink->plugin, sink->name, sink->options, &error);
      if (sink->descriptor == NULL)
        mvx_log_check_description (check, group, sink->options, error);
    }
  g_ptr_array_add (check->plan->sinks, g_steal_pointer (&sink));
}

void
mvx_log_check_sinks (MvxLogCheck *check)
{
  mvx_log_check_add_path (check);
  for (guint i = 0; i < check->document->groups->len; i++)
    {
      const MvxLogConfigGroup *group = g_ptr_array_index (check->document->groups, i);

      if (g_str_equal (group->kind, "sink") && *group->id)
        mvx_log_check_sink (check, group);
    }
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tools: looking at plugins and configuration files without using them. */
#include <mvxlog/inspect.h>

#include "config/apply-private.h"
#include "config/load-private.h"
#include "config/source-private.h"
#include "front/bootstrap-private.h"
#include "plugin/module-private.h"
#include "plugin/plugin-private.h"
#include "plugin/search-private.h"
#include "sink/common-private.h"
#include "sink/shape-private.h"

/**
 * mvx_log_list_plugins:
 *
 * Lists the plugins that are built in, registered, or found as files in the search path. Loads nothing. Thread-safe.
 *
 * Returns: (transfer full) (array zero-terminated=1): their names, sorted, each once
 *
 * Since: 1.0
 */
char **
mvx_log_list_plugins (void)
{
  return mvx_log_plugin_list ();
}

/**
 * mvx_log_locate_plugin:
 * @name: name of a plugin
 * @error: return location for an error
 *
 * Finds the file that a plugin would be loaded from, after all checks of trust. Loads nothing. Thread-safe.
 *
 * Returns: (nullable) (transfer full) (type filename): absolute path; %NULL without an error for a plugin that is built
 *   in or registered; %NULL with an error of the domain %MVX_LOG_PLUGIN_ERROR
 *
 * Since: 1.0
 */
char *
mvx_log_locate_plugin (const char *name, GError **error)
{
  struct stat info;

  g_return_val_if_fail (name != NULL, NULL);
  return mvx_log_plugin_is_static (name) ? NULL : mvx_log_search_find (name, &info, error);
}

/**
 * mvx_log_find_plugin: (skip)
 * @name: name of a plugin
 * @error: return location for an error
 *
 * Loads a plugin as for a sink, and returns what it says of itself. Makes no sink. The plugin stays loaded.
 * Thread-safe.
 *
 * Returns: (nullable) (transfer none): the plugin, which lives for ever, or %NULL with an error of the domain
 *   %MVX_LOG_PLUGIN_ERROR
 *
 * Since: 1.0
 */
const MvxLogStaticPlugin *
mvx_log_find_plugin (const char *name, GError **error)
{
  g_return_val_if_fail (name != NULL, NULL);
  return mvx_log_plugin_get (name, error);
}

/**
 * mvx_log_load_plugin_file: (skip)
 * @path: (type filename): a file `libmvxlog-NAME.so` in any directory
 * @error: return location for an error
 *
 * [func@MvxLog.find_plugin] for one file, outside the search path. The same checks hold. Thread-safe.
 *
 * Returns: (nullable) (transfer none): the plugin, which lives for ever, or %NULL with an error of the domain
 *   %MVX_LOG_PLUGIN_ERROR
 *
 * Since: 1.0
 */
const MvxLogStaticPlugin *
mvx_log_load_plugin_file (const char *path, GError **error)
{
  const MvxLogModule *module;

  g_return_val_if_fail (path != NULL, NULL);
  module = mvx_log_module_load_file (path, error);
  return module ? &module->api : NULL;
}

/**
 * mvx_log_get_common_options: (skip)
 * @async: whether to list the options of sinks with a worker instead of those of all sinks
 *
 * Tells which options a sink has beside those of its plugin. Thread-safe.
 *
 * Returns: (transfer none): a table that ends with a row without a name
 *
 * Since: 1.0
 */
const MvxLogOptionSpec *
mvx_log_get_common_options (gboolean async)
{
  return async ? mvx_log_common_async_options : mvx_log_common_options;
}

/**
 * mvx_log_get_shaping_options: (skip)
 *
 * Tells with which options every sink decides what it is to see of events: filters, redaction, processors. Where a
 * plugin has an option of such a name, it is the plugin's. Thread-safe.
 *
 * Returns: (transfer none): a table that ends with a row without a name
 *
 * Since: 1.0
 */
const MvxLogOptionSpec *
mvx_log_get_shaping_options (void)
{
  return mvx_log_shape_options;
}

/**
 * mvx_log_get_sink_options:
 * @name: name of a sink
 *
 * Tells the options of a sink that a plugin made, defaults included. Thread-safe.
 *
 * Returns: (nullable) (transfer full): a dictionary `a{sv}`, secrets masked; %NULL if there is no such sink
 *
 * Since: 1.0
 */
GVariant *
mvx_log_get_sink_options (const char *name)
{
  g_autoptr (MvxLogSink) sink = NULL;
  MvxLogOptions *options;

  g_return_val_if_fail (name != NULL, NULL);
  sink = mvx_log_registry_get (mvx_log_front_registry (), name);
  options = sink ? mvx_log_plugin_sink_get_options (sink) : NULL;
  return options ? mvx_log_options_to_variant (options) : NULL;
}

static void
mvx_log_inspect_probe (GVariantBuilder *reached, GVariantBuilder *unreached, const MvxLogPlanSink *sink)
{
  const MvxLogPlugin *plugin = sink->plugin->plugin;
  g_autoptr (GError) error = NULL;

  if (plugin->probe == NULL)
    return;
  if (plugin->probe (sink->options, g_get_monotonic_time () + MVX_LOG_FRONT_TIMEOUT_US, &error))
    g_variant_builder_add (reached, "(ss)", sink->name, plugin->name);
  else
    g_variant_builder_add (unreached, "(ssuuss)", sink->name, sink->at.file ? sink->at.file : "", sink->at.line,
                           sink->at.column, plugin->name, error ? error->message : "the plugin gave no reason");
}

/* By a context, or by a sink that forwards. */
static gboolean
mvx_log_inspect_is_named (const MvxLogPlan *plan, const char *name)
{
  for (guint i = 0; i < plan->contexts->len; i++)
    {
      const MvxLogPlanContext *context = g_ptr_array_index (plan->contexts, i);

      if (context->sinks && g_strv_contains ((const char *const *) context->sinks, name))
        return TRUE;
    }
  for (guint i = 0; i < plan->sinks->len; i++)
    {
      const MvxLogPlanSink *sink = g_ptr_array_index (plan->sinks, i);

      if (sink->members && g_strv_contains ((const char *const *) sink->members, name))
        return TRUE;
    }
  return FALSE;
}

static void
mvx_log_inspect_report_plan (GVariantDict *report, const MvxLogPlan *plan, gboolean probe)
{
  g_autofree char *merged = mvx_log_plan_dump (plan);
  GVariantBuilder plugins;
  GVariantBuilder reached;
  GVariantBuilder unreached;
  GVariantBuilder unused;

  g_variant_builder_init (&plugins, G_VARIANT_TYPE_STRING_ARRAY);
  g_variant_builder_init (&reached, G_VARIANT_TYPE ("a(ss)"));
  g_variant_builder_init (&unreached, G_VARIANT_TYPE ("a(ssuuss)"));
  g_variant_builder_init (&unused, G_VARIANT_TYPE ("a(ssuu)"));
  for (guint i = 0; i < plan->sinks->len; i++)
    {
      const MvxLogPlanSink *sink = g_ptr_array_index (plan->sinks, i);

      g_variant_builder_add (&plugins, "s", sink->plugin->plugin->name);
      if (!mvx_log_inspect_is_named (plan, sink->name))
        g_variant_builder_add (&unused, "(ssuu)", sink->name, sink->at.file ? sink->at.file : "", sink->at.line,
                               sink->at.column);
      if (probe)
        mvx_log_inspect_probe (&reached, &unreached, sink);
    }
  g_variant_dict_insert (report, "merged", "s", merged);
  g_variant_dict_insert_value (report, "plugins", g_variant_builder_end (&plugins));
  g_variant_dict_insert_value (report, "reachable", g_variant_builder_end (&reached));
  g_variant_dict_insert_value (report, "unreachable", g_variant_builder_end (&unreached));
  g_variant_dict_insert_value (report, "unused", g_variant_builder_end (&unused));
}

/**
 * mvx_log_check_config_file:
 * @path: (type filename): a key-file or JSON file
 * @probe: whether to ask the plugins if their destinations can be reached
 * @report: (out) (optional) (transfer full): if it is valid, a dictionary `a{sv}`: `files` (`u`: how many were read),
 * `plugins` (`as`: that of each sink), `merged` (`s`: all files as one key-file; each key has the place it comes from
 * as a comment, secrets are masked), `reachable` (`a(ss)`: sink, plugin), `unreachable` (`a(ssuuss)`: sink, file, line,
 * column, plugin, reason) and `unused` (`a(ssuu)`: sink, file, line, column; named by no context and no other sink);
 * else it is left alone
 * @error: return location for an error; the details of %MVX_LOG_CONFIG_ERROR_INVALID have `problems` (`a(suusss)`:
 * file, line, column, group, key, reason) and `files`, as in the report
 *
 * Checks a configuration file with its drop-ins as [func@MvxLog.configure_from_file] would, but applies nothing. Loads
 * the plugins that it names. Thread-safe.
 *
 * Returns: %TRUE if it could be applied; %FALSE with an error of the domain %MVX_LOG_CONFIG_ERROR
 *
 * Since: 1.0
 */
gboolean
mvx_log_check_config_file (const char *path, gboolean probe, GVariant **report, GError **error)
{
  g_autofree char *directory = NULL;
  g_auto (GStrv) dropins = NULL;
  g_autoptr (MvxLogPlan) plan = NULL;
  g_auto (GStrv) known = NULL;
  GVariantDict dict;

  g_return_val_if_fail (path != NULL, FALSE);

  directory = g_strconcat (path, ".d", NULL);
  dropins = mvx_log_source_list (directory, NULL);
  known = mvx_log_config_known_sinks (mvx_log_front_registry ());
  plan = mvx_log_plan_load_file (path, (const char *const *) known, error);
  if (plan == NULL)
    return FALSE;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "files", "u", 1 + (dropins ? g_strv_length (dropins) : 0));
  mvx_log_inspect_report_plan (&dict, plan, probe);
  if (report)
    *report = g_variant_ref_sink (g_variant_dict_end (&dict));
  else
    g_variant_dict_clear (&dict);
  return TRUE;
}

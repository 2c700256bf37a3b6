/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tools: looking at plugins and configuration files without using them. */
#include <mvxlog/inspect.h>

#include "config/apply-private.h"
#include "config/load-private.h"
#include "front/bootstrap-private.h"
#include "plugin/module-private.h"
#include "plugin/plugin-private.h"
#include "plugin/search-private.h"
#include "sink/common-private.h"

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
  return mvx_log_search_list ();
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
 * mvx_log_check_config_file:
 * @path: (type filename): a key-file or JSON file
 * @merged: (out) (optional) (transfer full): the file with its drop-ins as one key-file; each key has the place it
 * comes from as a comment, secrets are masked
 * @error: return location for an error
 *
 * Checks a configuration file with its drop-ins as [func@MvxLog.configure_from_file] would, but applies nothing. Loads
 * the plugins that it names. Thread-safe.
 *
 * Returns: %TRUE if it could be applied; %FALSE with an error of the domain %MVX_LOG_CONFIG_ERROR
 *
 * Since: 1.0
 */
gboolean
mvx_log_check_config_file (const char *path, char **merged, GError **error)
{
  g_autoptr (MvxLogPlan) plan = NULL;
  g_auto (GStrv) known = NULL;

  g_return_val_if_fail (path != NULL, FALSE);

  known = mvx_log_config_known_sinks (mvx_log_front_registry ());
  plan = mvx_log_plan_load_file (path, (const char *const *) known, error);
  if (plan && merged)
    *merged = mvx_log_plan_dump (plan);
  return plan != NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sinks and contexts by name, and plugins. */
#include <mvxlog/facade.h>

#include "async/async-sink-private.h"
#include "base/diag-private.h"
#include "base/error-private.h"
#include "config/exclusive-private.h"
#include "context/compose-private.h"
#include "context/tree-private.h"
#include "front/bootstrap-private.h"
#include "front/environment-private.h"
#include "front/status-server-private.h"
#include "plugin/plugin-private.h"
#include "plugin/search-private.h"
#include "sink/options-private.h"
#include "sink/shape-private.h"
#include "sink/sink-private.h"

/* What a sink is to be made of. */
typedef struct
{
  const char *name;
  const MvxLogStaticPlugin *plugin;
  MvxLogOptions *options;
} MvxLogSinkRequest;

static MvxLogSinkDescriptor *
mvx_log_facade_build (gpointer data, GError **error)
{
  const MvxLogSinkRequest *request = data;

  return mvx_log_plugin_describe (request->plugin, request->name, request->options, error);
}

/* FALSE: an error. @shape may be NULL, too, if there is nothing to be done to events. */
static gboolean
mvx_log_facade_shape (MvxLogOptions *options, MvxLogShape **shape, GError **error)
{
  g_autoptr (GPtrArray) processors = mvx_log_shape_find_processors (options, error);
  g_autoptr (GError) local = NULL;

  if (processors == NULL)
    return FALSE;
  *shape = mvx_log_shape_new (options, processors, &local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static MvxLogSink *
mvx_log_facade_create (gpointer data, GError **error)
{
  const MvxLogSinkRequest *request = data;
  g_autoptr (MvxLogSinkDescriptor) descriptor = mvx_log_facade_build (data, error);
  g_autoptr (MvxLogShape) shape = NULL;
  MvxLogSink *sink;

  if (descriptor == NULL
      || !mvx_log_exclusive_check (mvx_log_front_registry (), request->name, request->plugin, descriptor, NULL, error)
      || !mvx_log_facade_shape (request->options, &shape, error))
    return NULL;
  sink = mvx_log_plugin_create_sink (request->plugin, request->name, request->options, error);
  if (sink && shape)
    mvx_log_sink_take_shape (sink, g_steal_pointer (&shape));
  return sink;
}

static MvxLogOptions *
mvx_log_facade_read_options (const char *name, const MvxLogStaticPlugin *plugin, GVariant *dict, GError **error)
{
  g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (plugin);

  if (!mvx_log_options_set_all (options, dict, error) || !mvx_log_options_check (options, error))
    {
      mvx_log_error_wrap (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                          "Sink '%s' (plugin '%s') cannot be configured", name, plugin->plugin->name);
      return NULL;
    }
  return g_steal_pointer (&options);
}

/**
 * mvx_log_configure_sink:
 * @name: a name: a letter, then letters, digits, `-` and `_`
 * @plugin: name of the plugin
 * @options: (nullable): options as a dictionary `a{sv}`; strings are read as in a key-file; consumed if floating
 * @error: return location for an error
 *
 * Makes a sink, or finds it: configuring the same name again with an equal descriptor gives the existing sink and
 * creates nothing; with a different one it is a conflict, and the existing sink goes on as it is. Thread-safe.
 *
 * Returns: (transfer full): the sink; or %NULL with an error of one of the domains %MVX_LOG_SINK_ERROR,
 *   %MVX_LOG_PLUGIN_ERROR and %MVX_LOG_ERROR
 *
 * Since: 1.0
 */
MvxLogSink *
mvx_log_configure_sink (const char *name, const char *plugin, GVariant *options, GError **error)
{
  static const MvxLogSinkFactory factory = { mvx_log_facade_build, mvx_log_facade_create };
  g_autoptr (GVariant) dict
      = options ? g_variant_ref_sink (options) : g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  g_autoptr (MvxLogOptions) read = NULL;
  g_autoptr (GError) local = NULL;
  MvxLogSinkRequest request;
  MvxLogSink *sink = NULL;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (plugin != NULL, NULL);
  g_return_val_if_fail (g_variant_is_of_type (dict, G_VARIANT_TYPE_VARDICT), NULL);

  request = (MvxLogSinkRequest){ name, NULL, NULL };
  if (mvx_log_registry_check_name (name, &local))
    request.plugin = mvx_log_plugin_get (plugin, &local);
  if (request.plugin)
    request.options = read = mvx_log_facade_read_options (name, request.plugin, dict, &local);
  if (request.options)
    sink = mvx_log_registry_configure (mvx_log_front_registry (), name, &factory, &request, &local);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return sink;
}

/**
 * mvx_log_get_sink:
 * @name: a name
 *
 * Finds a sink. Thread-safe.
 *
 * Returns: (nullable) (transfer full): the sink, or %NULL if there is none of this name
 *
 * Since: 1.0
 */
MvxLogSink *
mvx_log_get_sink (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);
  return mvx_log_registry_get (mvx_log_front_registry (), name);
}

/**
 * mvx_log_get_sink_names:
 *
 * Lists the configured sinks. Thread-safe.
 *
 * Returns: (transfer full) (array zero-terminated=1): their names in the order they were registered
 *
 * Since: 1.0
 */
char **
mvx_log_get_sink_names (void)
{
  return mvx_log_registry_get_names (mvx_log_front_registry ());
}

/**
 * mvx_log_has_sinks:
 *
 * Tells whether events would go anywhere but to the bootstrap sink.
 *
 * Returns: %TRUE if any sink is configured. Thread-safe.
 *
 * Since: 1.0
 */
gboolean
mvx_log_has_sinks (void)
{
  g_auto (GStrv) names = mvx_log_get_sink_names ();

  return names[0] != NULL;
}

/**
 * mvx_log_get_sink_descriptor:
 * @name: a name
 *
 * Tells what identifies a sink. Thread-safe.
 *
 * Returns: (nullable) (transfer full): its descriptor, or %NULL if there is no sink of this name
 *
 * Since: 1.0
 */
MvxLogSinkDescriptor *
mvx_log_get_sink_descriptor (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);
  return mvx_log_registry_get_descriptor (mvx_log_front_registry (), name);
}

/**
 * mvx_log_close_sink:
 * @name: a name
 * @error: return location for an error
 *
 * Takes a sink out of the registry and ends it, after what it has accepted was delivered (5 seconds at most). Refused
 * while a context holds the sink as its own. The name is free again also if ending it failed. Thread-safe.
 *
 * Returns: %TRUE; %FALSE without an error if there is no such sink; %FALSE with %MVX_LOG_SINK_ERROR_IN_USE or
 *   %MVX_LOG_SINK_ERROR_CLOSE_FAILED
 *
 * Since: 1.0
 */
gboolean
mvx_log_close_sink (const char *name, GError **error)
{
  g_return_val_if_fail (name != NULL, FALSE);
  return mvx_log_registry_close (mvx_log_front_registry (), name, mvx_log_tree_get_users, NULL,
                                 g_get_monotonic_time () + MVX_LOG_FRONT_TIMEOUT_US, error);
}

/**
 * mvx_log_get_root_context:
 *
 * Gives access to the context that all others are below.
 *
 * Returns: (transfer full): the root context. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogContext *
mvx_log_get_root_context (void)
{
  mvx_log_front_registry ();
  return mvx_log_tree_get ("");
}

/**
 * mvx_log_get_context:
 * @name: a name; empty for the root
 *
 * Finds a configured context; makes none. Thread-safe. Who wants to log, to any name, names a context with
 * %MVX_LOG_CONTEXT, or makes one with [func@MvxLog.configure_context].
 *
 * Returns: (nullable) (transfer full): the context, or %NULL
 *
 * Since: 1.0
 */
MvxLogContext *
mvx_log_get_context (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);
  mvx_log_front_registry ();
  return mvx_log_tree_get (name);
}

/**
 * mvx_log_configure_context:
 * @name: a name such as `org.example.shop`
 * @error: return location for an error
 *
 * Finds a context, or makes it with all its ancestors; they inherit everything. It is the same object on every call.
 * Thread-safe.
 *
 * Returns: (transfer full): the context, or %NULL with %MVX_LOG_ERROR_INVALID_NAME
 *
 * Since: 1.0
 */
MvxLogContext *
mvx_log_configure_context (const char *name, GError **error)
{
  g_return_val_if_fail (name != NULL, NULL);
  mvx_log_front_registry ();
  return mvx_log_tree_configure (name, error);
}

/**
 * mvx_log_has_context:
 * @name: a name
 *
 * Tells whether a context has settings of its own.
 *
 * Returns: %TRUE if a context of this name is configured. Thread-safe.
 *
 * Since: 1.0
 */
gboolean
mvx_log_has_context (const char *name)
{
  g_autoptr (MvxLogContext) context = mvx_log_get_context (name);

  return context != NULL;
}

/**
 * mvx_log_get_context_names:
 *
 * Lists the configured contexts. Thread-safe.
 *
 * Returns: (transfer full) (array zero-terminated=1): their names; the empty one is the root
 *
 * Since: 1.0
 */
char **
mvx_log_get_context_names (void)
{
  mvx_log_front_registry ();
  return mvx_log_tree_get_names ();
}

/**
 * mvx_log_reset_contexts:
 *
 * Drops all contexts but the root, which keeps its settings. Sinks stay. Contexts that somebody still holds go on
 * working, with everything inherited. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_reset_contexts (void)
{
  mvx_log_front_registry ();
  mvx_log_tree_reset ();
}

/**
 * mvx_log_reset:
 * @error: return location for an error
 *
 * Ends all sinks, the last made first, drops all contexts, and starts anew with the root context on standard error and
 * the levels of the environment, also if ending some sinks failed. Sinks with a queue deliver at the same time, within
 * 5 seconds for all together. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_SINK_ERROR_CLOSE_FAILED that tells all failures
 *
 * Since: 1.0
 */
gboolean
mvx_log_reset (GError **error)
{
  MvxLogRegistry *registry = mvx_log_front_registry ();
  g_autoptr (MvxLogContext) root = mvx_log_tree_get ("");
  gboolean ok;

  mvx_log_status_server_set (FALSE);
  mvx_log_submit_release ();
  mvx_log_submit_summaries (g_get_monotonic_time () + MVX_LOG_FRONT_TIMEOUT_US);
  mvx_log_context_set_sinks (root, NULL, 0, NULL);
  mvx_log_tree_apply (NULL, 0);
  mvx_log_tree_reset ();
  mvx_log_context_set_enabled (root, TRUE);
  ok = mvx_log_registry_reset (registry, mvx_log_async_sink_begin_end,
                               g_get_monotonic_time () + MVX_LOG_FRONT_TIMEOUT_US, error);
  mvx_log_front_bootstrap ();
  mvx_log_environment_apply_levels ();
  return ok;
}

/**
 * mvx_log_register_static_plugin:
 * @plugin: a plugin that is linked into the program; must live for ever
 * @error: return location for an error
 *
 * Makes a plugin known by its name, before any search for a file. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with an error of the domain %MVX_LOG_PLUGIN_ERROR
 *
 * Since: 1.0
 */
gboolean
mvx_log_register_static_plugin (const MvxLogStaticPlugin *plugin, GError **error)
{
  g_return_val_if_fail (plugin != NULL, FALSE);
  return mvx_log_plugin_register_static (plugin, error);
}

/**
 * mvx_log_add_plugin_path:
 * @directory: (type filename): an absolute path
 *
 * Adds a directory in which plugins are looked for, before those of the environment and of the system. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_add_plugin_path (const char *directory)
{
  g_return_if_fail (directory != NULL && g_path_is_absolute (directory));
  mvx_log_search_add_path (directory);
}

/**
 * mvx_log_set_allowed_plugins:
 * @names: (nullable) (array zero-terminated=1): names of plugins, or %NULL to allow all
 *
 * Restricts which plugins may be loaded from files. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_set_allowed_plugins (const char *const *names)
{
  mvx_log_search_set_allowed (names);
}

/**
 * mvx_log_get_plugin_path:
 *
 * Lists where plugins are looked for. Thread-safe.
 *
 * Returns: (transfer full) (array zero-terminated=1): directories, in the order of the search
 *
 * Since: 1.0
 */
char **
mvx_log_get_plugin_path (void)
{
  return mvx_log_search_get_path ();
}

/**
 * mvx_log_set_diagnostics_fd:
 * @fd: a file descriptor, or -1 for silence
 *
 * Sets where the library's own messages go, which is standard error at first. The descriptor stays the caller's.
 * Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_set_diagnostics_fd (int fd)
{
  mvx_log_diag_set_fd (fd);
}

/**
 * mvx_log_set_diagnostics_func:
 * @func: (nullable) (scope notified) (closure data) (destroy destroy): a function, or %NULL for the descriptor again
 * @data: data for @func
 * @destroy: (nullable): frees @data
 *
 * Hands the library's own messages to a function. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_set_diagnostics_func (MvxLogDiagnosticsFunc func, gpointer data, GDestroyNotify destroy)
{
  mvx_log_diag_set_func (func, data, destroy);
}

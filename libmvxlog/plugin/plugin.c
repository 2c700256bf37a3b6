/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "async/async-options-private.h"
#include "base/atfork-private.h"
#include "base/error-private.h"
#include "base/translate-private.h"
#include "plugin/contract-private.h"
#include "plugin/module-private.h"
#include "plugin/plugin-instance-private.h"
#include "plugin/plugin-private.h"
#include "plugin/plugin-sink-private.h"
#include "plugin/search-private.h"
#include "sink/builtin-private.h"
#include "sink/common-private.h"
#include "sink/descriptor-private.h"
#include "sink/members-private.h"
#include "sink/options-private.h"
#include "sink/shape-private.h"
#include "sink/sink-private.h"

#define MVX_LOG_PLUGIN_START_TIMEOUT_US (5 * G_USEC_PER_SEC)

/* A registered plugin, with what its struct_size does not reach set to zero. Never freed. */
typedef struct
{
  MvxLogStaticPlugin api;
  MvxLogPlugin plugin;
  const MvxLogPlugin *original;
} MvxLogPluginRegistered;

static GMutex mvx_log_plugin_mutex;
MVX_LOG_FORK_LOCK (PLUGIN, &mvx_log_plugin_mutex, NULL);
static GPtrArray *mvx_log_plugin_registered;

static const MvxLogStaticPlugin *
mvx_log_plugin_find_builtin (const char *name)
{
  for (guint i = 0; mvx_log_builtin_plugins[i]; i++)
    if (strcmp (mvx_log_builtin_plugins[i]->plugin->name, name) == 0)
      return mvx_log_builtin_plugins[i];
  return NULL;
}

static MvxLogPluginRegistered *
mvx_log_plugin_find_registered (const char *name)
{
  for (guint i = 0; mvx_log_plugin_registered && i < mvx_log_plugin_registered->len; i++)
    {
      MvxLogPluginRegistered *entry = g_ptr_array_index (mvx_log_plugin_registered, i);

      if (strcmp (entry->plugin.name, name) == 0)
        return entry;
    }
  return NULL;
}

static const MvxLogStaticPlugin *
mvx_log_plugin_find_static (const char *name)
{
  const MvxLogStaticPlugin *builtin = mvx_log_plugin_find_builtin (name);
  MvxLogPluginRegistered *entry;

  if (builtin)
    return builtin;
  g_mutex_lock (&mvx_log_plugin_mutex);
  entry = mvx_log_plugin_find_registered (name);
  g_mutex_unlock (&mvx_log_plugin_mutex);
  return entry ? &entry->api : NULL;
}

gboolean
mvx_log_plugin_is_static (const char *name)
{
  return mvx_log_plugin_find_static (name) != NULL;
}

static int
mvx_log_plugin_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
mvx_log_plugin_list (void)
{
  g_auto (GStrv) found = mvx_log_search_list ();
  GPtrArray *names = g_ptr_array_new ();

  g_mutex_lock (&mvx_log_plugin_mutex);
  for (guint i = 0; mvx_log_plugin_registered && i < mvx_log_plugin_registered->len; i++)
    {
      const MvxLogPluginRegistered *entry = g_ptr_array_index (mvx_log_plugin_registered, i);

      if (!g_strv_contains ((const char *const *) found, entry->plugin.name))
        g_ptr_array_add (names, g_strdup (entry->plugin.name));
    }
  g_mutex_unlock (&mvx_log_plugin_mutex);
  for (guint i = 0; found[i]; i++)
    g_ptr_array_add (names, g_strdup (found[i]));
  g_ptr_array_sort (names, mvx_log_plugin_compare);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

const MvxLogStaticPlugin *
mvx_log_plugin_get (const char *name, GError **error)
{
  const MvxLogStaticPlugin *plugin;
  const MvxLogModule *module;

  g_return_val_if_fail (name != NULL, NULL);

  plugin = mvx_log_plugin_find_static (name);
  if (plugin)
    return plugin;
  module = mvx_log_module_load (name, error);
  return module ? &module->api : NULL;
}

static MvxLogPluginRegistered *
mvx_log_plugin_check_static (const MvxLogStaticPlugin *plugin, GError **error)
{
  g_autofree MvxLogPluginRegistered *entry = g_new0 (MvxLogPluginRegistered, 1);

  if (!mvx_log_contract_check_header (plugin->plugin, "(static)", error))
    return NULL;
  mvx_log_contract_copy (plugin->plugin, &entry->plugin);
  if (!mvx_log_search_check_name (entry->plugin.name ? entry->plugin.name : "", error)
      || !mvx_log_contract_check (&entry->plugin, entry->plugin.name, NULL, error))
    return NULL;
  entry->api = *plugin;
  entry->api.plugin = &entry->plugin;
  entry->original = plugin->plugin;
  return g_steal_pointer (&entry);
}

gboolean
mvx_log_plugin_register_static (const MvxLogStaticPlugin *plugin, GError **error)
{
  g_autofree MvxLogPluginRegistered *entry = NULL;
  g_autoptr (GMutexLocker) locker = NULL;
  MvxLogPluginRegistered *existing;
  const char *name;

  g_return_val_if_fail (plugin != NULL && plugin->plugin != NULL, FALSE);
  g_return_val_if_fail (plugin->build_descriptor && plugin->create && plugin->dispatch_core, FALSE);

  entry = mvx_log_plugin_check_static (plugin, error);
  if (entry == NULL)
    return FALSE;
  name = entry->plugin.name;
  locker = g_mutex_locker_new (&mvx_log_plugin_mutex);
  existing = mvx_log_plugin_find_registered (name);
  /* Headers make one copy of MvxLogStaticPlugin per translation unit: what they point to tells. */
  if (existing && existing->original == plugin->plugin)
    return TRUE;
  if (existing || mvx_log_plugin_find_builtin (name))
    {
      g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_INVALID_NAME,
                   _ ("The plugin name '%s' is taken by %s; give the plugin another name"), name,
                   existing ? "another static plugin" : "a plugin of the library");
      return FALSE;
    }
  if (mvx_log_plugin_registered == NULL)
    mvx_log_plugin_registered = g_ptr_array_new ();
  g_ptr_array_add (mvx_log_plugin_registered, g_steal_pointer (&entry));
  return TRUE;
}

MvxLogOptions *
mvx_log_plugin_new_options (const MvxLogStaticPlugin *plugin)
{
  const MvxLogOptionSpec *tables[4];
  guint n_tables = 0;

  if (plugin->plugin->options)
    tables[n_tables++] = plugin->plugin->options;
  tables[n_tables++] = mvx_log_common_options;
  tables[n_tables++] = mvx_log_shape_options;
  if (plugin->plugin->flags & MVX_LOG_PLUGIN_ASYNC)
    tables[n_tables++] = mvx_log_common_async_options;
  return mvx_log_options_new_tables (tables, n_tables);
}

/* The options that the plugin does not know of. */
static GVariant *
mvx_log_plugin_common_key (const MvxLogStaticPlugin *plugin, MvxLogOptions *options)
{
  g_autoptr (GVariant) all = mvx_log_options_to_variant (options);
  const MvxLogOptionSpec *own = plugin->plugin->options;
  GVariantBuilder builder;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_iter_init (&iter, all);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      const MvxLogOptionSpec *row = own;

      while (row && row->name && strcmp (row->name, name) != 0)
        row++;
      if (row == NULL || row->name == NULL)
        g_variant_builder_add (&builder, "{sv}", name, value);
    }
  return g_variant_builder_end (&builder);
}

/* An option of this name of its own lets a plugin do without a worker. */
static gboolean
mvx_log_plugin_is_async (const MvxLogStaticPlugin *plugin, MvxLogOptions *options)
{
  const MvxLogOptionSpec *spec = mvx_log_options_find (options, "async");

  return (plugin->plugin->flags & MVX_LOG_PLUGIN_ASYNC)
         && (spec == NULL || spec->type != MVX_LOG_OPTION_BOOLEAN || mvx_log_options_get_boolean (options, "async"));
}

static gboolean
mvx_log_plugin_check_options (const MvxLogStaticPlugin *plugin, MvxLogOptions *options, GError **error)
{
  return mvx_log_options_check (options, error)
         && mvx_log_async_options_check (options, plugin->plugin->name, mvx_log_plugin_is_async (plugin, options),
                                         plugin->plugin->flags & MVX_LOG_PLUGIN_ACKNOWLEDGES, error);
}

MvxLogSinkDescriptor *
mvx_log_plugin_describe (const MvxLogStaticPlugin *plugin,
                         const char *sink_name,
                         MvxLogOptions *options,
                         GError **error)
{
  g_autoptr (MvxLogSinkDescriptor) descriptor = NULL;
  g_autoptr (GError) local = NULL;

  if (!mvx_log_plugin_check_options (plugin, options, error))
    return NULL;
  descriptor = plugin->build_descriptor (options, &local);
  if (descriptor && local == NULL)
    {
      mvx_log_sink_descriptor_complete (descriptor, plugin->plugin->name, mvx_log_plugin_common_key (plugin, options),
                                        mvx_log_options_hash_secrets (options));
      return g_steal_pointer (&descriptor);
    }
  if (local == NULL)
    local = g_error_new_literal (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNEXPECTED,
                                 "build_descriptor returned nothing and gave no reason; "
                                 "report this to whoever wrote the plugin");
  mvx_log_error_wrap (&local, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED,
                      "Plugin '%s' could not describe sink '%s'", plugin->plugin->name, sink_name);
  mvx_log_error_take_details (
      local, g_variant_new_parsed ("{'sink-name': <%s>, 'plugin': <%s>}", sink_name, plugin->plugin->name));
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static gboolean
mvx_log_plugin_get_level (MvxLogOptions *options, gint *level, GError **error)
{
  const char *text = mvx_log_options_get_string (options, "level");

  *level = MVX_LOG_LEVEL_INFO;
  return text == NULL || mvx_log_level_from_string (text, level, error);
}

static void
mvx_log_plugin_apply_common (MvxLogSink *sink, MvxLogOptions *options, gint level)
{
  if (mvx_log_options_is_set (options, "level"))
    mvx_log_sink_set_level (sink, level);
  mvx_log_sink_set_enabled (sink, mvx_log_options_get_boolean (options, "enabled"));
}

/* What forwards leaves shaping to those who deliver, and calls whatever they are. */
static void
mvx_log_plugin_apply_members (MvxLogSink *sink, gboolean is_builtin)
{
  MvxLogSinkCommon *common = mvx_log_sink_common (sink);

  common->quiet = is_builtin && common->members == NULL;
  common->transparent = common->members && !mvx_log_members_are_aside (common->members);
}

MvxLogSink *
mvx_log_plugin_create_sink (const MvxLogStaticPlugin *plugin,
                            const char *sink_name,
                            MvxLogOptions *options,
                            GError **error)
{
  gboolean is_async = mvx_log_plugin_is_async (plugin, options);
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GError) local = NULL;
  gboolean is_builtin;
  gint level;

  if (!mvx_log_plugin_check_options (plugin, options, error) || !mvx_log_plugin_get_level (options, &level, error))
    return NULL;
  is_builtin = mvx_log_plugin_find_builtin (plugin->plugin->name) == plugin;
  if (is_async)
    sink = mvx_log_plugin_async_sink_new (plugin, sink_name, options, &local);
  else
    sink = mvx_log_plugin_sink_new (plugin, sink_name, options, is_builtin, &local);
  if (sink)
    {
      mvx_log_sink_set_name (sink, sink_name);
      mvx_log_plugin_apply_common (sink, options, level);
      mvx_log_plugin_apply_members (sink, is_builtin);
      if (!is_async
          || mvx_log_plugin_async_sink_start (MVX_LOG_PLUGIN_ASYNC_SINK (sink),
                                              g_get_monotonic_time () + MVX_LOG_PLUGIN_START_TIMEOUT_US, &local))
        return g_steal_pointer (&sink);
    }
  if (!g_error_matches (local, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED))
    {
      mvx_log_error_wrap (&local, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED,
                          "Plugin '%s' could not create sink '%s'", plugin->plugin->name, sink_name);
      mvx_log_error_take_details (
          local, g_variant_new_parsed ("{'sink-name': <%s>, 'plugin': <%s>}", sink_name, plugin->plugin->name));
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

MvxLogOptions *
mvx_log_plugin_sink_get_options (MvxLogSink *sink)
{
  MvxLogPluginInstance *instance = mvx_log_plugin_instance_of (sink);

  return instance ? mvx_log_plugin_instance_get_options (instance) : NULL;
}

const MvxLogStaticPlugin *
mvx_log_plugin_sink_get_plugin (MvxLogSink *sink)
{
  MvxLogPluginInstance *instance = mvx_log_plugin_instance_of (sink);

  return instance ? mvx_log_plugin_instance_get_api (instance) : NULL;
}

gpointer
mvx_log_plugin_sink_get_instance (MvxLogSink *sink)
{
  MvxLogPluginInstance *instance = mvx_log_plugin_instance_of (sink);

  return instance ? mvx_log_plugin_instance_get_data (instance) : NULL;
}

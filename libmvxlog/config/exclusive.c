/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error-private.h"
#include "config/exclusive-private.h"
#include "plugin/plugin-private.h"
#include "sink/descriptor-private.h"

gboolean
mvx_log_exclusive_compare (const char *name,
                           const MvxLogStaticPlugin *plugin,
                           MvxLogSinkDescriptor *descriptor,
                           const char *other_name,
                           const MvxLogStaticPlugin *other_plugin,
                           MvxLogSinkDescriptor *other_descriptor,
                           GError **error)
{
  guint flags = plugin->plugin->flags | (other_plugin ? other_plugin->plugin->flags : 0);

  if (other_plugin == plugin && (flags & MVX_LOG_PLUGIN_SINGLETON))
    {
      g_propagate_error (
          error, mvx_log_error_new (
                     MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_RESOURCE_IN_USE, NULL,
                     g_variant_new_parsed ("{'sink-name': <%s>, 'used-by': <%s>}", name, other_name),
                     "Cannot make sink '%s': there can be only one sink of plugin '%s', and '%s' is one; use that sink",
                     name, plugin->plugin->name, other_name));
      return FALSE;
    }
  if ((flags & MVX_LOG_PLUGIN_EXCLUSIVE_RESOURCE) && descriptor && other_descriptor
      && mvx_log_sink_descriptor_same_resource (descriptor, other_descriptor))
    {
      GVariant *resource = mvx_log_sink_descriptor_get_resource_key (descriptor);
      g_autofree char *text = resource ? g_variant_print (resource, FALSE) : g_strdup ("its resource");

      g_propagate_error (
          error,
          mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_RESOURCE_IN_USE, NULL,
                             g_variant_new_parsed ("{'sink-name': <%s>, 'used-by': <%s>}", name, other_name),
                             "Cannot make sink '%s': sink '%s' already uses %s; use that sink or another resource",
                             name, other_name, text));
      return FALSE;
    }
  return TRUE;
}

gboolean
mvx_log_exclusive_check (MvxLogRegistry *registry,
                         const char *name,
                         const MvxLogStaticPlugin *plugin,
                         MvxLogSinkDescriptor *descriptor,
                         char **conflict,
                         GError **error)
{
  g_auto (GStrv) names = mvx_log_registry_get_names (registry);

  for (guint i = 0; names && names[i]; i++)
    {
      g_autoptr (MvxLogSink) sink = NULL;
      g_autoptr (MvxLogSinkDescriptor) other = NULL;

      if (g_str_equal (names[i], name))
        continue;
      sink = mvx_log_registry_get (registry, names[i]);
      other = mvx_log_registry_get_descriptor (registry, names[i]);
      if (sink == NULL
          || mvx_log_exclusive_compare (name, plugin, descriptor, names[i], mvx_log_plugin_sink_get_plugin (sink),
                                        other, error))
        continue;
      if (conflict)
        *conflict = g_strdup (names[i]);
      return FALSE;
    }
  return TRUE;
}

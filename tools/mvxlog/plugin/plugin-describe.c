/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "plugin/plugin-describe.h"
#include "sink/quantity-private.h"
#include "base/tool-text.h"

typedef struct
{
  guint flag;
  const char *name;
} MvxPluginFlag;

static const MvxPluginFlag mvx_plugin_flags[] = {
  { MVX_LOG_PLUGIN_ASYNC, "async" },
  { MVX_LOG_PLUGIN_ACKNOWLEDGES, "acknowledges" },
  { MVX_LOG_PLUGIN_SINGLETON, "singleton" },
  { MVX_LOG_PLUGIN_EXCLUSIVE_RESOURCE, "exclusive-resource" },
  { 0, NULL },
};

static const MvxPluginFlag mvx_plugin_option_flags[] = {
  { MVX_LOG_OPTION_REQUIRED, "required" },
  { MVX_LOG_OPTION_SECRET, "secret" },
  { MVX_LOG_OPTION_DEPRECATED, "deprecated" },
  { MVX_LOG_OPTION_RELOADABLE, "reloadable" },
  { MVX_LOG_OPTION_SINK, "sink" },
  { 0, NULL },
};

static const char *const mvx_plugin_types[]
    = { "?", "string", "boolean", "int64", "double", "choice", "duration", "size", "list" };

gboolean
mvx_plugin_describe_load (const char *what, MvxPluginFound *found, GError **error)
{
  const MvxLogStaticPlugin *plugin;

  if (strchr (what, '/'))
    {
      plugin = mvx_log_load_plugin_file (what, error);
      found->path = plugin ? g_canonicalize_filename (what, NULL) : NULL;
    }
  else
    {
      plugin = mvx_log_find_plugin (what, error);
      found->path = plugin ? mvx_log_locate_plugin (what, NULL) : NULL;
    }
  found->plugin = plugin ? plugin->plugin : NULL;
  return plugin != NULL;
}

static const char *
mvx_plugin_type (const MvxLogOptionSpec *spec)
{
  return mvx_plugin_types[(guint) spec->type < G_N_ELEMENTS (mvx_plugin_types) ? spec->type : 0];
}

static void
mvx_plugin_json_member (GString *out, const char *key, const char *text)
{
  g_string_append_printf (out, ",\"%s\":", key);
  if (text)
    mvx_tool_text_json (out, text, -1);
  else
    g_string_append (out, "null");
}

static void
mvx_plugin_json_flags (GString *out, const MvxPluginFlag *names, guint flags)
{
  const char *comma = "";

  g_string_append (out, ",\"flags\":[");
  for (; names->name; names++)
    if (flags & names->flag)
      {
        g_string_append_printf (out, "%s\"%s\"", comma, names->name);
        comma = ",";
      }
  g_string_append_c (out, ']');
}

static void
mvx_plugin_json_option (GString *out, const MvxLogOptionSpec *spec, gboolean common)
{
  g_string_append (out, "{\"name\":");
  mvx_tool_text_json (out, spec->name, -1);
  mvx_plugin_json_member (out, "type", mvx_plugin_type (spec));
  mvx_plugin_json_flags (out, mvx_plugin_option_flags, spec->flags);
  mvx_plugin_json_member (out, "default", spec->default_text);
  if (spec->min != 0 || spec->max != 0)
    g_string_append_printf (out, ",\"minimum\":%" G_GINT64_FORMAT ",\"maximum\":%" G_GINT64_FORMAT, spec->min,
                            spec->max);
  if (spec->choices)
    {
      g_string_append (out, ",\"choices\":[");
      for (guint i = 0; spec->choices[i]; i++)
        {
          g_string_append (out, i > 0 ? "," : "");
          mvx_tool_text_json (out, spec->choices[i], -1);
        }
      g_string_append_c (out, ']');
    }
  mvx_plugin_json_member (out, "summary", spec->summary);
  g_string_append_printf (out, ",\"common\":%s}", common ? "true" : "false");
}

static void
mvx_plugin_json_table (GString *out, const MvxLogOptionSpec *table, gboolean common)
{
  for (; table && table->name; table++)
    {
      if (out->str[out->len - 1] == '}')
        g_string_append_c (out, ',');
      mvx_plugin_json_option (out, table, common);
    }
}

void
mvx_plugin_describe_json (const MvxPluginFound *found, GString *out)
{
  const MvxLogPlugin *plugin = found->plugin;

  g_string_append (out, "{\"name\":");
  mvx_tool_text_json (out, plugin->name, -1);
  mvx_plugin_json_member (out, "version", plugin->version);
  g_string_append_printf (out, ",\"abi\":\"%u.%u\"", plugin->abi >> 16, plugin->abi & 0xffff);
  mvx_plugin_json_member (out, "licence", plugin->licence);
  mvx_plugin_json_member (out, "path", found->path);
  mvx_plugin_json_member (out, "status", "ok");
  mvx_plugin_json_member (out, "summary", plugin->summary);
  mvx_plugin_json_member (out, "origin", plugin->origin);
  mvx_plugin_json_flags (out, mvx_plugin_flags, plugin->flags);
  g_string_append (out, ",\"options\":[");
  mvx_plugin_json_table (out, plugin->options, FALSE);
  mvx_plugin_json_table (out, mvx_log_get_common_options (FALSE), TRUE);
  if (plugin->flags & MVX_LOG_PLUGIN_ASYNC)
    mvx_plugin_json_table (out, mvx_log_get_common_options (TRUE), TRUE);
  mvx_plugin_json_table (out, mvx_log_get_shaping_options (), TRUE);
  g_string_append (out, "]}");
}

static char *
mvx_plugin_text_limit (const MvxLogOptionSpec *spec, gint64 value)
{
  if (spec->type == MVX_LOG_OPTION_DURATION && value >= 0)
    return mvx_log_quantity_format_duration (value);
  if (spec->type == MVX_LOG_OPTION_SIZE && value >= 0)
    return mvx_log_quantity_format_size ((guint64) value);
  return g_strdup_printf ("%" G_GINT64_FORMAT, value);
}

static void
mvx_plugin_text_flags (GString *out, const MvxPluginFlag *names, guint flags, const char *comma)
{
  for (; names->name; names++)
    if (flags & names->flag)
      {
        g_string_append_printf (out, "%s%s", comma, names->name);
        comma = ", ";
      }
}

static void
mvx_plugin_text_option (GString *out, const MvxLogOptionSpec *spec)
{
  g_autofree char *min = mvx_plugin_text_limit (spec, spec->min);
  g_autofree char *max = mvx_plugin_text_limit (spec, spec->max);

  g_string_append_printf (out, "  %-18s %s", spec->name, mvx_plugin_type (spec));
  if (spec->min != 0 || spec->max != 0)
    g_string_append_printf (out, ", %s to %s", min, max);
  if (spec->choices)
    for (guint i = 0; spec->choices[i]; i++)
      {
        g_string_append (out, i > 0 ? "|" : ": ");
        mvx_tool_text_escape (out, spec->choices[i], -1, 0);
      }
  if (spec->default_text)
    {
      g_string_append (out, ", default ");
      mvx_tool_text_word (out, spec->default_text, -1);
    }
  mvx_plugin_text_flags (out, mvx_plugin_option_flags, spec->flags, ", ");
  if (spec->summary && *spec->summary)
    {
      g_string_append_printf (out, "\n  %-18s ", "");
      mvx_tool_text_escape (out, spec->summary, -1, 0);
    }
  g_string_append_c (out, '\n');
}

static void
mvx_plugin_text_table (GString *out, const char *title, const MvxLogOptionSpec *table)
{
  if (table == NULL || table->name == NULL)
    return;
  g_string_append_printf (out, "\n%s\n", title);
  for (; table->name; table++)
    mvx_plugin_text_option (out, table);
}

static void
mvx_plugin_text_line (GString *out, const char *title, const char *text)
{
  if (text == NULL || *text == '\0')
    return;
  g_string_append_printf (out, "%-8s ", title);
  mvx_tool_text_escape (out, text, -1, 0);
  g_string_append_c (out, '\n');
}

void
mvx_plugin_describe_text (const MvxPluginFound *found, GString *out)
{
  const MvxLogPlugin *plugin = found->plugin;

  mvx_plugin_text_line (out, "Plugin", plugin->name);
  mvx_plugin_text_line (out, "Summary", plugin->summary);
  mvx_plugin_text_line (out, "Version", plugin->version);
  g_string_append_printf (out, "%-8s %u.%u\n", "ABI", plugin->abi >> 16, plugin->abi & 0xffff);
  mvx_plugin_text_line (out, "Licence", plugin->licence);
  mvx_plugin_text_line (out, "Origin", plugin->origin);
  mvx_plugin_text_line (out, "Path", found->path ? found->path : "(built in)");
  if (plugin->flags != 0)
    {
      g_string_append_printf (out, "%-8s ", "Flags");
      mvx_plugin_text_flags (out, mvx_plugin_flags, plugin->flags, "");
      g_string_append_c (out, '\n');
    }
  mvx_plugin_text_table (out, "Options", plugin->options);
  mvx_plugin_text_table (out, "Options of every sink", mvx_log_get_common_options (FALSE));
  if (plugin->flags & MVX_LOG_PLUGIN_ASYNC)
    mvx_plugin_text_table (out, "Options of every sink with a worker", mvx_log_get_common_options (TRUE));
  mvx_plugin_text_table (out, "What every sink may be kept from seeing", mvx_log_get_shaping_options ());
}

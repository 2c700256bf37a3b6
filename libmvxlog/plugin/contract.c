/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>

#include "base/error-private.h"
#include "base/translate-private.h"
#include "plugin/contract-private.h"
#include "sink/options-private.h"

#define MVX_LOG_CONTRACT_FLAGS                                                                                         \
  (MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES | MVX_LOG_PLUGIN_SINGLETON | MVX_LOG_PLUGIN_EXCLUSIVE_RESOURCE)

gboolean
mvx_log_contract_check_header (const MvxLogPlugin *plugin, const char *label, GError **error)
{
  guint major = plugin->abi >> 16;
  guint minor = plugin->abi & 0xffff;

  if (plugin->magic != MVX_LOG_PLUGIN_MAGIC)
    {
      g_set_error (
          error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_BAD_MAGIC,
          _ ("Plugin '%s' has magic 0x%08x instead of 0x%08x; define its data symbol with MVX_LOG_PLUGIN_DEFINE"),
          label, plugin->magic, MVX_LOG_PLUGIN_MAGIC);
      return FALSE;
    }
  if (major != MVX_LOG_PLUGIN_ABI_MAJOR || minor > MVX_LOG_PLUGIN_ABI_MINOR)
    {
      g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_ABI_MISMATCH,
                   _ ("Plugin '%s' was built for plugin ABI %u.%u, this libmvxlog supports %u.0 to %u.%u; "
                      "rebuild the plugin or upgrade libmvxlog"),
                   label, major, minor, MVX_LOG_PLUGIN_ABI_MAJOR, MVX_LOG_PLUGIN_ABI_MAJOR, MVX_LOG_PLUGIN_ABI_MINOR);
      return FALSE;
    }
  /* No older minor had a larger structure, so that a larger one is a lie. */
  if (plugin->struct_size < MVX_LOG_PLUGIN_MIN_SIZE || plugin->struct_size > sizeof (MvxLogPlugin))
    {
      g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_BAD_STRUCT_SIZE,
                   _ ("Plugin '%s' says that its MvxLogPlugin has %u bytes, it must have %u to %u; "
                      "rebuild the plugin and set struct_size to sizeof (MvxLogPlugin)"),
                   label, plugin->struct_size, (guint) MVX_LOG_PLUGIN_MIN_SIZE, (guint) sizeof (MvxLogPlugin));
      return FALSE;
    }
  return TRUE;
}

void
mvx_log_contract_copy (const MvxLogPlugin *plugin, MvxLogPlugin *copy)
{
  gsize size = MIN (plugin->struct_size, sizeof (MvxLogPlugin));

  memset (copy, 0, sizeof *copy);
  /* Half a pointer is none. */
  memcpy (copy, plugin, size - size % sizeof (gpointer));
}

static gboolean
mvx_log_contract_check_flags (const MvxLogPlugin *copy, const char *label, GError **error)
{
  guint unknown = copy->flags & ~(guint) MVX_LOG_CONTRACT_FLAGS;

  if (unknown != 0)
    {
      g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_BAD_FLAGS,
                   _ ("Plugin '%s' has unknown flags 0x%x; set only MvxLogPluginFlags, the others are reserved"), label,
                   unknown);
      return FALSE;
    }
  if ((copy->flags & MVX_LOG_PLUGIN_ACKNOWLEDGES) && !(copy->flags & MVX_LOG_PLUGIN_ASYNC))
    {
      g_set_error (
          error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_BAD_FLAGS,
          _ ("Plugin '%s' has the flag ACKNOWLEDGES without ASYNC; set both, for only a plugin with a worker can "
             "acknowledge"),
          label);
      return FALSE;
    }
  return TRUE;
}

static gboolean
mvx_log_contract_check_text (const char *label, const char *member, const char *value, GError **error)
{
  if (value && *value && g_utf8_validate (value, -1, NULL))
    return TRUE;
  g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_BAD_METADATA,
               _ ("Plugin '%s' has no '%s' or one that is not UTF-8 text; give one to MVX_LOG_PLUGIN_DEFINE"), label,
               member);
  return FALSE;
}

static gboolean
mvx_log_contract_check_name (const MvxLogPlugin *copy, const char *label, const char *name, GError **error)
{
  g_autofree char *shown = NULL;

  if (name == NULL || g_strcmp0 (copy->name, name) == 0)
    return TRUE;
  shown = g_utf8_make_valid (copy->name ? copy->name : "", -1);
  g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_NAME_MISMATCH,
               _ ("Plugin '%s' calls itself '%s' instead of '%s'; rename the file or the plugin"), label, shown, name);
  return FALSE;
}

gboolean
mvx_log_contract_check (const MvxLogPlugin *copy, const char *label, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (copy->destroy == NULL)
    {
      g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_NO_DESTROY,
                   _ ("Plugin '%s' has no 'destroy'; give one to MVX_LOG_PLUGIN_DEFINE"), label);
      return FALSE;
    }
  if (!mvx_log_contract_check_flags (copy, label, error) || !mvx_log_contract_check_name (copy, label, name, error)
      || !mvx_log_contract_check_text (label, "version", copy->version, error)
      || !mvx_log_contract_check_text (label, "summary", copy->summary, error)
      || !mvx_log_contract_check_text (label, "licence", copy->licence, error))
    return FALSE;
  if (copy->options == NULL || mvx_log_option_table_check (copy->options, &local))
    return TRUE;
  mvx_log_error_wrap (&local, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "Plugin '%s'", label);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

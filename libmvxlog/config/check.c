/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "config/check-private.h"
#include "config/text-private.h"
#include "sink/options-private.h"

gboolean
mvx_log_check_is_name (const char *name)
{
  if (!g_ascii_isalpha (*name))
    return FALSE;
  for (; *name; name++)
    if (!g_ascii_isalnum (*name) && *name != '_' && *name != '-')
      return FALSE;
  return TRUE;
}

void
mvx_log_check_unknown_key (MvxLogCheck *check,
                           const MvxLogConfigGroup *group,
                           const MvxLogConfigEntry *entry,
                           const char *const *keys)
{
  g_autofree char *hint = mvx_log_problems_hint (check->problems, entry->key, keys);
  g_autofree char *list = *hint ? NULL : g_strjoinv (", ", (char **) keys);

  mvx_log_problems_add_lenient (check->problems, &entry->at, group->name, entry->key, "unknown key%s%s%s", hint,
                                list ? "; known keys: " : "", list ? list : "");
}

void
mvx_log_check_keys (MvxLogCheck *check, const MvxLogConfigGroup *group, const char *const *keys)
{
  for (guint i = 0; i < group->entries->len; i++)
    {
      const MvxLogConfigEntry *entry = g_ptr_array_index (group->entries, i);

      if (!g_strv_contains (keys, entry->key))
        mvx_log_check_unknown_key (check, group, entry, keys);
    }
}

/* Who writes "level=info # for now" learns what is wrong with it. */
static gboolean
mvx_log_check_has_comment (const MvxLogConfigEntry *entry)
{
  return entry->form == MVX_LOG_ENTRY_RAW && (strstr (entry->text, " #") || strstr (entry->text, "\t#"));
}

void
mvx_log_check_value (MvxLogCheck *check,
                     const MvxLogConfigGroup *group,
                     const MvxLogConfigEntry *entry,
                     const char *reason)
{
  mvx_log_problems_add (check->problems, &entry->value_at, group->name, entry->key, "%s%s", reason,
                        mvx_log_check_has_comment (entry) ? "; a comment must stand on a line of its own" : "");
}

char *
mvx_log_check_text (MvxLogCheck *check, const MvxLogConfigGroup *group, const char *key)
{
  MvxLogConfigEntry *entry = mvx_log_config_group_find (group, key);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  if (entry && !mvx_log_text_get (entry, &text, &error))
    mvx_log_check_value (check, group, entry, error->message);
  return text;
}

char **
mvx_log_check_list (MvxLogCheck *check, const MvxLogConfigGroup *group, const char *key)
{
  MvxLogConfigEntry *entry = mvx_log_config_group_find (group, key);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) items = NULL;

  if (entry == NULL)
    return NULL;
  if (!mvx_log_text_get_list (entry, &items, &error))
    mvx_log_check_value (check, group, entry, error->message);
  else if (items[0] == NULL)
    mvx_log_check_value (check, group, entry, "the list is empty; give it an item or remove the key");
  else if (g_strv_contains ((const char *const *) items, ""))
    mvx_log_check_value (check, group, entry, "the list has an empty item; remove it");
  else
    return g_steal_pointer (&items);
  return NULL;
}

GVariant *
mvx_log_check_parse (MvxLogCheck *check, const MvxLogConfigGroup *group, const MvxLogOptionSpec *spec)
{
  MvxLogConfigEntry *entry = mvx_log_config_group_find (group, spec->name);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) items = NULL;
  GVariant *normal = NULL;

  if (entry == NULL)
    return NULL;
  if (spec->type == MVX_LOG_OPTION_STRV)
    {
      if (mvx_log_text_get_list (entry, &items, &error))
        return g_variant_ref_sink (g_variant_new_strv ((const char *const *) items, -1));
    }
  else if (mvx_log_text_get (entry, &text, &error) && mvx_log_option_parse (spec, text, &normal, &error))
    return normal;
  mvx_log_check_value (check, group, entry, error->message);
  return NULL;
}

gint
mvx_log_check_choice (MvxLogCheck *check, const MvxLogConfigGroup *group, const char *key, const char *const *choices)
{
  g_autofree char *text = mvx_log_check_text (check, group, key);
  g_autofree char *hint = NULL;
  g_autofree char *list = NULL;
  g_autofree char *reason = NULL;

  if (text == NULL)
    return -1;
  for (gint i = 0; choices[i]; i++)
    if (g_str_equal (choices[i], text))
      return i;
  hint = mvx_log_problems_hint (check->problems, text, choices);
  list = g_strjoinv (", ", (char **) choices);
  reason = g_strdup_printf ("unknown value '%s'%s%s allowed: %s", text, hint, *hint ? "" : ";", list);
  mvx_log_check_value (check, group, mvx_log_config_group_find (group, key), reason);
  return -1;
}

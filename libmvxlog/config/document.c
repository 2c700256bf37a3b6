/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "config/document-private.h"

static void
mvx_log_config_group_free (gpointer data)
{
  MvxLogConfigGroup *group = data;

  g_hash_table_unref (group->by_key);
  g_ptr_array_unref (group->entries);
  g_free (group->name);
  g_free (group->kind);
  g_free (group->id);
  g_free (group);
}

MvxLogDocument *
mvx_log_document_new (void)
{
  MvxLogDocument *document = g_new0 (MvxLogDocument, 1);

  document->groups = g_ptr_array_new_with_free_func (mvx_log_config_group_free);
  document->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  document->files = g_ptr_array_new ();
  return document;
}

void
mvx_log_document_free (MvxLogDocument *document)
{
  g_hash_table_unref (document->by_name);
  g_ptr_array_unref (document->groups);
  g_ptr_array_unref (document->files);
  g_free (document);
}

MvxLogConfigOrigin
mvx_log_document_add_file (MvxLogDocument *document, const char *file)
{
  MvxLogConfigOrigin at = { g_intern_string (file), document->files->len, 1, 1 };

  g_ptr_array_add (document->files, (gpointer) at.file);
  return at;
}

MvxLogConfigGroup *
mvx_log_document_add_group (MvxLogDocument *document, const char *name, const MvxLogConfigOrigin *at)
{
  MvxLogConfigGroup *group = g_hash_table_lookup (document->by_name, name);
  const char *blank = strchr (name, ' ');

  if (group)
    return group;
  group = g_new0 (MvxLogConfigGroup, 1);
  group->name = g_strdup (name);
  group->kind = blank ? g_strndup (name, (gsize) (blank - name)) : g_strdup (name);
  group->id = g_strdup (blank ? blank + 1 : "");
  group->at = *at;
  group->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_config_entry_free);
  group->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  g_ptr_array_add (document->groups, group);
  g_hash_table_insert (document->by_name, group->name, group);
  return group;
}

MvxLogConfigGroup *
mvx_log_document_find (MvxLogDocument *document, const char *kind, const char *id)
{
  g_autofree char *name = *id ? g_strconcat (kind, " ", id, NULL) : g_strdup (kind);

  return g_hash_table_lookup (document->by_name, name);
}

const char **
mvx_log_document_ids (MvxLogDocument *document, const char *kind)
{
  GPtrArray *ids = g_ptr_array_new ();

  for (guint i = 0; i < document->groups->len; i++)
    {
      const MvxLogConfigGroup *group = g_ptr_array_index (document->groups, i);

      if (g_str_equal (group->kind, kind))
        g_ptr_array_add (ids, group->id);
    }
  g_ptr_array_add (ids, NULL);
  return (const char **) g_ptr_array_free (ids, FALSE);
}

MvxLogConfigEntry *
mvx_log_config_entry_new (const char *key,
                          MvxLogEntryForm form,
                          const MvxLogConfigOrigin *at,
                          const MvxLogConfigOrigin *value_at)
{
  MvxLogConfigEntry *entry = g_new0 (MvxLogConfigEntry, 1);

  entry->key = g_strdup (key);
  entry->form = form;
  entry->at = *at;
  entry->value_at = *value_at;
  return entry;
}

void
mvx_log_config_entry_free (MvxLogConfigEntry *entry)
{
  g_free (entry->key);
  g_free (entry->text);
  g_strfreev (entry->items);
  g_free (entry);
}

void
mvx_log_config_group_set (MvxLogConfigGroup *group, MvxLogConfigEntry *entry)
{
  gpointer old = g_hash_table_lookup (group->by_key, entry->key);

  /* The table borrows the key of the entry. */
  g_hash_table_remove (group->by_key, entry->key);
  if (old)
    g_ptr_array_remove (group->entries, old);
  g_ptr_array_add (group->entries, entry);
  g_hash_table_insert (group->by_key, entry->key, entry);
}

MvxLogConfigEntry *
mvx_log_config_group_find (const MvxLogConfigGroup *group, const char *key)
{
  return g_hash_table_lookup (group->by_key, key);
}

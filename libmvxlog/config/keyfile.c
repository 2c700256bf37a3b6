/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config/keyfile-private.h"
#include "config/lineindex-private.h"

typedef struct
{
  MvxLogDocument *document;
  MvxLogProblems *problems;
  const MvxLogConfigOrigin *at;
  GKeyFile *parsed;    /* NULL if the file has faults: GKeyFile knows only the first one */
  GHashTable *headers; /* group -> its line */
  GHashTable *keys;    /* of the current group -> their lines */
  MvxLogConfigGroup *group;
  gboolean begun; /* a header was seen, be it a bad one */
} MvxLogKeyfile;

static void
mvx_log_keyfile_add_group (MvxLogKeyfile *file, const MvxLogLine *line)
{
  MvxLogConfigOrigin at = { file->at->file, file->at->order, line->line, line->column };
  gpointer first = NULL;

  if (g_hash_table_lookup_extended (file->headers, line->name, NULL, &first))
    mvx_log_problems_add (file->problems, &at, line->name, NULL,
                          "the group was already opened on line %u; put all its keys there", GPOINTER_TO_UINT (first));
  else
    g_hash_table_insert (file->headers, line->name, GUINT_TO_POINTER (line->line));
  /* Keys of a second [group] of the same name do not merge with the first one's. */
  g_hash_table_remove_all (file->keys);
  file->begun = TRUE;
  file->group = first ? NULL : mvx_log_document_add_group (file->document, line->name, &at);
}

static void
mvx_log_keyfile_add_key (MvxLogKeyfile *file, const MvxLogLine *line)
{
  MvxLogConfigOrigin at = { file->at->file, file->at->order, line->line, line->column };
  MvxLogConfigOrigin value_at = { file->at->file, file->at->order, line->line, line->value_column };
  gpointer first = g_hash_table_lookup (file->keys, line->name);
  MvxLogConfigEntry *entry;

  if (file->group == NULL)
    {
      if (!file->begun)
        mvx_log_problems_add (file->problems, &at, NULL, line->name,
                              "stands before the first group; put it under a header such as '[mvxlog]'");
      return;
    }
  if (first)
    {
      mvx_log_problems_add (file->problems, &at, file->group->name, line->name,
                            "the key was already given on line %u; remove one of the two", GPOINTER_TO_UINT (first));
      return;
    }
  g_hash_table_insert (file->keys, line->name, GUINT_TO_POINTER (line->line));
  entry = mvx_log_config_entry_new (line->name, MVX_LOG_ENTRY_RAW, &at, &value_at);
  if (file->parsed)
    entry->text = g_key_file_get_value (file->parsed, file->group->name, line->name, NULL);
  /* GKeyFile does not know of faults and lets the last of several duplicates win. */
  if (g_strcmp0 (entry->text, line->value) != 0)
    {
      g_free (entry->text);
      entry->text = g_strdup (line->value);
    }
  mvx_log_config_group_set (file->group, entry);
}

static void
mvx_log_keyfile_add_bad (MvxLogKeyfile *file, const MvxLogLine *line)
{
  MvxLogConfigOrigin at = { file->at->file, file->at->order, line->line, line->column };

  mvx_log_problems_add (file->problems, &at, file->group && !line->header ? file->group->name : NULL, NULL, "%s",
                        line->fault);
  if (!line->header)
    return;
  /* What follows belongs to a group that nobody knows, not to the one before. */
  file->begun = TRUE;
  file->group = NULL;
}

static gboolean
mvx_log_keyfile_has_faults (GPtrArray *lines)
{
  for (guint i = 0; i < lines->len; i++)
    if (((const MvxLogLine *) g_ptr_array_index (lines, i))->kind == MVX_LOG_LINE_BAD)
      return TRUE;
  return lines->len > 0 && ((const MvxLogLine *) g_ptr_array_index (lines, 0))->kind == MVX_LOG_LINE_KEY;
}

static GKeyFile *
mvx_log_keyfile_load (const char *data, gsize length, MvxLogKeyfile *file)
{
  g_autoptr (GKeyFile) parsed = g_key_file_new ();
  g_autoptr (GError) error = NULL;

  if (length == 0 || g_key_file_load_from_data (parsed, data, length, G_KEY_FILE_NONE, &error))
    return g_steal_pointer (&parsed);
  mvx_log_problems_add (file->problems, file->at, NULL, NULL, "not a key-file: %s", error->message);
  return NULL;
}

void
mvx_log_keyfile_parse (const char *data,
                       gsize length,
                       const MvxLogConfigOrigin *at,
                       MvxLogDocument *document,
                       MvxLogProblems *problems)
{
  g_autoptr (GPtrArray) lines = mvx_log_line_index (data, length);
  g_autoptr (GHashTable) headers = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GKeyFile) parsed = NULL;
  MvxLogKeyfile file = { document, problems, at, NULL, headers, keys, NULL, FALSE };

  if (!mvx_log_keyfile_has_faults (lines))
    file.parsed = parsed = mvx_log_keyfile_load (data, length, &file);
  for (guint i = 0; i < lines->len; i++)
    {
      const MvxLogLine *line = g_ptr_array_index (lines, i);

      if (line->kind == MVX_LOG_LINE_GROUP)
        mvx_log_keyfile_add_group (&file, line);
      else if (line->kind == MVX_LOG_LINE_KEY)
        mvx_log_keyfile_add_key (&file, line);
      else
        mvx_log_keyfile_add_bad (&file, line);
    }
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/fieldlist-private.h"

void
mvx_log_fieldlist_init (MvxLogFieldList *list, const MvxLogEvent *event)
{
  guint n_inline = event->record->n_inline;
  guint n = n_inline + (event->slots ? event->site->n_fields : 0u);
  const guint8 *p = event->inlines;

  list->n = n;
  list->n_inline = n_inline;
  list->error = NULL;
  list->entries = n <= MVX_LOG_FIELDLIST_FIXED ? list->fixed : g_new (MvxLogFieldEntry, n);
  for (guint i = 0; i < n_inline; i++)
    {
      MvxLogFieldEntry *entry = &list->entries[i];

      entry->key_len = mvx_log_load32 (p + 1);
      entry->key = (const char *) p + 5;
      p = mvx_log_value_decode (&entry->value, *p, p + 5 + entry->key_len + 1);
    }
  p = event->slots;
  for (guint i = n_inline; i < n; i++)
    {
      const MvxLogCallsiteField *field = &event->site->fields[i - n_inline];
      MvxLogFieldEntry *entry = &list->entries[i];

      entry->key = field->key;
      entry->key_len = field->key_len;
      p = mvx_log_value_decode (&entry->value, field->type, p);
    }
}

gboolean
mvx_log_fieldlist_is_reserved (const char *const *reserved, const char *key, gsize len)
{
  for (guint i = 0; reserved && reserved[i]; i++)
    if (*reserved[i] == *key && strlen (reserved[i]) == len && memcmp (reserved[i], key, len) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
mvx_log_fieldlist_is_key (const MvxLogFieldEntry *entry, const char *key, gsize len)
{
  return entry->key_len == len && memcmp (entry->key, key, len) == 0;
}

const MvxLogValue *
mvx_log_fieldlist_find (const MvxLogFieldList *list, const char *key, gsize len)
{
  for (guint i = list->n; i > 0; i--)
    if (mvx_log_fieldlist_is_key (&list->entries[i - 1], key, len))
      return &list->entries[i - 1].value;
  return NULL;
}

/* One bit of 64 for a key: keys with different bits differ. Length and two letters tell enough of a handful apart. */
static guint64
mvx_log_fieldlist_bit (const MvxLogFieldEntry *entry)
{
  guint len = entry->key_len;
  guint hash
      = len ? len * 7 + (guint8) entry->key[0] * 5 + (guint8) entry->key[len - 1] * 11 + (guint8) entry->key[len / 2]
            : 0;

  return G_GUINT64_CONSTANT (1) << (hash & 63);
}

/* The last of several with the same key is kept. */
static void
mvx_log_fieldlist_hide_repeated (MvxLogFieldList *list)
{
  guint64 seen = 0;

  for (guint i = list->n; i > 0; i--)
    {
      MvxLogFieldEntry *entry = &list->entries[i - 1];
      guint64 bit = mvx_log_fieldlist_bit (entry);

      entry->hidden = FALSE;
      entry->n_fold = 0;
      if (seen & bit)
        for (guint j = i; j < list->n && !entry->hidden; j++)
          entry->hidden = mvx_log_fieldlist_is_key (&list->entries[j], entry->key, entry->key_len);
      seen |= bit;
    }
}

/* Is there another field whose key is @entry's with "field_" put before it @n_fold times? */
static gboolean
mvx_log_fieldlist_is_taken (const MvxLogFieldList *list, const MvxLogFieldEntry *entry, guint n_fold)
{
  static const char prefix[] = "field_";
  gsize prefix_len = strlen (prefix);

  for (guint i = 0; i < list->n; i++)
    {
      const char *key = list->entries[i].key;
      gsize len = list->entries[i].key_len;
      guint n = 0;

      for (; n < n_fold && len >= prefix_len && memcmp (key, prefix, prefix_len) == 0; n++)
        {
          key += prefix_len;
          len -= prefix_len;
        }
      if (n == n_fold && mvx_log_fieldlist_is_key (entry, key, len))
        return TRUE;
    }
  return FALSE;
}

/* Settles what is written and under which name: of several fields with the same key the last one counts; a reserved key
 * gets "field_" until no other field has that name; an error in the field "error" is the event's own, and a null there
 * means that there was none. */
void
mvx_log_fieldlist_resolve (MvxLogFieldList *list, const char *const *reserved)
{
  mvx_log_fieldlist_hide_repeated (list);
  for (guint i = 0; i < list->n; i++)
    {
      MvxLogFieldEntry *entry = &list->entries[i];

      if (entry->hidden)
        continue;
      if (mvx_log_fieldlist_is_key (entry, "error", 5)
          && (entry->value.type == MVX_LOG_TYPE_ERROR || entry->value.type == MVX_LOG_TYPE_NULL))
        {
          entry->hidden = TRUE;
          list->error = entry->value.type == MVX_LOG_TYPE_ERROR ? &entry->value : NULL;
        }
      else if (mvx_log_fieldlist_is_reserved (reserved, entry->key, entry->key_len))
        do
          entry->n_fold++;
        while (mvx_log_fieldlist_is_taken (list, entry, entry->n_fold));
    }
}

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
      entry->renamed = FALSE;
      entry->n_fold = 0;
      if (seen & bit)
        for (guint j = i; j < list->n && !entry->hidden; j++)
          entry->hidden = mvx_log_fieldlist_is_key (&list->entries[j], entry->key, entry->key_len);
      seen |= bit;
    }
}

/* Is @a with "field_" before it @n_a times the same as @b with its own? */
static gboolean
mvx_log_fieldlist_is_same (const MvxLogFieldEntry *a, guint n_a, const MvxLogFieldEntry *b, guint n_b)
{
  static const char prefix[] = "field_";
  gsize prefix_len = strlen (prefix);
  MvxLogFieldEntry rest = *b;

  if (n_a < n_b)
    return mvx_log_fieldlist_is_same (b, n_b, a, n_a);
  for (; n_a > n_b; n_a--)
    {
      if (rest.key_len < prefix_len || memcmp (rest.key, prefix, prefix_len) != 0)
        return FALSE;
      rest.key += prefix_len;
      rest.key_len -= (guint32) prefix_len;
    }
  return mvx_log_fieldlist_is_key (&rest, a->key, a->key_len);
}

/* Has another field the name that @entry has now? */
static gboolean
mvx_log_fieldlist_is_taken (const MvxLogFieldList *list, const MvxLogFieldEntry *entry)
{
  for (guint i = 0; i < list->n; i++)
    {
      const MvxLogFieldEntry *other = &list->entries[i];

      if (other != entry && !other->hidden && mvx_log_fieldlist_is_same (entry, entry->n_fold, other, other->n_fold))
        return TRUE;
    }
  return FALSE;
}

static void
mvx_log_fieldlist_settle (MvxLogFieldList *list, const char *const *reserved)
{
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
          continue;
        }
      if (mvx_log_fieldlist_is_reserved (reserved, entry->key, entry->key_len))
        entry->n_fold++;
      while ((entry->n_fold > 0 || entry->renamed) && mvx_log_fieldlist_is_taken (list, entry))
        entry->n_fold++;
    }
}

/* Settles what is written and under which name: of several fields with the same key the last one counts; a reserved key
 * gets "field_" until no other field has that name; an error in the field "error" is the event's own, and a null there
 * means that there was none. */
void
mvx_log_fieldlist_resolve (MvxLogFieldList *list, const char *const *reserved)
{
  mvx_log_fieldlist_hide_repeated (list);
  mvx_log_fieldlist_settle (list, reserved);
}

/* A field whose key is changed gives way to one that has the name by itself. */
void
mvx_log_fieldlist_resolve_renamed (MvxLogFieldList *list,
                                   const char *const *reserved,
                                   MvxLogFieldRename rename,
                                   MvxLogBuffer *names)
{
  gsize room = 0;
  guint8 *out;

  mvx_log_fieldlist_hide_repeated (list);
  for (guint i = 0; i < list->n; i++)
    room += list->entries[i].key_len + 1;
  out = mvx_log_buffer_reserve (names, room);
  for (guint i = 0; i < list->n; i++)
    {
      MvxLogFieldEntry *entry = &list->entries[i];
      gsize len = rename (out, entry->key, entry->key_len);

      if (mvx_log_fieldlist_is_key (entry, (const char *) out, len))
        continue;
      entry->renamed = TRUE;
      entry->key = (const char *) out;
      entry->key_len = (guint32) len;
      out += len;
    }
  mvx_log_fieldlist_settle (list, reserved);
}

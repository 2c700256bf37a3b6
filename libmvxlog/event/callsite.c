/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/atfork-private.h"
#include "event/callsite-private.h"

#define MVX_LOG_CALLSITE_CHUNK 256
#define MVX_LOG_CALLSITE_CHUNKS 4096
#define MVX_LOG_CALLSITE_BUCKETS 4096
#define MVX_LOG_CALLSITE_RESERVE (64 * 1024)
/* As many as a macro takes (MVX_LOG_PLAIN_MAX_STRINGS of event/encode). */
#define MVX_LOG_CALLSITE_PLAIN_FIELDS 12
/* The least that max_string is in practice; a callsite with a longer key takes the slow path, too, which cuts it. */
#define MVX_LOG_CALLSITE_PLAIN_KEY 200

static GMutex mvx_log_callsite_mutex;
MVX_LOG_FORK_LOCK (CALLSITE, &mvx_log_callsite_mutex, NULL);
static MvxLogCallsite *mvx_log_callsite_table[MVX_LOG_CALLSITE_BUCKETS]; /* by content, chained */
static guint32 mvx_log_callsite_last;
static void (*mvx_log_callsite_added_func) (const MvxLogCallsite *site);
/* Chunks never move, so that they can be read without the lock; published with release, read with acquire. */
static MvxLogCallsite **mvx_log_callsite_chunks[MVX_LOG_CALLSITE_CHUNKS];

/* For places that log for the first time while there is no memory: some hundred of them. What is taken here lives for
 * ever, so that nothing has to be given back. */
static struct
{
  guint8 bytes[MVX_LOG_CALLSITE_RESERVE] __attribute__ ((aligned (16)));
  gsize used; /* atomic; may be more than there is */
} mvx_log_callsite_reserve;

static gpointer
mvx_log_callsite_alloc (gsize size)
{
  gpointer memory = g_try_malloc0 (size);
  gsize at;

  if (G_LIKELY (memory))
    return memory;
  size = (size + 15) & ~(gsize) 15;
  at = __atomic_fetch_add (&mvx_log_callsite_reserve.used, size, __ATOMIC_RELAXED);
  if (size <= sizeof mvx_log_callsite_reserve.bytes && at <= sizeof mvx_log_callsite_reserve.bytes - size)
    return mvx_log_callsite_reserve.bytes + at;
  return g_malloc0 (size);
}

static void
mvx_log_callsite_free (MvxLogCallsite *site)
{
  const guint8 *p = (const guint8 *) site;

  if (p < mvx_log_callsite_reserve.bytes || p >= mvx_log_callsite_reserve.bytes + sizeof mvx_log_callsite_reserve.bytes)
    g_free (site);
}

/* FNV-1a, 32 bit (http://www.isthe.com/chongo/tech/comp/fnv/). */
guint32
mvx_log_key_hash (const char *key, gsize len)
{
  guint32 hash = 2166136261u;

  for (gsize i = 0; i < len; i++)
    hash = (hash ^ (guint8) key[i]) * 16777619u;
  return hash;
}

static guint32
mvx_log_callsite_hash (const MvxLogCallsite *site)
{
  guint32 hash = g_str_hash (site->message_template ? site->message_template : "") * 31 + site->line;

  for (guint i = 0; i < site->n_fields; i++)
    hash = hash * 31 + site->fields[i].key_hash + site->fields[i].kind + site->fields[i].flags;
  return hash;
}

static gboolean
mvx_log_callsite_equal (const MvxLogCallsite *x, const MvxLogCallsite *y)
{
  if (x->hash != y->hash || x->line != y->line || x->level != y->level || x->n_fields != y->n_fields
      || g_strcmp0 (x->message_template, y->message_template) != 0 || g_strcmp0 (x->file, y->file) != 0
      || g_strcmp0 (x->function, y->function) != 0)
    return FALSE;
  for (guint i = 0; i < x->n_fields; i++)
    if (x->fields[i].kind != y->fields[i].kind || x->fields[i].flags != y->fields[i].flags
        || strcmp (x->fields[i].key, y->fields[i].key) != 0)
      return FALSE;
  return TRUE;
}

/* What MVX_LOG_SECRET and MVX_LOG_PERSONAL put before a key. */
static const char *
mvx_log_callsite_take_flags (MvxLogCallsiteField *field, const char *key)
{
  const char *mark = NULL;

  if (key && g_str_has_prefix (key, MVX_LOG_SECRET_))
    mark = MVX_LOG_SECRET_;
  else if (key && g_str_has_prefix (key, MVX_LOG_PERSONAL_))
    mark = MVX_LOG_PERSONAL_;
  if (mark == NULL)
    return key;
  field->flags = g_str_equal (mark, MVX_LOG_SECRET_) ? MVX_LOG_FIELD_SECRET : MVX_LOG_FIELD_PERSONAL;
  return key + strlen (mark);
}

/* The room of a text, and of its NUL. */
static gsize
mvx_log_callsite_room (const char *text)
{
  return text ? strlen (text) + 1 : 0;
}

/* Into @room, behind which it goes on. @length -1: up to the NUL. NULL stays NULL. */
static const char *
mvx_log_callsite_put (char **room, const char *text, gssize length)
{
  char *copy = *room;
  gsize len;

  if (text == NULL)
    return NULL;
  len = length < 0 ? strlen (text) : (gsize) length;
  memcpy (copy, text, len);
  copy[len] = '\0';
  *room += len + 1;
  return copy;
}

static void
mvx_log_callsite_field_init (MvxLogCallsiteField *field, const char *marked, guint8 kind, char **room)
{
  const char *key = mvx_log_callsite_take_flags (field, marked);
  gsize len = key ? strlen (key) : 0;

  /* Not in the middle of a character. */
  if (len > G_MAXUINT16)
    for (len = G_MAXUINT16; len > G_MAXUINT16 - 3 && ((guint8) key[len] & 0xc0) == 0x80;)
      len--;
  field->key_len = (guint16) len;
  field->key = mvx_log_callsite_put (room, key ? key : "", (gssize) len);
  field->key_hash = mvx_log_key_hash (field->key, field->key_len);
  field->kind = kind;
  switch ((MvxLogKind) kind)
    {
    case MVX_LOG_KIND_BOOL:
      field->type = MVX_LOG_TYPE_BOOL;
      break;
    case MVX_LOG_KIND_INT64:
      field->type = MVX_LOG_TYPE_INT64;
      break;
    case MVX_LOG_KIND_UINT64:
      field->type = MVX_LOG_TYPE_UINT64;
      break;
    case MVX_LOG_KIND_DOUBLE:
      field->type = MVX_LOG_TYPE_DOUBLE;
      break;
    case MVX_LOG_KIND_TIME:
      field->type = MVX_LOG_TYPE_TIME;
      break;
    case MVX_LOG_KIND_STRING:
      field->type = MVX_LOG_TYPE_STRING;
      break;
    default:
      field->type = MVX_LOG_TYPE_NULL;
      break;
    }
  if (field->type == MVX_LOG_TYPE_NULL || field->flags)
    field->slot = MVX_LOG_SLOT_OTHER;
  else
    field->slot = field->type == MVX_LOG_TYPE_STRING ? MVX_LOG_SLOT_STRING : MVX_LOG_SLOT_WORD;
}

static gboolean
mvx_log_callsite_has_duplicates (const MvxLogCallsite *site)
{
  for (guint i = 0; i < site->n_fields; i++)
    for (guint j = i + 1; j < site->n_fields; j++)
      if (strcmp (site->fields[i].key, site->fields[j].key) == 0)
        return TRUE;
  return FALSE;
}

/* All of it in one piece: itself, its fields, its texts. */
static MvxLogCallsite *
mvx_log_callsite_alloc_for (const MvxLogCallsiteInfo *info, char **room)
{
  const gsize fixed = sizeof (MvxLogCallsite) + info->n_fields * sizeof (MvxLogCallsiteField);
  gsize size = fixed + mvx_log_callsite_room (info->message_template) + mvx_log_callsite_room (info->file)
               + mvx_log_callsite_room (info->function);
  MvxLogCallsite *site;

  for (guint i = 0; i < info->n_fields; i++)
    size += MAX (1, mvx_log_callsite_room (info->keys[i]));
  site = mvx_log_callsite_alloc (size);
  site->fields = (MvxLogCallsiteField *) (site + 1);
  *room = (char *) site + fixed;
  return site;
}

static MvxLogCallsite *
mvx_log_callsite_new (const MvxLogCallsiteInfo *info)
{
  char *room;
  MvxLogCallsite *site = mvx_log_callsite_alloc_for (info, &room);

  site->level = info->level;
  site->line = info->line;
  site->message_template = mvx_log_callsite_put (&room, info->message_template, -1);
  site->file = mvx_log_callsite_put (&room, info->file, -1);
  site->function = mvx_log_callsite_put (&room, info->function, -1);
  site->n_fields = info->n_fields;
  site->key_mask = MVX_LOG_KEY_BIT_ALL;
  site->plain = info->n_fields <= MVX_LOG_CALLSITE_PLAIN_FIELDS;
  for (guint i = 0; i < info->n_fields; i++)
    {
      mvx_log_callsite_field_init (&site->fields[i], info->keys[i], info->kinds[i], &room);
      site->n_strings += site->fields[i].slot == MVX_LOG_SLOT_STRING;
      if (i < 16 && site->fields[i].slot == MVX_LOG_SLOT_STRING)
        site->string_mask |= (guint16) (1u << i);
      site->plain = site->plain && site->fields[i].slot != MVX_LOG_SLOT_OTHER
                    && site->fields[i].key_len <= MVX_LOG_CALLSITE_PLAIN_KEY;
      site->key_mask |= mvx_log_key_bit (site->fields[i].key_hash);
    }
  site->plain = site->plain && !mvx_log_callsite_has_duplicates (site);
  site->plain_size = G_MAXUINT32;
  if (site->plain)
    site->plain_size = 8u * (guint32) (site->n_fields - site->n_strings) + 5u * site->n_strings;
  else
    site->string_mask = 0;
  site->hash = mvx_log_callsite_hash (site);
  return site;
}

/* With the mutex. */
static MvxLogCallsite *
mvx_log_callsite_find (const MvxLogCallsite *like)
{
  MvxLogCallsite *site = mvx_log_callsite_table[like->hash % MVX_LOG_CALLSITE_BUCKETS];

  while (site && !mvx_log_callsite_equal (site, like))
    site = site->next;
  return site;
}

/* With the mutex. */
static void
mvx_log_callsite_publish (MvxLogCallsite *site)
{
  guint32 id = mvx_log_callsite_last + 1;
  guint chunk = id / MVX_LOG_CALLSITE_CHUNK;

  /* A million logging calls in one process: whoever generates them has to stop somewhere. */
  g_assert (chunk < MVX_LOG_CALLSITE_CHUNKS);
  if (mvx_log_callsite_chunks[chunk] == NULL)
    __atomic_store_n (&mvx_log_callsite_chunks[chunk],
                      mvx_log_callsite_alloc (sizeof (MvxLogCallsite *) * MVX_LOG_CALLSITE_CHUNK), __ATOMIC_RELEASE);
  site->id = id;
  mvx_log_callsite_last = id;
  __atomic_store_n (&mvx_log_callsite_chunks[chunk][id % MVX_LOG_CALLSITE_CHUNK], site, __ATOMIC_RELEASE);
  site->next = mvx_log_callsite_table[site->hash % MVX_LOG_CALLSITE_BUCKETS];
  mvx_log_callsite_table[site->hash % MVX_LOG_CALLSITE_BUCKETS] = site;
}

/**
 * mvx_log_callsite_intern:
 * @info: the static part of a logging call
 *
 * Finds or makes the library's copy of a callsite. Equal descriptions give the same one, so that a module which is
 * loaded again and again does not add up. A key is cut at 65535 bytes. The macros call this once per call; there is no
 * need to do it by hand. Thread-safe.
 *
 * Returns: (transfer none): the callsite, which lives for ever
 *
 * Since: 1.0
 */
const MvxLogCallsite *
mvx_log_callsite_intern (const MvxLogCallsiteInfo *info)
{
  MvxLogCallsite *site;
  MvxLogCallsite *present;

  g_return_val_if_fail (info != NULL, NULL);

  site = mvx_log_callsite_new (info);
  g_mutex_lock (&mvx_log_callsite_mutex);
  present = mvx_log_callsite_find (site);
  if (present == NULL)
    mvx_log_callsite_publish (site);
  if (present == NULL && mvx_log_callsite_added_func)
    mvx_log_callsite_added_func (site);
  g_mutex_unlock (&mvx_log_callsite_mutex);

  if (present)
    mvx_log_callsite_free (site);
  return present ? present : site;
}

void
mvx_log_callsite_set_added_func (void (*func) (const MvxLogCallsite *site))
{
  g_mutex_lock (&mvx_log_callsite_mutex);
  mvx_log_callsite_added_func = func;
  g_mutex_unlock (&mvx_log_callsite_mutex);
}

const MvxLogCallsite *
mvx_log_callsite_from_id (guint32 id)
{
  guint chunk = id / MVX_LOG_CALLSITE_CHUNK;
  MvxLogCallsite **sites;

  if (id == 0 || chunk >= MVX_LOG_CALLSITE_CHUNKS)
    return NULL;
  sites = __atomic_load_n (&mvx_log_callsite_chunks[chunk], __ATOMIC_ACQUIRE);
  return sites ? __atomic_load_n (&sites[id % MVX_LOG_CALLSITE_CHUNK], __ATOMIC_ACQUIRE) : NULL;
}

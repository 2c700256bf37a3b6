/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journald-names.h"

#include <string.h>

struct _MvxJournaldNames
{
  char *prefix;
  gsize prefix_len;
  guint max;
  GHashTable *by_key;
};

MvxJournaldNames *
mvx_journald_names_new (const char *prefix, guint max)
{
  MvxJournaldNames *self = g_new0 (MvxJournaldNames, 1);

  self->prefix = g_strdup (prefix);
  self->prefix_len = strlen (prefix);
  self->max = max;
  self->by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
mvx_journald_names_free (MvxJournaldNames *self)
{
  g_hash_table_unref (self->by_key);
  g_free (self->prefix);
  g_free (self);
}

static char *
mvx_journald_names_make (MvxJournaldNames *self, const char *key)
{
  char *name = g_strconcat (self->prefix, key, NULL);

  for (char *p = name + self->prefix_len; *p; p++)
    *p = g_ascii_isalnum (*p) ? g_ascii_toupper (*p) : '_';
  return name;
}

const char *
mvx_journald_names_get (MvxJournaldNames *self, const char *key)
{
  char *name = g_hash_table_lookup (self->by_key, key);

  if (name || g_hash_table_size (self->by_key) >= self->max || *key == '\0'
      || self->prefix_len + strlen (key) > MVX_JOURNALD_NAME_MAX)
    return name;
  name = mvx_journald_names_make (self, key);
  g_hash_table_insert (self->by_key, g_strdup (key), name);
  return name;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries of journald's native protocol, taken apart again. */
#pragma once

#include <string.h>

#include "../render-fixture.h"

#include "../../plugins/journald/journald-entry.h"
#include "instance.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (journald);

/* Fails the test if the entry is not well-formed; names and their values, the first one if there are several. */
static inline GHashTable *
entry_parse (const guint8 *data,
             gsize         size)
{
  GHashTable *entry = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  const guint8 *end = data + size;

  while (data < end)
    {
      const guint8 *eol = memchr (data, '\n', (gsize) (end - data));
      const guint8 *equals = eol ? memchr (data, '=', (gsize) (eol - data)) : NULL;
      g_autofree char *name = NULL;
      GBytes *value;

      g_assert_nonnull (eol);
      name = g_strndup ((const char *) data, (gsize) ((equals ? equals : eol) - data));
      g_assert_cmpuint (strlen (name), <=, 64);
      g_assert_cmpuint (strspn (name, G_CSET_A_2_Z G_CSET_DIGITS "_"), ==, strlen (name));
      g_assert_true (g_ascii_isupper (*name));
      if (equals)
        {
          value = g_bytes_new (equals + 1, (gsize) (eol - equals - 1));
          data = eol + 1;
        }
      else
        {
          guint64 length;

          g_assert_cmpint (end - eol, >, 8);
          memcpy (&length, eol + 1, sizeof length);
          length = GUINT64_FROM_LE (length);
          g_assert_cmpuint (length, <, (guint64) (end - eol - 9));
          value = g_bytes_new (eol + 9, length);
          data = eol + 9 + length;
          g_assert_cmpint (*data, ==, '\n');
          data++;
        }
      if (g_hash_table_contains (entry, name))
        g_bytes_unref (value);
      else
        g_hash_table_insert (entry, g_steal_pointer (&name), value);
    }
  return entry;
}

static inline GHashTable *
entry_make (const char        *prefix,
            guint              max_names,
            const MvxLogEvent *event)
{
  g_autoptr (MvxJournaldNames) names = mvx_journald_names_new (prefix, max_names);
  MvxJournaldOptions options = { .identifier = (char *) "prog" };
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  GHashTable *entry;

  mvx_journald_entry_append (&options, names, event, &buffer);
  entry = entry_parse (buffer.data, buffer.len);
  mvx_log_buffer_clear (&buffer);
  return entry;
}

static inline void
entry_assert_bytes (GHashTable *entry,
                    const char *name,
                    GBytes     *expected)
{
  GBytes *value = g_hash_table_lookup (entry, name);
  gsize size;
  gsize expected_size;
  const void *data;
  const void *expected_data = g_bytes_get_data (expected, &expected_size);

  if (value == NULL)
    g_error ("there is no field %s", name);
  data = g_bytes_get_data (value, &size);
  g_assert_cmpmem (data, size, expected_data, expected_size);
}

/* @expected NULL: there is none. */
static inline void
entry_assert (GHashTable *entry,
              const char *name,
              const char *expected)
{
  GBytes *value = g_hash_table_lookup (entry, name);
  g_autofree char *text = value ? g_strdup ("") : NULL;

  if (value && g_bytes_get_size (value) > 0)
    {
      g_free (text);
      text = g_strndup (g_bytes_get_data (value, NULL), g_bytes_get_size (value));
    }
  if (g_strcmp0 (text, expected) != 0)
    g_error ("%s is '%s' and should be '%s'", name, text, expected);
}

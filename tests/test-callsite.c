/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "event/callsite-private.h"

static const MvxLogCallsite *
intern (const char *message, guint32 line, const char *const *keys, const guint8 *kinds, guint16 n)
{
  MvxLogCallsiteInfo info = { message, "main.c", "main", keys, kinds, line, 20, n };

  return mvx_log_callsite_intern (&info);
}

static void
test_content (void)
{
  static const char *const keys[] = { "user", "port", "ok" };
  static const guint8 kinds[] = { MVX_LOG_KIND_STRING, MVX_LOG_KIND_INT64, MVX_LOG_KIND_BOOL };
  g_autofree char *message = g_strdup ("{user} at {port}");
  const MvxLogCallsite *site = intern (message, 7, keys, kinds, 3);

  message[1] = 'X';
  g_assert_cmpstr (site->message_template, ==, "{user} at {port}");
  g_assert_cmpstr (site->file, ==, "main.c");
  g_assert_cmpstr (site->function, ==, "main");
  g_assert_cmpuint (site->line, ==, 7);
  g_assert_cmpint (site->level, ==, 20);
  g_assert_cmpuint (site->n_fields, ==, 3);
  g_assert_cmpuint (site->n_strings, ==, 1);
  g_assert_true (site->plain);
  g_assert_cmpstr (site->fields[0].key, ==, "user");
  g_assert_cmpuint (site->fields[0].key_len, ==, 4);
  g_assert_cmpuint (site->fields[0].slot, ==, MVX_LOG_SLOT_STRING);
  g_assert_cmpuint (site->fields[1].slot, ==, MVX_LOG_SLOT_WORD);
  g_assert_cmpuint (site->fields[1].type, ==, MVX_LOG_TYPE_INT64);
  g_assert_cmpuint (site->fields[2].type, ==, MVX_LOG_TYPE_BOOL);
  for (guint i = 0; i < 3; i++)
    g_assert_cmphex (site->key_mask & mvx_log_key_bit (mvx_log_key_hash (keys[i], strlen (keys[i]))), !=, 0);
  g_assert_true (mvx_log_callsite_from_id (site->id) == site);
}

/* By content, not by address; whatever differs makes another one. */
static void
test_equal (void)
{
  static const char *const keys[] = { "a", "b" };
  static const guint8 kinds[] = { MVX_LOG_KIND_INT64, MVX_LOG_KIND_INT64 };
  static const char *const other_keys[] = { "a", "c" };
  static const guint8 other_kinds[] = { MVX_LOG_KIND_INT64, MVX_LOG_KIND_DOUBLE };
  g_autofree char *message = g_strdup ("m");
  const MvxLogCallsite *site = intern ("m", 1, keys, kinds, 2);
  MvxLogCallsiteInfo info = { "m", "main.c", "main", keys, kinds, 1, 20, 2 };

  g_assert_true (intern (message, 1, keys, kinds, 2) == site);
  g_assert_true (intern ("n", 1, keys, kinds, 2) != site);
  g_assert_true (intern (NULL, 1, keys, kinds, 2) != site);
  g_assert_true (intern ("m", 2, keys, kinds, 2) != site);
  g_assert_true (intern ("m", 1, other_keys, kinds, 2) != site);
  g_assert_true (intern ("m", 1, keys, other_kinds, 2) != site);
  g_assert_true (intern ("m", 1, keys, kinds, 1) != site);
  info.level = 30;
  g_assert_true (mvx_log_callsite_intern (&info) != site);
  info.level = 20;
  info.file = "other.c";
  g_assert_true (mvx_log_callsite_intern (&info) != site);
  info.file = "main.c";
  info.function = NULL;
  g_assert_true (mvx_log_callsite_intern (&info) != site);
  info.function = "main";
  g_assert_true (mvx_log_callsite_intern (&info) == site);
  g_assert_true (intern (NULL, 1, NULL, NULL, 0) == intern (NULL, 1, NULL, NULL, 0));
  g_assert_true (intern ("", 1, NULL, NULL, 0) != intern (NULL, 1, NULL, NULL, 0));
}

static void
test_kinds (void)
{
  static const struct
  {
    guint8 kind;
    guint8 type;
    guint8 slot;
  } kinds[] = {
    { MVX_LOG_KIND_NULL, MVX_LOG_TYPE_NULL, MVX_LOG_SLOT_OTHER },
    { MVX_LOG_KIND_BOOL, MVX_LOG_TYPE_BOOL, MVX_LOG_SLOT_WORD },
    { MVX_LOG_KIND_INT64, MVX_LOG_TYPE_INT64, MVX_LOG_SLOT_WORD },
    { MVX_LOG_KIND_UINT64, MVX_LOG_TYPE_UINT64, MVX_LOG_SLOT_WORD },
    { MVX_LOG_KIND_DOUBLE, MVX_LOG_TYPE_DOUBLE, MVX_LOG_SLOT_WORD },
    { MVX_LOG_KIND_TIME, MVX_LOG_TYPE_TIME, MVX_LOG_SLOT_WORD },
    { MVX_LOG_KIND_STRING, MVX_LOG_TYPE_STRING, MVX_LOG_SLOT_STRING },
    { MVX_LOG_KIND_ERROR, MVX_LOG_TYPE_NULL, MVX_LOG_SLOT_OTHER },
    { MVX_LOG_KIND_VARIANT, MVX_LOG_TYPE_NULL, MVX_LOG_SLOT_OTHER },
    { MVX_LOG_KIND_BYTES, MVX_LOG_TYPE_NULL, MVX_LOG_SLOT_OTHER },
    { MVX_LOG_KIND_DATE_TIME, MVX_LOG_TYPE_NULL, MVX_LOG_SLOT_OTHER },
    { MVX_LOG_KIND_OBJECT, MVX_LOG_TYPE_NULL, MVX_LOG_SLOT_OTHER },
    { 200, MVX_LOG_TYPE_NULL, MVX_LOG_SLOT_OTHER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const char *key = "k";
      const MvxLogCallsite *site = intern ("kinds", i, &key, &kinds[i].kind, 1);

      g_assert_cmpuint (site->fields[0].type, ==, kinds[i].type);
      g_assert_cmpuint (site->fields[0].slot, ==, kinds[i].slot);
      g_assert_true (site->plain == (kinds[i].slot != MVX_LOG_SLOT_OTHER));
    }
}

/* What the fast path cannot do is not plain. */
static void
test_plain (void)
{
  static const char *const keys[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m" };
  static const char *const twice[] = { "a", "b", "a" };
  static const guint8 kinds[13]
      = { MVX_LOG_KIND_INT64, MVX_LOG_KIND_INT64, MVX_LOG_KIND_INT64, MVX_LOG_KIND_INT64, MVX_LOG_KIND_INT64,
          MVX_LOG_KIND_INT64, MVX_LOG_KIND_INT64, MVX_LOG_KIND_INT64, MVX_LOG_KIND_INT64, MVX_LOG_KIND_INT64,
          MVX_LOG_KIND_INT64, MVX_LOG_KIND_INT64, MVX_LOG_KIND_INT64 };
  g_autofree char *key = g_strnfill (201, 'k');
  const char *one = key;

  g_assert_true (intern ("twelve", 1, keys, kinds, 12)->plain);
  g_assert_false (intern ("thirteen", 1, keys, kinds, 13)->plain);
  g_assert_false (intern ("twice", 1, twice, kinds, 3)->plain);
  g_assert_true (intern ("none", 1, NULL, NULL, 0)->plain);
  g_assert_false (intern ("long", 1, &one, kinds, 1)->plain);
  key[200] = '\0';
  g_assert_true (intern ("long", 1, &one, kinds, 1)->plain);
}

/* Lengths of keys have 16 bits; a character is not cut in two. */
static void
test_long_keys (void)
{
  static const guint8 kind = MVX_LOG_KIND_INT64;
  g_autofree char *key = g_strnfill (70000, 'k');
  const char *one = key;
  const MvxLogCallsite *site = intern ("huge", 1, &one, &kind, 1);

  g_assert_cmpuint (site->fields[0].key_len, ==, 65535);
  g_assert_cmpuint (strlen (site->fields[0].key), ==, 65535);
  g_assert_false (site->plain);
  memcpy (key + 65533, "\xe2\x82\xac", 3);
  site = intern ("huge", 2, &one, &kind, 1);
  g_assert_cmpuint (site->fields[0].key_len, ==, 65533);
  memset (key, 0x80, 69999);
  g_assert_cmpuint (intern ("huge", 3, &one, &kind, 1)->fields[0].key_len, >=, 65532);
  one = NULL;
  g_assert_cmpstr (intern ("huge", 4, &one, &kind, 1)->fields[0].key, ==, "");
}

static void
test_hash (void)
{
  g_assert_cmphex (mvx_log_key_hash ("", 0), ==, 0x811c9dc5);
  g_assert_cmphex (mvx_log_key_hash ("a", 1), ==, 0xe40c292c);
  g_assert_cmphex (mvx_log_key_hash ("foobar", 6), ==, 0xbf9cf968);
}

static void
test_unknown (void)
{
  g_assert_null (mvx_log_callsite_from_id (0));
  g_assert_null (mvx_log_callsite_from_id (900000));
  g_assert_null (mvx_log_callsite_from_id (4096 * 256));
  g_assert_null (mvx_log_callsite_from_id (G_MAXUINT32));
}

static gpointer
intern_many (gpointer data)
{
  const MvxLogCallsite **sites = g_new (const MvxLogCallsite *, 1000);
  static const char *const keys[] = { "n" };
  static const guint8 kinds[] = { MVX_LOG_KIND_UINT64 };

  for (guint i = 0; i < 1000; i++)
    {
      sites[i] = intern ("many", i, keys, kinds, 1);
      g_assert_cmpuint (sites[i]->line, ==, i);
      g_assert_true (mvx_log_callsite_from_id (sites[i]->id) == sites[i]);
    }
  return sites;
}

/* Several threads come to the same calls at once; more than a chunk of them. */
static void
test_threads (void)
{
  GThread *threads[4];
  const MvxLogCallsite **sites[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("intern", intern_many, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    sites[i] = g_thread_join (threads[i]);
  for (guint i = 1; i < G_N_ELEMENTS (threads); i++)
    g_assert_cmpmem (sites[i], 1000 * sizeof *sites[i], sites[0], 1000 * sizeof *sites[0]);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_free (sites[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/callsite/content", test_content);
  g_test_add_func ("/callsite/equal", test_equal);
  g_test_add_func ("/callsite/kinds", test_kinds);
  g_test_add_func ("/callsite/plain", test_plain);
  g_test_add_func ("/callsite/long-keys", test_long_keys);
  g_test_add_func ("/callsite/hash", test_hash);
  g_test_add_func ("/callsite/unknown", test_unknown);
  g_test_add_func ("/callsite/threads", test_threads);
  return g_test_run ();
}

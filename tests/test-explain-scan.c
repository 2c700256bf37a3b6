/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "explain/explain-scan.h"

#define MARK                                                                                                           \
  "mvxlog:e"                                                                                                           \
  "vent-id"
#define ID "6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1"

static void
assert_scan (const char *bytes, gsize size, const char *expected)
{
  /* Behind the last byte there is nothing to read. */
  g_autofree char *exact = g_memdup2 (bytes, size);
  g_autoptr (GArray) entries = mvx_explain_scan (exact, size);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < entries->len; i++)
    {
      const MvxExplainEntry *entry = &g_array_index (entries, MvxExplainEntry, i);

      g_string_append_printf (text, "%s=%s=%s;", entry->id, entry->name, entry->text);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

#define ASSERT_SCAN(bytes, expected) assert_scan (bytes, sizeof (bytes) - 1, expected)

static void
test_scan (void)
{
  ASSERT_SCAN ("\0\0" MARK "\0" ID "\0name\0text\0x" MARK "\0"
               "6D1C9BF2-A4AD-4B0F-9D0E-A15CF0A7D4C1\0b\0\0",
               ID "=name=text;6D1C9BF2-A4AD-4B0F-9D0E-A15CF0A7D4C1=b=;");
  ASSERT_SCAN ("", "");
}

/* Cut off anywhere, or something else. */
static void
test_damaged (void)
{
  static const char whole[] = MARK "\0" ID "\0name\0text";

  for (gsize n = 0; n < sizeof whole - 1; n++)
    assert_scan (whole, n, "");
  assert_scan (whole, sizeof whole, ID "=name=text;");
  ASSERT_SCAN (MARK ID "\0name\0text\0", "");
  ASSERT_SCAN (MARK "\0disk-full\0name\0text\0", "");
  ASSERT_SCAN (MARK "\0" MARK "\0" ID "\0name\0text\0", ID "=name=text;");
}

static void
test_same (void)
{
  g_assert_true (mvx_explain_same (ID, "6D1C9BF2-A4AD-4B0F-9D0E-A15CF0A7D4C1"));
  g_assert_false (mvx_explain_same (ID, "6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c2"));
  g_assert_false (mvx_explain_same ("x", "x"));
  g_assert_true (mvx_explain_is_id (ID));
  g_assert_false (mvx_explain_is_id ("disk-full"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explain-scan/scan", test_scan);
  g_test_add_func ("/explain-scan/damaged", test_damaged);
  g_test_add_func ("/explain-scan/same", test_same);
  return g_test_run ();
}

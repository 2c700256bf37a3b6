/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which fields an entry has; that journald reads them so is for test-journald.c. */
#include <math.h>

#include "journald-fixture.h"

#define LONGEST "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwx" /* 60 and MVX_ */

static void
test_all (void)
{
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .context = "org.example.net",
                                                            .level = MVX_LOG_LEVEL_WARNING,
                                                            .message_template = "hello",
                                                            .name = "bind",
                                                            .entity = "conn-1",
                                                            .outcome = "failed",
                                                            .id = "6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1",
                                                            .trace = "0af7651916cd43dd8448eb211c80319c",
                                                            .span = "b7ad6b7169203331",
                                                            .file = "net.c",
                                                            .line = "12",
                                                            .function = "net_bind",
                                                            .thread = 77,
                                                            .seq = 3 });
  g_autoptr (GHashTable) entry = entry_make ("MVX_", 64, event);

  entry_assert (entry, "MESSAGE", "hello");
  entry_assert (entry, "PRIORITY", "4");
  entry_assert (entry, "SYSLOG_IDENTIFIER", "prog");
  entry_assert (entry, "GLIB_DOMAIN", "org.example.net");
  entry_assert (entry, "MESSAGE_ID", "6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1");
  entry_assert (entry, "CODE_FILE", "net.c");
  entry_assert (entry, "CODE_LINE", "12");
  entry_assert (entry, "CODE_FUNC", "net_bind");
  entry_assert (entry, "TID", "77");
  entry_assert (entry, "TRACE_ID", "0af7651916cd43dd8448eb211c80319c");
  entry_assert (entry, "SPAN_ID", "b7ad6b7169203331");
  entry_assert (entry, "MVXLOG_TIME_NS", "1795262400123456789");
  entry_assert (entry, "MVXLOG_LEVEL", "warning");
  entry_assert (entry, "MVXLOG_SEQ", "3");
  entry_assert (entry, "MVXLOG_EVENT", "bind");
  entry_assert (entry, "MVXLOG_ENTITY", "conn-1");
  entry_assert (entry, "MVXLOG_OUTCOME", "failed");
  g_assert_cmpuint (g_hash_table_size (entry), ==, 17);
}

static void
test_least (void)
{
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .level = -3 });
  g_autoptr (GHashTable) entry = entry_make ("MVX_", 64, event);

  entry_assert (entry, "MESSAGE", "");
  entry_assert (entry, "PRIORITY", "7");
  entry_assert (entry, "MVXLOG_LEVEL", "-3");
  entry_assert (entry, "SYSLOG_IDENTIFIER", "prog");
  entry_assert (entry, "MVXLOG_TIME_NS", "1795262400123456789");
  g_assert_cmpuint (g_hash_table_size (entry), ==, 5);
}

/* What has come from elsewhere says who has logged it, as far as it knows. */
static void
test_received (void)
{
  const MvxLogSender web = { "web1", 4242, 0, 0xc0ffee, 99 };
  const MvxLogSender nobody = { NULL };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .thread = 4243, .seq = 1, .sender = &web });
  g_autoptr (MvxLogEvent) unknown = fixture_event ((Fixture){ .sender = &nobody });
  g_autoptr (GHashTable) entry = entry_make ("MVX_", 64, event);
  g_autoptr (GHashTable) bare = entry_make ("MVX_", 64, unknown);

  entry_assert (entry, "SYSLOG_PID", "4242");
  entry_assert (entry, "TID", "4243");
  entry_assert (entry, "MVXLOG_SEQ", "99");
  entry_assert (entry, "MVXLOG_SENDER_HOST", "web1");
  entry_assert (entry, "MVXLOG_SENDER_STREAM", "0000000000c0ffee");
  g_assert_cmpuint (g_hash_table_size (entry), ==, 10);
  g_assert_cmpuint (g_hash_table_size (bare), ==, 5);
}

static void
test_types (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'k': <[1, 2]>}"));
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0=\n\xff", 4);
  const MvxLogField fields[] = {
    FIELD_NULL ("null"),
    FIELD_BOOL ("bool", TRUE),
    FIELD_INT ("errno", 28),
    FIELD_UINT ("uint", G_MAXUINT64),
    FIELD_DOUBLE ("double", 12.5),
    FIELD_STRING ("two-lines", "a\nb"),
    FIELD_STRING ("empty", ""),
    FIELD_BYTES ("bytes", bytes),
    FIELD_TIME ("time", FIXTURE_TIME),
    FIELD_ERROR ("error", error),
    FIELD_VARIANT ("map.x", map),
  };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .fields = fields, .n_fields = G_N_ELEMENTS (fields) });
  g_autoptr (GHashTable) entry = entry_make ("MVX_", 64, event);

  entry_assert (entry, "MVX_NULL", "null");
  entry_assert (entry, "MVX_BOOL", "true");
  entry_assert (entry, "MVX_ERRNO", "28");
  entry_assert (entry, "ERRNO", "28");
  entry_assert (entry, "MVX_UINT", "18446744073709551615");
  entry_assert (entry, "MVX_DOUBLE", "12.5");
  entry_assert (entry, "MVX_TWO_LINES", "a\nb");
  entry_assert (entry, "MVX_EMPTY", "");
  entry_assert_bytes (entry, "MVX_BYTES", bytes);
  entry_assert (entry, "MVX_TIME", "2026-11-21T12:00:00.123456789Z");
  entry_assert (entry, "MVX_ERROR", "gone (g-io-error-quark, 1)");
  entry_assert (entry, "MVX_ERROR_DOMAIN", "g-io-error-quark");
  entry_assert (entry, "MVX_ERROR_CODE", "1");
  entry_assert (entry, "MVX_ERROR_CHAIN", "[{\"domain\":\"g-io-error-quark\",\"code\":1,\"message\":\"gone\"}]");
  entry_assert (entry, "MVX_MAP_X", "{\"k\":[1,2]}");
  entry_assert (entry, "MVXLOG_FIELDS", NULL);
}

/* First come, first served, and what came once keeps its name. */
static void
test_bounded (void)
{
  g_autoptr (MvxJournaldNames) names = mvx_journald_names_new ("X_", 2);

  g_assert_cmpstr (mvx_journald_names_get (names, "a-b"), ==, "X_A_B");
  g_assert_null (mvx_journald_names_get (names, ""));
  g_assert_null (mvx_journald_names_get (names, LONGEST "123"));
  g_assert_cmpstr (mvx_journald_names_get (names, LONGEST "12"), ==,
                   "X_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGHIJKLMNOPQRSTUVWX12");
  g_assert_null (mvx_journald_names_get (names, "third"));
  g_assert_cmpstr (mvx_journald_names_get (names, "a-b"), ==, "X_A_B");
}

static void
test_rest (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  const MvxLogField fields[]
      = { FIELD_STRING ("a", "x"), FIELD_INT ("b", 1), FIELD_STRING ("c\"", "y\n"), FIELD_ERROR ("e", error) };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .fields = fields, .n_fields = 4 });
  g_autoptr (GHashTable) one = entry_make ("MVX_", 1, event);
  g_autoptr (GHashTable) none = entry_make ("MVX_", 0, event);

  entry_assert (one, "MVX_A", "x");
  entry_assert (one, "MVX_B", NULL);
  entry_assert (
      one, "MVXLOG_FIELDS",
      "{\"b\":1,\"c\\\"\":\"y\\n\",\"e\":[{\"domain\":\"g-io-error-quark\",\"code\":1,\"message\":\"gone\"}]}");
  entry_assert (none, "MVX_A", NULL);
  g_assert_true (
      g_str_has_prefix (g_bytes_get_data (g_hash_table_lookup (none, "MVXLOG_FIELDS"), NULL), "{\"a\":\"x\","));
}

/* An error whose name leaves no room for _DOMAIN has its text and no more. */
static void
test_long_error (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  const MvxLogField fields[] = { FIELD_ERROR (LONGEST, error) };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .fields = fields, .n_fields = 1 });
  g_autoptr (GHashTable) entry = entry_make ("MVX_", 64, event);

  entry_assert (entry, "MVX_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGHIJKLMNOPQRSTUVWX",
                "gone (g-io-error-quark, 1)");
  g_assert_cmpuint (g_hash_table_size (entry), ==, 6);
}

/* However many fields, journald takes the entry. */
static void
test_many (void)
{
  g_autoptr (GArray) fields = g_array_new (FALSE, TRUE, sizeof (MvxLogField));
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (MvxLogEvent) event = NULL;
  g_autoptr (GHashTable) entry = NULL;

  for (gint i = 0; i < 1000; i++)
    {
      MvxLogField field = FIELD_INT (g_strdup_printf ("k%d", i), i);

      g_ptr_array_add (keys, (gpointer) field.key);
      g_array_append_val (fields, field);
    }
  event = fixture_event ((Fixture){ .fields = (MvxLogField *) (gpointer) fields->data, .n_fields = fields->len });
  entry = entry_make ("MVX_", 512, event);
  g_assert_cmpuint (g_hash_table_size (entry), ==, 5 + 240 + 1);
  entry_assert (entry, "MVX_K239", "239");
  g_assert_true (g_str_has_prefix (g_bytes_get_data (g_hash_table_lookup (entry, "MVXLOG_FIELDS"), NULL),
                                   "{\"k240\":240,\"k241\":241,"));
}

/* Nothing breaks out of its field. */
static void
test_hostile (void)
{
  g_autoptr (GPtrArray) hostile = fixture_hostile ();

  for (guint i = 0; i < hostile->len; i++)
    {
      GBytes *bytes = g_ptr_array_index (hostile, i);
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (bytes);
      g_autoptr (GHashTable) entry = entry_make ("MVX_", 64, event);

      if (g_bytes_get_size (bytes) > 0)
        entry_assert_bytes (entry, "MESSAGE", bytes);
      entry_assert_bytes (entry, "MVX_VALUE", bytes);
      entry_assert (entry, "PRIORITY", "6");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/journald-entry/all", test_all);
  g_test_add_func ("/journald-entry/least", test_least);
  g_test_add_func ("/journald-entry/received", test_received);
  g_test_add_func ("/journald-entry/types", test_types);
  g_test_add_func ("/journald-entry/bounded", test_bounded);
  g_test_add_func ("/journald-entry/rest", test_rest);
  g_test_add_func ("/journald-entry/long-error", test_long_error);
  g_test_add_func ("/journald-entry/many", test_many);
  g_test_add_func ("/journald-entry/hostile", test_hostile);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>

#include <mvxlog/error.h>

#include "base/error-private.h"
#include "event/payload-internal.h"
#include "record-maker.h"

static const MvxLogLimits deep = { 200, 10, -1 };

static void
assert_field (MvxLogField field, const MvxLogLimits *limits, const char *expected)
{
  g_autofree char *text = record_encode (&field, 1, limits);
  g_autofree char *wanted = g_strdup_printf ("%s=%s", field.key, expected);

  g_assert_cmpstr (text, ==, wanted);
}

static void
assert_variant (const char *variant, const MvxLogLimits *limits, const char *expected)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_parsed (variant));

  assert_field ((MvxLogField) FIELD_POINTER ("v", VARIANT, value), limits, expected);
}

static void
test_numbers (void)
{
  const MvxLogLimits *limits = &mvx_log_limits_default;

  assert_field ((MvxLogField) FIELD_INT ("n", G_MININT64), limits, "-9223372036854775808");
  assert_field ((MvxLogField) FIELD_INT ("n", G_MAXINT64), limits, "9223372036854775807");
  assert_field ((MvxLogField) FIELD_UINT ("n", G_MAXUINT64), limits, "18446744073709551615u");
  assert_field ((MvxLogField) FIELD_BOOL ("n", 2), limits, "true");
  assert_field ((MvxLogField) FIELD_BOOL ("n", 0), limits, "false");
  assert_field ((MvxLogField) FIELD_DOUBLE ("n", -0.5), limits, "-0.5");
  assert_field ((MvxLogField) FIELD_TIME ("n", -1), limits, "@-1");
  assert_field ((MvxLogField){ .key = "n" }, limits, "null");
  assert_field ((MvxLogField){ .key = "n", .kind = (MvxLogKind) 99, .value.u = 5 }, limits, "null");
}

static void
test_null_pointers (void)
{
  for (guint kind = MVX_LOG_KIND_STRING; kind <= MVX_LOG_KIND_OBJECT; kind++)
    assert_field ((MvxLogField){ .key = "p", .kind = (MvxLogKind) kind, .length = -1 }, &mvx_log_limits_default,
                  "null");
}

/* @n times @character, and "..." if @cut. */
static char *
repeat (const char *character, guint n, gboolean cut)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append (text, character);
  return g_string_free (g_string_append (text, cut ? "..." : ""), FALSE);
}

/* 200 characters stay, 201 become 200 and three dots; characters, not bytes. */
static void
test_strings (void)
{
  static const char *const characters[] = { "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xff", "\xc3" };

  for (guint i = 0; i < G_N_ELEMENTS (characters); i++)
    for (guint n = 199; n <= 202; n++)
      {
        g_autofree char *given = repeat (characters[i], n, FALSE);
        g_autofree char *kept = repeat (characters[i], MIN (n, 200), n > 200);
        MvxLogField field = FIELD_STRING ("s", given);
        g_autoptr (MvxLogEvent) event = record_make (&field, 1, &mvx_log_limits_default);
        MvxLogValue value;

        g_assert_true (mvx_log_event_get_field (event, "s", &value));
        g_assert_cmpstr (value.u.string, ==, kept);
        g_assert_cmpuint (value.size, ==, strlen (kept));
      }
}

static void
test_cut (void)
{
  g_assert_cmpuint (mvx_log_payload_cut ("abc", 3, 3), ==, 3);
  g_assert_cmpuint (mvx_log_payload_cut ("abc", 3, 2), ==, 2);
  g_assert_cmpuint (mvx_log_payload_cut ("abc", 3, 0), ==, 0);
  g_assert_cmpuint (mvx_log_payload_cut ("abc", 3, -1), ==, 3);
  g_assert_cmpuint (mvx_log_payload_cut ("\xc3\xa4\xc3\xb6x", 5, 2), ==, 4);
  g_assert_cmpuint (mvx_log_payload_cut ("\xc3\xa4\xc3\xb6x", 5, 3), ==, 5);
  /* A character that is broken off by the end counts by its bytes. */
  g_assert_cmpuint (mvx_log_payload_cut ("ab\xe2\x82", 4, 3), ==, 3);
  /* NULs and surrogates, too. */
  g_assert_cmpuint (mvx_log_payload_cut ("a\0b\0c", 5, 3), ==, 3);
  g_assert_cmpuint (mvx_log_payload_cut ("\xed\xa0\x80x", 4, 2), ==, 2);
  g_assert_cmpuint (mvx_log_payload_cut ("", 0, 5), ==, 0);
}

static void
test_string_length (void)
{
  MvxLogField field = { .key = "s", .kind = MVX_LOG_KIND_STRING, .length = 4, .value.s = "a\0bcdef" };
  g_autoptr (MvxLogEvent) event = record_make (&field, 1, &mvx_log_limits_default);
  MvxLogValue value;

  g_assert_true (mvx_log_event_get_field (event, "s", &value));
  g_assert_cmpmem (value.u.string, value.size + 1, "a\0bc", 5);
  field.length = 0;
  assert_field (field, &mvx_log_limits_default, "''");
}

static void
test_items (void)
{
  assert_variant ("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", &deep, "[1,2,3,4,5,6,7,8,9,10]");
  assert_variant ("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]", &deep, "[1,2,3,4,5,6,7,8,9,10,'... (1 more)']");
  assert_variant ("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]", &deep, "[1,2,3,4,5,6,7,8,9,10,'... (2 more)']");
  assert_variant ("(1, 'a', true)", &(MvxLogLimits){ 200, 2, -1 }, "[1,'a','... (1 more)']");
  assert_variant ("{'a': 1, 'b': 2, 'c': 3}", &(MvxLogLimits){ 200, 2, -1 }, "{a:1,b:2,__more__:'1 more keys'}");
  assert_variant ("{'a': 1, 'b': 2, 'c': 3}", &(MvxLogLimits){ 200, 3, -1 }, "{a:1,b:2,c:3}");
  assert_variant ("@ai []", &deep, "[]");
  assert_variant ("@a{sv} {}", &deep, "{}");
  assert_variant ("()", &deep, "[]");
}

/* The payload itself is the one level. */
static void
test_depth (void)
{
  MvxLogLimits two = { 200, 10, 2 };

  assert_variant ("[1, 2]", &mvx_log_limits_default, "'<list>'");
  assert_variant ("(1, 2)", &mvx_log_limits_default, "'<tuple>'");
  assert_variant ("{'a': 1}", &mvx_log_limits_default, "'<dict>'");
  assert_variant ("@a{sv} {}", &mvx_log_limits_default, "'<dict>'");
  assert_variant ("<[1]>", &mvx_log_limits_default, "'<list>'");
  assert_variant ("{'a', 1}", &mvx_log_limits_default, "'<dict>'");
  assert_variant ("[[1], [2]]", &two, "['<list>','<list>']");
  assert_variant ("{'a': <{'b': 1}>, 'c': <(1, 2)>, 'd': <[1]>}", &two, "{a:'<dict>',c:'<tuple>',d:'<list>'}");
  assert_variant ("{'a': <{'b': <[[1]]>}>}", &deep, "{a:{b:[[1]]}}");
  assert_variant ("{'a', 1}", &deep, "{a:1}");
}

static void
test_unbounded (void)
{
  MvxLogLimits items = { 3, -1, -1 };

  assert_variant ("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]", &items, "[1,2,3,4,5,6,7,8,9,10,11]");
  assert_variant ("['abcd']", &items, "['abc...']");
  assert_variant ("['abcd']", &mvx_log_limits_none, "['abcd']");
}

static void
test_variant_classes (void)
{
  const MvxLogLimits *limits = &mvx_log_limits_default;

  assert_variant ("true", limits, "true");
  assert_variant ("byte 255", limits, "255u");
  assert_variant ("int16 -32768", limits, "-32768");
  assert_variant ("uint16 65535", limits, "65535u");
  assert_variant ("-5", limits, "-5");
  assert_variant ("uint32 4294967295", limits, "4294967295u");
  assert_variant ("int64 -9223372036854775808", limits, "-9223372036854775808");
  assert_variant ("uint64 18446744073709551615", limits, "18446744073709551615u");
  assert_variant ("handle -7", limits, "-7");
  assert_variant ("1.5", limits, "1.5");
  assert_variant ("'text'", limits, "'text'");
  assert_variant ("objectpath '/org/example'", limits, "'/org/example'");
  assert_variant ("signature 'a{sv}'", limits, "'a{sv}'");
  assert_variant ("<'inner'>", limits, "'inner'");
  assert_variant ("<<<7>>>", limits, "7");
  assert_variant ("@mi nothing", limits, "null");
  assert_variant ("@mi 5", limits, "5");
  assert_variant ("@mmi just nothing", limits, "null");
  assert_variant ("b'ab'", limits, "#616200");
  assert_variant ("@ay []", limits, "#");
  assert_variant ("{1: 'a', 2: 'b'}", &deep, "{1:'a',2:'b'}");
  assert_variant ("{true: 'a'}", &deep, "{true:'a'}");
  assert_variant ("{objectpath '/a': 'a'}", &deep, "{/a:'a'}");
}

/* Deeper than a record can be; wrappings do not count. */
static void
test_variant_depth (void)
{
  GVariant *list = g_variant_new_int32 (1);
  GVariant *boxed = g_variant_new_int32 (1);
  g_autofree char *text = NULL;
  MvxLogField field = FIELD_POINTER ("v", VARIANT, NULL);

  for (guint i = 0; i < 100; i++)
    {
      list = g_variant_new_array (NULL, &list, 1);
      boxed = g_variant_new_variant (boxed);
    }
  field.value.p = list;
  text = record_encode (&field, 1, &mvx_log_limits_none);
  g_assert_nonnull (strstr (text, "['<list>']"));
  field.value.p = boxed;
  assert_field (field, &mvx_log_limits_none, "1");
  g_variant_unref (list);
  g_variant_unref (boxed);
}

static void
test_keys (void)
{
  MvxLogLimits three = { 3, 10, -1 };
  MvxLogField fields[] = { FIELD_INT ("abcd", 1), FIELD_INT ("abc", 2), FIELD_INT ("abce", 3),
                           FIELD_INT ("\xc3\xa4"
                                      "bcd",
                                      4) };
  g_autofree char *text = record_encode (fields, G_N_ELEMENTS (fields), &three);

  /* Two that are cut to the same are one; the one that is not cut is another. */
  g_assert_cmpstr (text, ==,
                   "abc=2 abc...=3 \xc3\xa4"
                   "bc...=4");
  assert_variant ("{'abcd': 1, 'abce': 2, 'x': 3}", &three, "{abc...:2,x:3}");
}

static void
test_duplicates (void)
{
  MvxLogField fields[] = { FIELD_INT ("a", 1), FIELD_INT ("b", 2), FIELD_INT ("a", 3), FIELD_INT (NULL, 4) };
  g_autofree char *text = record_encode (fields, G_N_ELEMENTS (fields), &mvx_log_limits_default);
  GVariantBuilder builder;
  GVariant *dict;
  MvxLogField field = FIELD_POINTER ("v", VARIANT, NULL);

  g_assert_cmpstr (text, ==, "b=2 a=3");
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{si}"));
  g_variant_builder_add (&builder, "{si}", "k", 1);
  g_variant_builder_add (&builder, "{si}", "k", 2);
  dict = g_variant_ref_sink (g_variant_builder_end (&builder));
  field.value.p = dict;
  assert_field (field, &deep, "{k:2}");
  g_variant_unref (dict);
}

static void
test_payload_items (void)
{
  MvxLogField fields[12];
  static const char *const keys[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "a" };
  g_autofree char *eleven = NULL;
  g_autofree char *ten = NULL;
  g_autofree char *twelve = NULL;

  for (guint i = 0; i < 12; i++)
    fields[i] = (MvxLogField) FIELD_INT (keys[i], i);
  ten = record_encode (fields, 10, &mvx_log_limits_default);
  g_assert_cmpstr (ten, ==, "a=0 b=1 c=2 d=3 e=4 f=5 g=6 h=7 i=8 j=9");
  eleven = record_encode (fields, 11, &mvx_log_limits_default);
  g_assert_cmpstr (eleven, ==, "a=0 b=1 c=2 d=3 e=4 f=5 g=6 h=7 i=8 j=9 __more__='1 more keys'");
  /* Counted without repetitions. */
  twelve = record_encode (fields, 12, &mvx_log_limits_default);
  g_assert_cmpstr (twelve, ==, "b=1 c=2 d=3 e=4 f=5 g=6 h=7 i=8 j=9 k=10 __more__='1 more keys'");
}

/* More fields than a record can count, every key given twice. */
static void
test_many_fields (void)
{
  const guint n = 140000;
  g_autofree MvxLogField *fields = g_new (MvxLogField, n);
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (MvxLogEvent) event = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_ptr_array_add (keys, g_strdup_printf ("k%u", i % (n / 2)));
      fields[i] = (MvxLogField) FIELD_INT (keys->pdata[i], i);
    }
  event = record_make (fields, n, &mvx_log_limits_none);
  g_assert_cmpuint (mvx_log_event_get_n_fields (event), ==, 16001);
  g_assert_cmpint (mvx_log_event_get_int64 (event, "k0", -1), ==, n / 2);
  g_assert_cmpint (mvx_log_event_get_int64 (event, "k15999", -1), ==, n / 2 + 15999);
  g_assert_cmpstr (mvx_log_event_get_string (event, "__more__"), ==, "54000 more keys");
}

static void
test_bytes (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\x01\xff", 3);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autofree guint8 *many = g_malloc0 (1000);
  g_autoptr (GBytes) thousand = g_bytes_new (many, 1000);
  MvxLogField field = FIELD_POINTER ("b", BYTES, thousand);
  g_autoptr (MvxLogEvent) event = record_make (&field, 1, &mvx_log_limits_default);
  MvxLogValue value;

  assert_field ((MvxLogField) FIELD_POINTER ("b", BYTES, bytes), &mvx_log_limits_default, "#0001ff");
  assert_field ((MvxLogField) FIELD_POINTER ("b", BYTES, empty), &mvx_log_limits_default, "#");
  g_assert_true (mvx_log_event_get_field (event, "b", &value));
  g_assert_cmpuint (value.size, ==, 1000);
}

/* What no limit cuts is cut where a record ends. */
static void
test_huge (void)
{
  const gsize size = MVX_LOG_MAX_TEXT + 5;
  g_autofree char *text = g_strnfill (size, 'x');
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, size);
  MvxLogField fields[] = { FIELD_STRING ("s", text), FIELD_POINTER ("b", BYTES, bytes), FIELD_INT (text, 1) };
  g_autoptr (MvxLogEvent) event = NULL;
  MvxLogValue value;

  memcpy (text + MVX_LOG_MAX_TEXT - 1, "\xc3\xa4", 2);
  event = record_make (fields, G_N_ELEMENTS (fields), &mvx_log_limits_none);
  g_assert_true (mvx_log_event_get_field (event, "s", &value));
  g_assert_cmpuint (value.size, ==, MVX_LOG_MAX_TEXT - 1 + 3);
  g_assert_cmpstr (value.u.string + value.size - 4, ==, "x...");
  g_assert_cmpstr (mvx_log_event_get_string (event, "b"), ==, "<16777221 bytes>");
  g_assert_cmpuint (mvx_log_event_get_n_fields (event), ==, 3);
}

/* A buffer that is full already: what comes is only counted, also inside a container. */
static void
test_full (void)
{
  const gsize full = MVX_LOG_PAYLOAD_MAX_SIZE + 1;
  MvxLogField fields[] = { FIELD_INT ("a", 1), FIELD_INT ("b", 2) };
  g_autoptr (GVariant) list = g_variant_ref_sink (g_variant_new_parsed ("[1, 2, 3]"));
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'a': 1}"));
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogValue value;
  GString *text = g_string_new (NULL);
  MvxLogType type;

  mvx_log_buffer_reserve (&buffer, full + 1024);
  buffer.len = full;
  g_assert_cmpuint (mvx_log_payload_encode (&buffer, fields, 2, &mvx_log_limits_none), ==, 1);
  g_assert_cmpuint (buffer.data[full], ==, MVX_LOG_TYPE_STRING);
  g_assert_cmpstr ((const char *) buffer.data + full + 5, ==, "__more__");
  g_assert_cmpstr ((const char *) buffer.data + full + 5 + 9 + 4, ==, "2 more keys");
  buffer.len = full;
  type = mvx_log_payload_encode_variant (&buffer, list, &mvx_log_limits_none, 1);
  mvx_log_value_decode (&value, type, buffer.data + full);
  record_append_value (text, &value);
  buffer.len = full;
  type = mvx_log_payload_encode_variant (&buffer, map, &mvx_log_limits_none, 1);
  mvx_log_value_decode (&value, type, buffer.data + full);
  record_append_value (text, &value);
  g_assert_cmpstr (text->str, ==, "['... (3 more)']{__more__:'1 more keys'}");
  g_string_free (text, TRUE);
  mvx_log_buffer_clear (&buffer);
}

static void
test_errors (void)
{
  g_autoptr (GError) inner = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOSPC, "disk full");
  g_autoptr (GError) outer
      = mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED, inner, NULL, "no sink");
  g_autofree char *one
      = g_strdup_printf ("error[{domain:'g-file-error-quark',code:%d,message:'disk full'}]", G_FILE_ERROR_NOSPC);
  g_autofree char *two
      = g_strdup_printf ("error[{domain:'%s',code:3,message:'no sink',reason:'LOG_SINK_CREATE_FAILED'},"
                         "{domain:'g-file-error-quark',code:%d,message:'disk full'}]",
                         g_quark_to_string (MVX_LOG_SINK_ERROR), G_FILE_ERROR_NOSPC);
  GError *chain = g_error_copy (inner);
  MvxLogField field;
  g_autoptr (MvxLogEvent) event = NULL;
  MvxLogValueIter iter;
  MvxLogValue value;

  assert_field ((MvxLogField) FIELD_POINTER ("e", ERROR, inner), &mvx_log_limits_default, one);
  assert_field ((MvxLogField) FIELD_POINTER ("e", ERROR, outer), &mvx_log_limits_default, two);
  for (guint i = 0; i < 30; i++)
    mvx_log_error_wrap (&chain, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT, "%u", i);
  field = (MvxLogField) FIELD_POINTER ("e", ERROR, chain);
  event = record_make (&field, 1, &mvx_log_limits_default);
  g_assert_true (mvx_log_event_get_field (event, "e", &value));
  g_assert_true (mvx_log_value_iter_init (&iter, &value));
  g_assert_cmpuint (mvx_log_value_iter_n_left (&iter), ==, 16);
  g_error_free (chain);
}

static void
assert_date_time (const char *iso, gint64 ns)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (iso, NULL);
  g_autofree char *expected = g_strdup_printf ("@%" G_GINT64_FORMAT, ns);

  g_assert_nonnull (time);
  assert_field ((MvxLogField) FIELD_POINTER ("t", DATE_TIME, time), &mvx_log_limits_default, expected);
}

static void
test_date_time (void)
{
  assert_date_time ("1970-01-01T00:00:00Z", 0);
  assert_date_time ("1970-01-01T00:00:01.5Z", 1500000000);
  assert_date_time ("1969-12-31T23:59:59.5Z", -500000000);
  assert_date_time ("2026-11-21T13:00:00+01:00", G_GINT64_CONSTANT (1795262400000000000));
  assert_date_time ("9999-12-31T23:59:59Z", G_MAXINT64);
  assert_date_time ("0001-01-01T00:00:00Z", G_MININT64);
}

static void
test_object (void)
{
  g_autoptr (GCancellable) object = g_cancellable_new ();

  assert_field ((MvxLogField) FIELD_POINTER ("o", OBJECT, object), &mvx_log_limits_default, "'<GCancellable>'");
}

static void
test_field (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogField field = FIELD_INT (NULL, 5);

  mvx_log_payload_encode_field (&buffer, &field, &mvx_log_limits_default);
  g_assert_cmpuint (buffer.len, ==, 1 + 4 + 1 + 8);
  g_assert_cmpuint (buffer.data[0], ==, MVX_LOG_TYPE_INT64);
  mvx_log_buffer_clear (&buffer);
}

/* A map of fields: none too many, each key once, no level of its own. */
static void
test_fields (void)
{
  g_autoptr (GVariant) list = g_variant_ref_sink (g_variant_new_parsed ("[1]"));
  MvxLogField inner[14] = { { "a", MVX_LOG_KIND_INT64, -1, { .i = 1 } }, { NULL, MVX_LOG_KIND_NULL, -1, { 0 } } };
  MvxLogFieldArray array = { inner, G_N_ELEMENTS (inner) };
  MvxLogFieldArray none = { NULL, 0 };
  MvxLogField fields[] = { { "map", MVX_LOG_KIND_FIELDS, -1, { .p = &array } },
                           { "none", MVX_LOG_KIND_FIELDS, -1, { .p = &none } },
                           { "null", MVX_LOG_KIND_FIELDS, -1, { .p = NULL } } };
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (MvxLogEvent) event = NULL;
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogValue value;

  for (guint i = 2; i < G_N_ELEMENTS (inner); i++)
    {
      g_ptr_array_add (keys, g_strdup_printf ("k%u", i));
      inner[i] = (MvxLogField){ keys->pdata[i - 2], MVX_LOG_KIND_VARIANT, -1, { .p = list } };
    }
  inner[13].key = "a";
  event = mvx_log_event_new ("fields", 20, 0, NULL, fields, G_N_ELEMENTS (fields));
  record_assert_valid (event);
  g_assert_true (mvx_log_event_get_field (event, "map", &value));
  g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_MAP);
  g_assert_cmpuint (mvx_log_load32 (value.u.bytes), ==, 12);
  g_assert_true (mvx_log_event_get_field (event, "none", &value));
  g_assert_cmpuint (mvx_log_load32 (value.u.bytes), ==, 0);
  g_assert_true (mvx_log_event_get_field (event, "null", &value));
  g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_NULL);
  /* Lists in it are named by the default limits, as elsewhere. */
  g_assert_cmpuint (mvx_log_payload_encode (&buffer, fields, 1, &mvx_log_limits_default), ==, 1);
  g_assert_nonnull (memmem (buffer.data, buffer.len, "<list>", 6));
  mvx_log_buffer_clear (&buffer);
}

/* What was announced is enough, whatever is cut, left out or put off. */
static void
assert_size (const MvxLogField *fields, guint n, const MvxLogLimits *limits)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  gboolean by_glib = FALSE;

  mvx_log_payload_encode (&buffer, fields, n, limits);
  g_assert_cmpuint (buffer.len, <=, mvx_log_payload_size (fields, n, limits, &by_glib));
  g_assert_false (by_glib);
  mvx_log_buffer_clear (&buffer);
}

static void
test_size (void)
{
  static const char *const characters[] = { "x", "\xc3\xa9", "\xf0\x9f\x98\x80", "\xff" };
  static const MvxLogLimits limits[]
      = { { 200, 10, 1 }, { -1, -1, -1 }, { 0, 0, 0 }, { 3, -1, -1 }, { 200, 10, 1, TRUE } };
  g_autoptr (GBytes) bytes = g_bytes_new_static ("0123456789", 10);
  g_autoptr (GDateTime) date_time = g_date_time_new_now_utc ();

  for (guint i = 0; i < G_N_ELEMENTS (characters) * 450; i++)
    {
      g_autofree char *text = repeat (characters[i / 450], i % 450, FALSE);
      const MvxLogField inner[] = { FIELD_POINTER (text, BYTES, bytes), FIELD_STRING ("text", text) };
      const MvxLogFieldArray array = { inner, G_N_ELEMENTS (inner) };
      const MvxLogField fields[] = {
        FIELD_STRING (text, text),
        FIELD_STRING ("text", text),
        FIELD_INT ("n", i),
        FIELD_DOUBLE ("ratio", 0.1),
        FIELD_POINTER ("bytes", BYTES, bytes),
        FIELD_POINTER ("fields", FIELDS, &array),
        FIELD_BOOL ("flag", 1),
        FIELD_TIME ("time", 1),
        FIELD_POINTER ("date", DATE_TIME, date_time),
        FIELD_STRING ("none", NULL),
        FIELD_INT ("eleven", 11),
        FIELD_INT ("twelve", 12),
      };

      for (guint j = 0; j < G_N_ELEMENTS (limits); j++)
        for (guint n = 0; n <= G_N_ELEMENTS (fields); n++)
          assert_size (fields, n, &limits[j]);
    }
}

/* What nobody can say without GLib is told. */
static void
test_size_by_glib (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "failed");
  g_autoptr (GVariant) variant = g_variant_ref_sink (g_variant_new_string ("text"));
  const MvxLogField inner[] = { FIELD_POINTER ("variant", VARIANT, variant) };
  const MvxLogFieldArray array = { inner, G_N_ELEMENTS (inner) };
  const MvxLogField fields[] = {
    FIELD_POINTER ("error", ERROR, error),   FIELD_POINTER ("variant", VARIANT, variant),
    FIELD_POINTER ("object", OBJECT, error), FIELD_POINTER ("causes", CAUSES, variant),
    FIELD_POINTER ("inner", FIELDS, &array),
  };
  const MvxLogField many[17] = { FIELD_INT ("n", 1) };
  gboolean by_glib;

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      by_glib = FALSE;
      mvx_log_payload_size (&fields[i], 1, &mvx_log_limits_default, &by_glib);
      g_assert_true (by_glib);
    }
  for (guint n = 16; n <= G_N_ELEMENTS (many); n++)
    {
      by_glib = FALSE;
      mvx_log_payload_size (many, n, &mvx_log_limits_default, &by_glib);
      g_assert_cmpint (by_glib, ==, n > 16);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/payload/numbers", test_numbers);
  g_test_add_func ("/payload/null-pointers", test_null_pointers);
  g_test_add_func ("/payload/strings", test_strings);
  g_test_add_func ("/payload/cut", test_cut);
  g_test_add_func ("/payload/string-length", test_string_length);
  g_test_add_func ("/payload/items", test_items);
  g_test_add_func ("/payload/depth", test_depth);
  g_test_add_func ("/payload/unbounded", test_unbounded);
  g_test_add_func ("/payload/variant-classes", test_variant_classes);
  g_test_add_func ("/payload/variant-depth", test_variant_depth);
  g_test_add_func ("/payload/keys", test_keys);
  g_test_add_func ("/payload/duplicates", test_duplicates);
  g_test_add_func ("/payload/payload-items", test_payload_items);
  g_test_add_func ("/payload/many-fields", test_many_fields);
  g_test_add_func ("/payload/bytes", test_bytes);
  g_test_add_func ("/payload/huge", test_huge);
  g_test_add_func ("/payload/full", test_full);
  g_test_add_func ("/payload/size", test_size);
  g_test_add_func ("/payload/size-by-glib", test_size_by_glib);
  g_test_add_func ("/payload/errors", test_errors);
  g_test_add_func ("/payload/date-time", test_date_time);
  g_test_add_func ("/payload/object", test_object);
  g_test_add_func ("/payload/field", test_field);
  g_test_add_func ("/payload/fields", test_fields);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event/encode-private.h"
#include "record-maker.h"

static MvxLogEvent *
make_event (void)
{
  MvxLogField fields[] = { FIELD_STRING ("user", "ann"), FIELD_INT ("port", 80), FIELD_UINT ("big", G_MAXUINT64),
                           FIELD_DOUBLE ("load", 0.5),   FIELD_BOOL ("ok", 1),   FIELD_TIME ("at", 7) };

  return mvx_log_event_new ("org.example", 30, 1234, "{user} came", fields, G_N_ELEMENTS (fields));
}

static void
test_new (void)
{
  g_autoptr (MvxLogEvent) event = make_event ();
  g_autofree char *text = record_fields_to_string (event);
  gsize len = 0;

  record_assert_valid (event);
  g_assert_cmpint (mvx_log_event_get_level (event), ==, 30);
  g_assert_cmpint (mvx_log_event_get_timestamp (event), ==, 1234);
  g_assert_cmpstr (mvx_log_event_get_context (event), ==, "org.example");
  g_assert_cmpstr (mvx_log_event_context (event, &len), ==, "org.example");
  g_assert_cmpuint (len, ==, 11);
  g_assert_cmpstr (mvx_log_event_get_template (event), ==, "{user} came");
  g_assert_cmpuint (mvx_log_event_get_n_fields (event), ==, 6);
  g_assert_cmpstr (text, ==, "user='ann' port=80 big=18446744073709551615u load=0.5 ok=true at=@7");
  g_assert_null (mvx_log_event_get_name (event));
  g_assert_null (mvx_log_event_get_entity_id (event));
  g_assert_null (mvx_log_event_get_outcome (event));
  g_assert_null (mvx_log_event_get_verbatim_message (event));
  g_assert_null (mvx_log_event_get_file (event));
  g_assert_null (mvx_log_event_get_function (event));
  g_assert_null (mvx_log_event_get_trace_id (event));
  g_assert_null (mvx_log_event_get_span_id (event));
  g_assert_cmpuint (mvx_log_event_get_line (event), ==, 0);
  g_assert_cmpuint (mvx_log_event_get_seq (event), ==, 0);
}

static void
test_new_empty (void)
{
  MvxLogField nameless = FIELD_INT (NULL, 1);
  g_autoptr (MvxLogEvent) event = mvx_log_event_new (NULL, 100000, 0, NULL, NULL, 0);
  g_autoptr (MvxLogEvent) without = mvx_log_event_new ("", -100000, 0, "", &nameless, 1);
  gsize len = 99;

  record_assert_valid (event);
  record_assert_valid (without);
  g_assert_cmpint (mvx_log_event_get_level (event), ==, G_MAXINT16);
  g_assert_cmpint (mvx_log_event_get_level (without), ==, G_MININT16);
  g_assert_cmpstr (mvx_log_event_get_context (event), ==, "");
  g_assert_null (mvx_log_event_context (event, &len));
  g_assert_cmpuint (len, ==, 0);
  g_assert_null (mvx_log_event_get_template (event));
  g_assert_cmpstr (mvx_log_event_get_template (without), ==, "");
  g_assert_cmpuint (mvx_log_event_get_n_fields (event), ==, 0);
  g_assert_cmpuint (mvx_log_event_get_n_fields (without), ==, 0);
  g_assert_false (mvx_log_event_get_field (event, "x", NULL));
}

static void
test_accessors (void)
{
  g_autoptr (MvxLogEvent) event = make_event ();
  MvxLogValue value;

  g_assert_true (mvx_log_event_get_field (event, "ok", NULL));
  g_assert_true (mvx_log_event_get_field (event, "ok", &value));
  g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_BOOL);
  g_assert_false (mvx_log_event_get_field (event, "OK", &value));
  g_assert_cmpstr (mvx_log_event_get_string (event, "user"), ==, "ann");
  g_assert_null (mvx_log_event_get_string (event, "port"));
  g_assert_null (mvx_log_event_get_string (event, "none"));
  g_assert_cmpint (mvx_log_event_get_int64 (event, "port", -1), ==, 80);
  g_assert_cmpint (mvx_log_event_get_int64 (event, "ok", -1), ==, 1);
  g_assert_cmpint (mvx_log_event_get_int64 (event, "at", -1), ==, 7);
  g_assert_cmpint (mvx_log_event_get_int64 (event, "big", -1), ==, -1);
  g_assert_cmpint (mvx_log_event_get_int64 (event, "load", -1), ==, -1);
  g_assert_cmpint (mvx_log_event_get_int64 (event, "none", -1), ==, -1);
  g_assert_cmpfloat (mvx_log_event_get_double (event, "load", -1), ==, 0.5);
  g_assert_cmpfloat (mvx_log_event_get_double (event, "port", -1), ==, 80);
  g_assert_cmpfloat (mvx_log_event_get_double (event, "big", -1), ==, (double) G_MAXUINT64);
  g_assert_cmpfloat (mvx_log_event_get_double (event, "user", -1), ==, -1);
  g_assert_cmpfloat (mvx_log_event_get_double (event, "none", -1), ==, -1);
}

/* Every type, and what the accessors make of it. */
static void
test_types (void)
{
  g_autoptr (GError) cause = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  g_autoptr (GBytes) bytes = g_bytes_new_static ("a\0b", 3);
  g_autoptr (GVariant) list = g_variant_ref_sink (g_variant_new_parsed ("[<1>, <'two'>, <[<@mv nothing>]>]"));
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'k': <@t 5>}"));
  MvxLogField fields[] = {
    { "null", MVX_LOG_KIND_NULL, -1, { 0 } },
    FIELD_BOOL ("bool", 1),
    FIELD_INT ("int", G_MININT64),
    FIELD_UINT ("uint", G_MAXUINT64),
    FIELD_DOUBLE ("double", 0.5),
    { "string", MVX_LOG_KIND_STRING, 4, { .s = "a\xff\0c" } },
    { "bytes", MVX_LOG_KIND_BYTES, -1, { .p = bytes } },
    { "list", MVX_LOG_KIND_VARIANT, -1, { .p = list } },
    { "map", MVX_LOG_KIND_VARIANT, -1, { .p = map } },
    { "error", MVX_LOG_KIND_ERROR, -1, { .p = cause } },
    FIELD_TIME ("time", 1234567890123456789),
  };
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("types", 20, 0, NULL, fields, G_N_ELEMENTS (fields));
  g_autoptr (GVariant) all = mvx_log_event_dup_fields (event);
  g_autofree char *text = g_variant_print (all, TRUE);
  g_autoptr (GVariant) one = mvx_log_event_dup_variant (event, "map");

  record_assert_valid (event);
  g_assert_cmpstr (text, ==,
                   "{'null': <@mv nothing>, 'bool': <true>, 'int': <int64 -9223372036854775808>, "
                   "'uint': <uint64 18446744073709551615>, 'double': <0.5>, 'string': <'a\357\277\275\357\277\275c'>, "
                   "'bytes': <[byte 0x61, 0x00, 0x62]>, "
                   "'list': <[<int64 1>, <'two'>, <[<@mv nothing>]>]>, 'map': <{'k': <uint64 5>}>, "
                   "'error': <[<{'domain': <'g-io-error-quark'>, 'code': <int64 1>, 'message': <'gone'>}>]>, "
                   "'time': <int64 1234567890123456789>}");
  g_assert_cmpstr (g_variant_get_type_string (one), ==, "a{sv}");
  g_assert_null (mvx_log_event_dup_variant (event, "none"));
  g_assert_true (mvx_log_event_get_boolean (event, "bool", FALSE));
  g_assert_true (mvx_log_event_get_boolean (event, "none", TRUE));
  g_assert_false (mvx_log_event_get_boolean (event, "int", FALSE));
  g_assert_cmpuint (mvx_log_event_get_uint64 (event, "uint", 7), ==, G_MAXUINT64);
  g_assert_cmpuint (mvx_log_event_get_uint64 (event, "bool", 7), ==, 1);
  g_assert_cmpuint (mvx_log_event_get_uint64 (event, "time", 7), ==, 1234567890123456789);
  g_assert_cmpuint (mvx_log_event_get_uint64 (event, "int", 7), ==, 7);
  g_assert_cmpuint (mvx_log_event_get_uint64 (event, "string", 7), ==, 7);
  g_assert_cmpuint (mvx_log_event_get_uint64 (event, "none", 7), ==, 7);
}

/* As deep as a record may be. */
static void
test_deep_variant (void)
{
  GVariant *deep = g_variant_new_int32 (1);
  MvxLogField field = { "deep", MVX_LOG_KIND_VARIANT, -1, { 0 } };
  g_autoptr (MvxLogEvent) event = NULL;
  g_autoptr (GVariant) all = NULL;
  guint depth = 0;

  for (guint i = 0; i < 60; i++)
    deep = g_variant_new_array (G_VARIANT_TYPE_VARIANT, (GVariant *[]){ g_variant_new_variant (deep) }, 1);
  field.value.p = g_variant_ref_sink (deep);
  event = mvx_log_event_new ("deep", 20, 0, NULL, &field, 1);
  all = mvx_log_event_dup_variant (event, "deep");
  for (GVariant *at = g_variant_ref (all); at; depth++)
    {
      GVariant *inner = NULL;

      if (g_variant_is_of_type (at, G_VARIANT_TYPE ("av")))
        g_variant_get_child (at, 0, "v", &inner);
      g_variant_unref (at);
      at = inner;
    }
  g_assert_cmpuint (depth, ==, 61);
  g_variant_unref (deep);
}

/* Two bound fields inline, then the slots of a callsite, with metadata. */
static void
make_full (MvxLogBuffer *buffer, guint flags)
{
  static const char *const keys[] = { "path", "size" };
  static const guint8 kinds[] = { MVX_LOG_KIND_STRING, MVX_LOG_KIND_INT64 };
  static const MvxLogCallsiteInfo info = { "{path}", "main.c", "open_file", keys, kinds, 42, 20, 2 };
  const MvxLogCallsite *site = mvx_log_callsite_intern (&info);
  MvxLogField bound[] = { FIELD_STRING ("request", "r1"), FIELD_INT ("attempt", 2) };
  MvxLogArg args[] = { { .s = "/etc" }, { .i = -3 } };
  guint32 lengths[MVX_LOG_PLAIN_MAX_STRINGS];
  guint32 size = mvx_log_encode_plain_size (site, args, 200, lengths);
  gsize at;

  mvx_log_buffer_reserve (buffer, sizeof (MvxLogRecord));
  buffer->len = sizeof (MvxLogRecord);
  mvx_log_buffer_append (buffer, "\0\0\0\0", 4);
  mvx_log_encode_meta (buffer, MVX_LOG_META_NAME, "open", -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_ENTITY, "file-1", -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_OUTCOME, "success", -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_MESSAGE, "100% {done}", -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_TRACE, "0af7651916cd43dd8448eb211c80319c", -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_SPAN, "b7ad6b7169203331", -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_CONTEXT, "from.meta", -1);
  mvx_log_store32 (buffer->data + sizeof (MvxLogRecord), (guint32) (buffer->len - sizeof (MvxLogRecord) - 4));
  at = buffer->len;
  mvx_log_buffer_append (buffer, "\0\0\0\0", 4);
  mvx_log_payload_encode (buffer, bound, 2, &mvx_log_limits_none);
  mvx_log_store32 (buffer->data + at, (guint32) (buffer->len - at - 4));
  if ((flags & MVX_LOG_RECORD_NO_SLOTS) == 0)
    {
      mvx_log_encode_plain (mvx_log_buffer_reserve (buffer, size), site, args, lengths);
      buffer->len += size;
    }
  while (buffer->len & 7)
    mvx_log_buffer_append_c (buffer, '\0');
  mvx_log_encode_header (buffer->data, (guint32) buffer->len, site->id, 1, 9, 77, 0, 20, MVX_LOG_RECORD_META | flags,
                         2);
}

static void
test_order (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  g_autoptr (MvxLogEvent) event = NULL;
  g_autofree char *text = NULL;
  MvxLogEvent view;

  make_full (&buffer, 0);
  mvx_log_event_view (&view, (const MvxLogRecord *) (gconstpointer) buffer.data);
  view.time_ns = 5;
  view.seq = 6;
  event = mvx_log_event_copy (&view);
  mvx_log_event_free (&view); /* only a view: nothing happens */
  memset (buffer.data, 0xff, buffer.len);
  mvx_log_buffer_clear (&buffer);

  record_assert_valid (event);
  text = record_fields_to_string (event);
  g_assert_cmpstr (text, ==, "request='r1' attempt=2 path='/etc' size=-3");
  g_assert_cmpstr (mvx_log_event_get_string (event, "request"), ==, "r1");
  g_assert_cmpint (mvx_log_event_get_int64 (event, "size", 0), ==, -3);
  g_assert_cmpint (mvx_log_event_get_timestamp (event), ==, 5);
  g_assert_cmpuint (mvx_log_event_get_seq (event), ==, 6);
}

static void
test_metadata (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogEvent event;
  gsize len;

  make_full (&buffer, 0);
  mvx_log_event_view (&event, (const MvxLogRecord *) (gconstpointer) buffer.data);
  g_assert_cmpstr (mvx_log_event_get_name (&event), ==, "open");
  g_assert_cmpstr (mvx_log_event_get_entity_id (&event), ==, "file-1");
  g_assert_cmpstr (mvx_log_event_get_outcome (&event), ==, "success");
  g_assert_cmpstr (mvx_log_event_get_verbatim_message (&event), ==, "100% {done}");
  g_assert_cmpstr (mvx_log_event_get_trace_id (&event), ==, "0af7651916cd43dd8448eb211c80319c");
  g_assert_cmpstr (mvx_log_event_get_span_id (&event), ==, "b7ad6b7169203331");
  g_assert_cmpstr (mvx_log_event_meta (&event, MVX_LOG_META_SPAN, &len), ==, "b7ad6b7169203331");
  g_assert_cmpuint (len, ==, 16);
  g_assert_cmpstr (mvx_log_event_get_context (&event), ==, "from.meta");
  /* Of the callsite. */
  g_assert_cmpstr (mvx_log_event_get_template (&event), ==, "{path}");
  g_assert_cmpstr (mvx_log_event_get_file (&event), ==, "main.c");
  g_assert_cmpstr (mvx_log_event_get_function (&event), ==, "open_file");
  g_assert_cmpuint (mvx_log_event_get_line (&event), ==, 42);
  g_assert_cmpuint (mvx_log_event_get_thread (&event), ==, 77);
  mvx_log_buffer_clear (&buffer);
}

static void
test_no_slots (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  g_autofree char *text = NULL;
  MvxLogEvent event;

  make_full (&buffer, MVX_LOG_RECORD_NO_SLOTS);
  mvx_log_event_view (&event, (const MvxLogRecord *) (gconstpointer) buffer.data);
  record_assert_valid (&event);
  text = record_fields_to_string (&event);
  g_assert_cmpstr (text, ==, "request='r1' attempt=2");
  g_assert_cmpstr (mvx_log_event_get_template (&event), ==, "{path}");
  mvx_log_buffer_clear (&buffer);
}

/* Without a callsite all of that is metadata. */
static void
test_source (void)
{
  guint8 bytes[256] __attribute__ ((aligned (8))) = { 0 };
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  const MvxLogSymbol *symbol = mvx_log_symbol_intern ("org.example.symbol");
  MvxLogEvent event;

  mvx_log_encode_meta (&buffer, MVX_LOG_META_FILE, "x.c", -1);
  mvx_log_encode_meta (&buffer, MVX_LOG_META_FUNCTION, "f", -1);
  mvx_log_encode_meta (&buffer, MVX_LOG_META_LINE, "4711", -1);
  mvx_log_encode_meta (&buffer, MVX_LOG_META_TEMPLATE, "t", -1);
  mvx_log_store32 (bytes + 40, (guint32) buffer.len);
  memcpy (bytes + 44, buffer.data, buffer.len);
  mvx_log_encode_header (bytes, mvx_log_record_align (44 + buffer.len), 0, 0, 0, 0, symbol->id, 20, MVX_LOG_RECORD_META,
                         0);
  mvx_log_event_view (&event, (const MvxLogRecord *) (gconstpointer) bytes);
  record_assert_valid (&event);
  g_assert_cmpstr (mvx_log_event_get_file (&event), ==, "x.c");
  g_assert_cmpstr (mvx_log_event_get_function (&event), ==, "f");
  g_assert_cmpuint (mvx_log_event_get_line (&event), ==, 4711);
  g_assert_cmpstr (mvx_log_event_get_template (&event), ==, "t");
  g_assert_cmpstr (mvx_log_event_get_context (&event), ==, "org.example.symbol");
  mvx_log_buffer_clear (&buffer);
}

static gpointer
copy_and_free (gpointer data)
{
  const MvxLogEvent *event = data;

  for (guint i = 0; i < 20000; i++)
    {
      MvxLogEvent *copy = mvx_log_event_copy (event);

      g_assert_true (copy == event);
      mvx_log_event_free (copy);
    }
  return mvx_log_event_copy (event);
}

static void
test_copies (void)
{
  MvxLogEvent *event = make_event ();
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("copy", copy_and_free, event);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_true (g_thread_join (threads[i]) == event);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      mvx_log_event_free (event);
      g_assert_cmpstr (mvx_log_event_get_string (event, "user"), ==, "ann");
    }
  mvx_log_event_free (event);
  mvx_log_event_free (NULL);
}

static void
test_boxed (void)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (MvxLogEvent) event = make_event ();

  g_assert_cmpstr (g_type_name (MVX_LOG_TYPE_EVENT), ==, "MvxLogEvent");
  g_value_init (&value, MVX_LOG_TYPE_EVENT);
  g_value_set_boxed (&value, event);
  g_assert_true (g_value_get_boxed (&value) == event);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/event/new", test_new);
  g_test_add_func ("/event/new-empty", test_new_empty);
  g_test_add_func ("/event/accessors", test_accessors);
  g_test_add_func ("/event/types", test_types);
  g_test_add_func ("/event/deep-variant", test_deep_variant);
  g_test_add_func ("/event/order", test_order);
  g_test_add_func ("/event/metadata", test_metadata);
  g_test_add_func ("/event/no-slots", test_no_slots);
  g_test_add_func ("/event/source", test_source);
  g_test_add_func ("/event/copies", test_copies);
  g_test_add_func ("/event/boxed", test_boxed);
  return g_test_run ();
}

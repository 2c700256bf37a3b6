/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record-maker.h"

static MvxLogEvent *
make_variant (const char *text)
{
  g_autoptr (GVariant) variant = g_variant_ref_sink (g_variant_new_parsed (text));
  MvxLogField field = FIELD_POINTER ("v", VARIANT, variant);

  return record_make (&field, 1, &mvx_log_limits_none);
}

static void
test_list (void)
{
  g_autoptr (MvxLogEvent) event = make_variant ("(1, 'two', true)");
  const char *key = "unchanged";
  MvxLogValueIter iter;
  MvxLogValue value;
  MvxLogValue item;

  g_assert_true (mvx_log_event_get_field (event, "v", &value));
  g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_LIST);
  g_assert_true (mvx_log_value_iter_init (&iter, &value));
  g_assert_cmpuint (mvx_log_value_iter_n_left (&iter), ==, 3);
  g_assert_true (mvx_log_value_iter_next (&iter, &key, &item));
  g_assert_null (key);
  g_assert_cmpint (item.type, ==, MVX_LOG_TYPE_INT64);
  g_assert_cmpint (item.u.int64, ==, 1);
  g_assert_true (mvx_log_value_iter_next (&iter, NULL, &item));
  g_assert_cmpint (item.type, ==, MVX_LOG_TYPE_STRING);
  g_assert_cmpstr (item.u.string, ==, "two");
  g_assert_cmpuint (item.size, ==, 3);
  g_assert_cmpuint (mvx_log_value_iter_n_left (&iter), ==, 1);
  g_assert_true (mvx_log_value_iter_next (&iter, NULL, &item));
  g_assert_true (item.u.boolean);
  g_assert_false (mvx_log_value_iter_next (&iter, &key, &item));
  g_assert_false (mvx_log_value_iter_next (&iter, &key, &item));
  g_assert_cmpuint (mvx_log_value_iter_n_left (&iter), ==, 0);
}

static void
test_map (void)
{
  g_autoptr (MvxLogEvent) event = make_variant ("{'a': <{'b': <2>}>, 'c': <3.5>}");
  MvxLogValueIter iter;
  MvxLogValueIter inner;
  MvxLogValue value;
  const char *key;

  g_assert_true (mvx_log_event_get_field (event, "v", &value));
  g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_MAP);
  g_assert_true (mvx_log_value_iter_init (&iter, &value));
  g_assert_true (mvx_log_value_iter_next (&iter, &key, &value));
  g_assert_cmpstr (key, ==, "a");
  g_assert_true (mvx_log_value_iter_init (&inner, &value));
  g_assert_true (mvx_log_value_iter_next (&inner, &key, &value));
  g_assert_cmpstr (key, ==, "b");
  g_assert_cmpint (value.u.int64, ==, 2);
  g_assert_false (mvx_log_value_iter_next (&inner, &key, &value));
  /* The outer walk does not depend on the inner one. */
  g_assert_true (mvx_log_value_iter_next (&iter, NULL, &value));
  g_assert_cmpfloat (value.u.dbl, ==, 3.5);
  g_assert_false (mvx_log_value_iter_next (&iter, NULL, &value));
}

static void
test_empty (void)
{
  static const char *const empty[] = { "@ai []", "@a{sv} {}", "()" };

  for (guint i = 0; i < G_N_ELEMENTS (empty); i++)
    {
      g_autoptr (MvxLogEvent) event = make_variant (empty[i]);
      MvxLogValueIter iter;
      MvxLogValue value;

      g_assert_true (mvx_log_event_get_field (event, "v", &value));
      g_assert_true (mvx_log_value_iter_init (&iter, &value));
      g_assert_cmpuint (mvx_log_value_iter_n_left (&iter), ==, 0);
      g_assert_false (mvx_log_value_iter_next (&iter, NULL, &value));
    }
}

static void
test_no_container (void)
{
  for (guint type = MVX_LOG_TYPE_NULL; type < MVX_LOG_TYPE_ERROR; type++)
    {
      MvxLogValue value = { .type = (MvxLogType) type };
      MvxLogValueIter iter;

      g_assert_false (mvx_log_value_iter_init (&iter, &value));
      g_assert_cmpuint (mvx_log_value_iter_n_left (&iter), ==, 0);
      g_assert_false (mvx_log_value_iter_next (&iter, NULL, &value));
    }
}

static void
test_decode (void)
{
  guint8 bytes[16] = { 0xff, 0xff, 0xff, 0xff };
  MvxLogValue value;

  g_assert_true (mvx_log_value_decode (&value, MVX_LOG_TYPE_STRING, bytes) == bytes + 4);
  g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_NULL);
  g_assert_cmpuint (value.size, ==, 0);
  g_assert_true (mvx_log_value_decode (&value, 77, bytes) == bytes);
  g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_NULL);
  g_assert_true (mvx_log_value_decode (&value, MVX_LOG_TYPE_BOOL, bytes) == bytes + 8);
  g_assert_cmpint (value.u.boolean, ==, TRUE);
  /* Nothing need be aligned. */
  mvx_log_store64 (bytes + 3, 77);
  g_assert_true (mvx_log_value_decode (&value, MVX_LOG_TYPE_UINT64, bytes + 3) == bytes + 11);
  g_assert_cmpuint (value.u.uint64, ==, 77);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/value/list", test_list);
  g_test_add_func ("/value/map", test_map);
  g_test_add_func ("/value/empty", test_empty);
  g_test_add_func ("/value/no-container", test_no_container);
  g_test_add_func ("/value/decode", test_decode);
  return g_test_run ();
}

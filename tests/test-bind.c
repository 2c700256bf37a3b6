/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-sink.h"

static CaptureSink *sink;
static MvxLogContext *context;

static void
test_bind (void)
{
  g_autoptr (MvxLogContext) view = mvx_log_bind (context, "a", 1, "b", "two");

  mvx_info (view, "x", "c", 3);
  capture_assert_fields (sink, "a=1;b=two;c=3");
  mvx_info (view, "x");
  capture_assert_fields (sink, "a=1;b=two");
  mvx_info (context, "x", "c", 3);
  capture_assert_fields (sink, "c=3");
  g_assert_cmpstr (mvx_log_context_get_name (view), ==, "bind");
}

/* bound < scoped < call, and every key once. */
static void
test_precedence (void)
{
  g_autoptr (MvxLogContext) view = mvx_log_bind (context, "a", 1, "b", 1, "c", 1);

  MVX_LOG_SCOPED ("b", 2, "c", 2, "d", 2);
  mvx_info (view, "x", "c", 3, "d", 3, "e", 3);
  capture_assert_fields (sink, "a=1;b=2;c=3;d=3;e=3");
  mvx_info (view, "x");
  capture_assert_fields (sink, "a=1;b=2;c=2;d=2");
}

static void
test_rebind (void)
{
  g_autoptr (MvxLogContext) first = mvx_log_bind (context, "a", 1, "b", 1);
  g_autoptr (MvxLogContext) second = mvx_log_bind (first, "b", 2, "c", 2);

  mvx_info (second, "x");
  capture_assert_fields (sink, "a=1;b=2;c=2");
  /* The first is as it was. */
  mvx_info (first, "x");
  capture_assert_fields (sink, "a=1;b=1");
}

static void
test_captured (void)
{
  char text[] = "before";
  g_autoptr (MvxLogContext) view = mvx_log_bind (context, "text", text);

  memcpy (text, "after!", 6);
  mvx_info (view, "x");
  capture_assert_fields (sink, "text=before");
}

static void
test_unbind (void)
{
  g_autoptr (MvxLogContext) view = mvx_log_bind (context, "a", 1, "b", 2, "c", 3);
  const char *const a_c[] = { "a", "c", NULL };
  const char *const a_z[] = { "a", "z", NULL };
  const char *const all[] = { "a", "b", "c", NULL };
  g_autoptr (MvxLogContext) rest = mvx_log_context_unbind (view, a_c, NULL);
  g_autoptr (MvxLogContext) tried = mvx_log_context_try_unbind (view, a_z);
  g_autoptr (MvxLogContext) none = mvx_log_context_unbind (view, all, NULL);
  g_autoptr (MvxLogContext) plain = mvx_log_context_try_unbind (context, all);
  g_autoptr (GError) error = NULL;

  mvx_info (rest, "x");
  capture_assert_fields (sink, "b=2");
  mvx_info (tried, "x");
  capture_assert_fields (sink, "b=2;c=3");
  mvx_info (none, "x");
  capture_assert_fields (sink, "");
  mvx_info (plain, "x");
  capture_assert_fields (sink, "");
  g_assert_null (mvx_log_context_unbind (view, a_z, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNKNOWN_NAME);
  g_assert_cmpstr (error->message, ==,
                   "'z' is not bound to this view of context 'bind'; use try_unbind if it need not be");
}

static void
test_variant (void)
{
  g_autoptr (MvxLogContext) view = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "who", g_variant_new_string ("me"));
  g_variant_builder_add (&builder, "{sv}", "n", g_variant_new_int32 (5));
  view = mvx_log_context_bind_variant (context, g_variant_builder_end (&builder));
  mvx_info (view, "x");
  capture_assert_fields (sink, "who=me;n=5");
}

static void
test_fields (void)
{
  MvxLogField field = { "k", MVX_LOG_KIND_STRING, 3, { .s = "abcdef" } };
  g_autoptr (MvxLogContext) view = mvx_log_context_bind_fields (context, &field, 1);

  mvx_info (view, "x");
  g_assert_cmpstr (mvx_log_event_get_string (capture_last (sink), "k"), !=, NULL);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  sink = capture_sink_new ();
  context = capture_context ("bind", sink);
  g_test_add_func ("/bind/bind", test_bind);
  g_test_add_func ("/bind/precedence", test_precedence);
  g_test_add_func ("/bind/rebind", test_rebind);
  g_test_add_func ("/bind/captured", test_captured);
  g_test_add_func ("/bind/unbind", test_unbind);
  g_test_add_func ("/bind/variant", test_variant);
  g_test_add_func ("/bind/fields", test_fields);
  result = g_test_run ();
  mvx_log_context_set_sinks (context, NULL, 0, NULL);
  g_object_unref (sink);
  mvx_log_context_unref (context);
  return result;
}

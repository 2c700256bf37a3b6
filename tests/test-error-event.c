/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors as fields of events: what the record has, and what every renderer makes of it. */
#include "base/error-private.h"
#include "capture-sink.h"

static GError *
make_error (void)
{
  g_autoptr (GError) cause = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOSPC, "disk full");

  return mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED, cause,
                            g_variant_new_parsed ("{'sink-name': <'audit'>, 'tries': <3>}"), "no sink");
}

static char *
render (const char *renderer, const char *const *settings, const MvxLogEvent *event)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogRenderer) self = mvx_log_renderer_new (renderer, settings, &error);
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  char *text;

  g_assert_no_error (error);
  mvx_log_renderer_render (self, event, &buffer);
  text = g_strndup ((const char *) buffer.data, buffer.len);
  mvx_log_buffer_clear (&buffer);
  return text;
}

static void
assert_contains (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("'%s' is not in '%s'", part, text);
}

static void
test_renderers (void)
{
  static const char *const pattern[] = { "pattern", "%m %f", NULL };
  static const struct
  {
    const char *name;
    const char *const *settings;
    const char *part;
  } rows[] = {
    { "json", NULL,
      "\"message\":\"cannot log\",\"error\":[{\"domain\":\"MvxLogSinkError\",\"code\":3,\"message\":\"no sink\","
      "\"reason\":\"LOG_SINK_CREATE_FAILED\",\"details\":{\"sink-name\":\"audit\",\"tries\":3}},"
      "{\"domain\":\"g-file-error-quark\",\"code\":12,\"message\":\"disk full\"}]" },
    { "logfmt", NULL,
      "error=\"no sink (MvxLogSinkError, 3, LOG_SINK_CREATE_FAILED) {\\\"sink-name\\\":\\\"audit\\\",\\\"tries\\\":3} "
      "<- disk full (g-file-error-quark, 12)\"" },
    { "pattern", pattern,
      "cannot log error=\"no sink (MvxLogSinkError, 3, LOG_SINK_CREATE_FAILED) "
      "{\\\"sink-name\\\":\\\"audit\\\",\\\"tries\\\":3} <- disk full (g-file-error-quark, 12)\"" },
  };
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("errors.renderers", sink);
  g_autoptr (GError) error = make_error ();
  g_autofree char *pretty = NULL;

  mvx_error (context, "cannot log", "error", error);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = render (rows[i].name, rows[i].settings, capture_last (sink));

      assert_contains (text, rows[i].part);
    }
  pretty = render ("pretty", NULL, capture_last (sink));
  assert_contains (pretty, "no sink");
  assert_contains (pretty, "LOG_SINK_CREATE_FAILED");
  assert_contains (pretty, "audit");
  assert_contains (pretty, "disk full");
}

static const char *
get_string (const MvxLogValue *map, const char *wanted)
{
  MvxLogValueIter iter;
  MvxLogValue value;
  const char *key;

  mvx_log_value_iter_init (&iter, map);
  while (mvx_log_value_iter_next (&iter, &key, &value))
    if (g_str_equal (key, wanted) && value.type == MVX_LOG_TYPE_STRING)
      return value.u.string;
  return NULL;
}

static void
test_record (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("errors.record", sink);
  g_autoptr (GError) error = make_error ();
  MvxLogValue chain;
  MvxLogValueIter iter;
  MvxLogValue item;

  mvx_error (context, "cannot log", "why", error);
  g_assert_true (mvx_log_event_get_field (capture_last (sink), "why", &chain));
  g_assert_cmpint (chain.type, ==, MVX_LOG_TYPE_ERROR);
  g_assert_true (mvx_log_value_iter_init (&iter, &chain));
  g_assert_cmpuint (mvx_log_value_iter_n_left (&iter), ==, 2);
  g_assert_true (mvx_log_value_iter_next (&iter, NULL, &item));
  g_assert_cmpstr (get_string (&item, "domain"), ==, "MvxLogSinkError");
  g_assert_cmpstr (get_string (&item, "message"), ==, "no sink");
  g_assert_cmpstr (get_string (&item, "reason"), ==, "LOG_SINK_CREATE_FAILED");
  g_assert_true (mvx_log_value_iter_next (&iter, NULL, &item));
  g_assert_cmpstr (get_string (&item, "message"), ==, "disk full");
  g_assert_null (get_string (&item, "reason"));
}

static MvxLogContext *own_context;

static GVariant *
make_own (const GError *error, gpointer data)
{
  mvx_info (own_context, "inside");
  return g_variant_new_parsed ("{'order': <{'id': <7>, 'items': <['a', 'b']>}>}");
}

/* What the program itself makes of its error stands where the details of ours do, and no limit cuts it. */
static void
test_own_payload (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("errors.own", sink);
  GQuark domain = g_quark_from_static_string ("shop-error");
  g_autoptr (GError) error = g_error_new_literal (domain, 7, "no such order");
  g_autofree char *text = NULL;

  own_context = context;
  capture_diag_begin ();
  mvx_log_error_set_payload_func (domain, make_own, NULL, NULL);
  mvx_warning (context, "refused", "error", error);
  mvx_log_error_set_payload_func (domain, NULL, NULL, NULL);
  g_assert_cmpuint (sink->events->len, ==, 1);
  text = render ("json", NULL, capture_last (sink));
  assert_contains (text, "\"error\":[{\"domain\":\"shop-error\",\"code\":7,\"message\":\"no such order\","
                         "\"details\":{\"order\":{\"id\":7,\"items\":[\"a\",\"b\"]}}}]");
  capture_assert_diag (0, "logged inside a sink, context 'errors.own': inside");
  capture_diag_end ();
}

/* What the library says about a root that has to keep its sinks. */
static void
test_library_details (void)
{
  g_autoptr (MvxLogContext) root = mvx_log_tree_get ("");
  g_autoptr (GError) error = NULL;
  const char *target = NULL;

  g_assert_false (mvx_log_context_reset_sinks (root, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_CONTEXT_RESET);
  g_assert_cmpstr (error->message, ==, "The root context must keep its sinks; set another one instead of resetting it");
  g_assert_true (g_variant_lookup (mvx_log_error_get_details (error), "target", "&s", &target));
  g_assert_cmpstr (target, ==, "sinks");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error-event/record", test_record);
  g_test_add_func ("/error-event/renderers", test_renderers);
  g_test_add_func ("/error-event/own-payload", test_own_payload);
  g_test_add_func ("/error-event/library-details", test_library_details);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "forward-fixture.h"

static void
set_up (ForwardFixture *fixture, gconstpointer data)
{
  forward_set_up (fixture, &mvx_log_route_plugin);
  forward_set (fixture, "routes", data ? data : "a: level >= error; b: org.example.web.*; a: kind == audit and n > 2");
  if (data == NULL)
    forward_set (fixture, "default", "c");
  forward_create (fixture);
}

static void
send_event (ForwardFixture *fixture, const char *context, gint level, const char *text, const char *kind, gint64 n)
{
  const MvxLogField fields[] = {
    { "kind", MVX_LOG_KIND_STRING, -1, { .s = kind } },
    { "n", MVX_LOG_KIND_INT64, 0, { .i = n } },
  };
  g_autoptr (MvxLogEvent) event = mvx_log_event_new (context, level, 1, text, fields, kind ? 2 : 0);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (forward_deliver (fixture, event, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
}

static void
test_conditions (ForwardFixture *fixture, gconstpointer data)
{
  send_event (fixture, "org.example.web.cgi", MVX_LOG_LEVEL_ERROR, "1", NULL, 0);
  send_event (fixture, "org.example.web.cgi", MVX_LOG_LEVEL_WARNING, "2", NULL, 0);
  send_event (fixture, "org.example.web", MVX_LOG_LEVEL_WARNING, "3", NULL, 0);
  send_event (fixture, "org.example", MVX_LOG_LEVEL_INFO, "4", "audit", 3);
  send_event (fixture, "org.example", MVX_LOG_LEVEL_INFO, "5", "audit", 2);
  send_event (fixture, "org.example.web.x", MVX_LOG_LEVEL_INFO, "6", "audit", 3);
  forward_assert ("1,4|2,6|3,5");
}

/* It is not this sink's business to find another one. */
static void
test_refusal (ForwardFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_ERROR, "x");
  g_autoptr (GError) error = NULL;

  members[0]->log_error = g_strdup ("disk full");
  g_assert_cmpint (forward_deliver (fixture, event, &error), ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_cmpstr (error->message, ==, "disk full");
  forward_assert ("||");
}

static void
test_nowhere (ForwardFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_INFO, "x");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (forward_deliver (fixture, event, &error), ==, MVX_LOG_DISPATCH_DROP);
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED);
  g_assert_cmpstr (error->message, ==,
                   "no route fits it and there is no 'default'; give one, if only a sink of the plugin 'null'");
  forward_assert ("||");
}

static void
test_reconfigure (ForwardFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  forward_set (fixture, "routes", "nobody: level >= error");
  g_assert_false (fixture->plugin->plugin->reconfigure (fixture->instance, fixture->options, &error));
  g_assert_cmpstr (error->message, ==,
                   "Sink 'f' needs the sink 'nobody', but there is none of that name; configure 'nobody' first");
  send_event (fixture, "org.example", MVX_LOG_LEVEL_ERROR, "1", NULL, 0);
  forward_set (fixture, "routes", "b: *");
  g_assert_true (fixture->plugin->plugin->reconfigure (fixture->instance, fixture->options, NULL));
  send_event (fixture, "org.example", MVX_LOG_LEVEL_ERROR, "2", NULL, 0);
  forward_assert ("1|2|");
}

static void
test_descriptor (ForwardFixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *routes;
    const char *message;
  } wrong[] = {
    { "a", "Option 'routes': 'a': expected SINK: CONDITION, such as 'errors: level >= error'" },
    { "a:", "Option 'routes': 'a:': expected SINK: CONDITION, such as 'errors: level >= error'" },
    { ": level >= error",
      "Option 'routes': ': level >= error': expected SINK: CONDITION, such as 'errors: level >= error'" },
    { "a: level >= ", "Option 'routes': 'a: level >=': column 9: expected a value (text, a number, true, false or "
                      "null), found the end" },
  };
  g_autoptr (MvxLogSinkDescriptor) descriptor = fixture->plugin->build_descriptor (fixture->options, NULL);
  g_autofree char *text = mvx_log_sink_descriptor_to_string (descriptor);

  g_assert_cmpstr (text, ==,
                   "route (config {routes=['a: level >= error', 'b: org.example.web.*', 'a: kind == audit and n > 2'], "
                   "default='c'})");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      forward_set (fixture, "routes", wrong[i].routes);
      g_assert_null (fixture->plugin->build_descriptor (fixture->options, &error));
      g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
      g_assert_cmpstr (error->message, ==, wrong[i].message);
    }
}

#define ADD(path, data, func) g_test_add ("/route/" path, ForwardFixture, data, set_up, func, forward_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("conditions", NULL, test_conditions);
  ADD ("refusal", NULL, test_refusal);
  ADD ("nowhere", "a: level >= error", test_nowhere);
  ADD ("reconfigure", NULL, test_reconfigure);
  ADD ("descriptor", NULL, test_descriptor);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "forward-fixture.h"

static void
set_up (ForwardFixture *fixture, gconstpointer data)
{
  forward_set_up (fixture, &mvx_log_roundrobin_plugin);
  forward_set (fixture, "sinks", "a; b; c");
  forward_create (fixture);
}

static void
test_turns (ForwardFixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "1", "2", "3", "4", "5", "6", "7" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    forward_send (fixture, texts[i]);
  forward_assert ("1,4,7|2,5|3,6");
}

/* The turn of one that cannot deliver is its neighbour's. */
static void
test_health (ForwardFixture *fixture, gconstpointer data)
{
  forward_set_health (1, MVX_LOG_SINK_HEALTH_RETRYING, 0);
  forward_send (fixture, "1");
  forward_send (fixture, "2");
  forward_send (fixture, "3");
  forward_set_health (1, MVX_LOG_SINK_HEALTH_UP, 0);
  forward_send (fixture, "4");
  forward_assert ("1,3|4|2");
}

static void
test_refusal (ForwardFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_INFO, "x");
  g_autoptr (GError) error = NULL;

  members[0]->log_error = g_strdup ("full");
  forward_send (fixture, "1");
  forward_send (fixture, "2");
  forward_send (fixture, "3");
  forward_assert ("|1,3|2");
  members[1]->log_error = g_strdup ("full, too");
  members[2]->log_error = g_strdup ("closed");
  g_assert_cmpint (forward_deliver (fixture, event, &error), ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_cmpstr (error->message, ==,
                   "3 of the 3 sinks of roundrobin 'f' failed to take the event: 'c': closed; 'a': full; 'b': full, "
                   "too");
  forward_assert ("|1,3|2");
}

static void
test_descriptor (ForwardFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogSinkDescriptor) descriptor = fixture->plugin->build_descriptor (fixture->options, NULL);
  g_autofree char *text = mvx_log_sink_descriptor_to_string (descriptor);

  g_assert_cmpstr (text, ==, "roundrobin (resource ['a', 'b', 'c'])");
}

/* Fewer members than it was about to use. */
static void
test_reconfigure (ForwardFixture *fixture, gconstpointer data)
{
  forward_send (fixture, "1");
  forward_send (fixture, "2");
  forward_set (fixture, "sinks", "a; b");
  g_assert_true (fixture->plugin->plugin->reconfigure (fixture->instance, fixture->options, NULL));
  forward_send (fixture, "3");
  forward_assert ("1,3|2|");
}

#define ADD(path, func) g_test_add ("/roundrobin/" path, ForwardFixture, NULL, set_up, func, forward_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("turns", test_turns);
  ADD ("health", test_health);
  ADD ("refusal", test_refusal);
  ADD ("descriptor", test_descriptor);
  ADD ("reconfigure", test_reconfigure);
  return g_test_run ();
}

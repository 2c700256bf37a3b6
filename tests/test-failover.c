/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger-check.h"
#include "forward-fixture.h"

static void
set_up (ForwardFixture *fixture, gconstpointer data)
{
  forward_set_up (fixture, &mvx_log_failover_plugin);
  forward_set (fixture, "sinks", "a; b; c");
  forward_create (fixture);
}

static void
assert_diagnostics (ForwardFixture *fixture, const char *expected)
{
  g_autofree char *all = NULL;

  g_ptr_array_add (fixture->diagnostics, NULL);
  all = g_strjoinv ("; ", (char **) fixture->diagnostics->pdata);
  g_ptr_array_set_size (fixture->diagnostics, 0);
  g_assert_cmpstr (all, ==, expected);
}

static void
test_first (ForwardFixture *fixture, gconstpointer data)
{
  forward_send (fixture, "x");
  forward_send (fixture, "y");
  forward_assert ("x,y||");
  assert_diagnostics (fixture, "");
}

/* One that is retrying, resting or gone is passed over; the first gets events again as soon as it can. */
static void
test_health (ForwardFixture *fixture, gconstpointer data)
{
  static const MvxLogSinkHealth unfit[]
      = { MVX_LOG_SINK_HEALTH_RETRYING, MVX_LOG_SINK_HEALTH_OPEN, MVX_LOG_SINK_HEALTH_DOWN };
  g_autoptr (GVariant) counts = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (unfit); i++)
    {
      forward_set_health (0, unfit[i], G_MAXINT64);
      forward_send (fixture, "x");
      assert_diagnostics (fixture, "30 events go to 'b' now: those before it cannot deliver");
      forward_set_health (0, MVX_LOG_SINK_HEALTH_UP, 0);
      forward_send (fixture, "y");
      assert_diagnostics (fixture, "22 events go to 'a' again");
    }
  forward_assert ("y,y,y|x,x,x|");
  counts = mvx_log_sink_host_get_counts (fixture->host);
  g_assert_cmpint (g_variant_n_children (counts), ==, 1);
  {
    gint64 n = 0;

    g_assert_true (g_variant_lookup (counts, "switches", "x", &n));
    g_assert_cmpint (n, ==, 6);
  }
}

/* A circuit that has rested gets the event that probes it. */
static void
test_probe (ForwardFixture *fixture, gconstpointer data)
{
  forward_set_health (0, MVX_LOG_SINK_HEALTH_OPEN, g_get_monotonic_time () - 1);
  g_assert_cmpint (mvx_log_sink_get_health (MVX_LOG_SINK (members[0])), ==, MVX_LOG_SINK_HEALTH_HALF_OPEN);
  forward_send (fixture, "x");
  forward_assert ("x||");
}

/* It is news when the trial has gone well, and not before: one that goes wrong every few seconds is none. */
static void
test_trial (ForwardFixture *fixture, gconstpointer data)
{
  forward_set_health (0, MVX_LOG_SINK_HEALTH_OPEN, G_MAXINT64);
  forward_send (fixture, "x");
  assert_diagnostics (fixture, "30 events go to 'b' now: those before it cannot deliver");
  for (guint i = 0; i < 3; i++)
    {
      forward_set_health (0, MVX_LOG_SINK_HEALTH_OPEN, g_get_monotonic_time () - 1);
      forward_send (fixture, "trial");
      forward_set_health (0, MVX_LOG_SINK_HEALTH_OPEN, G_MAXINT64);
      forward_send (fixture, "y");
    }
  forward_assert ("trial,trial,trial|x,y,y,y|");
  assert_diagnostics (fixture, "");
  forward_set_health (0, MVX_LOG_SINK_HEALTH_UP, 0);
  forward_send (fixture, "z");
  assert_diagnostics (fixture, "22 events go to 'a' again");
}

static void
test_disabled (ForwardFixture *fixture, gconstpointer data)
{
  mvx_log_sink_set_enabled (MVX_LOG_SINK (members[0]), FALSE);
  forward_send (fixture, "x");
  forward_assert ("|x|");
}

/* One that refuses is tried for each event, and tried once. */
static void
test_refusal (ForwardFixture *fixture, gconstpointer data)
{
  MvxLogCounters counters;

  members[0]->log_error = g_strdup ("disk full");
  forward_send (fixture, "x");
  forward_assert ("|x|");
  counters = ledger_check_moving (MVX_LOG_SINK (members[0]));
  g_assert_cmpuint (counters.refused[MVX_LOG_REASON_ERROR], ==, 1);
  g_clear_pointer (&members[0]->log_error, g_free);
  forward_send (fixture, "y");
  forward_assert ("y|x|");
}

/* When nobody can deliver, the event waits with the first that takes it. */
static void
test_all_down (ForwardFixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    forward_set_health (i, MVX_LOG_SINK_HEALTH_RETRYING, 0);
  members[0]->log_error = g_strdup ("queue full");
  forward_send (fixture, "x");
  forward_assert ("|x|");
}

static void
test_nobody (ForwardFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_INFO, "x");
  g_autoptr (GError) error = NULL;

  forward_set_health (1, MVX_LOG_SINK_HEALTH_DOWN, 0);
  members[0]->log_error = g_strdup ("disk full");
  members[1]->log_error = g_strdup ("closed");
  members[2]->log_error = g_strdup ("no route to host");
  g_assert_cmpint (forward_deliver (fixture, event, &error), ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED);
  g_assert_cmpstr (error->message, ==,
                   "3 of the 3 sinks of failover 'f' failed to take the event: 'a': disk full; 'c': no route to host; "
                   "'b': closed");
  g_assert_error (mvx_log_error_get_cause (error), G_IO_ERROR, G_IO_ERROR_FAILED);
  forward_assert ("||");
}

/* A batch ends where nobody takes an event. */
static void
test_batch (ForwardFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_INFO, "x");
  MvxLogEvent *batch[] = { event, event };
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  g_assert_cmpint (fixture->plugin->dispatch_core (fixture->instance, batch, 2, &n_done, &error), ==,
                   MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (n_done, ==, 2);
  forward_assert ("x,x||");
}

static void
test_hooks (ForwardFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  members[1]->flush_error = g_strdup ("too slow");
  g_assert_false (fixture->plugin->plugin->flush (fixture->instance, 4711, &error));
  g_assert_cmpstr (error->message, ==, "1 of the 3 sinks of failover 'f' failed to flush: 'b': too slow");
  g_clear_error (&error);
  g_assert_true (fixture->plugin->plugin->reopen (fixture->instance, &error));
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (members[i]->n_flushed + members[i]->n_reopened, ==, 2);
  forward_set (fixture, "sinks", "c");
  g_assert_true (fixture->plugin->plugin->reconfigure (fixture->instance, fixture->options, &error));
  forward_send (fixture, "x");
  forward_assert ("||x");
}

static void
test_descriptor (ForwardFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogSinkDescriptor) descriptor = fixture->plugin->build_descriptor (fixture->options, NULL);
  g_autofree char *text = mvx_log_sink_descriptor_to_string (descriptor);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (text, ==, "failover (resource ['a', 'b', 'c'])");
  forward_set (fixture, "sinks", "");
  g_assert_null (fixture->plugin->build_descriptor (fixture->options, &error));
  g_assert_cmpstr (error->message, ==, "Option 'sinks': a failover needs at least one sink");
}

#define ADD(path, func) g_test_add ("/failover/" path, ForwardFixture, NULL, set_up, func, forward_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("first", test_first);
  ADD ("health", test_health);
  ADD ("probe", test_probe);
  ADD ("trial", test_trial);
  ADD ("disabled", test_disabled);
  ADD ("refusal", test_refusal);
  ADD ("all-down", test_all_down);
  ADD ("nobody", test_nobody);
  ADD ("batch", test_batch);
  ADD ("hooks", test_hooks);
  ADD ("descriptor", test_descriptor);
  return g_test_run ();
}

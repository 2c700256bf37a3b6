/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger-check.h"
#include "dummy-sink.h"
#include <mvxlog/shaping.h>

#include "sink/sink-private.h"

/* A sink with nothing but log and a ledger of its own. */
typedef struct
{
  GObject parent;
} PlainSink;

typedef GObjectClass PlainSinkClass;

static GType plain_sink_get_type (void);

static gboolean
plain_sink_log (MvxLogSink *sink, const MvxLogEvent *event, GError **error)
{
  /* A success wins over a forgotten error. */
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "forgotten");
  return TRUE;
}

static void
plain_sink_get_counters (MvxLogSink *sink, MvxLogCounters *counters)
{
  counters->offered = counters->accepted = counters->delivered = 42;
}

static void
plain_sink_iface_init (MvxLogSinkInterface *iface)
{
  iface->log = plain_sink_log;
  iface->get_counters = plain_sink_get_counters;
}

G_DEFINE_TYPE_WITH_CODE (PlainSink,
                         plain_sink,
                         G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_SINK, plain_sink_iface_init))

static void
plain_sink_class_init (PlainSinkClass *klass)
{
}

static void
plain_sink_init (PlainSink *self)
{
}

static gboolean
log_level (MvxLogSink *sink, gint level, GError **error)
{
  g_autoptr (MvxLogEvent) event = dummy_event (level, "x");

  return mvx_log_sink_log (sink, event, error);
}

static void
test_defaults (void)
{
  g_autoptr (DummySink) dummy = dummy_sink_new ();
  MvxLogSink *sink = MVX_LOG_SINK (dummy);

  g_assert_cmpint (mvx_log_sink_get_level (sink), ==, MVX_LOG_LEVEL_INFO);
  g_assert_true (mvx_log_sink_get_enabled (sink));
  g_assert_null (mvx_log_sink_dup_name (sink));
  g_assert_true (mvx_log_sink_common (sink) == mvx_log_sink_common (sink));
}

static void
test_name (void)
{
  g_autoptr (DummySink) dummy = dummy_sink_new ();
  g_autofree char *name = NULL;

  mvx_log_sink_set_name (MVX_LOG_SINK (dummy), "first");
  mvx_log_sink_set_name (MVX_LOG_SINK (dummy), "second");
  name = mvx_log_sink_dup_name (MVX_LOG_SINK (dummy));
  g_assert_cmpstr (name, ==, "second");
}

static void
test_gate (void)
{
  g_autoptr (DummySink) dummy = dummy_sink_new ();
  MvxLogSink *sink = MVX_LOG_SINK (dummy);
  g_autoptr (GError) error = NULL;
  MvxLogCounters counters;

  g_assert_true (log_level (sink, MVX_LOG_LEVEL_DEBUG, &error));
  g_assert_true (log_level (sink, MVX_LOG_LEVEL_INFO, &error));
  g_assert_cmpuint (dummy->texts->len, ==, 1);
  mvx_log_sink_set_level (sink, MVX_LOG_LEVEL_DEBUG);
  g_assert_true (log_level (sink, MVX_LOG_LEVEL_DEBUG, &error));
  g_assert_cmpuint (dummy->texts->len, ==, 2);
  mvx_log_sink_set_enabled (sink, FALSE);
  g_assert_cmpint (mvx_log_sink_threshold (mvx_log_sink_common (sink)), ==, MVX_LOG_LEVEL_OFF);
  g_assert_true (log_level (sink, MVX_LOG_LEVEL_CRITICAL, &error));
  g_assert_cmpuint (dummy->texts->len, ==, 2);
  g_assert_cmpint (mvx_log_sink_get_level (sink), ==, MVX_LOG_LEVEL_DEBUG);
  mvx_log_sink_set_enabled (sink, 7);
  g_assert_cmpint (mvx_log_sink_get_enabled (sink), ==, TRUE);
  mvx_log_sink_set_level (sink, MVX_LOG_LEVEL_OFF);
  g_assert_true (log_level (sink, MVX_LOG_LEVEL_CRITICAL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (dummy->texts->len, ==, 2);
  /* What passed by is not counted. */
  counters = ledger_check_moving (sink);
  g_assert_cmpuint (counters.offered, ==, 2);
  g_assert_cmpuint (counters.accepted, ==, 2);
  g_assert_cmpuint (counters.delivered, ==, 2);
}

static void
test_error (void)
{
  g_autoptr (DummySink) dummy = dummy_sink_new ();
  MvxLogSink *sink = MVX_LOG_SINK (dummy);
  g_autoptr (GError) error = NULL;
  MvxLogCounters counters;

  dummy->log_error = g_strdup ("disk on fire");
  g_assert_false (log_level (sink, MVX_LOG_LEVEL_INFO, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpstr (error->message, ==, "disk on fire");
  g_assert_false (log_level (sink, MVX_LOG_LEVEL_INFO, NULL));
  counters = ledger_check_moving (sink);
  g_assert_cmpuint (counters.offered, ==, 2);
  g_assert_cmpuint (counters.accepted, ==, 0);
  g_assert_cmpuint (counters.delivered, ==, 0);
  g_assert_cmpuint (counters.failed, ==, 2);
  g_assert_cmpuint (counters.refused[MVX_LOG_REASON_ERROR], ==, 2);
}

static void
assert_unexpected (GError **error, const char *message)
{
  g_assert_error (*error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNEXPECTED);
  g_assert_cmpstr ((*error)->message, ==, message);
  g_clear_error (error);
}

static void
test_silent (void)
{
  g_autoptr (DummySink) dummy = dummy_sink_new ();
  MvxLogSink *sink = MVX_LOG_SINK (dummy);
  g_autoptr (GError) error = NULL;

  dummy->silent = TRUE;
  g_assert_false (log_level (sink, MVX_LOG_LEVEL_INFO, &error));
  assert_unexpected (&error, "Sink 'unnamed' (DummySink) failed to take the event without a reason");
  mvx_log_sink_set_name (sink, "mute");
  g_assert_false (mvx_log_sink_flush (sink, -1, &error));
  assert_unexpected (&error, "Sink 'mute' (DummySink) failed to flush without a reason");
  g_assert_false (mvx_log_sink_reopen (sink, &error));
  assert_unexpected (&error, "Sink 'mute' (DummySink) failed to reopen without a reason");
  g_assert_false (mvx_log_sink_terminate (sink, -1, &error));
  assert_unexpected (&error, "Sink 'mute' (DummySink) failed to terminate without a reason");
}

static void
test_hooks (void)
{
  g_autoptr (DummySink) dummy = dummy_sink_new ();
  MvxLogSink *sink = MVX_LOG_SINK (dummy);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_sink_flush (sink, 4711, &error));
  g_assert_cmpint (dummy->deadline_us, ==, 4711);
  g_assert_true (mvx_log_sink_reopen (sink, &error));
  g_assert_true (mvx_log_sink_terminate (sink, 4712, &error));
  g_assert_cmpint (dummy->deadline_us, ==, 4712);
  g_assert_no_error (error);
  g_assert_cmpuint (dummy->n_flushed, ==, 1);
  g_assert_cmpuint (dummy->n_reopened, ==, 1);
  g_assert_cmpuint (dummy->n_terminated, ==, 1);
  dummy->flush_error = g_strdup ("not flushed");
  g_assert_false (mvx_log_sink_flush (sink, -1, &error));
  g_assert_cmpstr (error->message, ==, "not flushed");
}

static void
test_plain (void)
{
  g_autoptr (GObject) plain = g_object_new (plain_sink_get_type (), NULL);
  MvxLogSink *sink = MVX_LOG_SINK (plain);
  g_autoptr (GError) error = NULL;
  MvxLogCounters counters;

  g_assert_true (log_level (sink, MVX_LOG_LEVEL_INFO, &error));
  g_assert_no_error (error);
  g_assert_true (mvx_log_sink_flush (sink, -1, &error));
  g_assert_true (mvx_log_sink_reopen (sink, &error));
  g_assert_true (mvx_log_sink_terminate (sink, -1, &error));
  g_assert_no_error (error);
  /* Its own ledger, and only that. */
  mvx_log_sink_get_counters (sink, &counters);
  g_assert_cmpuint (counters.delivered, ==, 42);
  g_assert_cmpuint (mvx_log_sink_common (sink)->counters.offered, ==, 0);
}

static MvxLogSink *changed_sink;
static guint n_changed;
static guint n_shaped;

static void
changed (MvxLogSink *sink, gboolean shape)
{
  changed_sink = sink;
  n_shaped += shape ? 1 : 0;
  n_changed++;
}

static void
test_changed (void)
{
  g_autoptr (DummySink) dummy = dummy_sink_new ();
  MvxLogSink *sink = MVX_LOG_SINK (dummy);

  mvx_log_sink_set_changed_func (changed);
  mvx_log_sink_set_level (sink, MVX_LOG_LEVEL_ERROR);
  g_assert_true (changed_sink == sink);
  g_assert_cmpuint (n_changed, ==, 1);
  mvx_log_sink_set_enabled (sink, FALSE);
  g_assert_cmpuint (n_changed, ==, 2);
  g_assert_cmpuint (n_shaped, ==, 0);
  g_assert_true (mvx_log_sink_set_shaping (sink, g_variant_new_parsed ("{'redact': <['token']>}"), NULL));
  g_assert_cmpuint (n_shaped, ==, 1);
  /* As it is. */
  mvx_log_sink_take_shape (sink, mvx_log_sink_ref_shape (mvx_log_sink_common (sink)));
  g_assert_cmpuint (n_shaped, ==, 1);
  g_assert_cmpuint (n_changed, ==, 3);
  mvx_log_sink_set_changed_func (NULL);
  mvx_log_sink_set_enabled (sink, TRUE);
  g_assert_cmpuint (n_changed, ==, 3);
}

typedef struct
{
  MvxLogSink *sink;
  MvxLogSinkCommon *common;
  gint *gate;
} Racer;

static gpointer
race (gpointer data)
{
  Racer *racer = data;
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_INFO, "x");

  g_atomic_int_inc (racer->gate);
  while (g_atomic_int_get (racer->gate) < 10)
    g_thread_yield ();
  racer->common = mvx_log_sink_common (racer->sink);
  for (guint i = 0; i < 1000; i++)
    {
      mvx_log_sink_log (racer->sink, event, NULL);
      mvx_log_sink_set_name (racer->sink, "racer");
      g_free (mvx_log_sink_dup_name (racer->sink));
    }
  return NULL;
}

/* Ten threads use a sink for the first time at once: one common part, nothing lost from the ledger. */
static void
test_race (void)
{
  g_autoptr (DummySink) dummy = dummy_sink_new ();
  MvxLogCounters counters;
  Racer racers[10];
  GThread *threads[10];
  gint gate = 0;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      racers[i] = (Racer){ MVX_LOG_SINK (dummy), NULL, &gate };
      threads[i] = g_thread_new ("racer", race, &racers[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_true (racers[i].common == mvx_log_sink_common (MVX_LOG_SINK (dummy)));
  counters = ledger_check_moving (MVX_LOG_SINK (dummy));
  g_assert_cmpuint (counters.offered, ==, 10000);
  g_assert_cmpuint (counters.accepted, ==, 10000);
  g_assert_cmpuint (counters.delivered, ==, 10000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sink/defaults", test_defaults);
  g_test_add_func ("/sink/name", test_name);
  g_test_add_func ("/sink/gate", test_gate);
  g_test_add_func ("/sink/error", test_error);
  g_test_add_func ("/sink/silent", test_silent);
  g_test_add_func ("/sink/hooks", test_hooks);
  g_test_add_func ("/sink/plain", test_plain);
  g_test_add_func ("/sink/changed", test_changed);
  g_test_add_func ("/sink/race", test_race);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Name and options of a sink that a program derives itself. */
#include "rig-sink.h"

static RigSink *
make (void)
{
  return g_object_new (rig_sink_get_type (), NULL);
}

static gboolean
configure (RigSink *sink, const char *name, const char *options, GError **error)
{
  return mvx_log_async_sink_configure (MVX_LOG_ASYNC_SINK (sink), name, options ? g_variant_new_parsed (options) : NULL,
                                       error);
}

static void
test_options (void)
{
  g_autoptr (RigSink) sink = make ();
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;

  g_assert_true (configure (sink, "audit", "{'queue-max-size': <2>, 'queue-overflow': <'raise'>}", &error));
  g_assert_no_error (error);
  name = mvx_log_sink_dup_name (MVX_LOG_SINK (sink));
  g_assert_cmpstr (name, ==, "audit");
  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 2);
  g_assert_false (rig_sink_log (sink, 2, &error));
  g_assert_cmpstr (error->message, ==,
                   "The queue of sink 'audit' is full (2 events); make queue-max-size larger or choose another "
                   "queue-overflow");
  rig_sink_gate (sink, FALSE);
  g_assert_true (terminate (sink, NULL));
  rig_sink_check_ledger (sink);
}

/* The drain timeout of this one is spent at once, so what is pending is lost. */
static void
test_strings (void)
{
  static const RigReply pending = { MVX_LOG_DISPATCH_PENDING, 0, NULL };
  g_autoptr (RigSink) sink = make ();
  g_autoptr (GError) error = NULL;

  g_assert_true (
      configure (sink, "audit", "{'drain-timeout': <'1ms'>, 'max-in-flight': <'2'>, 'batch-max': <'1'>}", NULL));
  g_assert_true (start (sink, NULL));
  rig_sink_reply (sink, &pending);
  rig_sink_reply (sink, &pending);
  rig_sink_log_n (sink, 0, 2);
  rig_sink_wait_batches (sink, 2);
  g_assert_false (stop (sink, &error));
  g_assert_cmpstr (error->message, ==, "Sink 'audit' did not deliver 2 events within the drain timeout; they are lost");
}

static void
test_defaults (void)
{
  g_autoptr (RigSink) sink = make ();
  const MvxLogQueue *queue;

  g_assert_true (configure (sink, "audit", "{'queue-max-size': <'0'>}", NULL));
  queue = mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (sink));
  g_assert_cmpint (queue->max_events, ==, 10000);
  g_assert_cmpint (queue->overflow, ==, MVX_LOG_OVERFLOW_RAISE);
}

typedef struct
{
  const char *path;
  const char *name;
  const char *options;
  gint code; /* negative: of the general domain */
  const char *message;
} Row;

static const Row rows[] = {
  { "negative", "audit", "{'queue-max-size': <-1>}", MVX_LOG_SINK_ERROR_INVALID_OPTION,
    "Sink 'audit' cannot be configured: Option 'queue-max-size': -1 is out of range 0..2147483647" },
  { "not-a-name", "a b", NULL, -MVX_LOG_ERROR_INVALID_NAME,
    "'a b' is not a sink name; use a letter, then letters, digits, '_' and '-'" },
};

/* Nothing is changed then. */
static void
test_refused (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (RigSink) sink = make ();
  g_autoptr (GError) error = NULL;

  g_assert_false (configure (sink, row->name, row->options, &error));
  g_assert_cmpstr (error->message, ==, row->message);
  g_assert_true (g_error_matches (error, row->code < 0 ? MVX_LOG_ERROR : MVX_LOG_SINK_ERROR, ABS (row->code)));
  g_assert_null (mvx_log_sink_dup_name (MVX_LOG_SINK (sink)));
  g_assert_true (configure (sink, "audit", NULL, NULL));
}

static void
test_used (void)
{
  g_autoptr (RigSink) sink = make ();
  g_autoptr (GError) error = NULL;

  g_assert_true (configure (sink, "audit", NULL, NULL));
  rig_sink_log_n (sink, 0, 1);
  g_assert_false (configure (sink, "other", NULL, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE);
  g_assert_cmpstr (error->message, ==, "Sink 'audit' has been used already; configure it before that");
  g_assert_true (terminate (sink, NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/async-options/options", test_options);
  g_test_add_func ("/async-options/strings", test_strings);
  g_test_add_func ("/async-options/defaults", test_defaults);
  g_test_add_func ("/async-options/used", test_used);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/async-options/refused/", rows[i].path, NULL);

      g_test_add_data_func (path, &rows[i], test_refused);
    }
  return g_test_run ();
}

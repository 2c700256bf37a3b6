/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fast path of the macros into several queues at once; the one into a single queue is also in test-submit. */
#include "capture-sink.h"
#include "rig-sink.h"

#define N_SINKS 3

typedef struct
{
  RigSink *sinks[MVX_LOG_MAX_FAST_TARGETS + 1];
  guint n;
  MvxLogContext *context;
} Fan;

static void
fan_open (Fan *fan, const char *name, guint n, const MvxLogAsyncConfig *config)
{
  g_autoptr (GError) error = NULL;

  fan->n = n;
  fan->context = mvx_log_tree_configure (name, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    {
      fan->sinks[i] = rig_sink_new (config);
      mvx_log_sink_set_level (MVX_LOG_SINK (fan->sinks[i]), MVX_LOG_LEVEL_NOTSET);
    }
  g_assert_true (mvx_log_context_set_sinks (fan->context, (MvxLogSink **) fan->sinks, n, NULL));
  g_assert_true (mvx_log_context_set_level (fan->context, MVX_LOG_LEVEL_TRACE, NULL));
}

static void
fan_close (Fan *fan)
{
  mvx_log_context_reset_sinks (fan->context, NULL);
  for (guint i = 0; i < fan->n; i++)
    {
      g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (fan->sinks[i]), -1, NULL));
      g_object_unref (fan->sinks[i]);
    }
  g_clear_pointer (&fan->context, mvx_log_context_unref);
}

static guint
fan_n_fast (const Fan *fan)
{
  return mvx_log_node_full (&fan->context->head)->settings->n_fast;
}

/* What a sink was given so far: so many events, each younger than the one before. */
static void
fan_assert_delivered (const Fan *fan, guint i, guint n)
{
  RigSink *sink = fan->sinks[i];
  MvxLogCounters counters;

  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  counters = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, n);
  g_assert_cmpuint (counters.accepted, ==, counters.delivered);
  for (guint j = 1; j < n; j++)
    g_assert_cmpuint (g_array_index (sink->numbers, guint64, j), >, g_array_index (sink->numbers, guint64, j - 1));
}

static void
test_many (void)
{
  Fan fan = { 0 };

  fan_open (&fan, "write.many", N_SINKS, &(MvxLogAsyncConfig){ .name = "many", .queue_max_size = 100000 });
  g_assert_cmpuint (fan_n_fast (&fan), ==, N_SINKS);
  /* Past the ends of many segments and chunks of credit. */
  for (guint i = 0; i < 20000; i++)
    mvx_info (fan.context, "x {i} {s}", "i", i, "s", "text");
  for (guint i = 0; i < N_SINKS; i++)
    fan_assert_delivered (&fan, i, 20000);
  fan_close (&fan);
}

static void
test_bound (void)
{
  Fan fan = { 0 };
  g_autoptr (MvxLogContext) bound = NULL;

  fan_open (&fan, "write.bound", N_SINKS, &(MvxLogAsyncConfig){ .name = "bound" });
  bound = mvx_log_bind (fan.context, "id", 7);
  for (guint i = 0; i < 100; i++)
    {
      mvx_info (bound, "x {i}", "i", i);
      mvx_info (bound, "the same key goes the other way", "id", i);
    }
  for (guint i = 0; i < N_SINKS; i++)
    fan_assert_delivered (&fan, i, 200);
  fan_close (&fan);
}

/* Each sink has its own level; what nobody wants passes the gate only if somebody might. */
static void
test_levels (void)
{
  Fan fan = { 0 };

  fan_open (&fan, "write.levels", N_SINKS, &(MvxLogAsyncConfig){ .name = "levels" });
  mvx_log_sink_set_level (MVX_LOG_SINK (fan.sinks[0]), MVX_LOG_LEVEL_WARNING);
  mvx_log_sink_set_enabled (MVX_LOG_SINK (fan.sinks[1]), FALSE);
  mvx_log_sink_set_level (MVX_LOG_SINK (fan.sinks[2]), MVX_LOG_LEVEL_ERROR);
  mvx_info (fan.context, "nobody");
  mvx_warning (fan.context, "the first");
  mvx_error (fan.context, "both");
  fan_assert_delivered (&fan, 0, 2);
  fan_assert_delivered (&fan, 1, 0);
  fan_assert_delivered (&fan, 2, 1);
  fan_close (&fan);
}

/* One queue is full: the others still get each event, and get it once. */
static void
test_one_full (void)
{
  MvxLogAsyncConfig config = { .name = "full", .overflow = MVX_LOG_OVERFLOW_DROP_NEWEST, .queue_max_size = 4 };
  Fan fan = { 0 };
  g_autoptr (RigSink) small = rig_sink_new (&config);
  MvxLogSink *sinks[3];
  MvxLogCounters counters;

  fan_open (&fan, "write.one-full", 2, &(MvxLogAsyncConfig){ .name = "roomy" });
  mvx_log_sink_set_level (MVX_LOG_SINK (small), MVX_LOG_LEVEL_NOTSET);
  sinks[0] = MVX_LOG_SINK (fan.sinks[0]);
  sinks[1] = MVX_LOG_SINK (small);
  sinks[2] = MVX_LOG_SINK (fan.sinks[1]);
  g_assert_true (mvx_log_context_set_sinks (fan.context, sinks, 3, NULL));
  g_assert_cmpuint (fan_n_fast (&fan), ==, 3);
  rig_sink_gate (small, TRUE);
  for (guint i = 0; i < 50; i++)
    mvx_info (fan.context, "x {i}", "i", i);
  fan_assert_delivered (&fan, 0, 50);
  fan_assert_delivered (&fan, 1, 50);
  counters = ledger_check_moving (MVX_LOG_SINK (small));
  g_assert_cmpuint (counters.accepted, ==, 4);
  g_assert_cmpuint (counters.refused[MVX_LOG_REASON_QUEUE_FULL], ==, 46);
  rig_sink_gate (small, FALSE);
  g_assert_true (mvx_log_context_set_sinks (fan.context, NULL, 0, NULL));
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (small), -1, NULL));
  fan_close (&fan);
}

/* Not for the fast path: the same queue twice, and more sinks than it serves. */
static void
test_not_fast (void)
{
  Fan fan = { 0 };
  MvxLogSink *twice[2];

  fan_open (&fan, "write.not-fast", MVX_LOG_MAX_FAST_TARGETS + 1, &(MvxLogAsyncConfig){ .name = "crowd" });
  g_assert_cmpuint (fan_n_fast (&fan), ==, 0);
  mvx_info (fan.context, "x");
  for (guint i = 0; i < fan.n; i++)
    fan_assert_delivered (&fan, i, 1);
  twice[0] = twice[1] = MVX_LOG_SINK (fan.sinks[0]);
  g_assert_true (mvx_log_context_set_sinks (fan.context, twice, 2, NULL));
  g_assert_cmpuint (fan_n_fast (&fan), ==, 0);
  g_assert_true (mvx_log_context_set_sinks (fan.context, (MvxLogSink **) fan.sinks, MVX_LOG_MAX_FAST_TARGETS, NULL));
  g_assert_cmpuint (fan_n_fast (&fan), ==, MVX_LOG_MAX_FAST_TARGETS);
  mvx_info (fan.context, "x");
  for (guint i = 0; i < MVX_LOG_MAX_FAST_TARGETS; i++)
    fan_assert_delivered (&fan, i, 2);
  fan_close (&fan);
}

/* Larger than max-record-size, on the fast path and on the other: cut, marked, and delivered like any. */
static void
test_too_large (void)
{
  Fan fan = { 0 };
  g_autofree char *huge = g_strnfill (100000, 'h');
  MvxLogLimits none = mvx_log_limits_none;
  MvxLogCounters counters;

  fan_open (&fan, "write.too-large", 1, &(MvxLogAsyncConfig){ .name = "large", .max_record = 1024 });
  g_assert_true (mvx_log_context_set_limits (fan.context, &none, NULL));
  g_assert_cmpuint (fan_n_fast (&fan), ==, 1);
  for (guint i = 0; i < 10; i++)
    {
      mvx_info (fan.context, "x {i} {huge}", "i", i, "huge", huge);
      mvx_info (fan.context, "x {i} {s}", "i", i, "s", "text");
    }
  fan_assert_delivered (&fan, 0, 20);
  counters = ledger_check_moving (MVX_LOG_SINK (fan.sinks[0]));
  g_assert_cmpuint (counters.bytes, <, 20 * 1024);
  fan_close (&fan);
}

/* The bytes of the records in this thread's lane, all in its first segment, without what differs in each. */
static GPtrArray *
lane_records (const Fan *fan)
{
  MvxLogQueue *queue = mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (fan->sinks[0]));
  MvxLogLane *lane = mvx_log_queue_lane (queue, mvx_log_thread_get ());
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_assert_cmpuint (lane->segment->start, ==, 0);
  for (guint64 at = 0; at < lane->position;)
    {
      const MvxLogRecord *record = mvx_log_segment_record (lane->segment, at);
      MvxLogRecord *copy = g_memdup2 (record, record->size);

      at += record->size;
      copy->stamp = copy->number = 0;
      copy->callsite = 0;
      g_ptr_array_add (records, g_bytes_new_take (copy, copy->size));
    }
  return records;
}

static void
lean_log (MvxLogContext *context, const char *text, guint i)
{
  mvx_info (context, "no field");
  mvx_info (context, "x {i} {text} {null}", "i", i, "text", text, "null", (char *) NULL);
  mvx_info (context, "x {text} {again}", "text", text, "again", text);
}

/* The lean path and the other write the same bytes, down to the padding. */
static void
test_lean (void)
{
  Fan fan = { 0 };
  g_autoptr (MvxLogContext) bound = NULL;
  g_autoptr (GPtrArray) records = NULL;
  guint n;

  fan_open (&fan, "write.lean", 1, &(MvxLogAsyncConfig){ .name = "lean" });
  bound = mvx_log_bind (fan.context, "service", "checkout", "shard", 17, "build", "2026.11.21-r4");
  g_assert_cmpuint (mvx_log_node_full (&fan.context->head)->settings->lean_slots, >, 0);
  rig_sink_gate (fan.sinks[0], TRUE);
  mvx_info (fan.context, "makes the lane");
  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *text = g_strnfill (i < 20 ? i : i * 3, 'x');

      for (guint round = 0; round < 2; round++)
        {
          gboolean was = mvx_log_machine_has (MVX_LOG_MACHINE_BARRIER);

          /* Without it nothing is lean. */
          mvx_log_machine_set (MVX_LOG_MACHINE_BARRIER, was && round == 0);
          lean_log (fan.context, text, i);
          lean_log (bound, text, i);
          mvx_log_machine_set (MVX_LOG_MACHINE_BARRIER, was);
        }
    }
  records = lane_records (&fan);
  n = records->len;
  g_assert_cmpuint (n, ==, 1 + 30 * 12);
  for (guint i = 1; i < n; i += 12)
    for (guint j = i; j < i + 6; j++)
      g_assert_true (g_bytes_equal (records->pdata[j], records->pdata[j + 6]));
  rig_sink_gate (fan.sinks[0], FALSE);
  fan_assert_delivered (&fan, 0, n);
  fan_close (&fan);
}

/* Whatever the limits are and however near they are come to, no record is larger, and none is lost. */
static void
test_lean_limits (void)
{
  static const guint32 limits[] = { 1, 56, 64, 72, 128, 300, 1080, 1081, 1200 };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      Fan fan = { 0 };
      MvxLogLimits none = mvx_log_limits_none;
      g_autoptr (MvxLogContext) bound = NULL;
      g_autoptr (GPtrArray) records = NULL;
      guint n = 0;

      fan_open (&fan, "write.lean-limits", 1, &(MvxLogAsyncConfig){ .name = "limits", .max_record = limits[i] });
      g_assert_true (mvx_log_context_set_limits (fan.context, &none, NULL));
      bound = mvx_log_bind (fan.context, "service", "checkout");
      rig_sink_gate (fan.sinks[0], TRUE);
      for (guint len = 0; len < 1200; len += len < 100 ? 7 : len < 980 ? 100 : 23, n += 2)
        {
          g_autofree char *text = g_strnfill (len, 'x');

          mvx_info (fan.context, "{text}", "text", text);
          mvx_info (bound, "{text}", "text", text);
        }
      records = lane_records (&fan);
      for (guint j = 0; j < records->len; j++)
        {
          const MvxLogRecord *record = g_bytes_get_data (records->pdata[j], NULL);

          g_assert_true (record->size <= limits[i] || record->flags & MVX_LOG_RECORD_TRUNCATED);
        }
      rig_sink_gate (fan.sinks[0], FALSE);
      fan_assert_delivered (&fan, 0, n);
      fan_close (&fan);
    }
}

/* Two sinks take turns in one thread: each lane gets its own. */
static void
test_lean_turns (void)
{
  Fan first = { 0 };
  Fan second = { 0 };

  fan_open (&first, "write.first", 1, &(MvxLogAsyncConfig){ .name = "first" });
  fan_open (&second, "write.second", 1, &(MvxLogAsyncConfig){ .name = "second" });
  for (guint i = 0; i < 3000; i++)
    {
      mvx_info (first.context, "x {i}", "i", i);
      mvx_info (second.context, "x {i}", "i", i);
      mvx_info (second.context, "x {i}", "i", i);
    }
  fan_assert_delivered (&first, 0, 3000);
  fan_assert_delivered (&second, 0, 6000);
  fan_close (&first);
  /* A stopped sink's lane is not at hand any more for the next one, which has its number. */
  fan_open (&first, "write.third", 1, &(MvxLogAsyncConfig){ .name = "third" });
  mvx_info (first.context, "x");
  fan_assert_delivered (&first, 0, 1);
  fan_close (&first);
  fan_close (&second);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/write/many", test_many);
  g_test_add_func ("/write/bound", test_bound);
  g_test_add_func ("/write/levels", test_levels);
  g_test_add_func ("/write/one-full", test_one_full);
  g_test_add_func ("/write/not-fast", test_not_fast);
  g_test_add_func ("/write/too-large", test_too_large);
  g_test_add_func ("/write/lean", test_lean);
  g_test_add_func ("/write/lean-limits", test_lean_limits);
  g_test_add_func ("/write/lean-turns", test_lean_turns);
  return g_test_run ();
}

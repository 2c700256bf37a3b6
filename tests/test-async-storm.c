/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Producers, flushes, stops and restarts all at once. Whatever happens, what was accepted is delivered once and in the
 * order of its thread, and the ledger closes whenever nothing moves. */
#include "rig-sink.h"
#include "test-size.h"

#define N_PRODUCERS 8
#define SEQ_BITS 32

/* Checks each event as it comes: after a billion of them there is no looking back. */
typedef struct
{
  MvxLogAsyncSink parent;
  GMutex mutex;
  GCond cond;
  guint64 n;           /* events of producers */
  guint64 n_summaries; /* of losses */
  guint64 told_lost;   /* in them */
  guint64 next[N_PRODUCERS];
  gboolean gaps; /* events may be dropped */
} StormSink;

typedef MvxLogAsyncSinkClass StormSinkClass;

static GType storm_sink_get_type (void);
G_DEFINE_TYPE (StormSink, storm_sink, MVX_LOG_TYPE_ASYNC_SINK)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StormSink, g_object_unref)

/* With the mutex. */
static void
storm_sink_take (StormSink *self, const MvxLogEvent *event)
{
  guint64 producer = event->record->number >> SEQ_BITS;
  guint64 seq = event->record->number & ((G_GUINT64_CONSTANT (1) << SEQ_BITS) - 1);

  if (g_strcmp0 (mvx_log_event_get_context (event), "mvxlog") == 0)
    {
      self->n_summaries++;
      self->told_lost += (guint64) mvx_log_event_get_int64 (event, "count", -1);
      return;
    }
  g_assert_cmpuint (producer, <, N_PRODUCERS);
  if (self->gaps)
    g_assert_cmpuint (seq, >=, self->next[producer]);
  else
    g_assert_cmpuint (seq, ==, self->next[producer]);
  self->next[producer] = seq + 1;
  self->n++;
}

static MvxLogDispatchResult
storm_sink_dispatch (MvxLogAsyncSink *sink, MvxLogEvent *const *events, guint n, guint *n_done, GError **error)
{
  StormSink *self = (StormSink *) sink;

  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < n; i++)
    storm_sink_take (self, events[i]);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  *n_done = n;
  return MVX_LOG_DISPATCH_OK;
}

static void
storm_sink_finalize (GObject *object)
{
  StormSink *self = (StormSink *) object;

  G_OBJECT_CLASS (storm_sink_parent_class)->finalize (object);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
}

static void
storm_sink_class_init (StormSinkClass *klass)
{
  klass->dispatch = storm_sink_dispatch;
  G_OBJECT_CLASS (klass)->finalize = storm_sink_finalize;
}

static void
storm_sink_init (StormSink *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
}

/* Returns how many it has got then. */
static guint64
storm_sink_wait (StormSink *self, guint64 n)
{
  guint64 got;

  g_mutex_lock (&self->mutex);
  while (self->n < n)
    g_cond_wait (&self->cond, &self->mutex);
  got = self->n;
  g_mutex_unlock (&self->mutex);
  return got;
}

typedef struct
{
  StormSink *sink;
  gint go_on;
  gint n_producers;
  guint64 accepted;             /* atomic */
  guint64 offered;              /* atomic */
  guint64 refused[N_PRODUCERS]; /* atomic */
  guint64 last[N_PRODUCERS];
} Storm;

static gpointer
storm_producer (gpointer data)
{
  Storm *storm = data;
  guint64 me = (guint64) g_atomic_int_add (&storm->n_producers, 1);
  guint64 n = 0;

  while (g_atomic_int_get (&storm->go_on))
    {
      __atomic_fetch_add (&storm->offered, 1, __ATOMIC_RELAXED);
      if (rig_log (MVX_LOG_ASYNC_SINK (storm->sink), (me << SEQ_BITS) | n, NULL))
        {
          n++;
          __atomic_fetch_add (&storm->accepted, 1, __ATOMIC_RELAXED);
        }
      else
        {
          __atomic_fetch_add (&storm->refused[me], 1, __ATOMIC_RELAXED);
          g_thread_yield ();
        }
    }
  storm->last[me] = n;
  return NULL;
}

static gpointer
storm_flusher (gpointer data)
{
  Storm *storm = data;

  while (g_atomic_int_get (&storm->go_on))
    {
      mvx_log_sink_flush (MVX_LOG_SINK (storm->sink), -1, NULL);
      mvx_log_sink_reopen (MVX_LOG_SINK (storm->sink), NULL);
      /* Else nobody waits: while the sink is stopped, it would take the others' time. */
      if (mvx_log_async_sink_get_state (MVX_LOG_ASYNC_SINK (storm->sink)) == MVX_LOG_SINK_STATE_STOPPED)
        g_thread_yield ();
    }
  return NULL;
}

static gboolean
storm_wait (MvxLogOperation *operation)
{
  g_autoptr (GError) error = NULL;
  gboolean done = mvx_log_operation_wait (operation, -1, &error);

  g_assert_no_error (error);
  mvx_log_operation_unref (operation);
  return done;
}

/* Until every producer has met the stopped sink, so that none is still in the middle of a call that it began before. */
static void
storm_wait_refused (Storm *storm)
{
  guint64 before[N_PRODUCERS];

  for (guint i = 0; i < N_PRODUCERS; i++)
    before[i] = __atomic_load_n (&storm->refused[i], __ATOMIC_RELAXED);
  for (guint i = 0; i < N_PRODUCERS; i++)
    while (__atomic_load_n (&storm->refused[i], __ATOMIC_RELAXED) == before[i])
      g_thread_yield ();
}

/* The sink is stopped: producers may be on their way out of a call, but nothing moves in the sink. */
static void
storm_check (Storm *storm)
{
  MvxLogCounters c = { 0 };
  guint64 before = __atomic_load_n (&storm->accepted, __ATOMIC_RELAXED);
  guint64 own = storm->sink->n_summaries; /* nobody writes it now */

  c = ledger_check_moving (MVX_LOG_SINK (storm->sink));
  g_assert_cmpuint (c.pending, ==, 0);
  g_assert_cmpuint (c.accepted, ==, c.delivered + c.dropped[MVX_LOG_REASON_QUEUE_FULL]);
  g_assert_cmpuint (c.delivered, ==, storm_sink_wait (storm->sink, 0) + own);
  g_assert_cmpuint (c.accepted, >=, before + own);
  g_assert_cmpuint (c.accepted, <=, __atomic_load_n (&storm->accepted, __ATOMIC_RELAXED) + own + N_PRODUCERS);
}

static void
storm_check_end (Storm *storm)
{
  MvxLogCounters c = { 0 };
  guint64 refused = 0;

  c = ledger_check_moving (MVX_LOG_SINK (storm->sink));
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    refused += c.refused[i];
  g_assert_cmpuint (c.accepted, ==, storm->accepted + storm->sink->n_summaries);
  g_assert_cmpuint (c.offered, ==, storm->offered + storm->sink->n_summaries);
  g_assert_cmpuint (c.offered, ==, c.accepted + refused);
  /* What was lost has been told, but for what came when there was nobody to tell it any more. */
  g_assert_cmpuint (storm->sink->told_lost, <=,
                    c.refused[MVX_LOG_REASON_QUEUE_FULL] + c.dropped[MVX_LOG_REASON_QUEUE_FULL]);
  for (guint i = 0; i < N_PRODUCERS && !storm->sink->gaps; i++)
    g_assert_cmpuint (storm->sink->next[i], ==, storm->last[i]);
  g_test_message ("%" G_GUINT64_FORMAT " offered, %" G_GUINT64_FORMAT " accepted, %" G_GUINT64_FORMAT
                  " delivered, %" G_GUINT64_FORMAT " dropped, %" G_GUINT64_FORMAT " refused",
                  c.offered, c.accepted, c.delivered, c.dropped[MVX_LOG_REASON_QUEUE_FULL], refused);
}

static void
storm_run (MvxLogOverflow overflow, guint rounds)
{
  const MvxLogAsyncConfig stormy = {
    .name = "storm", .queue_max_size = 2000, .overflow = overflow, .block_timeout_us = -1, .drain_timeout_us = -1
  };
  g_autoptr (StormSink) sink = g_object_new (storm_sink_get_type (), NULL);
  MvxLogAsyncSink *async = MVX_LOG_ASYNC_SINK (sink);
  Storm storm = { .sink = sink, .go_on = 1 };
  GThread *threads[N_PRODUCERS + 1];
  guint64 got = 0;

  mvx_log_async_sink_set_config (async, &stormy);
  sink->gaps = overflow == MVX_LOG_OVERFLOW_DROP_OLDEST;
  for (guint i = 0; i < N_PRODUCERS; i++)
    threads[i] = g_thread_new ("producer", storm_producer, &storm);
  threads[N_PRODUCERS] = g_thread_new ("flusher", storm_flusher, &storm);
  storm_sink_wait (sink, 1);
  while (mvx_log_async_sink_get_state (async) != MVX_LOG_SINK_STATE_RUNNING)
    g_thread_yield ();
  for (guint i = 0; i < rounds; i++)
    {
      got = storm_sink_wait (sink, got + 20);
      g_assert_true (storm_wait (mvx_log_async_sink_stop (async)));
      storm_wait_refused (&storm);
      storm_check (&storm);
      g_assert_true (storm_wait (mvx_log_async_sink_start (async)));
    }
  g_atomic_int_set (&storm.go_on, 0);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, NULL));
  storm_check (&storm);
  storm_check_end (&storm);
}

static void
test_raise (void)
{
  storm_run (MVX_LOG_OVERFLOW_RAISE, test_size (10000, 200));
}

static void
test_block (void)
{
  storm_run (MVX_LOG_OVERFLOW_BLOCK, test_size (300, 50));
}

static void
test_drop_oldest (void)
{
  storm_run (MVX_LOG_OVERFLOW_DROP_OLDEST, test_size (300, 50));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/async-sink/storm/raise", test_raise);
  g_test_add_func ("/async-sink/storm/block", test_block);
  g_test_add_func ("/async-sink/storm/drop-oldest", test_drop_oldest);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-sink.h"
#include "rig-sink.h"

static const MvxLogAsyncConfig config = { .name = "rig", .retry_min_us = 1000 };

typedef struct
{
  MvxLogSubmitResult result;
  GError *error;
  gboolean done;
  GThread *thread;
  GCancellable *cancellable;
} Word;

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  Word *word = data;

  g_assert_false (word->done);
  word->done = TRUE;
  word->thread = g_thread_self ();
  word->result = mvx_log_event_finish (result, &word->error);
}

static void
log_awaited (MvxLogContext *context, Word *word)
{
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message_template = "x" };

  mvx_log_event_async (context, &init, NULL, 0, word->cancellable, on_settled, word);
}

static void
wait_word (Word *word, MvxLogSubmitResult result, const char *message)
{
  while (!word->done)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
  g_assert_cmpint (word->result, ==, result);
  g_assert_cmpstr (word->error ? word->error->message : NULL, ==, message);
  g_clear_error (&word->error);
  word->done = FALSE;
}

static void
assert_silent (Word *word)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_false (word->done);
}

static void
reply (RigSink *sink, const RigReply *answer)
{
  g_mutex_lock (&sink->mutex);
  g_queue_push_tail (&sink->replies, (gpointer) answer);
  g_mutex_unlock (&sink->mutex);
}

/* The context goes without its sinks, and the sink's ledger is closed. */
static void
finish (MvxLogContext *context, RigSink *sink)
{
  g_assert_true (mvx_log_context_reset_sinks (context, NULL));
  g_assert_true (terminate (sink, NULL));
  rig_sink_check_ledger (sink);
}

static void
test_delivered (void)
{
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("await.delivered", sink);
  Word words[3] = { 0 };

  rig_sink_gate (sink, TRUE);
  for (guint i = 0; i < 3; i++)
    log_awaited (context, &words[i]);
  rig_sink_wait_entered (sink, 1);
  assert_silent (&words[0]);
  rig_sink_gate (sink, FALSE);
  for (guint i = 0; i < 3; i++)
    {
      wait_word (&words[i], MVX_LOG_ACCEPTED, NULL);
      g_assert_true (words[i].thread == g_thread_self ());
    }
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 3);
  finish (context, sink);
}

static void
test_retried (void)
{
  static const RigReply away = { MVX_LOG_DISPATCH_RETRY, 0, "away" };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("await.retried", sink);
  Word word = { 0 };

  capture_diag_begin ();
  reply (sink, &away);
  log_awaited (context, &word);
  wait_word (&word, MVX_LOG_ACCEPTED, NULL);
  g_assert_cmpuint (sink->n_entered, ==, 2);
  finish (context, sink);
  capture_diag_end ();
}

static void
test_dropped (void)
{
  static const RigReply no = { MVX_LOG_DISPATCH_DROP, 0, "no" };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("await.dropped", sink);
  Word word = { 0 };
  Word next = { 0 };

  capture_diag_begin ();
  reply (sink, &no);
  log_awaited (context, &word);
  wait_word (&word, MVX_LOG_REFUSED, "Sink 'rig' lost the event: it rejected the event");
  log_awaited (context, &next);
  wait_word (&next, MVX_LOG_ACCEPTED, NULL);
  finish (context, sink);
  capture_diag_end ();
}

/* A refusal is told, also where the overflow policy is silent about it to others. */
static void
test_refused (void)
{
  MvxLogAsyncConfig small = { .name = "rig", .queue_max_size = 1, .overflow = MVX_LOG_OVERFLOW_DROP_NEWEST };
  g_autoptr (RigSink) sink = rig_sink_new (&small);
  g_autoptr (MvxLogContext) context = capture_context ("await.refused", sink);
  Word first = { 0 };
  Word second = { 0 };

  rig_sink_gate (sink, TRUE);
  log_awaited (context, &first);
  rig_sink_wait_entered (sink, 1);
  log_awaited (context, &second);
  wait_word (&second, MVX_LOG_REFUSED, "Sink 'rig' lost the event: its queue was full");
  assert_silent (&first);
  rig_sink_gate (sink, FALSE);
  wait_word (&first, MVX_LOG_ACCEPTED, NULL);
  finish (context, sink);
}

/* The caller is told why, and so the diagnostics are not. */
static void
test_raised (void)
{
  MvxLogAsyncConfig small = { .name = "rig", .queue_max_size = 1 };
  g_autoptr (RigSink) sink = rig_sink_new (&small);
  g_autoptr (MvxLogContext) context = capture_context ("await.raised", sink);
  Word first = { 0 };
  Word second = { 0 };

  capture_diag_begin ();
  rig_sink_gate (sink, TRUE);
  log_awaited (context, &first);
  rig_sink_wait_entered (sink, 1);
  log_awaited (context, &second);
  wait_word (&second, MVX_LOG_REFUSED, "Sink 'rig' lost the event: its queue was full");
  g_assert_cmpuint (capture_diag->len, ==, 0);
  rig_sink_gate (sink, FALSE);
  wait_word (&first, MVX_LOG_ACCEPTED, NULL);
  finish (context, sink);
  log_awaited (context, &first); /* nobody is left to take it */
  wait_word (&first, MVX_LOG_FILTERED, NULL);
  capture_diag_end ();
}

/* The oldest goes, while an older one is still in dispatch. */
static void
test_drop_oldest (void)
{
  MvxLogAsyncConfig small = { .name = "rig", .queue_max_size = 3, .overflow = MVX_LOG_OVERFLOW_DROP_OLDEST };
  g_autoptr (RigSink) sink = rig_sink_new (&small);
  g_autoptr (MvxLogContext) context = capture_context ("await.oldest", sink);
  Word words[4] = { 0 };

  rig_sink_gate (sink, TRUE);
  log_awaited (context, &words[0]);
  rig_sink_wait_entered (sink, 1);
  for (guint i = 1; i < 4; i++)
    log_awaited (context, &words[i]);
  wait_word (&words[1], MVX_LOG_REFUSED, "Sink 'rig' lost the event: its queue was full");
  assert_silent (&words[0]);
  rig_sink_gate (sink, FALSE);
  wait_word (&words[0], MVX_LOG_ACCEPTED, NULL);
  wait_word (&words[2], MVX_LOG_ACCEPTED, NULL);
  wait_word (&words[3], MVX_LOG_ACCEPTED, NULL);
  finish (context, sink);
}

static void
test_filtered (void)
{
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("await.filtered", sink);
  Word word = { 0 };

  g_assert_true (mvx_log_context_set_level (context, MVX_LOG_LEVEL_ERROR, NULL));
  log_awaited (context, &word);
  g_assert_false (word.done); /* never from inside the call */
  wait_word (&word, MVX_LOG_FILTERED, NULL);
  mvx_log_context_reset_level (context, NULL);
  finish (context, sink);
}

/* All sinks have to answer; one that loses it is enough for an error. */
static void
test_several (void)
{
  static const RigReply no = { MVX_LOG_DISPATCH_DROP, 0, "no" };
  MvxLogAsyncConfig other_config = { .name = "other" };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (RigSink) other = rig_sink_new (&other_config);
  g_autoptr (CaptureSink) direct = g_object_new (capture_sink_get_type (), NULL);
  g_autoptr (MvxLogContext) context = capture_context ("await.several", sink);
  MvxLogSink *sinks[] = { MVX_LOG_SINK (sink), MVX_LOG_SINK (direct), MVX_LOG_SINK (other) };
  Word word = { 0 };

  capture_diag_begin ();
  g_assert_true (mvx_log_context_set_sinks (context, sinks, 3, NULL));
  rig_sink_gate (other, TRUE);
  log_awaited (context, &word);
  rig_sink_wait_delivered (sink, 1);
  assert_silent (&word);
  g_assert_cmpuint (direct->events->len, ==, 1);
  rig_sink_gate (other, FALSE);
  wait_word (&word, MVX_LOG_ACCEPTED, NULL);
  reply (other, &no);
  log_awaited (context, &word);
  wait_word (&word, MVX_LOG_REFUSED, "Sink 'other' lost the event: it rejected the event");
  direct->log_error = "no paper";
  log_awaited (context, &word);
  wait_word (&word, MVX_LOG_REFUSED, "Context 'await.several' could not hand over an event: no paper");
  finish (context, sink);
  g_assert_true (terminate (other, NULL));
  rig_sink_check_ledger (other);
  capture_diag_end ();
}

/* What is left when the sink goes is answered, too. */
static void
test_terminated (void)
{
  static const RigReply away = { MVX_LOG_DISPATCH_RETRY, 0, "away" };
  MvxLogAsyncConfig patient = { .name = "rig", .retry_min_us = 3600 * (gint64) G_USEC_PER_SEC };
  g_autoptr (RigSink) sink = rig_sink_new (&patient);
  g_autoptr (MvxLogContext) context = capture_context ("await.terminated", sink);
  Word word = { 0 };

  capture_diag_begin ();
  reply (sink, &away);
  reply (sink, &away); /* ending gives it another chance */
  log_awaited (context, &word);
  rig_sink_wait_entered (sink, 1);
  g_assert_true (mvx_log_context_reset_sinks (context, NULL));
  g_assert_false (mvx_log_sink_terminate (MVX_LOG_SINK (sink), g_get_monotonic_time (), NULL));
  wait_word (&word, MVX_LOG_REFUSED, "Sink 'rig' lost the event: it was closed first");
  rig_sink_check_ledger (sink);
  capture_diag_end ();
}

static void
test_cancelled (void)
{
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("await.cancelled", sink);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Word word = { .cancellable = cancellable };

  rig_sink_gate (sink, TRUE);
  log_awaited (context, &word);
  g_cancellable_cancel (cancellable);
  wait_word (&word, MVX_LOG_REFUSED, "Operation was cancelled");
  rig_sink_gate (sink, FALSE);
  finish (context, sink);
  /* It was delivered all the same, and its end tells nobody any more. */
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 1);
  assert_silent (&word);
}

static void
on_variant_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  Word *word = data;

  word->done = TRUE;
  word->result = mvx_log_context_log_variant_finish (NULL, result, &word->error);
}

static void
test_variant (void)
{
  g_autoptr (CaptureSink) sink = g_object_new (capture_sink_get_type (), NULL);
  g_autoptr (MvxLogContext) context = capture_context ("await.variant", sink);
  g_autofree char *text = NULL;
  Word word = { 0 };

  mvx_log_context_log_variant_async (context, MVX_LOG_LEVEL_INFO, "hello {who}",
                                     g_variant_new_parsed ("{'who': <'you'>}"), NULL, on_variant_settled, &word);
  wait_word (&word, MVX_LOG_ACCEPTED, NULL);
  text = mvx_log_event_dup_message (g_ptr_array_index (sink->events, 0));
  g_assert_cmpstr (text, ==, "hello you");
  mvx_log_context_reset_sinks (context, NULL);
}

/* Many threads, each with a main context of its own, in a sink that keeps and drops. */
static gpointer
await_thread (gpointer context)
{
  g_autoptr (GMainContext) own = g_main_context_new ();
  Word words[200] = { 0 };
  guint n_lost = 0;

  g_main_context_push_thread_default (own);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    log_awaited (context, &words[i]);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      while (!words[i].done)
        g_main_context_iteration (own, TRUE);
      g_assert_true (words[i].thread == g_thread_self ());
      n_lost += words[i].result == MVX_LOG_REFUSED;
      g_clear_error (&words[i].error);
    }
  g_main_context_pop_thread_default (own);
  return GUINT_TO_POINTER (n_lost);
}

static void
test_threads (void)
{
  MvxLogAsyncConfig small = { .name = "rig", .queue_max_size = 20, .overflow = MVX_LOG_OVERFLOW_DROP_OLDEST };
  g_autoptr (RigSink) sink = rig_sink_new (&small);
  g_autoptr (MvxLogContext) context = capture_context ("await.threads", sink);
  GThread *threads[4];
  MvxLogCounters c;
  guint n_lost = 0;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("await", await_thread, context);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    n_lost += GPOINTER_TO_UINT (g_thread_join (threads[i]));
  finish (context, sink);
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 800 - n_lost);
  g_assert_cmpuint (c.dropped[MVX_LOG_REASON_QUEUE_FULL] + c.refused[MVX_LOG_REASON_QUEUE_FULL], ==, n_lost);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/await/delivered", test_delivered);
  g_test_add_func ("/await/retried", test_retried);
  g_test_add_func ("/await/dropped", test_dropped);
  g_test_add_func ("/await/refused", test_refused);
  g_test_add_func ("/await/raised", test_raised);
  g_test_add_func ("/await/drop-oldest", test_drop_oldest);
  g_test_add_func ("/await/filtered", test_filtered);
  g_test_add_func ("/await/several", test_several);
  g_test_add_func ("/await/terminated", test_terminated);
  g_test_add_func ("/await/cancelled", test_cancelled);
  g_test_add_func ("/await/variant", test_variant);
  g_test_add_func ("/await/threads", test_threads);
  return g_test_run ();
}

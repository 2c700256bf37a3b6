/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger-check.h"
#include "capture-sink.h"

#include "async/async-sink-private.h"
#include "event/event-private.h"

typedef struct
{
  GString *texts;
  gint n_calls; /* atomic */
  gint inside;  /* atomic */
  guint n_destroys;
  gboolean silent;  /* fails without an error */
  const char *fail; /* the text that it fails for; "*" for all */
  void (*in_call) (gpointer log);
  MvxLogSink *sink;
  MvxLogContext *context;
  GThread *thread;
} Log;

static GPtrArray *diag;

static void
on_diag (gint level, const char *message, gpointer data)
{
  g_ptr_array_add (data, g_strdup (message));
}

static gboolean
log_take (const MvxLogEvent *event, gpointer data, GError **error)
{
  const char *text = mvx_log_event_get_template (event);
  Log *log = data;

  g_assert_cmpuint (log->n_destroys, ==, 0);
  g_assert_cmpint (g_atomic_int_add (&log->inside, 1), ==, 0);
  log->thread = g_thread_self ();
  if (log->in_call)
    log->in_call (log);
  g_atomic_int_inc (&log->n_calls);
  g_atomic_int_add (&log->inside, -1);
  if (log->fail && (g_str_equal (log->fail, "*") || g_str_equal (log->fail, text)))
    {
      if (!log->silent)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no room for %s", text);
      return FALSE;
    }
  g_string_append (log->texts, text);
  return TRUE;
}

static void
log_destroy (gpointer data)
{
  ((Log *) data)->n_destroys++;
}

static void
log_init (Log *log, GMainContext *context)
{
  *log = (Log){ .texts = g_string_new (NULL) };
  g_ptr_array_set_size (diag, 0);
  log->sink = mvx_log_sink_new_function ("fn", log_take, log, log_destroy, context);
}

/* The sink is gone, too. */
static void
log_clear (Log *log)
{
  g_assert_finalize_object (log->sink);
  g_assert_cmpuint (log->n_destroys, ==, 1);
  g_string_free (log->texts, TRUE);
}

static gboolean
put (Log *log, const char *text, GError **error)
{
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_INFO, 1, text, NULL, 0);

  return mvx_log_sink_log (log->sink, event, error);
}

static void
put_all (Log *log, const char *const *texts)
{
  for (; *texts; texts++)
    g_assert_true (put (log, *texts, NULL));
}

#define PUT_ALL(log, ...) put_all (log, (const char *const[]){ __VA_ARGS__, NULL })

static MvxLogCounters
counters_of (Log *log)
{
  MvxLogCounters c;
  guint64 dropped = 0;
  guint64 refused = 0;
  guint64 lost = 0;

  c = ledger_check_moving (log->sink);
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    {
      dropped += c.dropped[i];
      refused += c.refused[i];
      for (guint j = 0; j < MVX_LOG_N_LEVEL_CLASSES; j++)
        lost += c.lost[j][i];
    }
  g_assert_cmpuint (c.offered, ==, c.accepted + refused);
  g_assert_cmpuint (c.accepted, ==, c.delivered + c.pending + dropped);
  g_assert_cmpuint (lost, ==, dropped + refused);
  return c;
}

static void
assert_message (GError **error, GQuark domain, gint code, const char *message)
{
  g_assert_error (*error, domain, code);
  g_assert_cmpstr ((*error)->message, ==, message);
  g_clear_error (error);
}

static gint64
soon (void)
{
  return g_get_monotonic_time () + 20000;
}

static void
test_direct (void)
{
  g_autoptr (GError) error = NULL;
  Log log;

  log_init (&log, NULL);
  PUT_ALL (&log, "a", "b");
  g_assert_cmpstr (log.texts->str, ==, "ab");
  g_assert_true (log.thread == g_thread_self ());
  g_assert_cmpuint (counters_of (&log).delivered, ==, 2);
  g_assert_true (mvx_log_sink_flush (log.sink, 0, NULL));

  g_assert_true (mvx_log_sink_terminate (log.sink, -1, NULL));
  g_assert_cmpuint (log.n_destroys, ==, 1);
  g_assert_true (mvx_log_sink_terminate (log.sink, -1, NULL));
  g_assert_false (put (&log, "c", &error));
  assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                  "Sink 'fn' has been terminated and takes no events; make a new one");
  g_assert_cmpuint (counters_of (&log).refused[MVX_LOG_REASON_STATE], ==, 1);
  log_clear (&log);
}

static void
test_direct_error (void)
{
  g_autoptr (GError) error = NULL;
  Log log;

  log_init (&log, NULL);
  log.fail = "b";
  g_assert_true (put (&log, "a", NULL));
  g_assert_false (put (&log, "b", &error));
  assert_message (&error, G_IO_ERROR, G_IO_ERROR_FAILED, "no room for b");
  log.silent = TRUE;
  g_assert_false (put (&log, "b", &error));
  assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNEXPECTED,
                  "the sink's function failed without a reason; let it set the error when it returns FALSE");
  g_assert_cmpuint (counters_of (&log).refused[MVX_LOG_REASON_ERROR], ==, 2);
  g_assert_cmpuint (counters_of (&log).failed, ==, 2);
  g_assert_cmpuint (diag->len, ==, 0);
  log_clear (&log);
}

static void
test_direct_catch (void)
{
  Log log;

  log_init (&log, NULL);
  log.fail = "b";
  mvx_log_function_sink_set_catch (log.sink, TRUE);
  PUT_ALL (&log, "a", "b", "b", "c");
  g_assert_cmpstr (log.texts->str, ==, "ac");
  g_assert_cmpuint (counters_of (&log).dropped[MVX_LOG_REASON_REJECTED], ==, 2);
  g_assert_cmpuint (diag->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (diag, 0), ==,
                   "Sink 'fn' dropped an event: no room for b; further ones are only counted");
  mvx_log_function_sink_set_catch (log.sink, FALSE);
  g_assert_false (put (&log, "b", NULL));
  log_clear (&log);
}

static void
log_nested (gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (put (data, "nested", &error));
  assert_message (&error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
                  "Sink 'fn' cannot take an event from its own function; do not log to it from there");
}

static void
test_direct_nested (void)
{
  Log log;

  log_init (&log, NULL);
  log.in_call = log_nested;
  g_assert_true (put (&log, "a", NULL));
  g_assert_cmpstr (log.texts->str, ==, "a");
  g_assert_cmpuint (counters_of (&log).refused[MVX_LOG_REASON_ERROR], ==, 1);
  log_clear (&log);
}

static void
log_through_context (gpointer data)
{
  Log *log = data;

  mvx_info (log->context, "nested");
}

/* What the function logs through its own context does not come back to it. */
static void
test_direct_context (void)
{
  g_autoptr (MvxLogContext) context = NULL;
  Log log;

  log_init (&log, NULL);
  context = capture_context ("function.direct", log.sink);
  log.context = context;
  log.in_call = log_through_context;
  mvx_info (context, "a");
  g_assert_cmpstr (log.texts->str, ==, "a");
  g_assert_cmpuint (counters_of (&log).offered, ==, 1);
  g_assert_cmpuint (diag->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (diag, 0), ==, "logged inside a sink, context 'function.direct': nested");
  g_assert_true (mvx_log_context_reset_sinks (context, NULL));
  log_clear (&log);
}

static void
terminate_inside (gpointer data)
{
  Log *log = data;

  g_assert_true (mvx_log_sink_terminate (log->sink, -1, NULL));
  g_assert_cmpuint (log->n_destroys, ==, 0);
}

/* The data stays until the call returns. */
static void
test_direct_terminate_inside (void)
{
  Log log;

  log_init (&log, NULL);
  log.in_call = terminate_inside;
  g_assert_true (put (&log, "a", NULL));
  g_assert_cmpuint (log.n_destroys, ==, 1);
  log_clear (&log);
}

static gpointer
put_100 (gpointer data)
{
  for (guint i = 0; i < 100; i++)
    g_assert_true (put (data, "x", NULL));
  return NULL;
}

/* log_take() checks that it is alone. */
static void
test_direct_threads (void)
{
  GThread *threads[4];
  Log log;

  log_init (&log, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("put", put_100, &log);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (log.texts->len, ==, 400);
  g_assert_cmpuint (counters_of (&log).delivered, ==, 400);
  log_clear (&log);
}

static gpointer
terminate_late (gpointer data)
{
  g_autoptr (GError) error = NULL;
  Log *log = data;

  g_assert_false (mvx_log_sink_terminate (log->sink, soon (), &error));
  assert_message (&error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT,
                  "The function of sink 'fn' did not return by the deadline; it is not called again");
  return NULL;
}

static void
terminate_elsewhere (gpointer data)
{
  Log *log = data;

  g_thread_join (g_thread_new ("terminate", terminate_late, log));
  g_assert_cmpuint (log->n_destroys, ==, 0);
}

static void
test_direct_late (void)
{
  Log log;

  log_init (&log, NULL);
  log.in_call = terminate_elsewhere;
  g_assert_true (put (&log, "a", NULL));
  log_clear (&log);
}

static MvxLogSinkState
state_of (Log *log)
{
  return mvx_log_async_sink_get_state (MVX_LOG_ASYNC_SINK (log->sink));
}

static void
iterate_until_calls (Log *log, GMainContext *context, gint n)
{
  while (g_atomic_int_get (&log->n_calls) < n)
    g_main_context_iteration (context, TRUE);
}

static void
test_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GString) want = g_string_new (NULL);
  Log log;

  log_init (&log, context);
  for (guint i = 0; i < 1000; i++)
    {
      char text[] = { (char) ('a' + i % 26), '\0' };

      g_string_append (want, text);
      g_assert_true (put (&log, text, NULL));
    }
  g_assert_cmpint (log.n_calls, ==, 0);
  iterate_until_calls (&log, context, 1000);
  g_assert_cmpstr (log.texts->str, ==, want->str);
  g_assert_true (log.thread == g_thread_self ());
  g_assert_true (mvx_log_sink_flush (log.sink, -1, NULL));
  g_assert_cmpuint (counters_of (&log).delivered, ==, 1000);
  g_assert_true (mvx_log_sink_terminate (log.sink, -1, NULL));
  g_assert_cmpuint (log.n_destroys, ==, 1);
  g_assert_true (mvx_log_sink_terminate (log.sink, -1, NULL));
  log_clear (&log);
}

static void
test_context_context (void)
{
  g_autoptr (GMainContext) main_context = g_main_context_new ();
  g_autoptr (MvxLogContext) context = NULL;
  Log log;

  log_init (&log, main_context);
  context = capture_context ("function.posted", log.sink);
  log.context = context;
  log.in_call = log_through_context;
  mvx_info (context, "a {n}", "n", 1);
  iterate_until_calls (&log, main_context, 1);
  g_assert_true (mvx_log_sink_flush (log.sink, -1, NULL));
  g_assert_cmpstr (log.texts->str, ==, "a {n}");
  g_assert_cmpuint (counters_of (&log).offered, ==, 1);
  g_assert_cmpuint (diag->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (diag, 0), ==, "logged inside a sink, context 'function.posted': nested");
  g_assert_true (mvx_log_context_reset_sinks (context, NULL));
  g_assert_true (mvx_log_sink_terminate (log.sink, -1, NULL));
  log_clear (&log);
}

/* On the thread that owns the context flush and terminate deliver themselves. */
static void
test_context_owner (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Log log;

  g_assert_true (g_main_context_acquire (context));
  log_init (&log, context);
  PUT_ALL (&log, "a", "b");
  g_assert_true (mvx_log_sink_flush (log.sink, -1, NULL));
  g_assert_cmpstr (log.texts->str, ==, "ab");
  g_main_context_release (context);

  /* And on the one that did so last. */
  PUT_ALL (&log, "c");
  g_assert_true (mvx_log_sink_terminate (log.sink, -1, NULL));
  g_assert_cmpstr (log.texts->str, ==, "abc");
  log_clear (&log);
}

static gpointer
flush_soon (gpointer data)
{
  return GINT_TO_POINTER (mvx_log_sink_flush (((Log *) data)->sink, soon (), NULL));
}

/* A program may have to end before its loop has begun. Other threads are not to do the work of the main one. */
static void
test_context_before_loop (void)
{
  GThread *thread;
  Log log;

  log_init (&log, g_main_context_default ());
  PUT_ALL (&log, "a", "b");
  thread = g_thread_new ("stranger", flush_soon, &log);
  g_assert_false (GPOINTER_TO_INT (g_thread_join (thread)));
  g_assert_cmpint (log.n_calls, ==, 0);
  g_assert_true (mvx_log_sink_flush (log.sink, -1, NULL));
  g_assert_cmpstr (log.texts->str, ==, "ab");
  g_assert_true (log.thread == g_thread_self ());
  g_assert_true (mvx_log_sink_terminate (log.sink, -1, NULL));
  log_clear (&log);
}

static void
test_context_catch (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;
  Log log;

  log_init (&log, context);
  log.fail = "b";
  mvx_log_function_sink_set_catch (log.sink, TRUE);
  PUT_ALL (&log, "a", "b", "c");
  iterate_until_calls (&log, context, 3);
  g_assert_true (mvx_log_sink_terminate (log.sink, -1, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (log.texts->str, ==, "ac{count} events lost: {reason}");
  g_assert_cmpuint (counters_of (&log).dropped[MVX_LOG_REASON_REJECTED], ==, 1);
  g_assert_cmpuint (diag->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (diag, 0), ==, "Sink 'fn' dropped 1 events: no room for b");
  log_clear (&log);
}

static void
test_context_error (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;
  Log log;

  log_init (&log, context);
  log.fail = "b";
  PUT_ALL (&log, "a", "b", "c");
  iterate_until_calls (&log, context, 2);
  mvx_log_sink_terminate (log.sink, -1, NULL);
  g_assert_cmpint (state_of (&log), ==, MVX_LOG_SINK_STATE_FAILURE);
  error = mvx_log_async_sink_dup_last_error (MVX_LOG_ASYNC_SINK (log.sink));
  assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED,
                  "Sink 'fn' failed for good: no room for b");
  g_assert_cmpstr (log.texts->str, ==, "a");
  g_assert_cmpuint (counters_of (&log).dropped[MVX_LOG_REASON_ERROR], ==, 2);
  g_assert_cmpint (log.n_calls, ==, 2);
  log_clear (&log);
}

static void
test_context_idle (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;
  Log log;

  log_init (&log, context);
  g_assert_true (mvx_log_async_sink_start_sync (MVX_LOG_ASYNC_SINK (log.sink), -1, NULL));
  PUT_ALL (&log, "a", "b", "c");
  g_assert_false (mvx_log_sink_flush (log.sink, soon (), &error));
  assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED,
                  "Sink 'fn' has not delivered everything: 3 events are still waiting, 0 were lost");
  g_assert_false (mvx_log_sink_terminate (log.sink, soon (), &error));
  assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED,
                  "Sink 'fn' did not deliver 3 events within the drain timeout; they are lost");
  g_assert_cmpuint (counters_of (&log).dropped[MVX_LOG_REASON_SHUTDOWN], ==, 3);
  g_assert_cmpint (log.n_calls, ==, 0);
  log_clear (&log);
  /* Nothing is left on the context. */
  g_assert_false (g_main_context_iteration (context, FALSE));
}

static void
refuse_inside (gpointer data)
{
  g_autoptr (GError) error = NULL;
  Log *log = data;

  g_assert_false (mvx_log_sink_flush (log->sink, -1, &error));
  assert_message (&error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
                  "Cannot flush sink 'fn' in its own function; do it after the function has returned");
  g_assert_false (mvx_log_sink_terminate (log->sink, -1, &error));
  assert_message (&error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
                  "Cannot terminate sink 'fn' in its own function; do it after the function has returned");
}

static void
test_context_inside (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Log log;

  log_init (&log, context);
  log.in_call = refuse_inside;
  PUT_ALL (&log, "a");
  iterate_until_calls (&log, context, 1);
  log.in_call = NULL;
  PUT_ALL (&log, "b");
  g_assert_true (mvx_log_sink_flush (log.sink, -1, NULL));
  g_assert_cmpstr (log.texts->str, ==, "ab");
  log_clear (&log);
}

static gpointer
terminate_busy (gpointer data)
{
  g_autoptr (GError) error = NULL;
  Log *log = data;

  g_assert_false (mvx_log_sink_terminate (log->sink, soon (), &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  g_assert_cmpuint (log->n_destroys, ==, 0);
  return NULL;
}

static void
give_up_inside (gpointer data)
{
  Log *log = data;

  g_thread_join (g_thread_new ("terminate", terminate_busy, log));
  g_clear_object (&log->sink);
  g_assert_cmpuint (log->n_destroys, ==, 0);
}

/* The sink is terminated and freed while its function is at work on the context. */
static void
test_context_gone (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Log log;

  log_init (&log, context);
  log.in_call = give_up_inside;
  PUT_ALL (&log, "a", "b");
  iterate_until_calls (&log, context, 1);
  g_assert_cmpint (log.n_calls, ==, 1);
  g_assert_cmpuint (log.n_destroys, ==, 1);
  g_string_free (log.texts, TRUE);
}

static gboolean
finish (MvxLogOperation *operation)
{
  gboolean ok = mvx_log_operation_wait (operation, -1, NULL);

  mvx_log_operation_unref (operation);
  return ok;
}

static void
test_context_restart (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Log log;

  log_init (&log, context);
  PUT_ALL (&log, "a");
  iterate_until_calls (&log, context, 1);
  g_assert_true (mvx_log_sink_flush (log.sink, -1, NULL));
  g_assert_true (finish (mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (log.sink))));
  g_assert_cmpint (state_of (&log), ==, MVX_LOG_SINK_STATE_STOPPED);
  g_assert_cmpuint (log.n_destroys, ==, 0);
  g_assert_false (put (&log, "no", NULL));

  g_assert_true (finish (mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (log.sink))));
  PUT_ALL (&log, "b");
  iterate_until_calls (&log, context, 2);
  g_assert_cmpstr (log.texts->str, ==, "ab");
  g_assert_true (mvx_log_sink_terminate (log.sink, -1, NULL));
  log_clear (&log);
}

/* Never used, never terminated. */
static void
test_unused (void)
{
  Log log;

  log_init (&log, NULL);
  log_clear (&log);
  log_init (&log, g_main_context_default ());
  log_clear (&log);
}

/* Freed without having been terminated, on the thread of the context: what is queued is delivered. */
static void
test_context_dispose (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Log log;

  g_assert_true (g_main_context_acquire (context));
  log_init (&log, context);
  PUT_ALL (&log, "a", "b");
  g_clear_object (&log.sink);
  g_assert_cmpstr (log.texts->str, ==, "ab");
  g_assert_cmpuint (log.n_destroys, ==, 1);
  g_assert_cmpuint (diag->len, ==, 0);
  g_main_context_release (context);
  g_string_free (log.texts, TRUE);
}

static void
test_no_name (void)
{
  g_autoptr (GError) error = NULL;
  Log log = { .texts = g_string_new (NULL) };

  log.sink = mvx_log_sink_new_function (NULL, log_take, &log, NULL, NULL);
  g_assert_null (mvx_log_sink_dup_name (log.sink));
  mvx_log_sink_terminate (log.sink, -1, NULL);
  g_assert_false (put (&log, "a", &error));
  g_assert_cmpstr (error->message, ==, "Sink 'unnamed' has been terminated and takes no events; make a new one");
  g_assert_finalize_object (log.sink);
  g_string_free (log.texts, TRUE);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  diag = g_ptr_array_new_with_free_func (g_free);
  mvx_log_diag_set_func (on_diag, diag, NULL);
  g_test_add_func ("/function-sink/direct", test_direct);
  g_test_add_func ("/function-sink/direct/error", test_direct_error);
  g_test_add_func ("/function-sink/direct/catch", test_direct_catch);
  g_test_add_func ("/function-sink/direct/nested", test_direct_nested);
  g_test_add_func ("/function-sink/direct/context", test_direct_context);
  g_test_add_func ("/function-sink/direct/terminate-inside", test_direct_terminate_inside);
  g_test_add_func ("/function-sink/direct/threads", test_direct_threads);
  g_test_add_func ("/function-sink/direct/late", test_direct_late);
  g_test_add_func ("/function-sink/context", test_context);
  g_test_add_func ("/function-sink/context/context", test_context_context);
  g_test_add_func ("/function-sink/context/owner", test_context_owner);
  g_test_add_func ("/function-sink/context/before-loop", test_context_before_loop);
  g_test_add_func ("/function-sink/context/catch", test_context_catch);
  g_test_add_func ("/function-sink/context/error", test_context_error);
  g_test_add_func ("/function-sink/context/idle", test_context_idle);
  g_test_add_func ("/function-sink/context/inside", test_context_inside);
  g_test_add_func ("/function-sink/context/gone", test_context_gone);
  g_test_add_func ("/function-sink/context/restart", test_context_restart);
  g_test_add_func ("/function-sink/context/dispose", test_context_dispose);
  g_test_add_func ("/function-sink/unused", test_unused);
  g_test_add_func ("/function-sink/no-name", test_no_name);
  status = g_test_run ();
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_ptr_array_unref (diag);
  return status;
}

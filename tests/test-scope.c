/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-sink.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

static CaptureSink *sink;
static MvxLogContext *context;

static void
assert_fields_of_x (const char *expected)
{
  mvx_info (context, "x");
  capture_assert_fields (sink, expected);
}

static void
test_scopes (void)
{
  {
    MVX_LOG_SCOPED ("a", 1);
    {
      MVX_LOG_SCOPED ("a", 2, "b", 2);
      assert_fields_of_x ("a=2;b=2");
    }
    assert_fields_of_x ("a=1");
  }
  assert_fields_of_x ("");
}

/* bound < scoped < call, each key once. */
static void
test_precedence (void)
{
  g_autoptr (MvxLogContext) view = mvx_log_bind (context, "a", 1, "b", 1, "c", 1, "d", 1);

  MVX_LOG_SCOPED ("b", 2, "c", 2, "e", 2);
  mvx_info (view, "x", "c", 3, "f", 3);
  capture_assert_fields (sink, "a=1;d=1;b=2;e=2;c=3;f=3");
}

/* What was given is what is logged, whatever becomes of it. */
static void
test_snapshot (void)
{
  char text[] = "before";

  MVX_LOG_SCOPED ("text", text);
  memcpy (text, "after!", 6);
  assert_fields_of_x ("text=before");
}

static gpointer
other_thread (gpointer data)
{
  assert_fields_of_x ("");
  {
    MVX_LOG_SCOPED ("theirs", 1);
    assert_fields_of_x ("theirs=1");
  }
  return NULL;
}

static void
test_per_thread (void)
{
  MVX_LOG_SCOPED ("mine", 1);
  g_thread_join (g_thread_new ("other", other_thread, NULL));
  assert_fields_of_x ("mine=1");
}

static MvxLogScope *
push (const char *key, gint value)
{
  MvxLogField field = { key, MVX_LOG_KIND_INT64, -1, { .i = value } };

  return mvx_log_scope_push_fields (&field, 1);
}

/* A scope that is never left ends with its thread, and may be popped then. */
static gpointer
leaves_open (gpointer data)
{
  return push ("k", 1);
}

static void
test_left_open (void)
{
  MvxLogScope *scope = g_thread_join (g_thread_new ("open", leaves_open, NULL));

  mvx_log_scope_pop (scope);
  assert_fields_of_x ("");
}

/* Popping an outer scope ends the inner ones, which may be popped all the same. */
static void
test_outer_first (void)
{
  MvxLogScope *outer = push ("outer", 1);
  MvxLogScope *middle = push ("middle", 1);
  MvxLogScope *inner = push ("inner", 1);

  mvx_log_scope_pop (outer);
  assert_fields_of_x ("");
  {
    MVX_LOG_SCOPED ("new", 1);
    mvx_log_scope_pop (middle);
    mvx_log_scope_pop (inner);
    assert_fields_of_x ("new=1");
  }
}

static gpointer
pop_elsewhere (gpointer data)
{
  g_test_expect_message ("Mvxlog", G_LOG_LEVEL_CRITICAL, "*scope->thread == NULL || scope->thread == thread*");
  mvx_log_scope_pop (data);
  g_test_assert_expected_messages ();
  return NULL;
}

static void
test_other_threads_scope (void)
{
  MvxLogScope *scope = push ("mine", 1);

  g_thread_join (g_thread_new ("elsewhere", pop_elsewhere, scope));
  assert_fields_of_x ("mine=1");
  mvx_log_scope_pop (scope);
}

static void
test_variant (void)
{
  MvxLogScope *scope = mvx_log_scope_push_variant (g_variant_new_parsed ("{'who': <'me'>, 'n': <@x 5>}"));
  MvxLogScope *boxed = g_boxed_copy (MVX_LOG_TYPE_SCOPE, scope);

  assert_fields_of_x ("who=me;n=5");
  mvx_log_scope_pop (scope);
  g_boxed_free (MVX_LOG_TYPE_SCOPE, boxed);
  assert_fields_of_x ("");
}

/* More than the limit on items of a payload. */
static void
test_many_fields (void)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  MvxLogField fields[40];
  MvxLogScope *scope;

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_ptr_array_add (keys, g_strdup_printf ("k%u", i));
      fields[i] = (MvxLogField){ keys->pdata[i], MVX_LOG_KIND_INT64, -1, { .i = i } };
    }
  scope = mvx_log_scope_push_fields (fields, G_N_ELEMENTS (fields));
  mvx_info (context, "x");
  g_assert_cmpuint (mvx_log_event_get_n_fields (capture_last (sink)), ==, 40);
  mvx_log_scope_pop (scope);
}

static void
test_trace (void)
{
  MvxLogTraceparent here;
  MvxLogTraceparent inner;

  g_assert_false (mvx_log_scope_get_traceparent (&here));
  g_assert_null (mvx_log_scope_dup_traceparent ());
  mvx_info (context, "x");
  g_assert_null (mvx_log_event_get_trace_id (capture_last (sink)));
  {
    MVX_LOG_IN_TRACE ("00-" TRACE "-" SPAN "-00");
    g_autofree char *header = mvx_log_scope_dup_traceparent ();
    g_autofree char *expected = NULL;

    g_assert_true (mvx_log_scope_get_traceparent (&here));
    g_assert_cmpstr (here.trace_id, ==, TRACE);
    g_assert_cmpstr (here.span_id, !=, SPAN);
    expected = g_strdup_printf ("00-" TRACE "-%s-00", here.span_id);
    g_assert_cmpstr (header, ==, expected);
    {
      MVX_LOG_SCOPED ("k", 1);
      mvx_info (context, "x");
      g_assert_cmpstr (mvx_log_event_get_trace_id (capture_last (sink)), ==, TRACE);
      g_assert_cmpstr (mvx_log_event_get_span_id (capture_last (sink)), ==, here.span_id);
    }
    {
      MVX_LOG_IN_TRACE ("00-" TRACE "-" SPAN);
      g_assert_true (mvx_log_scope_get_traceparent (&inner));
      g_assert_cmpstr (inner.trace_id, !=, TRACE);
      g_assert_cmpint (inner.flags, ==, MVX_LOG_TRACE_SAMPLED);
    }
    {
      MVX_LOG_IN_TRACE (NULL);
      g_assert_true (mvx_log_scope_get_traceparent (&inner));
      g_assert_cmpstr (inner.trace_id, !=, TRACE);
    }
  }
  g_assert_false (mvx_log_scope_get_traceparent (&here));
}

/* The call's own ids go before those of the scope. */
static void
test_trace_of_the_call (void)
{
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message = "x" };

  MVX_LOG_IN_TRACE (NULL);
  init.trace_id = "00000000000000000000000000000001";
  mvx_log_event_submit (context, &init, NULL, 0, NULL);
  g_assert_cmpstr (mvx_log_event_get_trace_id (capture_last (sink)), ==, init.trace_id);
  g_assert_null (mvx_log_event_get_span_id (capture_last (sink)));
}

static gpointer
log_in_capture (gpointer data)
{
  MVX_LOG_SCOPED ("own", 1);
  {
    MVX_LOG_IN_SCOPE (data);
    assert_fields_of_x ("user=ann");
    g_assert_cmpstr (mvx_log_event_get_trace_id (capture_last (sink)), ==, TRACE);
    {
      MVX_LOG_SCOPED ("step", 2);
      assert_fields_of_x ("user=ann;step=2");
    }
  }
  assert_fields_of_x ("own=1");
  g_assert_null (mvx_log_event_get_trace_id (capture_last (sink)));
  return NULL;
}

/* Taken along, also when the scope has long ended. */
static void
test_capture (void)
{
  g_autoptr (MvxLogScopeCapture) capture = NULL;
  g_autoptr (MvxLogScopeCapture) nothing = mvx_log_scope_capture ();

  {
    MVX_LOG_IN_TRACE ("00-" TRACE "-" SPAN "-01");
    MVX_LOG_SCOPED ("user", "ann");
    capture = mvx_log_scope_capture ();
  }
  g_thread_join (g_thread_new ("carried", log_in_capture, capture));
  {
    MVX_LOG_SCOPED ("mine", 1);
    MVX_LOG_IN_SCOPE (nothing);
    assert_fields_of_x ("");
  }
}

static gboolean
idle_cb (gpointer data)
{
  assert_fields_of_x ("request=7");
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
test_idle_source (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GSource) source = g_idle_source_new ();

  {
    MVX_LOG_SCOPED ("request", 7);
    mvx_log_source_set_callback (source, idle_cb, g_main_loop_ref (loop), (GDestroyNotify) g_main_loop_unref);
  }
  g_source_attach (source, NULL);
  assert_fields_of_x ("");
  g_main_loop_run (loop);
  assert_fields_of_x ("");
}

static void
task_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  assert_fields_of_x ("request=8");
  g_assert_cmpstr (data, ==, "data");
  g_task_return_boolean (task, TRUE);
}

static void
task_done (GObject *object, GAsyncResult *result, gpointer loop)
{
  g_assert_true (g_task_propagate_boolean (G_TASK (result), NULL));
  g_main_loop_quit (loop);
}

static void
test_gtask (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, task_done, loop);

  g_task_set_task_data (task, (gpointer) "data", NULL);
  {
    MVX_LOG_SCOPED ("request", 8);
    mvx_log_gtask_run_in_thread (task, task_thread);
  }
  g_main_loop_run (loop);
}

typedef struct
{
  GMainLoop *loop;
  gint n_runs;
  gint n_left; /* atomic: the callback and the end of the data, in either order */
} FullJob;

static void
full_thread (GTask *task, GCancellable *cancellable, gpointer data)
{
  assert_fields_of_x ("request=9");
  g_assert_nonnull (cancellable);
  ((FullJob *) data)->n_runs++;
  g_task_return_boolean (task, TRUE);
}

static void
full_end (gpointer data)
{
  FullJob *job = data;

  g_assert_cmpint (job->n_runs, ==, 1);
  if (g_atomic_int_dec_and_test (&job->n_left))
    g_main_loop_quit (job->loop);
}

static void
full_done (GObject *object, GAsyncResult *result, gpointer job)
{
  g_assert_true (g_task_propagate_boolean (G_TASK (result), NULL));
  full_end (job);
}

/* With data of the function's own, which go when it has run. */
static void
test_gtask_full (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  FullJob job = { loop, 0, 2 };
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, full_done, &job);

  {
    MVX_LOG_SCOPED ("request", 9);
    mvx_log_gtask_run_in_thread_full (task, full_thread, &job, full_end);
  }
  g_main_loop_run (loop);
}

typedef struct
{
  MvxLogScopeCapture *scope;
  gint expected;
} PoolJob;

static void
pool_func (gpointer item, gpointer data)
{
  g_autofree PoolJob *job = item;
  MvxLogTraceparent trace;

  {
    MVX_LOG_IN_SCOPE (job->scope);
    MvxLogScope *inner = push ("inner", job->expected);

    mvx_info (context, "job");
    g_assert_false (mvx_log_scope_get_traceparent (&trace));
    mvx_log_scope_pop (inner);
  }
  mvx_log_scope_capture_unref (job->scope);
}

static void
test_thread_pool (void)
{
  GThreadPool *pool = g_thread_pool_new (pool_func, NULL, 4, FALSE, NULL);
  guint before = sink->events->len;

  for (gint i = 0; i < 100; i++)
    {
      PoolJob *job = g_new (PoolJob, 1);

      MVX_LOG_SCOPED ("n", i);
      *job = (PoolJob){ mvx_log_scope_capture (), i };
      g_thread_pool_push (pool, job, NULL);
    }
  g_thread_pool_free (pool, FALSE, TRUE);
  g_assert_cmpuint (sink->events->len, ==, before + 100);
  for (guint i = before; i < sink->events->len; i++)
    {
      const MvxLogEvent *event = g_ptr_array_index (sink->events, i);

      g_assert_cmpint (mvx_log_event_get_int64 (event, "n", -1), ==, mvx_log_event_get_int64 (event, "inner", -2));
    }
}

/* Naughty strings as keys and values: each arrives as it is, and once. */
static void
test_naughty (void)
{
  static const char *const naughty[] = { "",  " ",         "\n",           "\033[31mred", "\xff\xfe", "{}",      "%s",
                                         "a", "{a}{b}{c}", "\xe2\x80\xae", "task",        "ts",       "\r\nts=1" };

  for (guint i = 0; i < G_N_ELEMENTS (naughty); i++)
    {
      MvxLogField field = { naughty[i], MVX_LOG_KIND_STRING, -1, { .s = naughty[i] } };
      MvxLogScope *scope = mvx_log_scope_push_fields (&field, 1);
      g_autoptr (MvxLogContext) view = mvx_log_context_bind_fields (context, &field, 1);

      mvx_info (view, "x");
      g_assert_cmpuint (mvx_log_event_get_n_fields (capture_last (sink)), ==, 1);
      g_assert_cmpstr (mvx_log_event_get_string (capture_last (sink), naughty[i]), ==, naughty[i]);
      mvx_log_scope_pop (scope);
    }
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  sink = capture_sink_new ();
  context = capture_context ("scope", sink);
  g_test_add_func ("/scope/scopes", test_scopes);
  g_test_add_func ("/scope/precedence", test_precedence);
  g_test_add_func ("/scope/snapshot", test_snapshot);
  g_test_add_func ("/scope/per-thread", test_per_thread);
  g_test_add_func ("/scope/left-open", test_left_open);
  g_test_add_func ("/scope/outer-first", test_outer_first);
  g_test_add_func ("/scope/other-threads-scope", test_other_threads_scope);
  g_test_add_func ("/scope/variant", test_variant);
  g_test_add_func ("/scope/many-fields", test_many_fields);
  g_test_add_func ("/scope/trace", test_trace);
  g_test_add_func ("/scope/trace-of-the-call", test_trace_of_the_call);
  g_test_add_func ("/scope/capture", test_capture);
  g_test_add_func ("/scope/idle-source", test_idle_source);
  g_test_add_func ("/scope/gtask", test_gtask);
  g_test_add_func ("/scope/gtask/full", test_gtask_full);
  g_test_add_func ("/scope/thread-pool", test_thread_pool);
  g_test_add_func ("/scope/naughty", test_naughty);
  result = g_test_run ();
  mvx_log_context_set_sinks (context, NULL, 0, NULL);
  g_object_unref (sink);
  mvx_log_context_unref (context);
  return result;
}

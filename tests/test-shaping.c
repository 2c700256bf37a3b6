/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the call to the sinks: each sees only what it may, and nobody what is done for another. */
#include <mvxlog/shaping.h>

#include "capture-sink.h"
#include "context/node-private.h"
#include "plugin/plugin-private.h"
#include "rig-sink.h"
#include "sink/options-private.h"
#include "sink/shape-private.h"

static void
set_shaping (gpointer sink, const char *options)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_sink_set_shaping (sink, g_variant_new_parsed (options), &error));
  g_assert_no_error (error);
}

static void
assert_message (CaptureSink *sink, const char *expected)
{
  g_autofree char *message = mvx_log_event_dup_message (capture_last (sink));

  g_assert_cmpstr (message, ==, expected);
}

/* Two sinks of one context; the level words follow a sink's shape. */
static MvxLogContext *
context_of_two (const char *name, gpointer a, gpointer b)
{
  MvxLogContext *context = capture_context (name, a);
  MvxLogSink *sinks[] = { a, b };

  g_assert_true (mvx_log_context_set_sinks (context, sinks, 2, NULL));
  return context;
}

/* With macros: a secret is masked where nothing is said, whatever else the sinks have. */
static void
test_secret (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("shaping.secret", sink);

  mvx_info (context, "{user} has {password}", "user", "joe", MVX_LOG_SECRET ("password"), "secret");
  capture_assert_fields (sink, "user=joe;password=***");
  assert_message (sink, "joe has ***");
  mvx_info (context, "{pin} {user}", MVX_LOG_SECRET ("pin"), 1234, MVX_LOG_PERSONAL ("user"), "joe");
  capture_assert_fields (sink, "pin=***;user=joe");
  assert_message (sink, "*** joe");
  mvx_info (context, "{token}", MVX_LOG_SECRET ("token"), (const char *) NULL);
  capture_assert_fields (sink, "token=***");
  mvx_log_context_reset_sinks (context, NULL);
}

static void
test_two_sinks (void)
{
  g_autoptr (CaptureSink) a = capture_sink_new ();
  g_autoptr (CaptureSink) b = capture_sink_new ();
  g_autoptr (MvxLogContext) context = context_of_two ("shaping.two", a, b);

  set_shaping (a, "{'redact': <['user']>, 'secret-action': <'keep'>, 'personal-action': <'drop'>}");
  mvx_info (context, "{user} {pin} {mail}", "user", "joe", MVX_LOG_SECRET ("pin"), 7, MVX_LOG_PERSONAL ("mail"), "j@x");
  capture_assert_fields (a, "user=***;pin=7");
  assert_message (a, "*** 7 {mail}");
  capture_assert_fields (b, "user=joe;pin=***;mail=j@x");
  assert_message (b, "joe *** j@x");
  mvx_log_context_reset_sinks (context, NULL);
}

/* Marked in the array, bound, scoped, and by the keys of a pattern. */
static void
test_bound_and_scoped (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("shaping.bound", sink);
  g_autoptr (MvxLogContext) bound = mvx_log_bind (context, MVX_LOG_SECRET ("key"), "k", "token", "t", "id", 1);
  const MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message_template = "{pw}" };
  const MvxLogField field = { "pw", MVX_LOG_KIND_STRING, -1, { .s = "p" }, MVX_LOG_FIELD_SECRET };

  mvx_info (bound, "{key} {token}");
  capture_assert_fields (sink, "key=***;token=t;id=1");
  assert_message (sink, "*** t");
  set_shaping (sink, "{'redact': <['token']>}");
  {
    MVX_LOG_SCOPED (MVX_LOG_SECRET ("scope"), "s", "TOKEN2", 5);

    mvx_info (bound, "{key} {token} {scope}", "n", 2);
    capture_assert_fields (sink, "key=***;token=***;id=1;scope=***;TOKEN2=5;n=2");
    assert_message (sink, "*** *** ***");
  }
  g_assert_cmpint (mvx_log_event_submit (context, &init, &field, 1, NULL), ==, MVX_LOG_ACCEPTED);
  capture_assert_fields (sink, "pw=***");
  assert_message (sink, "***");
  mvx_log_context_reset_sinks (context, NULL);
}

static gboolean
lane_holds (MvxLogQueue *queue, const char *text)
{
  MvxLogLane *lane = mvx_log_queue_lane (queue, mvx_log_thread_get ());

  return memmem (lane->segment->data, lane->position, text, strlen (text)) != NULL;
}

/* Not even the queue's memory has the clear text. */
static void
test_queue (void)
{
  MvxLogAsyncConfig config = { .name = "queue" };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("shaping.queue", sink);
  MvxLogQueue *queue = mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (sink));

  rig_sink_gate (sink, TRUE);
  mvx_info (context, "open {text}", "text", "OPENTEXT");
  g_assert_true (lane_holds (queue, "OPENTEXT"));
  mvx_info (context, "closed {text}", MVX_LOG_SECRET ("text"), "SECRETTEXT");
  g_assert_false (lane_holds (queue, "SECRETTEXT"));
  set_shaping (sink, "{'redact': <['text']>}");
  mvx_info (context, "closed {text}", "text", "KEYEDTEXT");
  g_assert_false (lane_holds (queue, "KEYEDTEXT"));
  rig_sink_gate (sink, FALSE);
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 3);
  rig_sink_check_ledger (sink);
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, NULL));
}

static const MvxLogSettings *
settings_of (MvxLogContext *context)
{
  return mvx_log_node_full (&context->head)->settings;
}

/* The fast path is there unless somebody wants events shaped, and comes back. */
static void
test_fast_path (void)
{
  MvxLogAsyncConfig config = { .name = "fast" };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("shaping.fast", sink);
  g_autoptr (MvxLogContext) child = mvx_log_tree_configure ("shaping.fast.child", NULL);
  g_autoptr (MvxLogProcessor) processor
      = mvx_log_processor_new ("level", g_variant_new_parsed ("{'level': <'info'>}"), NULL);

  g_assert_cmpuint (settings_of (child)->n_fast, ==, 1);
  set_shaping (sink, "{'redact': <['a']>}");
  g_assert_cmpuint (settings_of (context)->n_fast, ==, 0);
  g_assert_cmpuint (settings_of (child)->n_fast, ==, 0);
  set_shaping (sink, "@a{sv} {}");
  g_assert_cmpuint (settings_of (child)->n_fast, ==, 1);
  g_assert_true (mvx_log_context_set_processors (context, &processor, 1, NULL));
  g_assert_cmpuint (settings_of (child)->n_fast, ==, 0);
  g_assert_true (mvx_log_context_reset_processors (context, NULL));
  g_assert_cmpuint (settings_of (child)->n_fast, ==, 1);
  mvx_log_sink_set_processors (MVX_LOG_SINK (sink), &processor, 1);
  g_assert_cmpuint (settings_of (child)->n_fast, ==, 0);
  mvx_log_sink_set_processors (MVX_LOG_SINK (sink), NULL, 0);
  g_assert_cmpuint (settings_of (child)->n_fast, ==, 1);
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, NULL));
}

static gboolean
mark (MvxLogDraft *draft, gpointer data, GError **error)
{
  mvx_log_draft_set_string (draft, data, "was here");
  return TRUE;
}

/* The context's chain runs once and for all; a sink's own is nobody else's. */
static void
test_processors (void)
{
  g_autoptr (CaptureSink) a = capture_sink_new ();
  g_autoptr (CaptureSink) b = capture_sink_new ();
  g_autoptr (MvxLogContext) context = context_of_two ("shaping.chain", a, b);
  g_autoptr (MvxLogContext) child = mvx_log_tree_configure ("shaping.chain.child", NULL);
  g_autoptr (MvxLogProcessor) one = mvx_log_processor_new_function (mark, (gpointer) "context", NULL);
  g_autoptr (MvxLogProcessor) two = mvx_log_processor_new_function (mark, (gpointer) "sink", NULL);
  g_autoptr (GPtrArray) processors = NULL;

  g_assert_true (mvx_log_context_set_processors (context, &one, 1, NULL));
  mvx_log_sink_set_processors (MVX_LOG_SINK (a), &two, 1);
  mvx_info (child, "x", "n", 1);
  capture_assert_fields (a, "n=1;context=was here;sink=was here");
  capture_assert_fields (b, "n=1;context=was here");
  processors = mvx_log_context_get_processors (child);
  g_assert_cmpuint (processors->len, ==, 1);
  /* None at all is a setting, too. */
  g_assert_true (mvx_log_context_set_processors (child, NULL, 0, NULL));
  mvx_info (child, "x", "n", 1);
  capture_assert_fields (b, "n=1");
  g_clear_pointer (&processors, g_ptr_array_unref);
  processors = mvx_log_sink_get_processors (MVX_LOG_SINK (a));
  g_assert_cmpuint (processors->len, ==, 1);
  mvx_log_context_reset_processors (context, NULL);
  mvx_log_context_reset_processors (child, NULL);
  mvx_log_context_reset_sinks (context, NULL);
}

static void
assert_filtered (gpointer sink, guint filtered, guint offered)
{
  MvxLogCounters counters;

  counters = ledger_check_moving (sink);
  g_assert_cmpuint (counters.filtered, ==, filtered);
  g_assert_cmpuint (counters.offered, ==, offered);
  g_assert_cmpuint (counters.delivered, ==, offered);
}

/* A drop is quiet, and counted where the event would have gone. */
static void
test_ledger (void)
{
  MvxLogAsyncConfig config = { .name = "ledger" };
  g_autoptr (RigSink) a = rig_sink_new (&config);
  g_autoptr (CaptureSink) b = capture_sink_new ();
  g_autoptr (MvxLogContext) context = context_of_two ("shaping.ledger", a, b);
  g_autoptr (MvxLogProcessor) errors
      = mvx_log_processor_new ("level", g_variant_new_parsed ("{'level': <'error'>}"), NULL);
  g_autoptr (GError) error = NULL;
  const MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO };

  mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_RAISE, NULL);
  mvx_log_sink_set_level (MVX_LOG_SINK (b), MVX_LOG_LEVEL_WARNING);
  set_shaping (a, "{'filter': <'n > 5'>}");
  mvx_info (context, "x", "n", 1);
  mvx_info (context, "x", "n", 6);
  mvx_warning (context, "x", "n", 2);
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (a), -1, NULL));
  assert_filtered (a, 2, 1);
  assert_filtered (b, 0, 1);
  /* By the context's chain: for both, but not for whom the level keeps it away. */
  g_assert_true (mvx_log_context_set_processors (context, &errors, 1, NULL));
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, &error), ==, MVX_LOG_FILTERED);
  g_assert_no_error (error);
  mvx_warning (context, "x", "n", 7);
  mvx_error (context, "x", "n", 8);
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (a), -1, NULL));
  assert_filtered (a, 4, 2);
  assert_filtered (b, 1, 2);
  rig_sink_check_ledger (a);
  mvx_log_context_reset_processors (context, NULL);
  mvx_log_context_reset_error_policy (context, NULL);
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (a), -1, NULL));
}

static gboolean
fail (MvxLogDraft *draft, gpointer data, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "not today");
  return FALSE;
}

/* The error policy covers processors, of sinks and of contexts. */
static void
test_failure (void)
{
  g_autoptr (CaptureSink) a = capture_sink_new ();
  g_autoptr (CaptureSink) b = capture_sink_new ();
  g_autoptr (MvxLogContext) context = context_of_two ("shaping.failure", a, b);
  g_autoptr (MvxLogProcessor) failing = mvx_log_processor_new_function (fail, NULL, NULL);
  const MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO };
  g_autoptr (GError) error = NULL;

  mvx_log_sink_set_processors (MVX_LOG_SINK (a), &failing, 1);
  capture_diag_begin ();
  mvx_info (context, "x");
  mvx_info (context, "x");
  g_assert_cmpuint (capture_diag->len, ==, 1);
  capture_assert_diag (0, "Context 'shaping.failure' could not hand over an event: A processor of the sink failed: not "
                          "today");
  g_assert_cmpuint (a->events->len, ==, 0);
  g_assert_cmpuint (b->events->len, ==, 2);
  mvx_log_sink_set_processors (MVX_LOG_SINK (a), NULL, 0);
  g_assert_true (mvx_log_context_set_processors (context, &failing, 1, NULL));
  mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_RAISE, NULL);
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, &error), ==, MVX_LOG_REFUSED);
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG);
  g_assert_cmpstr (error->message, ==,
                   "Context 'shaping.failure' could not hand over an event: A processor of the context failed: not "
                   "today");
  g_assert_cmpuint (b->events->len, ==, 2);
  capture_diag_end ();
  mvx_log_context_reset_processors (context, NULL);
  mvx_log_context_reset_error_policy (context, NULL);
  mvx_log_context_reset_sinks (context, NULL);
}

static gboolean
log_inside (MvxLogDraft *draft, gpointer data, GError **error)
{
  mvx_info ((MvxLogContext *) data, "inside {user} {pw}", "user", "joe", MVX_LOG_SECRET ("pw"), "secret");
  return TRUE;
}

/* What a processor logs goes to the diagnostics, without what no sink may see. */
static void
test_inside (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("shaping.inside", sink);
  g_autoptr (MvxLogProcessor) inside = mvx_log_processor_new_function (log_inside, context, NULL);

  set_shaping (sink, "{'redact': <['user']>}");
  g_assert_true (mvx_log_context_set_processors (context, &inside, 1, NULL));
  capture_diag_begin ();
  mvx_info (context, "x");
  g_assert_cmpuint (sink->events->len, ==, 1);
  capture_assert_diag (0, "logged inside a sink, context 'shaping.inside': inside *** ***");
  capture_diag_end ();
  mvx_log_context_reset_processors (context, NULL);
  mvx_log_context_reset_sinks (context, NULL);
}

/* Long texts are cut as they would have been. */
static void
test_limits (void)
{
  g_autoptr (CaptureSink) a = capture_sink_new ();
  g_autoptr (CaptureSink) b = capture_sink_new ();
  g_autoptr (MvxLogContext) context = context_of_two ("shaping.limits", a, b);
  const MvxLogLimits limits = { 3, 2, 2, MVX_LOG_VERBOSITY_NORMAL, FALSE };
  const MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO };
  const MvxLogEventInit unbounded = { .level = MVX_LOG_LEVEL_INFO, .flags = MVX_LOG_EVENT_UNBOUNDED };
  const MvxLogField fields[] = { { "abcd", MVX_LOG_KIND_STRING, -1, { .s = "wxyz" }, 0 },
                                 { "b", MVX_LOG_KIND_STRING, -1, { .s = "abc" }, 0 },
                                 { "c", MVX_LOG_KIND_INT64, 0, { .i = 1 }, 0 } };

  g_assert_true (mvx_log_context_set_limits (context, &limits, NULL));
  set_shaping (a, "{'redact': <['nothing']>}");
  g_assert_cmpint (mvx_log_event_submit (context, &init, fields, 3, NULL), ==, MVX_LOG_ACCEPTED);
  capture_assert_fields (a, "abc...=wxy...;b=abc;__more__=1 more keys");
  capture_assert_fields (b, "abc...=wxy...;b=abc;__more__=1 more keys");
  g_assert_cmpint (mvx_log_event_submit (context, &unbounded, fields, 3, NULL), ==, MVX_LOG_ACCEPTED);
  capture_assert_fields (a, "abc...=wxy...;b=abc;c=1");
  mvx_log_context_reset_limits (context, NULL);
  mvx_log_context_reset_sinks (context, NULL);
}

/* Through a group every member gets what is its own. */
static void
test_group (void)
{
  g_autoptr (CaptureSink) a = capture_sink_new ();
  g_autoptr (CaptureSink) b = capture_sink_new ();
  g_autoptr (CaptureSink) group = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("shaping.group", group);
  MvxLogEvent view;
  g_autoptr (MvxLogEvent) event = NULL;
  const MvxLogField field = { "pw", MVX_LOG_KIND_STRING, -1, { .s = "p" }, MVX_LOG_FIELD_SECRET };
  g_auto (MvxLogDraft) draft = { 0 };

  /* What the group hands on is the event with its draft. */
  event = mvx_log_event_new ("c", MVX_LOG_LEVEL_INFO, 0, "{pw}", &field, 1);
  view = *event;
  mvx_log_draft_init (&draft, event, 200);
  view.draft = &draft;
  view.owned = FALSE;
  set_shaping (a, "{'secret-action': <'keep'>}");
  g_assert_true (mvx_log_sink_log (MVX_LOG_SINK (a), &view, NULL));
  g_assert_true (mvx_log_sink_log (MVX_LOG_SINK (b), &view, NULL));
  capture_assert_fields (a, "pw=p");
  capture_assert_fields (b, "pw=***");
  /* A group leaves it alone, unless it is told otherwise. */
  mvx_log_sink_common (MVX_LOG_SINK (group))->transparent = TRUE;
  g_assert_true (mvx_log_sink_log (MVX_LOG_SINK (group), &view, NULL));
  capture_assert_fields (group, "pw=p");
  set_shaping (group, "{'redact': <['x']>}");
  g_assert_true (mvx_log_sink_log (MVX_LOG_SINK (group), &view, NULL));
  capture_assert_fields (group, "pw=***");
  mvx_log_context_reset_sinks (context, NULL);
}

/* Shapes are exchanged while others log: every event is shaped one way or the other, and none is lost. */
static gpointer
crowd (gpointer context)
{
  for (guint i = 0; i < 3000; i++)
    mvx_info ((MvxLogContext *) context, "{token}", "token", "t");
  return NULL;
}

static void
test_exchange (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("shaping.exchange", sink);
  GThread *threads[3];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("crowd", crowd, context);
  for (guint i = 0; i < 100; i++)
    set_shaping (sink, i % 2 ? "{'redact': <['token']>}" : "@a{sv} {}");
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (sink->events->len, ==, 9000);
  for (guint i = 0; i < sink->events->len; i++)
    {
      const char *text = mvx_log_event_get_string (g_ptr_array_index (sink->events, i), "token");

      g_assert_true (g_str_equal (text, "t") || g_str_equal (text, "***"));
    }
  mvx_log_context_reset_sinks (context, NULL);
}

static void
test_refused (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (GError) error = NULL;

  set_shaping (sink, "{'redact': <['a']>}");
  g_assert_false (mvx_log_sink_set_shaping (MVX_LOG_SINK (sink), g_variant_new_parsed ("{'redcat': <['b']>}"), &error));
  g_assert_cmpstr (error->message, ==, "Unknown option 'redcat'; did you mean 'redact'?");
  g_assert_nonnull (mvx_log_sink_common (MVX_LOG_SINK (sink))->shape);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  mvx_log_sink_set_changed_func (mvx_log_tree_sink_changed);
  g_test_add_func ("/shaping/secret", test_secret);
  g_test_add_func ("/shaping/two-sinks", test_two_sinks);
  g_test_add_func ("/shaping/bound-and-scoped", test_bound_and_scoped);
  g_test_add_func ("/shaping/queue", test_queue);
  g_test_add_func ("/shaping/fast-path", test_fast_path);
  g_test_add_func ("/shaping/processors", test_processors);
  g_test_add_func ("/shaping/ledger", test_ledger);
  g_test_add_func ("/shaping/failure", test_failure);
  g_test_add_func ("/shaping/inside", test_inside);
  g_test_add_func ("/shaping/limits", test_limits);
  g_test_add_func ("/shaping/group", test_group);
  g_test_add_func ("/shaping/exchange", test_exchange);
  g_test_add_func ("/shaping/refused", test_refused);
  return g_test_run ();
}

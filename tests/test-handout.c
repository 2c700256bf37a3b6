/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to the other sinks of an event while one of them has it. */
#include "capture-sink.h"
#include "rig-sink.h"

#include "sink/sink-private.h"

typedef struct
{
  CaptureSink *slow;
  CaptureSink *behind;
  CaptureSink *heir;
  MvxLogContext *context;
  void (*meanwhile) (gpointer fixture); /* on the thread that logs, inside of the slow one */
} Fixture;

static guint
n_users (gpointer sink)
{
  return (guint) g_atomic_int_get (&mvx_log_sink_common (sink)->users);
}

/* Only the one that has the event is in use: everything else can be closed and replaced. */
static void
on_slow (gpointer data)
{
  Fixture *fixture = data;

  g_assert_cmpuint (n_users (fixture->slow), ==, 1);
  g_assert_cmpuint (n_users (fixture->behind), ==, 0);
  if (fixture->meanwhile)
    fixture->meanwhile (fixture);
}

static void
set_up (Fixture *fixture, gconstpointer meanwhile)
{
  MvxLogSink *sinks[2];

  fixture->slow = capture_sink_new ();
  fixture->behind = capture_sink_new ();
  fixture->heir = capture_sink_new ();
  mvx_log_sink_set_name (MVX_LOG_SINK (fixture->slow), "slow");
  mvx_log_sink_set_name (MVX_LOG_SINK (fixture->behind), "behind");
  mvx_log_sink_set_name (MVX_LOG_SINK (fixture->heir), "behind");
  fixture->slow->on_log = on_slow;
  fixture->slow->on_log_data = fixture;
  fixture->context = capture_context ("handout", fixture->slow);
  sinks[0] = MVX_LOG_SINK (fixture->slow);
  sinks[1] = MVX_LOG_SINK (fixture->behind);
  g_assert_true (mvx_log_context_set_sinks (fixture->context, sinks, 2, NULL));
  capture_diag_begin ();
}

static void
tear_down (Fixture *fixture, gconstpointer meanwhile)
{
  g_assert_cmpuint (n_users (fixture->slow) + n_users (fixture->behind) + n_users (fixture->heir), ==, 0);
  g_assert_cmpuint (capture_diag->len, ==, 0);
  capture_diag_end ();
  mvx_log_context_reset_sinks (fixture->context, NULL);
  mvx_log_context_unref (fixture->context);
  g_object_unref (fixture->slow);
  g_object_unref (fixture->behind);
  g_object_unref (fixture->heir);
}

static void
log_one (Fixture *fixture, guint n_behind, guint n_heir)
{
  mvx_info (fixture->context, "one");
  g_assert_cmpuint (fixture->slow->events->len, ==, 1);
  g_assert_cmpuint (fixture->behind->events->len, ==, n_behind);
  g_assert_cmpuint (fixture->heir->events->len, ==, n_heir);
}

static void
test_unchanged (Fixture *fixture, gconstpointer data)
{
  log_one (fixture, 1, 0);
}

static void
change_level (gpointer data)
{
  Fixture *fixture = data;

  g_assert_true (mvx_log_context_set_level (fixture->context, MVX_LOG_LEVEL_DEBUG, NULL));
}

static void
test_other_change (Fixture *fixture, gconstpointer data)
{
  fixture->meanwhile = change_level;
  log_one (fixture, 1, 0);
}

static void
replace (gpointer data)
{
  Fixture *fixture = data;

  mvx_log_tree_replace_sink (MVX_LOG_SINK (fixture->behind), MVX_LOG_SINK (fixture->heir));
}

/* The event goes to who has taken its place: nothing is lost, and nothing comes twice. */
static void
test_replaced (Fixture *fixture, gconstpointer data)
{
  fixture->meanwhile = replace;
  log_one (fixture, 0, 1);
}

static void
take_away (gpointer data)
{
  Fixture *fixture = data;
  MvxLogSink *slow = MVX_LOG_SINK (fixture->slow);

  g_assert_true (mvx_log_context_set_sinks (fixture->context, &slow, 1, NULL));
}

/* It was one of those the event was meant for. */
static void
test_taken_away (Fixture *fixture, gconstpointer data)
{
  fixture->meanwhile = take_away;
  log_one (fixture, 1, 0);
}

static void
change_again (gpointer data)
{
  replace (data);
  change_level (data);
}

static void
test_changed_twice (Fixture *fixture, gconstpointer data)
{
  fixture->meanwhile = change_again;
  log_one (fixture, 0, 1);
}

static gboolean
count (const MvxLogEvent *event, gpointer n, GError **error)
{
  *(guint *) n += 1;
  return TRUE;
}

static void
close_behind (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GPtrArray) sinks = mvx_log_context_get_local_sinks (fixture->context);

  take_away (fixture);
  g_assert_true (mvx_log_sink_terminate (sinks->pdata[1], -1, NULL));
}

/* Taken away and closed: it refuses, and nobody is bothered with that. */
static void
test_closed (Fixture *fixture, gconstpointer data)
{
  guint n = 0;
  g_autoptr (MvxLogSink) closed = mvx_log_sink_new_function ("behind", count, &n, NULL, NULL);
  MvxLogSink *sinks[] = { MVX_LOG_SINK (fixture->slow), closed };
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message = "one" };
  MvxLogCounters counters;

  g_assert_true (mvx_log_context_set_sinks (fixture->context, sinks, 2, NULL));
  fixture->meanwhile = close_behind;
  g_assert_cmpint (mvx_log_event_submit (fixture->context, &init, NULL, 0, NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_cmpuint (n, ==, 0);
  counters = ledger_check_moving (closed);
  g_assert_cmpuint (counters.refused[MVX_LOG_REASON_STATE], ==, 1);
}

/* A queue that makes callers wait counts among the slow ones. */
static gpointer
info_thread (gpointer context)
{
  mvx_info ((MvxLogContext *) context, "one too many");
  return NULL;
}

static void
test_full_queue (Fixture *fixture, gconstpointer data)
{
  const MvxLogAsyncConfig full
      = { .name = "full", .queue_max_size = 1, .overflow = MVX_LOG_OVERFLOW_BLOCK, .block_timeout_us = -1 };
  g_autoptr (RigSink) queue = rig_sink_new (&full);
  g_autoptr (RigSink) other = rig_sink_new (&(MvxLogAsyncConfig){ .name = "other" });
  MvxLogSink *sinks[] = { MVX_LOG_SINK (queue), MVX_LOG_SINK (fixture->behind), MVX_LOG_SINK (other) };
  GThread *thread;

  g_assert_true (mvx_log_context_set_sinks (fixture->context, sinks, 3, NULL));
  rig_sink_gate (queue, TRUE);
  mvx_info (fixture->context, "fills it");
  rig_sink_wait_entered (queue, 1);
  thread = g_thread_new ("producer", info_thread, fixture->context);
  while (g_atomic_int_get (&mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (queue))->n_waiting) == 0)
    g_thread_yield ();
  g_assert_cmpuint (n_users (queue), ==, 1);
  g_assert_cmpuint (n_users (fixture->behind), ==, 0);
  g_assert_cmpuint (n_users (other), ==, 0);
  rig_sink_wait_delivered (other, 2);
  g_assert_true (terminate (other, NULL));
  rig_sink_gate (queue, FALSE);
  g_thread_join (thread);
  g_assert_cmpuint (fixture->behind->events->len, ==, 2);
  mvx_log_context_reset_sinks (fixture->context, NULL);
  g_assert_true (terminate (queue, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (queue), ==, 2);
}

#define ADD(path, func) g_test_add ("/handout/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("unchanged", test_unchanged);
  ADD ("other-change", test_other_change);
  ADD ("replaced", test_replaced);
  ADD ("changed-twice", test_changed_twice);
  ADD ("taken-away", test_taken_away);
  ADD ("closed", test_closed);
  ADD ("full-queue", test_full_queue);
  return g_test_run ();
}

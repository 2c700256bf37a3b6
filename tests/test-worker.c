/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>

#include "async/command-private.h"
#include "async/worker-private.h"

#include <mvxlog/error.h>

/* A worker that counts its turns, and rests as it is told. */
typedef struct
{
  GMainContext *context;
  MvxLogQueue *queue;
  MvxLogWorker *worker;
  GMutex mutex;
  GCond cond;
  guint n_turns;
  guint n_items;
  gint64 ready;
  MvxLogWorkerMood mood;
  gboolean own_thread;
  gboolean default_context;
  guint depth;
  gboolean signals_blocked;
} Rig;

static gint64
rig_turn (gpointer data, MvxLogWorkerMood *mood)
{
  Rig *rig = data;
  MvxLogCommand *command;
  MvxLogLane *lanes;
  sigset_t mask;

  pthread_sigmask (SIG_SETMASK, NULL, &mask);
  g_mutex_lock (&rig->mutex);
  while ((command = mvx_log_queue_pop (rig->queue, &lanes)))
    {
      mvx_log_command_free (command);
      rig->n_items++;
    }
  rig->n_turns++;
  rig->own_thread = mvx_log_worker_is_own_thread (rig->worker);
  rig->default_context = g_main_context_get_thread_default () == rig->context;
  rig->depth = mvx_log_thread_get ()->depth;
  rig->signals_blocked = sigismember (&mask, SIGTERM) && sigismember (&mask, SIGINT);
  *mood = rig->mood;
  g_cond_broadcast (&rig->cond);
  g_mutex_unlock (&rig->mutex);
  return rig->ready;
}

static Rig *
rig_new (void)
{
  MvxLogAsyncConfig config = { .queue_max_size = 10 };
  Rig *rig = g_new0 (Rig, 1);

  rig->context = g_main_context_new ();
  rig->queue = mvx_log_queue_new (&config, rig->context);
  rig->ready = -1;
  rig->mood = MVX_LOG_WORKER_ASLEEP;
  g_mutex_init (&rig->mutex);
  g_cond_init (&rig->cond);
  rig->worker = mvx_log_worker_new (rig->queue, rig_turn, NULL, rig);
  return rig;
}

static void
rig_start (Rig *rig)
{
  g_autoptr (GError) error = NULL;

  /* Not before the worker is known to the turns. */
  g_mutex_lock (&rig->mutex);
  g_assert_true (mvx_log_worker_start_thread (rig->worker, "a name longer than the kernel keeps", &error));
  g_mutex_unlock (&rig->mutex);
  g_assert_no_error (error);
}

static void
rig_free (Rig *rig, gboolean thread)
{
  if (thread)
    mvx_log_worker_quit (rig->worker);
  mvx_log_worker_join (rig->worker);
  mvx_log_worker_free (rig->worker);
  mvx_log_queue_unref (rig->queue);
  g_main_context_unref (rig->context);
  g_mutex_clear (&rig->mutex);
  g_cond_clear (&rig->cond);
  g_free (rig);
}

static void
rig_wait_items (Rig *rig, guint n)
{
  g_mutex_lock (&rig->mutex);
  while (rig->n_items < n)
    g_cond_wait (&rig->cond, &rig->mutex);
  g_mutex_unlock (&rig->mutex);
}

static void
test_thread (void)
{
  Rig *rig = rig_new ();

  rig_start (rig);
  g_assert_false (mvx_log_worker_is_own_thread (rig->worker));
  mvx_log_command_send (mvx_log_command_new (MVX_LOG_COMMAND_START), rig->queue);
  rig_wait_items (rig, 1);
  g_assert_true (rig->own_thread);
  g_assert_true (rig->default_context);
  g_assert_cmpuint (rig->depth, ==, 1);
  g_assert_true (rig->signals_blocked);
  rig_free (rig, TRUE);
}

/* No command is missed, however they fall together with the worker's turns. */
static void
test_commands (void)
{
  Rig *rig = rig_new ();

  rig_start (rig);
  for (guint i = 0; i < 5000; i++)
    {
      mvx_log_command_send (mvx_log_command_new (MVX_LOG_COMMAND_START), rig->queue);
      if (i % 3 == 0)
        rig_wait_items (rig, i + 1);
    }
  rig_wait_items (rig, 5000);
  rig_free (rig, TRUE);
}

/* A quit before the loop runs is not lost. */
static void
test_quit_at_once (void)
{
  for (guint i = 0; i < 200; i++)
    {
      Rig *rig = rig_new ();

      rig_start (rig);
      rig_free (rig, TRUE);
    }
}

/* On a context of somebody else, who iterates it. Asleep it has no turn; kicked it has one. */
static void
test_foreign_context (void)
{
  Rig *rig = rig_new ();

  g_assert_false (g_main_context_iteration (rig->context, FALSE));
  g_assert_cmpuint (rig->n_turns, ==, 0);
  g_atomic_int_set (&rig->queue->mood, MVX_LOG_WORKER_ASLEEP);
  mvx_log_queue_kick (rig->queue);
  g_assert_true (g_main_context_iteration (rig->context, FALSE));
  g_assert_cmpuint (rig->n_turns, ==, 1);
  g_assert_true (rig->own_thread);
  g_assert_false (g_main_context_iteration (rig->context, FALSE));
  g_assert_cmpint (rig->queue->mood, ==, MVX_LOG_WORKER_ASLEEP);
  rig_free (rig, FALSE);
}

static void
test_ready_time (void)
{
  Rig *rig = rig_new ();

  rig->ready = 0; /* at once */
  rig->mood = MVX_LOG_WORKER_BUSY;
  mvx_log_command_send (mvx_log_command_new (MVX_LOG_COMMAND_START), rig->queue);
  for (guint i = 1; i <= 3; i++)
    {
      g_assert_true (g_main_context_iteration (rig->context, FALSE));
      g_assert_cmpuint (rig->n_turns, ==, i);
    }
  rig->ready = g_get_monotonic_time () + G_TIME_SPAN_HOUR;
  rig->mood = MVX_LOG_WORKER_LINGERING;
  g_assert_true (g_main_context_iteration (rig->context, FALSE));
  g_assert_false (g_main_context_iteration (rig->context, FALSE));
  g_assert_cmpint (rig->queue->mood, ==, MVX_LOG_WORKER_LINGERING);
  rig_free (rig, FALSE);
}

/* Other sources of the context have their turn first. */
static gboolean
count_up (gpointer data)
{
  Rig *rig = data;

  g_assert_cmpuint (rig->n_turns, ==, 0);
  return G_SOURCE_REMOVE;
}

static void
test_priority (void)
{
  Rig *rig = rig_new ();
  g_autoptr (GSource) source = g_timeout_source_new (0);

  mvx_log_command_send (mvx_log_command_new (MVX_LOG_COMMAND_START), rig->queue);
  g_source_set_callback (source, count_up, rig, NULL);
  g_source_attach (source, rig->context);
  while (g_main_context_iteration (rig->context, FALSE))
    ;
  g_assert_cmpuint (rig->n_turns, ==, 1);
  rig_free (rig, FALSE);
}

static gboolean
job_func (gpointer data, GError **error)
{
  if (data == NULL)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, data);
  return FALSE;
}

static void
test_job (void)
{
  MvxLogJob *job = mvx_log_job_new (job_func, NULL, NULL);
  g_autoptr (GError) error = NULL;

  mvx_log_job_run (job);
  mvx_log_job_unref (job);
  g_assert_true (mvx_log_job_wait (job, 0, &error));

  job = mvx_log_job_new (job_func, (gpointer) "did not work", NULL);
  mvx_log_job_run (job);
  mvx_log_job_unref (job);
  g_assert_false (mvx_log_job_wait (job, -1, &error));
  g_assert_cmpstr (error->message, ==, "did not work");
  g_clear_error (&error);

  /* Given up before it was begun: it is not run any more. */
  job = mvx_log_job_new (job_func, (gpointer) "must not run", NULL);
  g_assert_false (mvx_log_job_wait (job, 0, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "The sink's worker was busy until the deadline");
  mvx_log_job_run (job);
  g_assert_false (job->done);
  mvx_log_job_unref (job);
  g_clear_error (&error);

  job = mvx_log_job_new (job_func, (gpointer) "must not run", NULL);
  mvx_log_job_refuse (job, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "closed"));
  mvx_log_job_unref (job);
  g_assert_false (mvx_log_job_wait (job, -1, &error));
  g_assert_cmpstr (error->message, ==, "closed");
}

typedef struct
{
  GMutex mutex;
  GCond cond;
  gboolean entered;
  gboolean may_end;
  gint freed; /* atomic */
} Held;

static gboolean
held_func (gpointer data, GError **error)
{
  Held *held = data;

  g_mutex_lock (&held->mutex);
  held->entered = TRUE;
  g_cond_broadcast (&held->cond);
  while (!held->may_end)
    g_cond_wait (&held->cond, &held->mutex);
  g_mutex_unlock (&held->mutex);
  return TRUE;
}

static void
held_free (gpointer data)
{
  g_atomic_int_inc (&((Held *) data)->freed);
}

static gpointer
run_job (gpointer job)
{
  mvx_log_job_run (job);
  mvx_log_job_unref (job);
  return NULL;
}

/* Given up while it runs: it has its data for as long as it needs it. */
static void
test_job_outlives_waiter (void)
{
  Held held = { 0 };
  MvxLogJob *job = mvx_log_job_new (held_func, &held, held_free);
  GThread *thread = g_thread_new ("job", run_job, job);
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&held.mutex);
  while (!held.entered)
    g_cond_wait (&held.cond, &held.mutex);
  g_mutex_unlock (&held.mutex);
  g_assert_false (mvx_log_job_wait (job, 0, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT);
  g_assert_cmpint (g_atomic_int_get (&held.freed), ==, 0);
  g_mutex_lock (&held.mutex);
  held.may_end = TRUE;
  g_cond_broadcast (&held.cond);
  g_mutex_unlock (&held.mutex);
  g_thread_join (thread);
  g_assert_cmpint (g_atomic_int_get (&held.freed), ==, 1);
}

static gboolean
has_turned (gpointer data)
{
  return ((Rig *) data)->n_turns > 0;
}

/* Who waits does the work on a context that nobody iterates, but for one that is spared. */
static void
test_help (void)
{
  Rig *rig = rig_new ();
  GSource *source = mvx_log_worker_ref_source (rig->worker);

  mvx_log_command_send (mvx_log_command_new (MVX_LOG_COMMAND_START), rig->queue);
  mvx_log_thread_get ()->spared = rig->context;
  mvx_log_worker_help (source, has_turned, rig, g_get_monotonic_time () + 1000);
  g_assert_cmpuint (rig->n_turns, ==, 0);
  mvx_log_thread_get ()->spared = g_main_context_default ();
  mvx_log_worker_help (source, has_turned, rig, -1);
  mvx_log_thread_get ()->spared = NULL;
  g_assert_cmpuint (rig->n_turns, ==, 1);
  g_assert_cmpuint (rig->n_items, ==, 1);
  g_assert_true (rig->default_context);
  g_source_unref (source);
  rig_free (rig, FALSE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/thread", test_thread);
  g_test_add_func ("/worker/commands", test_commands);
  g_test_add_func ("/worker/quit-at-once", test_quit_at_once);
  g_test_add_func ("/worker/job-outlives-waiter", test_job_outlives_waiter);
  g_test_add_func ("/worker/foreign-context", test_foreign_context);
  g_test_add_func ("/worker/help", test_help);
  g_test_add_func ("/worker/ready-time", test_ready_time);
  g_test_add_func ("/worker/priority", test_priority);
  g_test_add_func ("/worker/job", test_job);
  return g_test_run ();
}

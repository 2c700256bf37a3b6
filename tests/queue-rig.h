/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A queue and its dispatcher without a worker thread: the test itself is the worker, step by step. */
#pragma once

#include <mvxlog/error.h>

#include "async/dispatcher-private.h"
#include "async/settle-private.h"
#include "base/diag-private.h"

#include "ledger-check.h"

typedef struct
{
  MvxLogDispatchResult result;
  guint                n_done;
  const char          *message; /* NULL for no error */
} RigAnswer;

typedef struct
{
  GMainContext     *context;
  MvxLogQueue      *queue;
  MvxLogDispatcher  dispatcher;
  GArray           *numbers; /* guint64: of the events dispatch was given, in order */
  GArray           *times;   /* gint64 */
  GArray           *sizes;   /* guint: of the batches */
  GPtrArray        *own;     /* the worker's own events */
  GQueue            answers; /* RigAnswer; when they run out: OK */
  GPtrArray        *batches; /* what dispatch was given */
  GPtrArray        *diag;    /* texts of the diagnostics */
} QueueRig;

static MvxLogDispatchResult
queue_rig_dispatch (gpointer data, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  QueueRig *rig = data;
  const RigAnswer *answer = g_queue_pop_head (&rig->answers);

  g_array_append_val (rig->sizes, n_events);
  g_ptr_array_add (rig->batches, (gpointer) events);
  for (guint i = 0; i < n_events; i++)
    {
      if (g_strcmp0 (mvx_log_event_get_context (events[i]), "mvxlog") == 0)
        {
          g_ptr_array_add (rig->own, mvx_log_event_copy (events[i]));
          continue;
        }
      g_array_append_val (rig->numbers, events[i]->record->number);
      g_array_append_val (rig->times, events[i]->time_ns);
    }
  *n_done = answer ? answer->n_done : n_events;
  if (answer && answer->message)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, answer->message);
  return answer ? answer->result : MVX_LOG_DISPATCH_OK;
}

static void
queue_rig_diag (gint level, const char *message, gpointer data)
{
  g_ptr_array_add (data, g_strdup (message));
}

static QueueRig *
queue_rig_new (const MvxLogAsyncConfig *config)
{
  QueueRig *rig = g_new0 (QueueRig, 1);

  rig->context = g_main_context_new ();
  rig->queue = mvx_log_queue_new (config, rig->context);
  g_atomic_int_set (&rig->queue->accepting, 1);
  rig->numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  rig->times = g_array_new (FALSE, FALSE, sizeof (gint64));
  rig->sizes = g_array_new (FALSE, FALSE, sizeof (guint));
  rig->batches = g_ptr_array_new ();
  rig->own = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  rig->diag = g_ptr_array_new_with_free_func (g_free);
  mvx_log_dispatcher_init (&rig->dispatcher, config, rig->queue, queue_rig_dispatch, rig);
  mvx_log_diag_set_func (queue_rig_diag, rig->diag, NULL);
  return rig;
}

static void
queue_rig_free (QueueRig *rig)
{
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_atomic_int_set (&rig->queue->accepting, 0);
  mvx_log_dispatcher_discard (&rig->dispatcher, MVX_LOG_REASON_SHUTDOWN);
  mvx_log_dispatcher_clear (&rig->dispatcher);
  mvx_log_queue_unref (rig->queue);
  g_main_context_unref (rig->context);
  g_array_unref (rig->numbers);
  g_array_unref (rig->times);
  g_array_unref (rig->sizes);
  g_ptr_array_unref (rig->batches);
  g_ptr_array_unref (rig->own);
  g_ptr_array_unref (rig->diag);
  g_queue_clear (&rig->answers);
  g_free (rig);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QueueRig, queue_rig_free)

/* Puts one event in, from this thread. */
G_GNUC_UNUSED static gboolean
queue_rig_put_full (
    QueueRig *rig, guint64 number, guint64 stamp, guint flags, gint level, guint32 size, MvxLogReason *reason)
{
  g_autofree MvxLogRecord *record = g_malloc0 (size);
  MvxLogReason ignored;

  *record = (MvxLogRecord){
    .size = size, .stamp = stamp, .number = number, .level = (gint16) level, .flags = (guint16) flags
  };
  return mvx_log_queue_put (rig->queue, mvx_log_thread_get (), record, reason ? reason : &ignored);
}

G_GNUC_UNUSED static gboolean
queue_rig_put (QueueRig *rig, guint64 number)
{
  return queue_rig_put_full (rig, number, 1000 + number, MVX_LOG_RECORD_REALTIME | MVX_LOG_RECORD_NO_SLOTS,
                             MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
}

G_GNUC_UNUSED static void
queue_rig_put_n (QueueRig *rig, guint64 first, guint n)
{
  for (guint i = 0; i < n; i++)
    g_assert_true (queue_rig_put (rig, first + i));
}

typedef struct
{
  QueueRig *rig;
  guint64   first;
  guint     n;
} QueueRigRun;

static gpointer
queue_rig_thread (gpointer data)
{
  const QueueRigRun *run = data;

  for (guint i = 0; i < run->n; i++)
    queue_rig_put (run->rig, run->first + i);
  return NULL;
}

/* Puts @n events in from a thread that ends afterwards. */
G_GNUC_UNUSED static void
queue_rig_put_from_thread (QueueRig *rig, guint64 first, guint n)
{
  QueueRigRun run = { rig, first, n };

  g_thread_join (g_thread_new ("producer", queue_rig_thread, &run));
}

/* Lanes on their way to the worker. With nobody else at it. */
G_GNUC_UNUSED static guint
queue_rig_n_announced (QueueRig *rig)
{
  guint n = 0;

  for (MvxLogLane *lane = rig->queue->announced; lane; lane = lane->next_announced)
    n++;
  return n;
}

static void
queue_rig_take_lanes (QueueRig *rig)
{
  MvxLogLane *lanes;

  g_assert_null (mvx_log_queue_pop (rig->queue, &lanes));
  while (lanes)
    {
      MvxLogLane *lane = lanes;

      lanes = lane->next_announced;
      mvx_log_dispatcher_add_lane (&rig->dispatcher, lane);
    }
}

/* Turns of the worker, until it has nothing to do or has to wait: how long one may take is not what is tested. */
G_GNUC_UNUSED static MvxLogDispatcherStep
queue_rig_step (QueueRig *rig, GError **error)
{
  MvxLogDispatcherStep step;

  do
    {
      queue_rig_take_lanes (rig);
      step = mvx_log_dispatcher_step (&rig->dispatcher, error);
    }
  while (step == MVX_LOG_DISPATCHER_MORE);
  return step;
}

/* Until there is nothing to do. */
G_GNUC_UNUSED static void
queue_rig_drain (QueueRig *rig)
{
  g_autoptr (GError) error = NULL;
  MvxLogDispatcherStep step = queue_rig_step (rig, &error);

  g_assert_no_error (error);
  g_assert_cmpint (step, ==, MVX_LOG_DISPATCHER_IDLE);
}

G_GNUC_UNUSED static guint64
queue_rig_number (QueueRig *rig, guint i)
{
  g_assert_cmpuint (i, <, rig->numbers->len);
  return g_array_index (rig->numbers, guint64, i);
}

/* accepted = delivered + pending + dropped, and all credit is somewhere. */
G_GNUC_UNUSED static void
queue_rig_check_ledger (QueueRig *rig)
{
  MvxLogCounters c = { 0 };
  gint64 credit = __atomic_load_n (&rig->queue->pool, __ATOMIC_SEQ_CST);

  mvx_log_dispatcher_get_counters (&rig->dispatcher, &c);
  ledger_check_counters (&c);
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    g_assert_cmpuint (ledger_lost (&c, (MvxLogReason) i), ==, c.dropped[i] + c.refused[i]);
  for (const MvxLogLane *lane = rig->queue->lanes; lane; lane = lane->next)
    credit += (gint64) (lane->limit - lane->n_accepted);
  g_assert_cmpint (credit + (gint64) c.pending, ==, rig->queue->max_events);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "async/flush-private.h"
#include "base/error-private.h"

typedef struct
{
  MvxLogLane *lane;
  guint64 target; /* n_accepted at the mark */
} MvxLogFlushMark;

struct _MvxLogFlush
{
  gint ref_count;
  MvxLogQueue *queue;
  gint64 deadline_us;

  GMutex mutex; /* inside the queue's */
  GCond cond;
  GArray *marks;
  guint64 n_lost;
  gboolean finished;
  GError *error; /* of the sink's own flush, or it came too late */
  GError *blame; /* of what is lost */
};

/* With the mutex. A lane stays where it is until it is forgotten here. */
static guint64
mvx_log_flush_count_open (const MvxLogFlush *flush)
{
  guint64 n = 0;

  for (guint i = 0; i < flush->marks->len; i++)
    {
      const MvxLogFlushMark *mark = &g_array_index (flush->marks, MvxLogFlushMark, i);
      guint64 settled = __atomic_load_n (&mark->lane->settled, __ATOMIC_ACQUIRE);

      n += mark->target > settled ? mark->target - settled : 0;
    }
  return n;
}

MvxLogFlush *
mvx_log_flush_new (MvxLogQueue *queue)
{
  MvxLogFlush *flush = g_new0 (MvxLogFlush, 1);

  flush->ref_count = 2;
  flush->queue = mvx_log_queue_ref (queue);
  flush->deadline_us = -1;
  flush->marks = g_array_new (FALSE, FALSE, sizeof (MvxLogFlushMark));
  g_mutex_init (&flush->mutex);
  g_cond_init (&flush->cond);
  g_mutex_lock (&queue->mutex);
  for (MvxLogLane *lane = queue->lanes; lane; lane = lane->next)
    {
      MvxLogFlushMark mark = { lane, __atomic_load_n (&lane->n_accepted, __ATOMIC_ACQUIRE) };

      if (mark.target > __atomic_load_n (&lane->settled, __ATOMIC_ACQUIRE))
        g_array_append_val (flush->marks, mark);
    }
  g_ptr_array_add (queue->flushes, flush);
  g_mutex_unlock (&queue->mutex);
  return flush;
}

void
mvx_log_flush_unref (MvxLogFlush *flush)
{
  if (!g_atomic_int_dec_and_test (&flush->ref_count))
    return;
  g_array_unref (flush->marks);
  mvx_log_queue_unref (flush->queue);
  g_clear_error (&flush->error);
  g_clear_error (&flush->blame);
  g_mutex_clear (&flush->mutex);
  g_cond_clear (&flush->cond);
  g_free (flush);
}

void
mvx_log_flush_set_deadline (MvxLogFlush *flush, gint64 deadline_us)
{
  flush->deadline_us = deadline_us;
}

gint64
mvx_log_flush_get_deadline (MvxLogFlush *flush)
{
  return flush->deadline_us;
}

static void
mvx_log_flush_lose_one (MvxLogFlush *flush, const MvxLogLane *lane, guint64 ordinal)
{
  g_mutex_lock (&flush->mutex);
  for (guint i = 0; i < flush->marks->len; i++)
    {
      const MvxLogFlushMark *mark = &g_array_index (flush->marks, MvxLogFlushMark, i);

      if (mark->lane == lane && ordinal <= mark->target)
        flush->n_lost++;
    }
  g_mutex_unlock (&flush->mutex);
}

void
mvx_log_flush_lose (MvxLogQueue *queue, const MvxLogLane *lane, guint64 ordinal)
{
  for (guint i = 0; i < queue->flushes->len; i++)
    mvx_log_flush_lose_one (g_ptr_array_index (queue->flushes, i), lane, ordinal);
}

static void
mvx_log_flush_forget_one (MvxLogFlush *flush, const MvxLogLane *lane)
{
  g_mutex_lock (&flush->mutex);
  for (guint i = flush->marks->len; i > 0; i--)
    if (g_array_index (flush->marks, MvxLogFlushMark, i - 1).lane == lane)
      g_array_remove_index_fast (flush->marks, i - 1);
  g_mutex_unlock (&flush->mutex);
}

void
mvx_log_flush_forget (MvxLogQueue *queue, const MvxLogLane *lane)
{
  g_mutex_lock (&queue->mutex);
  for (guint i = 0; i < queue->flushes->len; i++)
    mvx_log_flush_forget_one (g_ptr_array_index (queue->flushes, i), lane);
  g_mutex_unlock (&queue->mutex);
}

gboolean
mvx_log_flush_is_over (MvxLogFlush *flush)
{
  guint64 n;

  g_mutex_lock (&flush->mutex);
  n = mvx_log_flush_count_open (flush);
  g_mutex_unlock (&flush->mutex);
  return n == 0;
}

void
mvx_log_flush_refuse (MvxLogFlush *flush, GError *why)
{
  flush->error = why;
}

void
mvx_log_flush_blame (MvxLogFlush *flush, const GError *why)
{
  g_mutex_lock (&flush->mutex);
  g_clear_error (&flush->blame);
  flush->blame = g_error_copy (why);
  g_mutex_unlock (&flush->mutex);
}

/* The lanes are let go only after the waiter can no longer look at them. */
void
mvx_log_flush_answer (MvxLogFlush *flush, GError *error)
{
  g_mutex_lock (&flush->mutex);
  flush->finished = TRUE;
  if (error)
    {
      g_clear_error (&flush->error);
      flush->error = error;
    }
  g_array_set_size (flush->marks, 0);
  g_cond_broadcast (&flush->cond);
  g_mutex_unlock (&flush->mutex);
  g_mutex_lock (&flush->queue->mutex);
  g_ptr_array_remove_fast (flush->queue->flushes, flush);
  g_mutex_unlock (&flush->queue->mutex);
  mvx_log_flush_unref (flush);
}

gboolean
mvx_log_flush_is_answered (MvxLogFlush *flush)
{
  gboolean answered;

  g_mutex_lock (&flush->mutex);
  answered = flush->finished;
  g_mutex_unlock (&flush->mutex);
  return answered;
}

GError *
mvx_log_flush_undelivered (const char *name, guint64 n_open, guint64 n_lost, const GError *why)
{
  return mvx_log_error_new (
      MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED, why,
      g_variant_new_parsed ("{'sink-name': <%s>, 'open': <%t>, 'lost': <%t>}", name, n_open, n_lost),
      "Sink '%s' has not delivered everything: %" PRIu64 " events are still waiting, %" PRIu64 " were lost%s%s", name,
      n_open, n_lost, why ? ": " : "", why ? why->message : "");
}

static GError *
mvx_log_flush_dup_error (const MvxLogFlush *flush, const char *name)
{
  guint64 n_open = mvx_log_flush_count_open (flush);

  if (flush->error && flush->n_lost == 0)
    return g_error_copy (flush->error);
  /* The sink has everything, and is still asked whether its destination has. */
  if (n_open == 0 && flush->n_lost == 0)
    return mvx_log_error_new (
        MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED, NULL,
        g_variant_new_parsed ("{'sink-name': <%s>, 'open': <uint64 0>, 'lost': <uint64 0>}", name),
        "Sink '%s' has handed over everything, but did not learn in time that it has arrived", name);
  return mvx_log_flush_undelivered (name, n_open, flush->n_lost,
                                    flush->n_lost > 0 && flush->blame ? flush->blame : flush->error);
}

gboolean
mvx_log_flush_wait (MvxLogFlush *flush, const char *name, gint64 deadline_us, GError **error)
{
  gboolean done;

  g_mutex_lock (&flush->mutex);
  while (!flush->finished)
    {
      if (deadline_us < 0)
        g_cond_wait (&flush->cond, &flush->mutex);
      else if (!g_cond_wait_until (&flush->cond, &flush->mutex, deadline_us))
        break;
    }
  done = flush->finished && flush->n_lost == 0 && flush->error == NULL;
  if (!done)
    g_propagate_error (error, mvx_log_flush_dup_error (flush, name));
  g_mutex_unlock (&flush->mutex);
  mvx_log_flush_unref (flush);
  return done;
}

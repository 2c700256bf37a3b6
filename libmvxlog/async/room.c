/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The producer's slow path: credit, memory and what to do when there is none. */
#include "async/flush-private.h"
#include "async/loss-private.h"
#include "async/ticket-private.h"
#include "base/shortage-private.h"
#include "event/cut-private.h"

/* What a draft takes from GLib's containers besides the record. */
#define MVX_LOG_ROOM_CUT_ROOM (16 * 1024)

/* Does @lane hold credit that it does not use? */
static gboolean
mvx_log_room_is_idle (MvxLogLane *lane)
{
  return __atomic_load_n (&lane->limit, __ATOMIC_RELAXED) > __atomic_load_n (&lane->n_accepted, __ATOMIC_RELAXED);
}

/* Calls in the credit that other lanes hold and do not use. With the mutex. The owner sees the lowered limit before it
 * enters the region again, so once it is outside, n_accepted stands still. It cannot be waiting for the mutex inside.
 */
static void
mvx_log_room_call_in (MvxLogQueue *queue, MvxLogLane *own)
{
  guint n = 0;

  for (MvxLogLane *lane = queue->lanes; lane; lane = lane->next)
    {
      lane->called_in
          = lane != own && mvx_log_room_is_idle (lane) ? __atomic_exchange_n (&lane->limit, 0, __ATOMIC_SEQ_CST) : 0;
      n += lane->called_in > 0;
    }
  if (n > 0)
    mvx_log_quiesce_fence ();
  for (MvxLogLane *lane = queue->lanes; lane && n > 0; lane = lane->next)
    {
      guint64 used;

      if (lane->called_in == 0)
        continue;
      if (lane->thread)
        mvx_log_quiesce_wait (lane->thread, -1);
      used = __atomic_load_n (&lane->n_accepted, __ATOMIC_ACQUIRE);
      __atomic_store_n (&lane->limit, used, __ATOMIC_RELEASE);
      __atomic_fetch_add (&queue->pool, (gint64) (lane->called_in - used), __ATOMIC_RELAXED);
    }
}

/* Takes a chunk of credit for @lane if there is any for @level. With the mutex, so that only the worker changes the
 * pool meanwhile, and only upwards, and that who closes the queue calls in what was taken before. */
static gboolean
mvx_log_room_take_credit (MvxLogQueue *queue, MvxLogLane *lane, gint level)
{
  gint64 free = __atomic_load_n (&queue->pool, __ATOMIC_SEQ_CST);
  gint64 wanted = CLAMP (free / (2 * (gint64) MAX (queue->n_lanes, 1)), 1, queue->chunk);

  if (!g_atomic_int_get (&queue->accepting))
    return FALSE;
  if (queue->reserve > 0 && free <= queue->reserve)
    {
      if (level < MVX_LOG_LEVEL_ERROR)
        return FALSE;
      wanted = 1;
    }
  else if (queue->reserve > 0)
    wanted = MIN (wanted, free - queue->reserve);
  if (free < wanted)
    return FALSE;
  __atomic_fetch_sub (&queue->pool, wanted, __ATOMIC_RELAXED);
  __atomic_store_n (&lane->limit, lane->n_accepted + (guint64) wanted, __ATOMIC_RELAXED);
  return TRUE;
}

static gboolean
mvx_log_room_is_half_full (MvxLogQueue *queue)
{
  return __atomic_load_n (&queue->pool, __ATOMIC_RELAXED) < queue->max_events / 2;
}

/* The consumer has given a segment back: the usual case when one is full. */
static gboolean
mvx_log_room_take_spare (MvxLogLane *lane, guint32 size)
{
  MvxLogSegment *spare;

  if (size > MVX_LOG_SEGMENT_DATA)
    return FALSE;
  spare = __atomic_exchange_n (&lane->spare, NULL, __ATOMIC_ACQ_REL);
  if (spare)
    mvx_log_lane_go_on (lane, spare);
  return spare != NULL;
}

/* Empty segments that the other lanes keep for later count, too. With the mutex. */
static void
mvx_log_room_call_in_segments (MvxLogQueue *queue)
{
  for (MvxLogLane *lane = queue->lanes; lane; lane = lane->next)
    {
      MvxLogSegment *spare = __atomic_exchange_n (&lane->spare, NULL, __ATOMIC_ACQ_REL);

      if (spare)
        mvx_log_queue_return_segment (queue, spare, TRUE);
    }
}

/* Room for @size bytes in a new segment. With the mutex. */
static gboolean
mvx_log_room_take_segment (MvxLogQueue *queue, MvxLogLane *lane, guint32 size)
{
  MvxLogSegment *segment;

  if (mvx_log_room_take_spare (lane, size))
    return TRUE;
  segment = mvx_log_queue_take_segment (queue, size, FALSE);
  if (segment == NULL)
    {
      mvx_log_room_call_in_segments (queue);
      /* The full segment of a lane that is settled comes back as soon as there is another one to go on in. */
      segment = mvx_log_queue_take_segment (
          queue, size, size <= MAX (queue->max_bytes, MVX_LOG_SEGMENT_DATA) && mvx_log_lane_is_settled (lane));
    }
  if (segment)
    mvx_log_lane_go_on (lane, segment);
  return segment != NULL;
}

/* What is missing, if anything, is made up for. @ask: also with what lies idle in other lanes. With the mutex. */
static gboolean
mvx_log_room_try (MvxLogQueue *queue, MvxLogLane *lane, guint32 size, gint level, gboolean ask)
{
  if (lane->n_accepted >= __atomic_load_n (&lane->limit, __ATOMIC_RELAXED)
      && !mvx_log_room_take_credit (queue, lane, level))
    {
      if (!ask)
        return FALSE;
      mvx_log_room_call_in (queue, lane);
      if (!mvx_log_room_take_credit (queue, lane, level))
        return FALSE;
    }
  return lane->end - lane->position >= size || mvx_log_room_take_segment (queue, lane, size);
}

/* Drops the oldest event of this lane that is not in dispatch, else of the longest lane. With the mutex. */
static gboolean
mvx_log_room_drop_oldest (MvxLogQueue *queue, MvxLogLane *own)
{
  const MvxLogRecord *record;
  MvxLogLane *victim = own;
  guint64 most = 0;

  if (mvx_log_lane_peek (own, TRUE) == NULL)
    for (MvxLogLane *lane = queue->lanes; lane; lane = lane->next)
      {
        guint64 n = __atomic_load_n (&lane->n_accepted, __ATOMIC_RELAXED) - lane->n_read;

        if (n > most && mvx_log_lane_peek (lane, TRUE))
          {
            most = n;
            victim = lane;
          }
      }
  record = mvx_log_lane_peek (victim, TRUE);
  if (record == NULL)
    return FALSE;
  mvx_log_flush_lose (queue, victim, victim->n_read + 1);
  mvx_log_ticket_settle (victim, victim->n_read + 1, FALSE, MVX_LOG_REASON_QUEUE_FULL);
  mvx_log_queue_drop (queue, record->level, MVX_LOG_REASON_QUEUE_FULL);
  mvx_log_loss_note (queue);
  mvx_log_lane_skip (victim);
  __atomic_fetch_add (&queue->pool, 1, __ATOMIC_RELAXED);
  return TRUE;
}

/* Waits for space until the deadline, the end of acceptance, or until it would wait for itself. With the mutex. */
static gboolean
mvx_log_room_wait (MvxLogQueue *queue, MvxLogLane *lane, guint32 size, gint level)
{
  gint64 deadline = queue->block_timeout_us < 0 ? -1 : g_get_monotonic_time () + queue->block_timeout_us;
  GMainContext *context = __atomic_load_n (&queue->context, __ATOMIC_ACQUIRE); /* NULL: it could not be started */
  gboolean found = FALSE;

  if (context == NULL || g_main_context_is_owner (context))
    return FALSE;
  g_atomic_int_inc (&queue->n_waiting);
  mvx_log_queue_kick (queue);
  while (g_atomic_int_get (&queue->accepting) && !(found = mvx_log_room_try (queue, lane, size, level, FALSE)))
    {
      if (deadline < 0)
        g_cond_wait (&queue->space, &queue->mutex);
      else if (!g_cond_wait_until (&queue->space, &queue->mutex, deadline))
        {
          found = mvx_log_room_try (queue, lane, size, level, TRUE);
          break;
        }
    }
  g_atomic_int_add (&queue->n_waiting, -1);
  return found;
}

static gboolean
mvx_log_room_overflow (MvxLogQueue *queue, MvxLogLane *lane, guint32 size, gint level, MvxLogReason *reason)
{
  *reason = MVX_LOG_REASON_QUEUE_FULL;
  switch (queue->overflow)
    {
    case MVX_LOG_OVERFLOW_DROP_OLDEST:
      while (g_atomic_int_get (&queue->accepting) && mvx_log_room_drop_oldest (queue, lane))
        if (mvx_log_room_try (queue, lane, size, level, TRUE))
          return TRUE;
      return FALSE;
    case MVX_LOG_OVERFLOW_BLOCK:
      if (mvx_log_room_wait (queue, lane, size, level))
        return TRUE;
      *reason = MVX_LOG_REASON_TIMEOUT;
      return FALSE;
    case MVX_LOG_OVERFLOW_BELOW_LEVEL:
      if (level < MVX_LOG_LEVEL_ERROR)
        *reason = MVX_LOG_REASON_LEVEL;
      return FALSE;
    case MVX_LOG_OVERFLOW_RAISE:
    case MVX_LOG_OVERFLOW_DROP_NEWEST:
    default:
      return FALSE;
    }
}

gboolean
mvx_log_queue_make_room (MvxLogQueue *queue,
                         MvxLogThread *thread,
                         MvxLogLane *lane,
                         guint32 size,
                         gint level,
                         MvxLogReason *reason)
{
  gboolean made;

  g_mutex_lock (&queue->mutex);
  made = mvx_log_room_try (queue, lane, size, level, TRUE) || mvx_log_room_overflow (queue, lane, size, level, reason);
  if (!made && !g_atomic_int_get (&queue->accepting))
    *reason = MVX_LOG_REASON_STATE;
  if (!made && *reason != MVX_LOG_REASON_STATE)
    mvx_log_loss_note (queue);
  /* The worker should not sleep through its millisecond. */
  if (made && mvx_log_room_is_half_full (queue))
    mvx_log_queue_kick (queue);
  g_mutex_unlock (&queue->mutex);
  if (!made)
    mvx_log_queue_refuse (queue, level, *reason);
  return made;
}

void
mvx_log_queue_set_accepting (MvxLogQueue *queue, gboolean accepting)
{
  g_mutex_lock (&queue->mutex);
  g_atomic_int_set (&queue->accepting, accepting);
  g_mutex_unlock (&queue->mutex);
}

/* Without credit no lane takes anything, so that a logging call need not ask whether the queue accepts. */
void
mvx_log_queue_close (MvxLogQueue *queue)
{
  g_mutex_lock (&queue->mutex);
  mvx_log_room_call_in (queue, NULL);
  g_cond_broadcast (&queue->space);
  g_mutex_unlock (&queue->mutex);
  /* Who used the last of his credit may not have told the worker yet. */
  mvx_log_quiesce_barrier (-1);
}

/* A half full queue goes the other way, where the worker can be woken. The lock is only tried: who has it may be
 * waiting for this thread to leave the region. */
guint8 *
mvx_log_queue_refill (MvxLogQueue *queue, MvxLogLane *lane, guint32 size, gint level)
{
  if (lane->n_accepted >= __atomic_load_n (&lane->limit, __ATOMIC_RELAXED))
    {
      gboolean taken;

      if (mvx_log_room_is_half_full (queue) || !g_mutex_trylock (&queue->mutex))
        return NULL;
      taken = mvx_log_room_take_credit (queue, lane, level);
      g_mutex_unlock (&queue->mutex);
      if (!taken)
        return NULL;
    }
  if (lane->end - lane->position < size && !mvx_log_room_take_spare (lane, size))
    return NULL;
  return mvx_log_lane_spot (lane);
}

static gboolean
mvx_log_room_put_cut (MvxLogQueue *queue, MvxLogThread *thread, const MvxLogRecord *record, MvxLogReason *reason)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  gboolean put;

  if (mvx_log_is_short_of (MVX_LOG_ROOM_CUT_ROOM + 2 * (gsize) record->size))
    {
      *reason = MVX_LOG_REASON_QUEUE_FULL;
      mvx_log_queue_refuse (queue, record->level, *reason);
      return FALSE;
    }
  put = mvx_log_queue_put (queue, thread, mvx_log_record_cut (record, queue->max_record, &buffer), reason);
  mvx_log_buffer_clear (&buffer);
  return put;
}

gboolean
mvx_log_queue_put (MvxLogQueue *queue, MvxLogThread *thread, const MvxLogRecord *record, MvxLogReason *reason)
{
  if (G_UNLIKELY (record->size > queue->max_record && !(record->flags & MVX_LOG_RECORD_TRUNCATED)))
    return mvx_log_room_put_cut (queue, thread, record, reason);
  if (G_UNLIKELY (thread->ticket))
    return mvx_log_ticket_put (queue, thread, record, reason);
  while (g_atomic_int_get (&queue->accepting))
    {
      MvxLogLane *lane = mvx_log_queue_make_lane (queue, thread);
      guint8 *p;

      if (lane == NULL)
        {
          *reason = MVX_LOG_REASON_QUEUE_FULL;
          mvx_log_queue_refuse (queue, record->level, *reason);
          return FALSE;
        }
      mvx_log_quiesce_enter (thread);
      p = mvx_log_lane_reserve (lane, record->size);
      if (p)
        {
          memcpy (p, record, record->size);
          mvx_log_queue_commit (queue, lane, record->size, record->level);
          mvx_log_quiesce_leave (thread);
          return TRUE;
        }
      mvx_log_quiesce_leave (thread);
      if (g_atomic_int_get (&queue->accepting)
          && !mvx_log_queue_make_room (queue, thread, lane, record->size, record->level, reason))
        return FALSE;
    }
  *reason = MVX_LOG_REASON_STATE;
  mvx_log_queue_refuse (queue, record->level, MVX_LOG_REASON_STATE);
  return FALSE;
}

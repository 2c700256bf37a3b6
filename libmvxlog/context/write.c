/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fast path of a logging macro: asynchronous sinks only, no policy, words and short strings. The record is written
 * where the worker will read it. What does not fit goes the other way, through submit.c.
 *
 * Nearly every call takes the lean path through it: one sink, no bound fields, a level below ERROR and stamps of the
 * processor. It calls nothing, decides as little as it can and touches one cache line each of thread, node, settings,
 * callsite and lane.
 */
#include <mvxlog/log.h>

#include "base/clock-private.h"
#include "base/copy-private.h"
#include "context/node-private.h"
#include "context/summary-timer-private.h"
#include "event/encode-private.h"

/* What there is to write. The functions here are inlined, so that on the usual way it lives in registers. */
typedef struct
{
  const MvxLogNodeFull *node;
  const MvxLogCallsite *site;
  const MvxLogArg *args;
  const MvxLogFieldSet *bound;
  const guint32 *lengths; /* of the strings */
  guint32 size;
  gint level;
} MvxLogWrite;

G_ALWAYS_INLINE static inline void
mvx_log_write_encode (MvxLogWrite write, MvxLogThread *thread, guint64 stamp, guint8 *p)
{
  mvx_log_store64 (p + write.size - 8, 0); /* the padding; what was in the lane before is nobody's business */
  p = mvx_log_encode_header (p, write.size, write.site->id, stamp, ++thread->n_records, thread->tid, write.node->symbol,
                             write.level, 0, write.bound ? write.bound->n : 0);
  if (write.bound)
    {
      p = mvx_log_store32 (p, write.bound->len);
      memcpy (p, write.bound->data, write.bound->len);
      p += write.bound->len;
    }
  mvx_log_encode_plain (p, write.site, write.args, write.lengths);
}

G_ALWAYS_INLINE static inline gboolean
mvx_log_write_to_one (MvxLogThread *thread, MvxLogQueue *queue, MvxLogWrite write)
{
  MvxLogLane *lane;
  guint8 *p = mvx_log_queue_reserve (queue, thread, write.size, write.level, &lane);

  if (MVX_LOG_UNLIKELY (p == NULL))
    return FALSE;
  mvx_log_write_encode (write, thread, mvx_log_clock_raw (), p);
  mvx_log_queue_commit (queue, lane, write.size, write.level);
  thread->queue = queue;
  thread->lane = lane;
  return TRUE;
}

/* Encoded once, copied to the others; committed only when all have room. FALSE: nothing has happened. */
static G_NO_INLINE gboolean
mvx_log_write_to_many (MvxLogThread *thread, const MvxLogSettings *settings, const MvxLogWrite *write)
{
  MvxLogQueue *queues[MVX_LOG_MAX_FAST_TARGETS];
  MvxLogLane *lanes[MVX_LOG_MAX_FAST_TARGETS];
  guint8 *spots[MVX_LOG_MAX_FAST_TARGETS];
  guint n = 0;

  for (guint i = 0; i < settings->n_fast; i++)
    {
      const MvxLogTarget *target = &settings->targets[i];

      if (write->level < mvx_log_sink_threshold (target->common))
        continue;
      queues[n] = target->queue;
      spots[n] = mvx_log_queue_reserve (target->queue, thread, write->size, write->level, &lanes[n]);
      if (spots[n++] == NULL)
        return FALSE;
    }
  if (n == 0)
    return TRUE;
  mvx_log_write_encode (*write, thread, mvx_log_clock_raw (), spots[0]);
  for (guint i = 1; i < n; i++)
    memcpy (spots[i], spots[0], write->size);
  for (guint i = 0; i < n; i++)
    mvx_log_queue_commit (queues[i], lanes[i], write->size, write->level);
  return TRUE;
}

/* FALSE: not for the fast path after all. */
G_ALWAYS_INLINE static inline gboolean
mvx_log_write_fast (MvxLogThread *thread, const MvxLogSettings *settings, MvxLogWrite write)
{
  guint32 lengths[MVX_LOG_PLAIN_MAX_STRINGS];
  gsize slots = mvx_log_encode_plain_size (write.site, write.args, settings->plain_string, lengths);

  if (MVX_LOG_UNLIKELY (slots >= MVX_LOG_TOO_LONG))
    return FALSE;
  write.lengths = lengths;
  write.size = mvx_log_record_align (sizeof (MvxLogRecord) + slots + (write.bound ? 4 + write.bound->len : 0));
  if (MVX_LOG_LIKELY (settings->n_fast == 1))
    return mvx_log_write_to_one (thread, settings->targets[0].queue, write);
  else
    {
      MvxLogWrite many = write;

      return mvx_log_write_to_many (thread, settings, &many);
    }
}

/* The region. Inlined once with bound fields and once without, which is the shorter way. */
G_ALWAYS_INLINE static inline gboolean
mvx_log_write_inside (MvxLogThread *thread, MvxLogWrite write)
{
  const MvxLogSettings *settings;
  gboolean done = FALSE;

  mvx_log_quiesce_enter (thread);
  settings = __atomic_load_n (&write.node->settings, __ATOMIC_ACQUIRE);
  if (MVX_LOG_LIKELY (settings->n_fast > 0))
    done = mvx_log_write_fast (thread, settings, write);
  mvx_log_quiesce_leave (thread);
  return done;
}

/* By a policy that counts, which says no without any further ado. */
static G_NO_INLINE gboolean
mvx_log_write_is_held_back (MvxLogThread *thread, MvxLogNodeFull *node, const MvxLogCallsite *site, gint level)
{
  const MvxLogSettings *settings;
  gboolean held_back = FALSE;

  if (thread->depth > 0)
    return FALSE;
  mvx_log_quiesce_enter (thread);
  settings = __atomic_load_n (&node->settings, __ATOMIC_ACQUIRE);
  if (settings->throttle)
    held_back = mvx_log_throttle_holds_back (settings->throttle, node, node->name, level, site);
  mvx_log_quiesce_leave (thread);
  if (held_back)
    mvx_log_summary_timer_check ();
  return held_back;
}

/* Everything that is not lean. */
static G_NO_INLINE void
mvx_log_write_other (const MvxLogHead *head, gint level, const MvxLogCallsite *site, const MvxLogArg *args)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  MvxLogNodeFull *node = mvx_log_node_full (head);
  const MvxLogFieldSet *bound = head->bound;
  gboolean done = FALSE;

  if (MVX_LOG_LIKELY (site->plain && thread->scope == NULL && thread->depth == 0))
    {
      if (bound == NULL)
        done = mvx_log_write_inside (thread, (MvxLogWrite){ node, site, args, NULL, NULL, 0, level });
      else if ((bound->key_mask & site->key_mask) == 0)
        done = mvx_log_write_inside (thread, (MvxLogWrite){ node, site, args, bound, NULL, 0, level });
    }
  if (!done && !mvx_log_write_is_held_back (thread, node, site, level))
    mvx_log_write_named (head, level, NULL, site, args);
  else if (done && G_UNLIKELY (g_atomic_int_get (&node->printed)))
    g_atomic_int_set (&node->printed, 0);
}

static G_NO_INLINE gboolean
mvx_log_write_forget_printed (MvxLogNodeFull *node)
{
  g_atomic_int_set (&node->printed, 0);
  return TRUE;
}

/* In one go: what would need a second look ends it, and then nothing has happened but that the region is left to the
 * caller. Inlined once without bound fields and once with them, which are copied with their length, in whole blocks. */
G_ALWAYS_INLINE static inline gboolean
mvx_log_write_lean (MvxLogThread *thread,
                    MvxLogNodeFull *node,
                    gint level,
                    const MvxLogCallsite *site,
                    const MvxLogArg *args,
                    const MvxLogFieldSet *bound)
{
  const gsize n_bound = bound ? sizeof bound->len + bound->len : 0;
  const gsize fixed = sizeof (MvxLogRecord) + n_bound + MVX_LOG_COPY_BLOCK;
  const MvxLogSettings *settings;
  MvxLogLane *lane;
  guint8 *start;
  guint8 *p;
  gsize left;
  guint32 size;

  mvx_log_quiesce_enter_unfenced (thread);
  if (MVX_LOG_UNLIKELY (!mvx_log_machine_has_all ()))
    return FALSE; /* nothing may be read without a fence */
  settings = __atomic_load_n (&node->settings, __ATOMIC_ACQUIRE);
  left = settings->lean_slots;
  if (MVX_LOG_UNLIKELY (site->plain_size >= left || thread->queue != settings->lean_queue
                        || n_bound > settings->lean_bound))
    return FALSE;
  lane = thread->lane;
  if (MVX_LOG_UNLIKELY (lane->end - lane->position < fixed + left || !mvx_log_lane_has_credit (lane)))
    return FALSE;
  start = mvx_log_lane_spot (lane);
  p = start + sizeof (MvxLogRecord);
  if (bound)
    p = mvx_log_copy_blocks (p, (const guint8 *) bound + G_STRUCT_OFFSET (MvxLogFieldSet, len), n_bound);
  p = mvx_log_encode_lean (p, site, args, left - site->plain_size);
  if (MVX_LOG_UNLIKELY (p == NULL))
    return FALSE;
  mvx_log_store64 (p, 0); /* the padding; what was in the lane before is nobody's business */
  size = mvx_log_record_align ((gsize) (p - start));
  mvx_log_encode_header (start, size, site->id, mvx_log_clock_ticks (), ++thread->n_records, thread->tid, node->symbol,
                         level, 0, bound ? bound->n : 0);
  if (MVX_LOG_UNLIKELY (!mvx_log_lane_commit (lane, size)))
    mvx_log_queue_announce (lane->queue, lane);
  mvx_log_quiesce_leave (thread);
  return MVX_LOG_LIKELY (__atomic_load_n (&node->printed, __ATOMIC_RELAXED) == 0)
         || mvx_log_write_forget_printed (node);
}

/* TRUE: lean so far. */
G_ALWAYS_INLINE static inline gboolean
mvx_log_write_may_be_lean (const MvxLogThread *thread, gint level)
{
  return thread && thread->scope == NULL && thread->depth == 0 && (guint) level < MVX_LOG_LEVEL_ERROR;
}

static G_NO_INLINE MVX_LOG_STRAIGHT void
mvx_log_write_bound (const MvxLogHead *head, gint level, const MvxLogCallsite *site, const MvxLogArg *args)
{
  MvxLogThread *thread = mvx_log_thread_current;
  const MvxLogFieldSet *bound = head->bound;

  if (MVX_LOG_LIKELY (mvx_log_write_may_be_lean (thread, level) && (bound->key_mask & site->key_mask) == 0))
    {
      if (MVX_LOG_LIKELY (mvx_log_write_lean (thread, mvx_log_node_full (head), level, site, args, bound)))
        return;
      mvx_log_quiesce_leave (thread);
    }
  mvx_log_write_other (head, level, site, args);
}

/**
 * mvx_log_write: (skip)
 * @head: a context or a resolved handle
 * @level: severity
 * @callsite: the static part of the call
 * @args: the arguments, as many as the callsite has fields
 *
 * What the logging macros expand to, past the level gate. Thread-safe.
 *
 * Since: 1.0
 */
MVX_LOG_STRAIGHT void
mvx_log_write (const MvxLogHead *head, gint level, const MvxLogCallsite *callsite, const MvxLogArg *args)
{
  MvxLogThread *thread = mvx_log_thread_current;

  if (head->bound)
    {
      mvx_log_write_bound (head, level, callsite, args);
      return;
    }
  if (MVX_LOG_LIKELY (mvx_log_write_may_be_lean (thread, level)))
    {
      if (MVX_LOG_LIKELY (mvx_log_write_lean (thread, mvx_log_node_full (head), level, callsite, args, NULL)))
        return;
      mvx_log_quiesce_leave (thread);
    }
  mvx_log_write_other (head, level, callsite, args);
}

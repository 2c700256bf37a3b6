/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/queue-private.h"
#include "base/aligned-private.h"
#include "base/atfork-private.h"
#include "base/cancel-private.h"
#include "base/diag-private.h"
#include "sink/ledger-private.h"

#define MVX_LOG_QUEUE_DEFAULT_EVENTS 10000
#define MVX_LOG_QUEUE_DEFAULT_BYTES (64 * 1024 * 1024)
#define MVX_LOG_QUEUE_DEFAULT_RECORD (64 * 1024)
/* So much of all credit goes to a lane at a time, so that a call in a thousand asks for more. */
#define MVX_LOG_QUEUE_CHUNKS 8
/* Below this many events in all, every single one is asked for, so that no credit lies idle. */
#define MVX_LOG_QUEUE_SMALL 1024
/* A MiB: bursts of the default 10,000 events go round in it. */
#define MVX_LOG_QUEUE_SPARE_SEGMENTS 16
#define MVX_LOG_QUEUE_SPARE_LANES 4

static GMutex mvx_log_queue_numbers_mutex;
MVX_LOG_FORK_LOCK (QUEUE_NUMBERS, &mvx_log_queue_numbers_mutex, NULL);
static GArray *mvx_log_queue_free_numbers;
static guint mvx_log_queue_n_numbers;

static guint
mvx_log_queue_take_number (void)
{
  guint number;

  g_mutex_lock (&mvx_log_queue_numbers_mutex);
  if (mvx_log_queue_free_numbers && mvx_log_queue_free_numbers->len > 0)
    {
      number = g_array_index (mvx_log_queue_free_numbers, guint, mvx_log_queue_free_numbers->len - 1);
      g_array_set_size (mvx_log_queue_free_numbers, mvx_log_queue_free_numbers->len - 1);
    }
  else
    number = mvx_log_queue_n_numbers++;
  g_mutex_unlock (&mvx_log_queue_numbers_mutex);
  return number;
}

static void
mvx_log_queue_give_number (guint number)
{
  g_mutex_lock (&mvx_log_queue_numbers_mutex);
  if (mvx_log_queue_free_numbers == NULL)
    mvx_log_queue_free_numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (mvx_log_queue_free_numbers, number);
  g_mutex_unlock (&mvx_log_queue_numbers_mutex);
}

static void mvx_log_queue_thread_end (MvxLogThread *thread);

static gpointer
mvx_log_queue_init_once (gpointer data)
{
  mvx_log_thread_add_exit_func (mvx_log_queue_thread_end);
  return NULL;
}

MvxLogQueue *
mvx_log_queue_new (const MvxLogAsyncConfig *config, GMainContext *context)
{
  static GOnce once = G_ONCE_INIT;
  MvxLogQueue *queue = g_aligned_alloc0 (1, sizeof *queue, MVX_LOG_CACHE_LINE);

  g_once (&once, mvx_log_queue_init_once, NULL);
  queue->ref_count = 1;
  queue->number = mvx_log_queue_take_number ();
  queue->name = g_strdup (config->name ? config->name : "unnamed");
  queue->max_events = config->queue_max_size > 0 ? config->queue_max_size : MVX_LOG_QUEUE_DEFAULT_EVENTS;
  queue->max_bytes = config->queue_max_bytes > 0 ? config->queue_max_bytes : MVX_LOG_QUEUE_DEFAULT_BYTES;
  queue->max_record = config->max_record > 0 ? config->max_record : MVX_LOG_QUEUE_DEFAULT_RECORD;
  queue->overflow = config->overflow;
  queue->lazy = config->lazy;
  queue->block_timeout_us = config->block_timeout_us != 0 ? config->block_timeout_us : G_USEC_PER_SEC;
  queue->pool = queue->max_events;
  queue->chunk = queue->max_events < MVX_LOG_QUEUE_SMALL ? 1 : queue->max_events / MVX_LOG_QUEUE_CHUNKS;
  queue->reserve = queue->overflow == MVX_LOG_OVERFLOW_BELOW_LEVEL ? (queue->max_events + 9) / 10 : 0;
  queue->commands = g_async_queue_new ();
  if (config->crash_ring)
    queue->ring_dir = mvx_log_ring_place (config->crash_ring_dir, queue->name);
  if (config->crash_ring && queue->ring_dir == NULL)
    queue->ring_problem = g_strdup ("there is no directory for it, as XDG_RUNTIME_DIR is not set; set crash-ring-dir");
  queue->flushes = g_ptr_array_new ();
  if (context)
    mvx_log_queue_set_context (queue, context);
  g_mutex_init (&queue->mutex);
  g_cond_init (&queue->space);
  g_mutex_init (&queue->help_mutex);
  g_cond_init (&queue->helped);
  return queue;
}

MvxLogQueue *
mvx_log_queue_ref (MvxLogQueue *queue)
{
  g_atomic_int_inc (&queue->ref_count);
  return queue;
}

static void
mvx_log_queue_free_chain (MvxLogQueue *queue, MvxLogSegment *segment)
{
  while (segment)
    {
      MvxLogSegment *next = segment->next;

      mvx_log_segment_free (queue->ring, segment);
      segment = next;
    }
}

static void
mvx_log_queue_free_lane (MvxLogQueue *queue, MvxLogLane *lane)
{
  if (lane->slot > 0)
    mvx_log_ring_unmap (queue->ring, lane);
  else
    mvx_log_aligned_free (lane);
}

static void
mvx_log_queue_free_lanes (MvxLogQueue *queue, MvxLogLane *lane)
{
  while (lane)
    {
      MvxLogLane *next = lane->next;

      mvx_log_queue_free_chain (queue, lane->read_segment);
      mvx_log_queue_free_chain (queue, lane->spare);
      mvx_log_queue_free_lane (queue, lane);
      lane = next;
    }
}

void
mvx_log_queue_unref (MvxLogQueue *queue)
{
  if (!g_atomic_int_dec_and_test (&queue->ref_count))
    return;
  mvx_log_queue_give_number (queue->number);
  mvx_log_queue_free_lanes (queue, queue->lanes);
  mvx_log_queue_free_lanes (queue, queue->free_lanes);
  mvx_log_queue_free_chain (queue, queue->free_segments);
  g_clear_pointer (&queue->ring, mvx_log_ring_free);
  g_free (queue->ring_dir);
  g_free (queue->ring_problem);
  g_free (queue->name);
  g_async_queue_unref (queue->commands);
  g_ptr_array_unref (queue->flushes);
  g_clear_pointer (&queue->context, g_main_context_unref);
  g_mutex_clear (&queue->mutex);
  g_cond_clear (&queue->space);
  g_mutex_clear (&queue->help_mutex);
  g_cond_clear (&queue->helped);
  g_aligned_free (queue);
}

/* The release pairs with the acquire of whoever wakes the worker of a sink that is just being started again. */
void
mvx_log_queue_set_context (MvxLogQueue *queue, GMainContext *context)
{
  if (queue->context == NULL)
    __atomic_store_n (&queue->context, g_main_context_ref (context), __ATOMIC_RELEASE);
}

void
mvx_log_queue_push (MvxLogQueue *queue, gpointer command)
{
  g_async_queue_push (queue->commands, command);
}

/* Pairs with the exchange of whoever takes all, so that none is ever taken off from between others. And in one order
 * with the look at n_helping that follows. */
void
mvx_log_queue_push_lane (MvxLogQueue *queue, MvxLogLane *lane)
{
  MvxLogLane *before = __atomic_load_n (&queue->announced, __ATOMIC_RELAXED);

  do
    lane->next_announced = before;
  while (!__atomic_compare_exchange_n (&queue->announced, &before, lane, TRUE, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
}

/* The command first: what its sender had announced is in the list then. */
gpointer
mvx_log_queue_pop (MvxLogQueue *queue, MvxLogLane **lanes)
{
  gpointer command = g_async_queue_try_pop (queue->commands);
  MvxLogLane *last = __atomic_exchange_n (&queue->announced, NULL, __ATOMIC_ACQUIRE);

  *lanes = NULL;
  while (last)
    {
      MvxLogLane *before = last->next_announced;

      last->next_announced = *lanes;
      *lanes = last;
      last = before;
    }
  return command;
}

gboolean
mvx_log_queue_has_input (MvxLogQueue *queue)
{
  return __atomic_load_n (&queue->announced, __ATOMIC_SEQ_CST) != NULL || g_async_queue_length (queue->commands) > 0;
}

/* With the mutex. Keeps some, so that a burst does not go to the kernel for each. */
static void
mvx_log_queue_free_segment (MvxLogQueue *queue, MvxLogSegment *segment)
{
  queue->bytes -= segment->size;
  if (segment->size == MVX_LOG_SEGMENT_DATA && queue->n_free_segments < MVX_LOG_QUEUE_SPARE_SEGMENTS)
    {
      segment->next = queue->free_segments;
      queue->free_segments = segment;
      queue->n_free_segments++;
    }
  else
    mvx_log_segment_free (queue->ring, segment);
  if (g_atomic_int_get (&queue->n_waiting) > 0)
    g_cond_broadcast (&queue->space);
}

void
mvx_log_queue_return_segment (MvxLogQueue *queue, MvxLogSegment *segment, gboolean locked)
{
  if (!locked)
    g_mutex_lock (&queue->mutex);
  mvx_log_queue_free_segment (queue, segment);
  if (!locked)
    g_mutex_unlock (&queue->mutex);
}

MvxLogSegment *
mvx_log_queue_take_segment (MvxLogQueue *queue, guint32 size, gboolean must)
{
  MvxLogSegment *segment;

  size = MAX (size, MVX_LOG_SEGMENT_DATA);
  if (!must && queue->bytes + size > queue->max_bytes)
    return NULL;
  segment = size == MVX_LOG_SEGMENT_DATA ? queue->free_segments : NULL;
  if (segment)
    {
      queue->free_segments = segment->next;
      queue->n_free_segments--;
      mvx_log_segment_reset (segment);
    }
  else
    segment = mvx_log_segment_new (queue->ring, size);
  if (segment == NULL)
    return NULL;
  queue->bytes += segment->size;
  return segment;
}

void
mvx_log_queue_open_ring (MvxLogQueue *queue)
{
  g_autoptr (GError) error = NULL;

  if (queue->ring_dir == NULL || queue->ring_tried)
    return;
  queue->ring_tried = TRUE;
  __atomic_store_n (&queue->ring,
                    mvx_log_ring_new (queue->ring_dir, sizeof (MvxLogLane), sizeof (MvxLogSegment), &error),
                    __ATOMIC_RELEASE);
  if (queue->ring == NULL)
    __atomic_store_n (&queue->ring_problem, g_strdup (error->message), __ATOMIC_RELEASE);
}

void
mvx_log_queue_tell_ring (MvxLogQueue *queue)
{
  MvxLogRing *ring = __atomic_load_n (&queue->ring, __ATOMIC_ACQUIRE);
  g_autofree char *none = NULL;
  g_autofree char *some = ring ? mvx_log_ring_take_problem (ring) : NULL;

  if (G_UNLIKELY (__atomic_load_n (&queue->ring_problem, __ATOMIC_RELAXED)))
    none = __atomic_exchange_n (&queue->ring_problem, NULL, __ATOMIC_ACQ_REL);
  if (none)
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s' goes on without a crash ring: %s", queue->name, none);
  if (some)
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Crash ring of sink '%s': %s", queue->name, some);
}

static MvxLogLane *
mvx_log_queue_alloc_lane (MvxLogQueue *queue)
{
  MvxLogLane *lane = NULL;
  guint32 slot = 0;

  if (queue->ring)
    lane = mvx_log_ring_map (queue->ring, MVX_LOG_RING_LANE, sizeof *lane, sizeof *lane, &slot);
  if (lane == NULL)
    lane = mvx_log_aligned_try_new0 (sizeof *lane, MVX_LOG_CACHE_LINE);
  if (lane)
    lane->slot = slot;
  return lane;
}

static MvxLogLane *
mvx_log_queue_new_lane (MvxLogQueue *queue)
{
  MvxLogSegment *segment;
  MvxLogLane *lane;

  segment = mvx_log_queue_take_segment (queue, 0, TRUE);
  if (segment == NULL)
    return NULL;
  lane = mvx_log_queue_alloc_lane (queue);
  if (lane == NULL)
    {
      mvx_log_queue_free_segment (queue, segment);
      return NULL;
    }
  lane->queue = queue;
  mvx_log_lane_go_on (lane, segment);
  lane->read_segment = segment;
  return lane;
}

/* A lane from the free list or a new one, with an empty segment. With the mutex. */
static MvxLogLane *
mvx_log_queue_take_lane (MvxLogQueue *queue)
{
  MvxLogLane *lane = queue->free_lanes;

  if (lane)
    {
      queue->free_lanes = lane->next;
      queue->n_free_lanes--;
    }
  else if ((lane = mvx_log_queue_new_lane (queue)) == NULL)
    return NULL;
  lane->next = queue->lanes;
  queue->lanes = lane;
  queue->n_lanes++;
  return lane;
}

void
mvx_log_queue_retire_ring (MvxLogQueue *queue)
{
  MvxLogRing *ring;

  g_mutex_lock (&queue->mutex);
  ring = queue->ring;
  g_mutex_unlock (&queue->mutex);
  if (ring)
    mvx_log_ring_retire (ring);
}

void
mvx_log_queue_abandon (MvxLogQueue *queue)
{
  g_atomic_int_set (&queue->gone, 1);
  mvx_log_queue_retire_ring (queue);
  mvx_log_queue_unref (queue);
}

/* Else a thread that lives long would keep the queue, and its main context, of every sink that it ever logged to. */
static void
mvx_log_queue_retire_gone (MvxLogThread *thread)
{
  for (guint i = 0; i < thread->n_lanes; i++)
    {
      MvxLogLane *lane = thread->lanes[i];

      if (lane == NULL || !g_atomic_int_get (&lane->queue->gone))
        continue;
      thread->lanes[i] = NULL;
      thread->queue = thread->lane = NULL;
      mvx_log_queue_retire (lane);
    }
}

MvxLogLane *
mvx_log_queue_make_lane (MvxLogQueue *queue, MvxLogThread *thread)
{
  MvxLogLane *lane = mvx_log_queue_lane (queue, thread);

  if (lane)
    return lane;
  if (g_atomic_int_get (&queue->virgin) && queue->first_use)
    queue->first_use (queue->owner);
  if (queue->number >= thread->n_lanes)
    {
      guint n = MAX (4u, 2 * queue->number + 1);
      gpointer *lanes = g_try_renew (gpointer, thread->lanes, n);

      if (lanes == NULL)
        return NULL;
      thread->lanes = lanes;
      memset (thread->lanes + thread->n_lanes, 0, (n - thread->n_lanes) * sizeof (gpointer));
      thread->n_lanes = n;
    }
  mvx_log_queue_retire_gone (thread);

  g_mutex_lock (&queue->mutex);
  lane = mvx_log_queue_take_lane (queue);
  if (lane)
    lane->thread = thread;
  g_mutex_unlock (&queue->mutex);
  if (lane == NULL)
    return NULL;
  mvx_log_queue_ref (queue);
  thread->lanes[queue->number] = lane;
  return lane;
}

/* With the mutex: out of the list of lanes, its counters into the sum, itself to the free ones. */
static void
mvx_log_queue_put_away_locked (MvxLogQueue *queue, MvxLogLane *lane)
{
  MvxLogLane **link = &queue->lanes;

  while (*link && *link != lane)
    link = &(*link)->next;
  if (*link == NULL)
    return;
  *link = lane->next;
  queue->n_lanes--;
  queue->gone_accepted += lane->n_accepted;
  queue->gone_bytes += lane->position - lane->begin;
  __atomic_fetch_add (&queue->pool, (gint64) (lane->limit - lane->n_accepted), __ATOMIC_RELAXED);

  if (lane->retired)
    __atomic_fetch_sub (&queue->n_retired, 1, __ATOMIC_RELAXED);

  /* The next owner goes on in the same segment, where this one stopped. In this order for whoever reads the crash ring.
   */
  lane->begin = lane->position;
  __atomic_signal_fence (__ATOMIC_SEQ_CST);
  lane->n_accepted = lane->limit = 0;
  lane->n_read = lane->n_unsettled = lane->settled = 0;
  lane->head_ns = 0;
  lane->announced = lane->retired = 0;
  lane->last_ns = 0;
  lane->clock_era = 0;
  lane->active = FALSE;
  if (queue->n_free_lanes < MVX_LOG_QUEUE_SPARE_LANES)
    {
      lane->next = queue->free_lanes;
      queue->free_lanes = lane;
      queue->n_free_lanes++;
      return;
    }
  if (lane->spare)
    mvx_log_queue_free_segment (queue, g_steal_pointer (&lane->spare));
  /* The producer may have gone on to a second one without writing there. */
  for (MvxLogSegment *segment = lane->read_segment, *next; segment; segment = next)
    {
      next = segment->next;
      mvx_log_queue_free_segment (queue, segment);
    }
  mvx_log_queue_free_lane (queue, lane);
}

void
mvx_log_queue_put_away (MvxLogQueue *queue, MvxLogLane *lane)
{
  g_mutex_lock (&queue->mutex);
  mvx_log_queue_put_away_locked (queue, lane);
  g_mutex_unlock (&queue->mutex);
}

/* Pairs with the increment before a helper looks at what there is to do. */
void
mvx_log_queue_wake_helpers (MvxLogQueue *queue)
{
  if (G_LIKELY (g_atomic_int_get (&queue->n_helping) == 0))
    return;
  g_mutex_lock (&queue->help_mutex);
  queue->n_looks++;
  g_cond_broadcast (&queue->helped);
  g_mutex_unlock (&queue->help_mutex);
}

void
mvx_log_queue_wake_worker (MvxLogQueue *queue)
{
  GMainContext *context = __atomic_load_n (&queue->context, __ATOMIC_ACQUIRE);
  int before = mvx_log_cancel_defer (); /* the call may be in the quiesce region, and this is a write(2) */

  if (G_LIKELY (context))
    g_main_context_wakeup (context);
  mvx_log_cancel_allow (before);
  mvx_log_queue_wake_helpers (queue);
}

/* The thread ends. If the worker does not have the lane and it is drained, it can be put away here; else the worker
 * does so. Claiming `announced` decides: the acquire pairs with the worker's release when it lets the lane go. */
void
mvx_log_queue_retire (MvxLogLane *lane)
{
  MvxLogQueue *queue = lane->queue;
  gint expected = 0;

  g_mutex_lock (&queue->mutex);
  lane->thread = NULL;
  if (__atomic_compare_exchange_n (&lane->announced, &expected, 1, FALSE, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)
      && mvx_log_lane_is_settled (lane) && queue->flushes->len == 0)
    mvx_log_queue_put_away_locked (queue, lane);
  else
    {
      __atomic_store_n (&lane->retired, 1, __ATOMIC_RELEASE);
      __atomic_fetch_add (&queue->n_retired, 1, __ATOMIC_RELEASE);
      if (expected == 0)
        {
          mvx_log_queue_push_lane (queue, lane);
          mvx_log_queue_wake_worker (queue);
        }
    }
  g_mutex_unlock (&queue->mutex);
  mvx_log_queue_unref (queue);
}

static void
mvx_log_queue_thread_end (MvxLogThread *thread)
{
  thread->queue = thread->lane = NULL;
  for (guint i = 0; i < thread->n_lanes; i++)
    if (thread->lanes[i])
      mvx_log_queue_retire (g_steal_pointer (&thread->lanes[i]));
}

void
mvx_log_queue_announce (MvxLogQueue *queue, MvxLogLane *lane)
{
  if (__atomic_exchange_n (&lane->announced, 1, __ATOMIC_ACQ_REL))
    return;
  mvx_log_queue_push_lane (queue, lane);
  __atomic_fetch_add (&queue->n_wakeups, 1, __ATOMIC_RELAXED);
  mvx_log_queue_wake_worker (queue);
}

void
mvx_log_queue_kick (MvxLogQueue *queue)
{
  if (g_atomic_int_get (&queue->mood) == MVX_LOG_WORKER_BUSY || g_atomic_int_get (&queue->kicked))
    return;
  g_atomic_int_set (&queue->kicked, 1);
  __atomic_fetch_add (&queue->n_wakeups, 1, __ATOMIC_RELAXED);
  mvx_log_queue_wake_worker (queue);
}

void
mvx_log_queue_refuse (MvxLogQueue *queue, gint level, MvxLogReason reason)
{
  mvx_log_ledger_count (&queue->refused[reason]);
  mvx_log_ledger_count (&queue->lost[mvx_log_ledger_class (level)][reason]);
}

/* The release pairs with the acquire of whoever reads the ledger: accepted is read after it. */
void
mvx_log_queue_drop (MvxLogQueue *queue, gint level, MvxLogReason reason)
{
  mvx_log_ledger_count (&queue->lost[mvx_log_ledger_class (level)][reason]);
  __atomic_fetch_add (&queue->dropped[reason], 1, __ATOMIC_RELEASE);
}

void
mvx_log_queue_give_back (MvxLogQueue *queue, guint n_events)
{
  __atomic_fetch_add (&queue->pool, n_events, __ATOMIC_SEQ_CST);
  /* Pairs with the increment before a producer looks at the pool for the last time. */
  if (G_UNLIKELY (g_atomic_int_get (&queue->n_waiting) > 0))
    {
      g_mutex_lock (&queue->mutex);
      g_cond_broadcast (&queue->space);
      g_mutex_unlock (&queue->mutex);
    }
}

guint64
mvx_log_queue_n_accepted (MvxLogQueue *queue, guint64 *n_bytes)
{
  guint64 n;
  guint64 bytes;

  g_mutex_lock (&queue->mutex);
  n = queue->gone_accepted;
  bytes = queue->gone_bytes;
  for (const MvxLogLane *lane = queue->lanes; lane; lane = lane->next)
    {
      n += __atomic_load_n (&lane->n_accepted, __ATOMIC_RELAXED);
      bytes += __atomic_load_n (&lane->position, __ATOMIC_RELAXED) - lane->begin;
    }
  g_mutex_unlock (&queue->mutex);
  if (n_bytes)
    *n_bytes = bytes;
  return n;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/atfork-private.h"
#include "context/hold-private.h"

static gboolean mvx_log_hold_on; /* tree mutex */

static GMutex mvx_log_hold_mutex;
static gboolean mvx_log_hold_open;
static GQueue mvx_log_hold_events = G_QUEUE_INIT; /* of MvxLogHeld */
static gsize mvx_log_hold_bytes;
static guint mvx_log_hold_n_lost;

/* The parent releases what it holds. */
static void
mvx_log_hold_fork (MvxLogForkStage stage)
{
  if (stage != MVX_LOG_FORK_CHILD)
    return;
  g_queue_init (&mvx_log_hold_events);
  mvx_log_hold_bytes = 0;
  mvx_log_hold_n_lost = 0;
}

MVX_LOG_FORK_LOCK (HOLD, &mvx_log_hold_mutex, mvx_log_hold_fork);

gboolean
mvx_log_hold_is_on (void)
{
  return mvx_log_hold_on;
}

void
mvx_log_hold_set_on (gboolean on)
{
  mvx_log_hold_on = on;
  if (!on)
    return;
  g_mutex_lock (&mvx_log_hold_mutex);
  mvx_log_hold_open = TRUE;
  g_mutex_unlock (&mvx_log_hold_mutex);
}

/* With the mutex. */
static void
mvx_log_hold_take (MvxLogHeld *held)
{
  MvxLogHeld *first = g_queue_pop_head (&mvx_log_hold_events);

  *held = *first;
  mvx_log_hold_bytes -= held->event->record->size;
  g_free (first);
}

/* A reading of the clock would be too old for whoever converts it in the end. */
static MvxLogEvent *
mvx_log_hold_copy (const MvxLogRecord *record, gint64 time_ns)
{
  MvxLogEvent view;
  MvxLogEvent *event;
  MvxLogRecord *own;

  mvx_log_event_view (&view, record);
  view.time_ns = time_ns;
  view.seq = 0;
  event = mvx_log_event_copy (&view);
  own = (MvxLogRecord *) event->record;
  own->stamp = (guint64) time_ns;
  own->flags |= MVX_LOG_RECORD_REALTIME;
  return event;
}

gboolean
mvx_log_hold_keep (MvxLogNodeFull *node, const MvxLogRecord *record, gint64 time_ns)
{
  MvxLogHeld held = { node, mvx_log_hold_copy (record, time_ns) };
  gboolean open;

  g_mutex_lock (&mvx_log_hold_mutex);
  open = mvx_log_hold_open;
  if (open)
    {
      g_queue_push_tail (&mvx_log_hold_events, g_memdup2 (&held, sizeof held));
      mvx_log_hold_bytes += record->size;
    }
  while (open && (mvx_log_hold_events.length > MVX_LOG_HOLD_MAX_EVENTS || mvx_log_hold_bytes > MVX_LOG_HOLD_MAX_BYTES))
    {
      mvx_log_hold_take (&held);
      mvx_log_event_free (held.event);
      mvx_log_hold_n_lost++;
    }
  g_mutex_unlock (&mvx_log_hold_mutex);
  if (!open)
    mvx_log_event_free (held.event);
  return open;
}

gboolean
mvx_log_hold_pop (MvxLogHeld *held)
{
  gboolean any;

  g_mutex_lock (&mvx_log_hold_mutex);
  any = !g_queue_is_empty (&mvx_log_hold_events);
  if (any)
    mvx_log_hold_take (held);
  else
    mvx_log_hold_open = FALSE;
  g_mutex_unlock (&mvx_log_hold_mutex);
  return any;
}

guint
mvx_log_hold_lost (void)
{
  guint n;

  g_mutex_lock (&mvx_log_hold_mutex);
  n = mvx_log_hold_n_lost;
  mvx_log_hold_n_lost = 0;
  g_mutex_unlock (&mvx_log_hold_mutex);
  return n;
}

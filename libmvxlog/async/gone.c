/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "async/gone-private.h"

/* How often a sink that has other things to do is told. */
#define MVX_LOG_GONE_PAUSE_US G_USEC_PER_SEC
/* How long a sink that did not take it is left alone, though it may take others. */
#define MVX_LOG_GONE_PATIENCE_US (10 * G_USEC_PER_SEC)

static gboolean
mvx_log_gone_is_like (const MvxLogGone *a, const MvxLogGone *b)
{
  return a->cause == b->cause && a->spooled == b->spooled && (a->first_seq > 0) == (b->first_seq > 0)
         && memcmp (&a->stream, &b->stream, sizeof a->stream) == 0;
}

/* Takes over @gone. There are as many as streams of former runs, and mostly there is none. */
static void
mvx_log_gone_add (MvxLogDispatcher *self, MvxLogGone *gone)
{
  for (GList *link = self->gone.head; link; link = link->next)
    {
      MvxLogGone *known = link->data;

      if (!mvx_log_gone_is_like (known, gone))
        continue;
      known->count += gone->count;
      known->first_ns = MIN (known->first_ns, gone->first_ns);
      known->last_ns = MAX (known->last_ns, gone->last_ns);
      known->first_seq = MIN (known->first_seq, gone->first_seq);
      known->last_seq = MAX (known->last_seq, gone->last_seq);
      if (gone->why)
        {
          g_free (known->why);
          known->why = g_steal_pointer (&gone->why);
        }
      mvx_log_gone_free (gone);
      return;
    }
  g_queue_push_tail (&self->gone, gone);
}

static char *
mvx_log_gone_take_why (MvxLogDispatcher *self)
{
  char *why;

  g_mutex_lock (&self->queue->mutex);
  why = g_steal_pointer (&self->reject_why);
  g_mutex_unlock (&self->queue->mutex);
  return why;
}

void
mvx_log_gone_note_why (MvxLogDispatcher *self, const char *why)
{
  g_autofree char *old = NULL;
  char *copy = g_strdup (why);

  g_mutex_lock (&self->queue->mutex);
  old = self->reject_why;
  self->reject_why = copy;
  g_mutex_unlock (&self->queue->mutex);
}

/* What tells of others is not counted among them. */
void
mvx_log_gone_note (MvxLogDispatcher *self, const MvxLogFlight *batch, guint n, MvxLogGoneCause cause)
{
  const MvxLogEvent *events = &batch->views[batch->done];
  g_autofree char *noted = mvx_log_gone_take_why (self);
  MvxLogGone *gone;

  if (n == 0 || batch->own)
    return;
  gone = g_new0 (MvxLogGone, 1);
  gone->cause = cause;
  gone->spooled = batch->spooled;
  gone->count = n;
  gone->first_ns = gone->last_ns = events->time_ns;
  for (guint i = 1; i < n; i++)
    {
      gone->first_ns = MIN (gone->first_ns, events[i].time_ns);
      gone->last_ns = MAX (gone->last_ns, events[i].time_ns);
    }
  /* In front of a spool they have no number that anybody else knows. */
  if (batch->spooled || self->spooler == NULL)
    {
      gone->first_seq = events[0].seq;
      gone->last_seq = events[n - 1].seq;
    }
  if (batch->spooled)
    gone->stream = batch->stream;
  if (events->rejected)
    gone->why = g_steal_pointer (&noted);
  else if (batch->why)
    gone->why = g_strdup (batch->why->message);
  mvx_log_gone_add (self, gone);
}

/* A sink that fails is told when it delivers again. */
static gboolean
mvx_log_gone_is_time (const MvxLogDispatcher *self, MvxLogGoneMoment moment)
{
  gint64 now;

  if (G_LIKELY (self->gone.length == 0) || self->gone_deaf)
    return FALSE;
  if (moment == MVX_LOG_GONE_LAST)
    return TRUE;
  now = g_get_monotonic_time ();
  return self->failures == 0 && now >= self->gone_not_before
         && (moment == MVX_LOG_GONE_IDLE || now >= self->gone_told + MVX_LOG_GONE_PAUSE_US);
}

gboolean
mvx_log_gone_is_due (const MvxLogDispatcher *self)
{
  return mvx_log_gone_is_time (self, MVX_LOG_GONE_IDLE);
}

MvxLogGone *
mvx_log_gone_pop (MvxLogDispatcher *self, MvxLogGoneMoment moment)
{
  if (!mvx_log_gone_is_time (self, moment))
    return NULL;
  self->gone_told = g_get_monotonic_time ();
  return g_queue_pop_head (&self->gone);
}

void
mvx_log_gone_take_back (MvxLogDispatcher *self, MvxLogGone *gone)
{
  mvx_log_gone_add (self, gone);
  self->gone_deaf = TRUE;
  self->gone_not_before = g_get_monotonic_time () + MVX_LOG_GONE_PATIENCE_US;
}

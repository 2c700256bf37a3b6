/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/ticket-private.h"
#include "base/error-private.h"

struct _MvxLogTicket
{
  gint n_open; /* atomic: queues that have not answered, and the caller until it closes it */
  GMainContext *context;
  MvxLogTicketFunc done;
  gpointer data;
  GError *error; /* atomic: the first one */
};

typedef struct
{
  MvxLogTicket *ticket;
  guint64 ordinal;
} MvxLogWatch;

/* In the order of MvxLogReason. */
static const char *const mvx_log_ticket_reasons[] = {
  "its queue was full",
  "its queue was nearly full and the level too low",
  "it was stopping, stopped or failed",
  "it failed",
  "it took too long",
  "it rejected the event",
  "it was closed first",
};

G_STATIC_ASSERT (G_N_ELEMENTS (mvx_log_ticket_reasons) == MVX_LOG_N_REASONS);

MvxLogTicket *
mvx_log_ticket_new (GMainContext *context, MvxLogTicketFunc done, gpointer data)
{
  MvxLogTicket *ticket = g_new0 (MvxLogTicket, 1);

  ticket->n_open = 1;
  ticket->context = g_main_context_ref (context);
  ticket->done = done;
  ticket->data = data;
  return ticket;
}

static void
mvx_log_ticket_free (gpointer data)
{
  MvxLogTicket *ticket = data;

  g_main_context_unref (ticket->context);
  g_clear_error (&ticket->error);
  g_free (ticket);
}

static gboolean
mvx_log_ticket_report (gpointer data)
{
  MvxLogTicket *ticket = data;

  ticket->done (ticket->error, ticket->data);
  return G_SOURCE_REMOVE;
}

/* Always by way of the context: whoever answers may hold a lock, and may be the context's own thread. */
static void
mvx_log_ticket_answer (MvxLogTicket *ticket, GError *error)
{
  GSource *source;

  if (error && !g_atomic_pointer_compare_and_exchange (&ticket->error, NULL, error))
    g_error_free (error);
  if (!g_atomic_int_dec_and_test (&ticket->n_open))
    return;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, mvx_log_ticket_report, ticket, mvx_log_ticket_free);
  g_source_set_static_name (source, "[mvxlog] event settled");
  g_source_attach (source, ticket->context);
  g_source_unref (source);
}

void
mvx_log_ticket_close (MvxLogTicket *ticket, GError *error)
{
  mvx_log_ticket_answer (ticket, error);
}

static GError *
mvx_log_ticket_new_error (const MvxLogQueue *queue, MvxLogReason reason)
{
  const char *why = mvx_log_ticket_reasons[reason];

  return mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED, NULL,
                            g_variant_new_parsed ("{'sink-name': <%s>, 'reason': <%s>}", queue->name, why),
                            "Sink '%s' lost the event: %s", queue->name, why);
}

/* The lane is the thread's own, so its next record will have this ordinal. */
static void
mvx_log_ticket_watch (MvxLogTicket *ticket, MvxLogLane *lane)
{
  MvxLogWatch *watch = g_new (MvxLogWatch, 1);

  *watch = (MvxLogWatch){ ticket, lane->n_accepted + 1 };
  g_atomic_int_inc (&ticket->n_open);
  g_mutex_lock (&lane->queue->mutex);
  g_queue_push_tail (&lane->watches, watch);
  /* The worker reads it without the mutex, but only after it has seen the record, which is committed later. */
  g_atomic_int_set (&lane->n_watches, (gint) lane->watches.length);
  g_mutex_unlock (&lane->queue->mutex);
}

/* With the queue's mutex. */
static void
mvx_log_ticket_end_watch (MvxLogLane *lane, GList *link, GError *error)
{
  MvxLogWatch *watch = link->data;

  g_queue_delete_link (&lane->watches, link);
  g_atomic_int_set (&lane->n_watches, (gint) lane->watches.length);
  mvx_log_ticket_answer (watch->ticket, error);
  g_free (watch);
}

gboolean
mvx_log_ticket_put (MvxLogQueue *queue, MvxLogThread *thread, const MvxLogRecord *record, MvxLogReason *reason)
{
  MvxLogTicket *ticket = g_steal_pointer (&thread->ticket);
  MvxLogLane *lane = g_atomic_int_get (&queue->accepting) ? mvx_log_queue_make_lane (queue, thread) : NULL;
  gboolean put;

  if (lane)
    mvx_log_ticket_watch (ticket, lane);
  put = mvx_log_queue_put (queue, thread, record, reason);
  if (!put)
    {
      g_atomic_int_inc (&ticket->n_open);
      mvx_log_ticket_answer (ticket, mvx_log_ticket_new_error (queue, *reason));
    }
  if (!put && lane)
    {
      g_mutex_lock (&queue->mutex);
      mvx_log_ticket_end_watch (lane, lane->watches.tail, NULL);
      g_mutex_unlock (&queue->mutex);
    }
  thread->ticket = ticket;
  return put;
}

void
mvx_log_ticket_settle (MvxLogLane *lane, guint64 ordinal, gboolean delivered, MvxLogReason reason)
{
  for (GList *link = lane->watches.head; link; link = link->next)
    {
      const MvxLogWatch *watch = link->data;

      if (watch->ordinal > ordinal)
        return;
      if (watch->ordinal < ordinal)
        continue; /* still in dispatch while a younger one is dropped */
      mvx_log_ticket_end_watch (lane, link, delivered ? NULL : mvx_log_ticket_new_error (lane->queue, reason));
      return;
    }
}

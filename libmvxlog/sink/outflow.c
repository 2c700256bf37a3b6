/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include <glib-unix.h>

#include <mvxlog/error.h>

#include "sink/outflow-private.h"

/* What one large event leaves behind is given back above this. */
#define MVX_LOG_OUTFLOW_KEEP_BYTES (64 * 1024)

typedef struct
{
  MvxLogEvent *const *events;
  guint n;
  guint n_done;
} MvxLogOutflowBatch;

void
mvx_log_outflow_init (MvxLogOutflow *self, MvxLogSinkHost *host, MvxLogOutlet *outlet, MvxLogRenderer *const *renderer)
{
  self->host = host;
  self->outlet = outlet;
  self->renderer = renderer;
  g_queue_init (&self->batches);
}

static void
mvx_log_outflow_forget (MvxLogOutflow *self)
{
  g_queue_clear_full (&self->batches, g_free);
  if (self->watch)
    g_source_destroy (self->watch);
  g_clear_pointer (&self->watch, g_source_unref);
}

void
mvx_log_outflow_stop (MvxLogOutflow *self)
{
  const MvxLogOutflowBatch *batch = g_queue_peek_head (&self->batches);

  /* What is out is delivered, and counts as that. */
  if (batch && batch->n_done > 0)
    mvx_log_sink_host_complete (self->host, batch->events, MVX_LOG_DISPATCH_RETRY, batch->n_done,
                                g_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED,
                                             "the reader of %s has stopped reading", self->outlet->name));
  mvx_log_outflow_forget (self);
}

void
mvx_log_outflow_clear (MvxLogOutflow *self)
{
  mvx_log_outflow_forget (self);
  mvx_log_buffer_clear (&self->line);
}

static void
mvx_log_outflow_render (MvxLogOutflow *self, const MvxLogEvent *event)
{
  if (self->line.len > MVX_LOG_OUTFLOW_KEEP_BYTES)
    mvx_log_buffer_clear (&self->line);
  self->line.len = 0;
  self->written = 0;
  self->unfinished = 0;
  mvx_log_renderer_render (*self->renderer, event, &self->line);
}

/* Goes on with a line where it was left. */
static gboolean
mvx_log_outflow_write (MvxLogOutflow *self, const MvxLogEvent *event, GError **error)
{
  if (self->unfinished == 0 || self->unfinished != mvx_log_event_get_seq (event))
    mvx_log_outflow_render (self, event);
  else
    self->outlet->torn = FALSE;
  if (mvx_log_outlet_write (self->outlet, self->line.data + self->written, self->line.len - self->written, error)
      == MVX_LOG_OUTLET_WRITTEN)
    {
      self->unfinished = 0;
      return TRUE;
    }
  self->written += self->outlet->done;
  self->outlet->torn = self->written > 0 || self->outlet->torn;
  self->unfinished = self->written > 0 ? mvx_log_event_get_seq (event) : 0;
  return FALSE;
}

/* Up to where it can be done. PENDING: the reader does not read at present. A reader that has gone does not come back;
 * from everything else the file behind the descriptor may recover. */
static MvxLogDispatchResult
mvx_log_outflow_run (MvxLogOutflow *self, MvxLogOutflowBatch *batch, GError **error)
{
  g_autoptr (GError) local = NULL;

  while (batch->n_done < batch->n && mvx_log_outflow_write (self, batch->events[batch->n_done], &local))
    batch->n_done++;
  if (local == NULL)
    return MVX_LOG_DISPATCH_OK;
  if (self->outlet->code == ETIMEDOUT)
    return MVX_LOG_DISPATCH_PENDING;
  g_propagate_error (error, g_steal_pointer (&local));
  return self->outlet->code == EPIPE ? MVX_LOG_DISPATCH_FAILED : MVX_LOG_DISPATCH_RETRY;
}

static gboolean
mvx_log_outflow_on_writable (gint fd, GIOCondition condition, gpointer data)
{
  MvxLogOutflow *self = data;
  MvxLogOutflowBatch *batch;
  g_autoptr (GError) trouble = NULL;

  while ((batch = g_queue_peek_head (&self->batches)))
    {
      MvxLogDispatchResult result = MVX_LOG_DISPATCH_RETRY;

      /* What is behind a batch in trouble must not overtake it. */
      if (trouble == NULL)
        result = mvx_log_outflow_run (self, batch, &trouble);
      if (result == MVX_LOG_DISPATCH_PENDING)
        return G_SOURCE_CONTINUE;
      g_queue_pop_head (&self->batches);
      mvx_log_sink_host_complete (self->host, batch->events, result, batch->n_done,
                                  trouble ? g_error_copy (trouble) : NULL);
      g_free (batch);
    }
  g_clear_pointer (&self->watch, g_source_unref);
  return G_SOURCE_REMOVE;
}

static void
mvx_log_outflow_watch (MvxLogOutflow *self)
{
  if (self->watch)
    return;
  self->watch = g_unix_fd_source_new (self->outlet->fd, G_IO_OUT);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (mvx_log_outflow_on_writable), self, NULL);
  g_source_attach (self->watch, mvx_log_sink_host_get_main_context (self->host));
}

MvxLogDispatchResult
mvx_log_outflow_dispatch (MvxLogOutflow *self,
                          MvxLogEvent *const *events,
                          guint n_events,
                          guint *n_done,
                          GError **error)
{
  MvxLogOutflowBatch batch = { events, n_events, 0 };
  MvxLogDispatchResult result = MVX_LOG_DISPATCH_PENDING;

  if (g_queue_is_empty (&self->batches))
    result = mvx_log_outflow_run (self, &batch, error);
  *n_done = result == MVX_LOG_DISPATCH_PENDING ? 0 : batch.n_done;
  if (result != MVX_LOG_DISPATCH_PENDING)
    return result;
  g_queue_push_tail (&self->batches, g_memdup2 (&batch, sizeof batch));
  mvx_log_outflow_watch (self);
  return result;
}

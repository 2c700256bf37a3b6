/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An asynchronous sink for tests: its dispatch waits behind a gate and answers as it is told. */
#pragma once

#include <mvxlog/async-sink.h>
#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "async/async-sink-private.h"
#include "async/queue-private.h"
#include "base/diag-private.h"

#include "ledger-check.h"

typedef struct
{
  MvxLogDispatchResult result;
  gint                 n_done; /* -1: all */
  const char          *message;
} RigReply;

typedef struct
{
  MvxLogAsyncSink parent;
  GMutex          mutex;
  GCond           cond;
  gboolean        closed;    /* dispatch waits */
  gboolean        held;      /* the starting hook waits */
  guint           n_entered; /* dispatch calls */
  guint           n_starting;
  guint           n_stopped;
  guint           n_flush;
  guint           n_reopen;
  const char     *starting_error;
  const char     *stopped_error;
  const char     *flush_error;
  const char     *reopen_error;
  GQueue          replies; /* RigReply, then OK */
  GPtrArray      *batches; /* of PENDING answers */
  GArray         *numbers; /* guint64, of what was delivered */
  guint            n_summaries; /* of losses */
  guint64          told_lost;   /* in them */
  guint64          told_seqs;   /* numbers that they name, first to last */
  MvxLogEvent     *summary;     /* the last of them */
  void          (*in_starting) (gpointer sink);
  void          (*in_dispatch) (gpointer sink);
  void          (*in_stopped) (gpointer sink);
  void          (*in_event) (gpointer sink, const MvxLogEvent *event); /* for what it is going to settle, with the mutex */
  GThread        *thread;
} RigSink;

typedef MvxLogAsyncSinkClass RigSinkClass;

static GType rig_sink_get_type (void);
G_DEFINE_TYPE (RigSink, rig_sink, MVX_LOG_TYPE_ASYNC_SINK)

static void
rig_sink_pass_gate (RigSink *self)
{
  self->n_entered++;
  self->thread = g_thread_self ();
  g_cond_broadcast (&self->cond);
  while (self->closed)
    g_cond_wait (&self->cond, &self->mutex);
}

static MvxLogDispatchResult
rig_sink_dispatch (MvxLogAsyncSink *sink, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  RigSink *self = (RigSink *) sink;
  MvxLogDispatchResult result = MVX_LOG_DISPATCH_OK;
  const RigReply *reply;

  if (self->in_dispatch)
    self->in_dispatch (self);
  g_mutex_lock (&self->mutex);
  rig_sink_pass_gate (self);
  reply = g_queue_pop_head (&self->replies);
  *n_done = reply && reply->n_done >= 0 ? (guint) reply->n_done : n_events;
  if (reply)
    result = reply->result;
  if (result == MVX_LOG_DISPATCH_PENDING)
    {
      g_ptr_array_add (self->batches, (gpointer) events);
      *n_done = 0;
    }
  for (guint i = 0; i < MIN (*n_done, n_events); i++)
    {
      if (self->in_event)
        self->in_event (self, events[i]);
      if (g_strcmp0 (mvx_log_event_get_context (events[i]), "mvxlog") == 0)
        {
          self->n_summaries++;
          g_clear_pointer (&self->summary, mvx_log_event_free);
          self->summary = mvx_log_event_copy (events[i]);
          self->told_lost += (guint64) mvx_log_event_get_int64 (events[i], "count", -1);
          self->told_seqs += (guint64) (mvx_log_event_get_int64 (events[i], "last_seq", 0)
                                        - mvx_log_event_get_int64 (events[i], "first_seq", 1) + 1);
        }
      else
        g_array_append_val (self->numbers, events[i]->record->number);
    }
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  if (reply && reply->message)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, reply->message);
  return result;
}

static gboolean
rig_sink_hook (RigSink *self, guint *counter, const char *message, GError **error)
{
  g_mutex_lock (&self->mutex);
  *counter += 1;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  if (message == NULL)
    return TRUE;
  if (*message) /* empty: it fails and gives no reason */
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, message);
  return FALSE;
}

static gboolean
rig_sink_starting (MvxLogAsyncSink *sink, GError **error)
{
  RigSink *self = (RigSink *) sink;

  g_mutex_lock (&self->mutex);
  while (self->held)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
  if (self->in_starting)
    self->in_starting (self);
  return rig_sink_hook (self, &self->n_starting, self->starting_error, error);
}

static gboolean
rig_sink_stopped (MvxLogAsyncSink *sink, GError **error)
{
  RigSink *self = (RigSink *) sink;

  if (self->in_stopped)
    self->in_stopped (self);
  return rig_sink_hook (self, &self->n_stopped, self->stopped_error, error);
}

static gboolean
rig_sink_flush (MvxLogAsyncSink *sink, gint64 deadline_us, GError **error)
{
  RigSink *self = (RigSink *) sink;

  return rig_sink_hook (self, &self->n_flush, self->flush_error, error);
}

static gboolean
rig_sink_reopen (MvxLogAsyncSink *sink, GError **error)
{
  RigSink *self = (RigSink *) sink;

  return rig_sink_hook (self, &self->n_reopen, self->reopen_error, error);
}

static void
rig_sink_finalize (GObject *object)
{
  RigSink *self = (RigSink *) object;

  G_OBJECT_CLASS (rig_sink_parent_class)->finalize (object);
  g_ptr_array_unref (self->batches);
  g_clear_pointer (&self->summary, mvx_log_event_free);
  g_array_unref (self->numbers);
  g_queue_clear (&self->replies);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
}

static void
rig_sink_class_init (RigSinkClass *klass)
{
  klass->dispatch = rig_sink_dispatch;
  klass->starting = rig_sink_starting;
  klass->stopped = rig_sink_stopped;
  klass->flushing = rig_sink_flush;
  klass->reopening = rig_sink_reopen;
  G_OBJECT_CLASS (klass)->finalize = rig_sink_finalize;
}

static void
rig_sink_init (RigSink *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->batches = g_ptr_array_new ();
  self->numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RigSink, g_object_unref)

static inline RigSink *
rig_sink_new (const MvxLogAsyncConfig *config)
{
  RigSink *self = g_object_new (rig_sink_get_type (), NULL);

  mvx_log_async_sink_set_config (MVX_LOG_ASYNC_SINK (self), config);
  return self;
}

static inline void
rig_sink_gate (RigSink *self, gboolean closed)
{
  g_mutex_lock (&self->mutex);
  self->closed = closed;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

static inline void
rig_sink_reply (RigSink *self, const RigReply *reply)
{
  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->replies, (gpointer) reply);
  g_mutex_unlock (&self->mutex);
}

static inline void
rig_sink_hold_start (RigSink *self, gboolean held)
{
  g_mutex_lock (&self->mutex);
  self->held = held;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

/* Until dispatch has been entered so often. */
static inline void
rig_sink_wait_entered (RigSink *self, guint n)
{
  g_mutex_lock (&self->mutex);
  while (self->n_entered < n)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

static inline void
rig_sink_wait_delivered (RigSink *self, guint n)
{
  g_mutex_lock (&self->mutex);
  while (self->numbers->len < n)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

/* Until this one has been delivered. */
static inline void
rig_sink_wait_last (RigSink *self, guint64 number)
{
  g_mutex_lock (&self->mutex);
  while (self->numbers->len == 0 || g_array_index (self->numbers, guint64, self->numbers->len - 1) != number)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

/* Until the hook has run so often. */
static inline void
rig_sink_wait_stopped (RigSink *self, guint n)
{
  g_mutex_lock (&self->mutex);
  while (self->n_stopped < n)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

static inline void
rig_sink_wait_batches (RigSink *self, guint n)
{
  g_mutex_lock (&self->mutex);
  while (self->batches->len < n)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

static inline guint
rig_sink_n_delivered (RigSink *self)
{
  guint n;

  g_mutex_lock (&self->mutex);
  n = self->numbers->len;
  g_mutex_unlock (&self->mutex);
  return n;
}

/* Metadata of @size bytes: a message. */
static inline void
rig_fill_message (guint8 *p, guint32 size)
{
  guint8 *end = p + size;

  p = mvx_log_store32 (p, size - 4);
  *p++ = MVX_LOG_META_MESSAGE;
  p = mvx_log_store32 (p, size - 4 - 1 - 4 - 1);
  memset (p, 'x', (gsize) (end - p - 1));
}

/* One event with this number straight into a sink. */
static inline gboolean
rig_log (MvxLogAsyncSink *self, guint64 number, GError **error)
{
  MvxLogRecord record = { .size = sizeof record,
                          .stamp = 1000 + number,
                          .number = number,
                          .level = MVX_LOG_LEVEL_INFO,
                          .flags = MVX_LOG_RECORD_REALTIME | MVX_LOG_RECORD_NO_SLOTS };
  MvxLogReason reason;

  return mvx_log_queue_put (mvx_log_async_sink_get_queue (self), mvx_log_thread_get (), &record, &reason)
         || mvx_log_async_sink_refusal (self, reason, error);
}

static inline gboolean
rig_sink_log (RigSink *self, guint64 number, GError **error)
{
  return rig_log (MVX_LOG_ASYNC_SINK (self), number, error);
}

/* As a logging call does that goes past queues. */
static inline gboolean
rig_sink_write (RigSink *self, guint64 number)
{
  const MvxLogRecord record = { .size = sizeof record,
                                .stamp = 1000 + number,
                                .number = number,
                                .level = MVX_LOG_LEVEL_INFO,
                                .flags = MVX_LOG_RECORD_REALTIME | MVX_LOG_RECORD_NO_SLOTS };
  MvxLogEvent event;

  mvx_log_event_view (&event, &record);
  event.time_ns = (gint64) record.stamp;
  event.seq = 0;
  return mvx_log_sink_log (MVX_LOG_SINK (self), &event, NULL);
}

/* A large one. */
static inline void
rig_sink_log_large (RigSink *self, guint64 number, guint32 size)
{
  g_autofree MvxLogRecord *record = g_malloc0 (size);
  MvxLogReason reason;

  *record = (MvxLogRecord){ .size = size,
                            .stamp = 1000 + number,
                            .number = number,
                            .level = MVX_LOG_LEVEL_INFO,
                            .flags = MVX_LOG_RECORD_META | MVX_LOG_RECORD_REALTIME | MVX_LOG_RECORD_NO_SLOTS };
  rig_fill_message ((guint8 *) (record + 1), size - sizeof *record);
  g_assert_true (mvx_log_queue_put (mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (self)), mvx_log_thread_get (),
                                    record, &reason));
}

static inline void
rig_sink_log_n (RigSink *self, guint64 first, guint n)
{
  for (guint i = 0; i < n; i++)
    g_assert_true (rig_sink_log (self, first + i, NULL));
}

static inline void
rig_sink_check_ledger (RigSink *self)
{
  ledger_check_moving (MVX_LOG_SINK (self));
}

static inline MvxLogSinkState
state_of (RigSink *sink)
{
  return mvx_log_async_sink_get_state (MVX_LOG_ASYNC_SINK (sink));
}

static inline gboolean
start (RigSink *sink, GError **error)
{
  g_autoptr (MvxLogOperation) operation = mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (sink));

  return mvx_log_operation_wait (operation, -1, error);
}

static inline gboolean
stop (RigSink *sink, GError **error)
{
  g_autoptr (MvxLogOperation) operation = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (sink));

  return mvx_log_operation_wait (operation, -1, error);
}

static inline gboolean
terminate (RigSink *sink, GError **error)
{
  return mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, error);
}

static inline gboolean
flush (RigSink *sink, GError **error)
{
  return mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, error);
}

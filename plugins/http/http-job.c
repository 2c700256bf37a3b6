/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-job.h"

#include <string.h>

/* Most events that are remembered as settled; nobody else has so many on their way. */
#define MVX_HTTP_JOB_REMEMBERED 200000

typedef struct
{
  MvxHttpLine *line;
  MvxLogEvent *const *events;
  guint n_events;
  MvxHttpFate *fates; /* RETRY: not settled yet */
  guint next;         /* those before were tried, or need not be */
  guint *part;        /* what the present request holds */
  guint n_part;
  guint limit; /* most events of a request */
  MvxHttpExchange *exchange;
  GSource *timer;
  GError *why; /* the first one that says why an event has to wait */
  gboolean starting;
  gboolean over;   /* while starting */
  gboolean ending; /* nothing more is sent */
  guint n_done;
} MvxHttpJob;

static void
mvx_http_job_free (MvxHttpJob *self)
{
  for (guint i = 0; i < self->n_events; i++)
    g_free (self->fates[i].reason);
  g_free (self->fates);
  g_free (self->part);
  g_clear_error (&self->why);
  g_free (self);
}

/* NULL: it has no number by which it would be known again. */
static char *
mvx_http_job_identify (const MvxLogEvent *event)
{
  MvxLogSender sender = { NULL, 0, 0, 0, 0 };
  guint64 seq = 0;
  const char *stream = mvx_log_event_get_stream (event, &seq);

  if (stream == NULL)
    seq = mvx_log_event_get_seq (event);
  if (seq == 0)
    return NULL;
  mvx_log_event_get_sender (event, &sender);
  return g_strdup_printf ("%s %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %s %u %" G_GUINT64_FORMAT,
                          stream ? stream : "", seq, mvx_log_event_get_timestamp (event),
                          sender.host ? sender.host : "", sender.pid, sender.stream);
}

/* The server has those already that came behind the first one of their batch that has to wait. */
static void
mvx_http_job_recall (MvxHttpJob *self)
{
  for (guint i = 0; i < self->n_events; i++)
    {
      g_autofree char *identity = NULL;
      g_autofree char *known = NULL;
      char *reason;

      self->fates[i].result = MVX_LOG_DISPATCH_RETRY;
      if (g_hash_table_size (self->line->settled) == 0)
        continue;
      identity = mvx_http_job_identify (self->events[i]);
      if (identity == NULL
          || !g_hash_table_steal_extended (self->line->settled, identity, (gpointer *) &known, (gpointer *) &reason))
        continue;
      self->fates[i].result = *reason ? MVX_LOG_DISPATCH_DROP : MVX_LOG_DISPATCH_OK;
      self->fates[i].reason = reason;
    }
}

static void
mvx_http_job_remember (MvxHttpJob *self)
{
  for (guint i = self->n_done; i < self->n_events; i++)
    {
      MvxHttpFate *fate = &self->fates[i];
      char *identity = fate->result == MVX_LOG_DISPATCH_RETRY ? NULL : mvx_http_job_identify (self->events[i]);

      if (identity == NULL)
        continue;
      /* Rather twice than without end. */
      if (g_hash_table_size (self->line->settled) >= MVX_HTTP_JOB_REMEMBERED)
        g_hash_table_remove_all (self->line->settled);
      g_hash_table_replace (self->line->settled, identity,
                            fate->result == MVX_LOG_DISPATCH_DROP ? g_steal_pointer (&fate->reason) : g_strdup (""));
    }
}

/* Only those from the first on can be settled now. What a stop gives up is not offered again: the sink knows what it
 * has not heard of. */
static void
mvx_http_job_finish (MvxHttpJob *self)
{
  MvxHttpLine *line = self->line;
  gboolean all;

  while (self->n_done < self->n_events && self->fates[self->n_done].result != MVX_LOG_DISPATCH_RETRY)
    {
      if (self->fates[self->n_done].result == MVX_LOG_DISPATCH_DROP)
        mvx_log_sink_host_reject (line->host, self->events[self->n_done], self->fates[self->n_done].reason);
      self->n_done++;
    }
  mvx_http_job_remember (self);
  self->over = TRUE;
  if (self->starting)
    return;
  all = self->n_done == self->n_events;
  g_ptr_array_remove_fast (line->jobs, self);
  if (self->n_done > 0 || !line->stopping)
    mvx_log_sink_host_complete (line->host, self->events, all ? MVX_LOG_DISPATCH_OK : MVX_LOG_DISPATCH_RETRY,
                                self->n_done, all ? NULL : g_steal_pointer (&self->why));
  mvx_http_job_free (self);
}

static void
mvx_http_job_wait (MvxHttpJob *self, const GError *why)
{
  if (self->why == NULL)
    self->why = g_error_copy (why);
}

static void
mvx_http_job_wait_changed (MvxHttpJob *self)
{
  if (self->why == NULL)
    self->why = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The sink has been changed meanwhile");
}

static void mvx_http_job_go_on (MvxHttpJob *self);

/* TRUE: the server does not want to be asked at once. */
static gboolean
mvx_http_job_note_pause (MvxHttpJob *self, const MvxHttpAnswer *answer)
{
  gint64 now = g_get_monotonic_time ();
  GError *why;
  gint64 seconds = mvx_http_reply_retry_after (answer->retry_after, g_get_real_time () / G_USEC_PER_SEC);

  if (seconds <= 0)
    return FALSE;
  self->line->not_before_us = MAX (self->line->not_before_us, now + seconds * G_USEC_PER_SEC);
  why = self->why;
  self->why = g_error_new (why->domain, why->code, "%s; it wants no request for %" G_GINT64_FORMAT " s", why->message,
                           seconds);
  g_error_free (why);
  return TRUE;
}

/* What was found out about the events of the request. */
static void
mvx_http_job_take_fates (MvxHttpJob *self, MvxHttpFate *fates)
{
  for (guint i = 0; i < self->n_part; i++)
    {
      MvxHttpFate *fate = &self->fates[self->part[i]];

      *fate = fates[i];
      if (fate->result != MVX_LOG_DISPATCH_RETRY)
        continue;
      if (self->why == NULL)
        self->why
            = g_error_new (G_IO_ERROR, G_IO_ERROR_BUSY,
                           "HTTP server at '%s' does not take some of the events now: %s; they alone are sent again",
                           self->line->options->url, fate->reason ? fate->reason : "no reason given");
      g_clear_pointer (&fate->reason, g_free);
    }
  self->next = self->part[self->n_part - 1] + 1;
  self->limit = self->limit < G_MAXUINT / 2 ? self->limit * 2 : G_MAXUINT;
}

/* One of them is to blame, and has to be found. */
static void
mvx_http_job_narrow (MvxHttpJob *self, const GError *why)
{
  if (self->n_part > 1)
    {
      self->limit = self->n_part / 2;
      return;
    }
  self->fates[self->part[0]] = (MvxHttpFate){ MVX_LOG_DISPATCH_DROP, g_strdup (why->message) };
  self->next = self->part[0] + 1;
}

static void
mvx_http_job_on_answer (const MvxHttpAnswer *answer, const GError *error, gpointer data)
{
  MvxHttpJob *self = data;
  g_autofree MvxHttpFate *fates = g_new0 (MvxHttpFate, self->n_part);
  g_autoptr (GError) why = NULL;
  MvxLogDispatchResult result = MVX_LOG_DISPATCH_RETRY;
  guint64 n_lost = 0;
  gboolean over;

  self->exchange = NULL;
  if (answer)
    result = mvx_http_reply_judge (self->line->options, answer, fates, self->n_part, &n_lost, &why);
  if (n_lost > 0)
    {
      mvx_log_sink_host_count (self->line->host, "refused", (gint64) n_lost);
      mvx_log_sink_host_diagnose (self->line->host, MVX_LOG_LEVEL_WARNING, why->message);
    }
  if (result == MVX_LOG_DISPATCH_OK)
    mvx_http_job_take_fates (self, fates);
  else if (result == MVX_LOG_DISPATCH_DROP)
    mvx_http_job_narrow (self, why);
  else
    mvx_http_job_wait (self, answer ? why : error);
  over = result == MVX_LOG_DISPATCH_RETRY || self->ending;
  if (answer && self->why && mvx_http_job_note_pause (self, answer))
    over = TRUE;
  if (self->ending)
    mvx_http_job_wait_changed (self);
  if (over)
    mvx_http_job_finish (self);
  else
    mvx_http_job_go_on (self);
}

/* FALSE: there are none left. */
static gboolean
mvx_http_job_fill (MvxHttpJob *self)
{
  self->n_part = 0;
  for (guint i = self->next; i < self->n_events && self->n_part < self->limit; i++)
    {
      if (self->fates[i].result != MVX_LOG_DISPATCH_RETRY)
        continue;
      if (!mvx_http_body_add (&self->line->body, self->events[i]))
        break;
      self->part[self->n_part++] = i;
    }
  return self->n_part > 0;
}

static gboolean
mvx_http_job_send (MvxHttpJob *self, GError **error)
{
  MvxHttpLine *line = self->line;
  g_autoptr (GBytes) body = mvx_http_body_finish (&line->body);
  g_autoptr (SoupMessage) message = NULL;

  if (line->session == NULL)
    line->session = mvx_http_session_new (line->options, error);
  message = line->session ? mvx_http_session_new_message (line->session, "POST", body, error) : NULL;
  if (message == NULL)
    return FALSE;
  line->last_request_us = g_get_monotonic_time ();
  mvx_log_sink_host_count (line->host, "requests", 1);
  self->exchange
      = mvx_http_exchange_new (line->session, message, mvx_http_reply_limit (self->n_part), line->options->timeout_us,
                               mvx_log_sink_host_get_cancellable (line->host), mvx_http_job_on_answer, self);
  return TRUE;
}

static void
mvx_http_job_clear_timer (MvxHttpJob *self)
{
  if (self->timer)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static gboolean
mvx_http_job_on_time (gpointer data)
{
  MvxHttpJob *self = data;

  mvx_http_job_clear_timer (self);
  mvx_http_job_go_on (self);
  return G_SOURCE_REMOVE;
}

/* TRUE: it goes on then. */
static gboolean
mvx_http_job_pause (MvxHttpJob *self, gint64 until)
{
  if (until <= g_get_monotonic_time ())
    return FALSE;
  self->timer = g_timeout_source_new (0);
  g_source_set_ready_time (self->timer, until);
  g_source_set_callback (self->timer, mvx_http_job_on_time, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
  return TRUE;
}

static gboolean
mvx_http_job_has_more (const MvxHttpJob *self)
{
  guint i = self->next;

  while (i < self->n_events && self->fates[i].result != MVX_LOG_DISPATCH_RETRY)
    i++;
  return i < self->n_events;
}

static void
mvx_http_job_go_on (MvxHttpJob *self)
{
  g_autoptr (GError) error = NULL;

  /* The answer to another batch may have said so. */
  if (mvx_http_job_has_more (self) && mvx_http_job_pause (self, self->line->not_before_us))
    return;
  if (mvx_http_job_fill (self))
    {
      if (mvx_http_job_send (self, &error))
        return;
      mvx_http_job_wait (self, error);
    }
  mvx_http_job_finish (self);
}

/* A full batch does not wait for more. */
static gint64
mvx_http_job_get_start (const MvxHttpJob *self)
{
  const MvxHttpOptions *options = self->line->options;

  return self->n_events < options->batch_max ? self->line->last_request_us + options->interval_us : 0;
}

MvxLogDispatchResult
mvx_http_job_start (MvxHttpLine *line, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxHttpJob *self = g_new0 (MvxHttpJob, 1);
  MvxLogDispatchResult result;

  self->line = line;
  self->events = events;
  self->n_events = n_events;
  self->fates = g_new0 (MvxHttpFate, n_events);
  self->part = g_new (guint, n_events);
  self->limit = G_MAXUINT;
  mvx_http_job_recall (self);
  self->starting = TRUE;
  if (!mvx_http_job_pause (self, mvx_http_job_get_start (self)))
    mvx_http_job_go_on (self);
  self->starting = FALSE;
  if (!self->over)
    {
      g_ptr_array_add (line->jobs, self);
      return MVX_LOG_DISPATCH_PENDING;
    }
  *n_done = self->n_done;
  result = self->n_done == n_events ? MVX_LOG_DISPATCH_OK : MVX_LOG_DISPATCH_RETRY;
  if (result != MVX_LOG_DISPATCH_OK)
    g_propagate_error (error, g_steal_pointer (&self->why));
  mvx_http_job_free (self);
  return result;
}

/* What has been sent is answered first, unless there is no time for that. */
static void
mvx_http_job_end (MvxHttpJob *self, gboolean cancel)
{
  self->ending = TRUE;
  if (self->exchange && !cancel)
    return;
  mvx_http_job_wait_changed (self);
  if (self->exchange)
    {
      mvx_http_exchange_cancel (self->exchange);
      return;
    }
  mvx_http_job_clear_timer (self);
  mvx_http_job_finish (self);
}

void
mvx_http_job_end_all (MvxHttpLine *line, gboolean cancel)
{
  for (guint i = line->jobs->len; i > 0; i--)
    mvx_http_job_end (g_ptr_array_index (line->jobs, i - 1), cancel);
  while (line->jobs->len > 0)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
}

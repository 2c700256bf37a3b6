/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as messages of a stream of NATS JetStream: the plugin contract. A batch is published message by message, each
 * with a subject for its answer, and is answered with PENDING; it is completed when JetStream has answered to the last
 * of its events, or the connection is no more. */
#include "../common/alarm.h"
#include "../common/batch.h"
#include "nats-link.h"
#include "nats-probe.h"

typedef struct
{
  MvxLogSinkHost *host;
  MvxNatsOptions *options;
  MvxNatsLink *link; /* NULL: there is none, and no batch on its way */
  GQueue window;     /* of MvxNatsWait, the oldest first */
  guint64 n_batches;
  GSource *alarm; /* when the oldest has waited long enough */
  gboolean was_connected;
  gboolean stopping;
} MvxNats;

/* A batch on its way, or waiting for the connection. */
typedef struct
{
  MvxBatch *batch;
  guint64 number;
  gint64 deadline_us;
} MvxNatsWait;

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (GVariant) all = mvx_log_options_to_variant (options);
  g_autoptr (MvxNatsOptions) parsed = mvx_nats_options_new (options, error);

  if (parsed == NULL)
    return NULL;
  return mvx_log_sink_descriptor_new ("nats", g_variant_new ("(ss)", parsed->servers, parsed->subject), all);
}

/* A server that is not there yet is no mistake of the configuration. Files that are not there are, though. */
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  g_autoptr (MvxNatsOptions) parsed = mvx_nats_options_new (options, error);
  MvxNats *self;

  if (parsed == NULL || !mvx_nats_options_check_files (parsed, error))
    return NULL;
  self = g_new0 (MvxNats, 1);
  self->host = host;
  self->options = g_steal_pointer (&parsed);
  return self;
}

static MvxNatsWait *
mvx_nats_wait_new (MvxNats *self, MvxLogEvent *const *events, guint n_events)
{
  MvxNatsWait *wait = g_new (MvxNatsWait, 1);

  wait->batch = mvx_batch_new (events, n_events);
  wait->number = ++self->n_batches;
  wait->deadline_us = g_get_monotonic_time () + self->options->timeout_us;
  return wait;
}

static void
mvx_nats_wait_free (MvxNatsWait *wait)
{
  mvx_batch_free (wait->batch);
  g_free (wait);
}

static MvxLogDispatchResult
mvx_nats_judge (int code, const char *said, gpointer data, GError **error)
{
  const MvxNats *self = data;

  return mvx_nats_error_judge (self->options, code, said, error);
}

/* What is given up by the stop is not offered again: the sink knows what it has not heard of. */
static void
mvx_nats_finish (MvxNats *self, MvxNatsWait *wait)
{
  g_autoptr (GError) error = NULL;
  guint n_done;
  MvxLogDispatchResult result = mvx_batch_judge (wait->batch, self->host, mvx_nats_judge, self, &n_done, &error);

  if (n_done > 0 || !self->stopping)
    mvx_log_sink_host_complete (self->host, wait->batch->events, result, n_done, g_steal_pointer (&error));
  mvx_nats_wait_free (wait);
}

static void
mvx_nats_set_alarm (MvxNats *self)
{
  const MvxNatsWait *oldest = g_queue_peek_head (&self->window);

  mvx_alarm_set (self->alarm, oldest ? oldest->deadline_us : -1);
}

/* All that is on its way, with the same answer. */
static void
mvx_nats_answer_all (MvxNats *self, int code, const char *said)
{
  MvxNatsWait *wait;

  while ((wait = g_queue_pop_head (&self->window)))
    {
      mvx_batch_stop (wait->batch, 0, code, said);
      mvx_nats_finish (self, wait);
    }
  mvx_nats_set_alarm (self);
}

static void
mvx_nats_on_ended (int code, const char *said, gpointer data)
{
  MvxNats *self = data;

  g_clear_pointer (&self->link, mvx_nats_link_free);
  mvx_nats_answer_all (self, code, said);
}

/* A server that is connected, but does not answer, may be no more. An attempt goes on: there is one at a time. */
static void
mvx_nats_on_alarm (gpointer data)
{
  MvxNats *self = data;
  const MvxNatsWait *oldest = g_queue_peek_head (&self->window);

  if (oldest == NULL || oldest->deadline_us > g_get_monotonic_time ())
    mvx_nats_set_alarm (self);
  else if (self->link && !mvx_nats_link_is_open (self->link))
    mvx_nats_answer_all (self, NATS_TIMEOUT, "there is no connection yet, or a name is not resolved");
  else
    mvx_nats_on_ended (NATS_TIMEOUT, "it has not confirmed events in time", self);
}

/* An event that is refused at once does not keep the others. Anything else ends the connection. */
static natsStatus
mvx_nats_send (MvxNats *self, MvxNatsWait *wait)
{
  char token[64];
  natsStatus status = NATS_OK;

  wait->deadline_us = g_get_monotonic_time () + self->options->timeout_us;
  for (guint i = 0; i < wait->batch->n_events && status == NATS_OK; i++)
    {
      g_snprintf (token, sizeof token, "%" G_GINT64_MODIFIER "x-%x", wait->number, i);
      status = mvx_nats_link_send (self->link, self->options, wait->batch->events[i], token);
      if (status != NATS_MAX_PAYLOAD)
        continue;
      mvx_batch_answer (&wait->batch->slots[i], status, mvx_nats_error_said (status));
      status = NATS_OK;
    }
  return status;
}

/* What waits from here on. */
static void
mvx_nats_send_from (MvxNats *self, GList *from)
{
  GList *next;

  for (GList *l = from; l; l = next)
    {
      MvxNatsWait *wait = l->data;
      const natsStatus status = mvx_nats_send (self, wait);

      next = l->next;
      if (status != NATS_OK)
        {
          g_autofree char *said = g_strdup (mvx_nats_error_said (status));

          mvx_nats_on_ended (status, said, self);
          return;
        }
      if (wait->batch->n_open > 0)
        continue;
      g_queue_delete_link (&self->window, l);
      mvx_nats_finish (self, wait);
    }
  mvx_nats_set_alarm (self);
}

static void
mvx_nats_on_opened (gpointer data)
{
  MvxNats *self = data;

  if (self->was_connected)
    mvx_log_sink_host_count (self->host, "reconnects", 1);
  self->was_connected = TRUE;
  mvx_nats_send_from (self, self->window.head);
}

/* The slot that a token is of, if it waits for an answer. */
static MvxSlot *
mvx_nats_find (MvxNats *self, const char *token, GList **at)
{
  char *end;
  const guint64 number = g_ascii_strtoull (token, &end, 16);
  const guint64 index = *end == '-' ? g_ascii_strtoull (end + 1, NULL, 16) : G_MAXUINT64;

  for (*at = self->window.head; *at; *at = (*at)->next)
    {
      const MvxNatsWait *wait = (*at)->data;

      if (wait->number == number)
        return index < wait->batch->n_events && wait->batch->slots[index].open ? &wait->batch->slots[index] : NULL;
    }
  return NULL;
}

static void
mvx_nats_on_replied (const char *token, natsMsg *reply, gpointer data)
{
  MvxNats *self = data;
  g_auto (MvxNatsAnswer) answer = { 0, NULL, FALSE };
  GList *at;
  MvxSlot *slot = mvx_nats_find (self, token, &at);
  MvxNatsWait *wait;

  if (slot == NULL)
    return;
  mvx_nats_answer_read (&answer, reply);
  if (answer.duplicate)
    mvx_log_sink_host_count (self->host, "duplicates", 1);
  if (!mvx_batch_answer (slot, answer.code, answer.said))
    return;
  wait = at->data;
  g_queue_delete_link (&self->window, at);
  mvx_nats_finish (self, wait);
  mvx_nats_set_alarm (self);
}

static gboolean
mvx_nats_connect (MvxNats *self, GError **error)
{
  static const MvxNatsLinkFuncs funcs = { mvx_nats_on_opened, mvx_nats_on_replied, mvx_nats_on_ended };
  GMainContext *context = mvx_log_sink_host_get_main_context (self->host);

  if (self->link)
    return TRUE;
  if (self->alarm == NULL)
    self->alarm = mvx_alarm_new (context, "[mvxlog] nats timeout", mvx_nats_on_alarm, self);
  self->link = mvx_nats_link_new (self->options, mvx_log_sink_host_get_name (self->host), context, &funcs, self, error);
  return self->link != NULL;
}

/* That a batch is completed before this returns is well. */
MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxNats *self = instance;

  *n_done = 0;
  if (!mvx_nats_connect (self, error))
    return MVX_LOG_DISPATCH_RETRY;
  g_queue_push_tail (&self->window, mvx_nats_wait_new (self, events, n_events));
  if (mvx_nats_link_is_open (self->link))
    mvx_nats_send_from (self, self->window.tail);
  else
    mvx_nats_set_alarm (self);
  return MVX_LOG_DISPATCH_PENDING;
}

/* With the link nothing comes back any more. */
static void
mvx_nats_close (MvxNats *self)
{
  self->stopping = TRUE;
  if (self->alarm)
    {
      mvx_nats_on_ended (NATS_CONNECTION_CLOSED, NULL, self);
      g_source_destroy (self->alarm);
      g_clear_pointer (&self->alarm, g_source_unref);
    }
  self->stopping = FALSE;
}

static gboolean
mvx_nats_on_stopped (gpointer instance, GError **error)
{
  mvx_nats_close (instance);
  return TRUE;
}

static void
mvx_nats_destroy (gpointer instance)
{
  MvxNats *self = instance;

  mvx_nats_close (self);
  g_clear_pointer (&self->options, mvx_nats_options_free);
  g_free (self);
}

static gboolean
mvx_nats_probe_hook (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxNatsOptions) parsed = mvx_nats_options_new (options, error);
  gint64 timeout_us;

  if (parsed == NULL || !mvx_nats_options_check_files (parsed, error))
    return FALSE;
  timeout_us = parsed->timeout_us;
  if (deadline_us >= 0)
    timeout_us = CLAMP (deadline_us - g_get_monotonic_time (), 1, timeout_us);
  return mvx_nats_probe (parsed, timeout_us, error);
}

/* Only what is flagged RELOADABLE is another: the connection stays. */
static gboolean
mvx_nats_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxNats *self = instance;
  MvxNatsOptions *fresh = mvx_nats_options_new (options, error);

  if (fresh == NULL)
    return FALSE;
  mvx_nats_options_free (self->options);
  self->options = fresh;
  return TRUE;
}

MVX_LOG_PLUGIN_DEFINE ("nats",
                       MVX_LOG_VERSION_S,
                       "Messages of a stream of NATS JetStream, one per event",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES,
                       mvx_nats_option_table,
                       mvx_nats_destroy,
                       .on_stopped = mvx_nats_on_stopped,
                       .probe = mvx_nats_probe_hook,
                       .reconfigure = mvx_nats_reconfigure);

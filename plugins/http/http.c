/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events to HTTP servers: the plugin contract. Requests are made on the worker's main context, and a batch is settled
 * when the server has answered for each of its events. */
#include "../common/call.h"
#include "http-job.h"


MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxHttpOptions) parsed = mvx_http_options_new (options, error);
  g_autoptr (GVariant) all = NULL;

  if (parsed == NULL)
    return NULL;
  all = mvx_log_options_to_variant (options);
  return mvx_log_sink_descriptor_new ("http", g_variant_new_string (parsed->url), all);
}

static void
mvx_http_disconnect (MvxHttpLine *self, gboolean cancel)
{
  mvx_http_job_end_all (self, cancel);
  g_clear_pointer (&self->session, mvx_http_session_free);
}

static void
mvx_http_destroy (gpointer instance)
{
  MvxHttpLine *self = instance;

  self->stopping = TRUE;
  mvx_http_disconnect (self, TRUE);
  mvx_http_body_clear (&self->body);
  g_ptr_array_unref (self->jobs);
  g_hash_table_unref (self->settled);
  mvx_http_options_free (self->options);
  g_free (self);
}

/* Connects with the first batch: a server that is not there yet is no mistake of the configuration, but files that are
 * not there are. */
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  g_autoptr (MvxHttpOptions) parsed = mvx_http_options_new (options, error);
  MvxHttpLine *self;

  if (parsed == NULL || (mvx_http_options_is_tls (parsed) && !mvx_tls_options_check (&parsed->tls, "url", error)))
    return NULL;
  self = g_new0 (MvxHttpLine, 1);
  self->host = host;
  self->options = g_steal_pointer (&parsed);
  self->jobs = g_ptr_array_new ();
  self->settled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  mvx_http_body_init (&self->body, self->options);
  return self;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  *n_done = 0;
  return mvx_http_job_start (instance, events, n_events, n_done, error);
}

static gboolean
mvx_http_on_stopped (gpointer instance, GError **error)
{
  MvxHttpLine *self = instance;

  self->stopping = TRUE;
  mvx_http_disconnect (self, TRUE);
  self->stopping = FALSE;
  /* The next ones count anew. */
  g_hash_table_remove_all (self->settled);
  return TRUE;
}

/* The next request connects anew: names may lead elsewhere, and certificates be others. */
static gboolean
mvx_http_reopen (gpointer instance, GError **error)
{
  mvx_http_disconnect (instance, FALSE);
  return TRUE;
}

static gboolean
mvx_http_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxHttpLine *self = instance;
  MvxHttpOptions *fresh = mvx_http_options_new (options, error);

  if (fresh == NULL)
    return FALSE;
  mvx_http_disconnect (self, FALSE);
  mvx_http_body_clear (&self->body);
  mvx_http_options_free (self->options);
  self->options = fresh;
  mvx_http_body_init (&self->body, fresh);
  self->not_before_us = 0;
  return TRUE;
}

typedef struct
{
  const MvxHttpOptions *options;
  gboolean done;
  GError *error;
} MvxHttpProbe;

/* That this is not how it wants to be asked shows that it is there. */
static void
mvx_http_probe_on_answer (const MvxHttpAnswer *answer, const GError *error, gpointer data)
{
  MvxHttpProbe *self = data;
  MvxHttpFate fate = { MVX_LOG_DISPATCH_OK, NULL };
  guint64 n_lost;
  gboolean there = answer
                   && ((answer->status >= 200 && answer->status <= 299) || answer->status == 400
                       || answer->status == 405 || answer->status == 415);

  self->done = TRUE;
  if (error)
    self->error = g_error_copy (error);
  else if (!there)
    mvx_http_reply_judge (self->options, answer, &fate, 1, &n_lost, &self->error);
}

/* HEAD changes nothing. */
static gboolean
mvx_http_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxHttpOptions) parsed = mvx_http_options_new (options, error);
  g_autoptr (GMainContext) context = NULL;
  MvxHttpProbe probe = { parsed, FALSE, NULL };
  MvxHttpSession *session = NULL;
  SoupMessage *message = NULL;
  gint64 timeout_us;

  if (parsed == NULL)
    return FALSE;
  timeout_us = parsed->timeout_us;
  if (deadline_us >= 0)
    timeout_us = CLAMP (deadline_us - g_get_monotonic_time (), 1, timeout_us);
  if (!mvx_call_has_descriptors (&probe.error))
    {
      g_set_error (error, probe.error->domain, probe.error->code,
                   "Cannot ask HTTP server at '%s': %s; raise the limit of open files", parsed->url,
                   probe.error->message);
      g_error_free (probe.error);
      return FALSE;
    }
  context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  session = mvx_http_session_new (parsed, &probe.error);
  message = session ? mvx_http_session_new_message (session, "HEAD", NULL, &probe.error) : NULL;
  if (message)
    mvx_http_exchange_new (session, message, mvx_http_reply_limit (1), timeout_us, NULL, mvx_http_probe_on_answer,
                           &probe);
  while (message && !probe.done)
    g_main_context_iteration (context, TRUE);
  g_clear_object (&message);
  g_clear_pointer (&session, mvx_http_session_free);
  g_main_context_pop_thread_default (context);
  if (probe.error)
    g_propagate_error (error, probe.error);
  return probe.error == NULL;
}

MVX_LOG_PLUGIN_DEFINE ("http",
                       MVX_LOG_VERSION_S,
                       "HTTP servers: OpenTelemetry (OTLP), Loki, Elasticsearch, plain JSON",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES,
                       mvx_http_option_table,
                       mvx_http_destroy,
                       .on_stopped = mvx_http_on_stopped,
                       .reopen = mvx_http_reopen,
                       .probe = mvx_http_probe,
                       .reconfigure = mvx_http_reconfigure);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-exchange.h"

#include <string.h>

#define MVX_HTTP_EXCHANGE_CHUNK (16 * 1024)

struct _MvxHttpExchange
{
  MvxHttpSession *session;
  SoupMessage *message;
  gsize limit;
  gint64 timeout_us;
  GCancellable *cancellable;
  GCancellable *outer;
  gulong outer_id;
  GSource *timeout;
  gboolean timed_out;
  const char *step; /* what is going on */
  GInputStream *stream;
  GByteArray *body;
  MvxHttpExchangeFunc func;
  gpointer data;
};

static void
mvx_http_exchange_free (MvxHttpExchange *self)
{
  g_cancellable_disconnect (self->outer, self->outer_id);
  g_source_destroy (self->timeout);
  g_source_unref (self->timeout);
  g_signal_handlers_disconnect_by_data (self->message, self);
  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  g_clear_object (&self->cancellable);
  g_byte_array_unref (self->body);
  g_free (self);
}

/* Half a sentence about the server. */
static void
mvx_http_exchange_explain (MvxHttpExchange *self, const GError *why, GString *text)
{
  GTlsCertificateFlags flaws = soup_message_get_tls_peer_certificate_errors (self->message);

  if (self->timed_out)
    g_string_append_printf (text, "it took longer than %.3f s %s", (double) self->timeout_us / G_USEC_PER_SEC,
                            self->step);
  else if (why->domain == G_TLS_ERROR && flaws == G_TLS_CERTIFICATE_BAD_IDENTITY)
    g_string_append (text, "its certificate is for another name; correct url");
  else if (why->domain == G_TLS_ERROR && flaws != 0)
    g_string_append (text, mvx_tls_explain (flaws));
  else
    g_string_append (text, why->message);
}

static void
mvx_http_exchange_fail (MvxHttpExchange *self, GError *why)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GError *error;

  g_string_append_printf (text, "No answer of HTTP server at '%s': ", self->session->options->url);
  mvx_http_exchange_explain (self, why, text);
  error = self->timed_out ? g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, text->str)
                          : g_error_new_literal (why->domain, why->code, text->str);
  g_error_free (why);
  self->func (NULL, error, self->data);
  g_error_free (error);
  mvx_http_exchange_free (self);
}

/* A proxy has refused to lead to a server with TLS: what it says is none of the server's words. */
static gboolean
mvx_http_exchange_is_of_proxy (const MvxHttpExchange *self)
{
  return mvx_http_options_is_tls (self->session->options)
         && soup_message_get_tls_peer_certificate (self->message) == NULL;
}

static void
mvx_http_exchange_refuse_tunnel (MvxHttpExchange *self)
{
  const char *text = soup_message_get_reason_phrase (self->message);
  g_autofree char *phrase = mvx_http_reply_quote (self->session->options, text, text ? strlen (text) : 0);

  mvx_http_exchange_fail (self,
                          g_error_new (G_IO_ERROR, G_IO_ERROR_PROXY_FAILED, "its proxy answers %u %s; check proxy",
                                       soup_message_get_status (self->message), phrase));
}

static void
mvx_http_exchange_succeed (MvxHttpExchange *self)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  const MvxHttpAnswer answer = {
    .status = soup_message_get_status (self->message),
    .phrase = soup_message_get_reason_phrase (self->message),
    .location = soup_message_headers_get_one (headers, "Location"),
    .retry_after = soup_message_headers_get_one (headers, "Retry-After"),
    .body = (const char *) self->body->data,
    .size = self->body->len,
  };

  self->func (&answer, NULL, self->data);
  mvx_http_exchange_free (self);
}

static void mvx_http_exchange_on_read (GObject *source, GAsyncResult *result, gpointer data);

static void
mvx_http_exchange_read (MvxHttpExchange *self)
{
  g_input_stream_read_bytes_async (self->stream, MVX_HTTP_EXCHANGE_CHUNK, G_PRIORITY_DEFAULT, self->cancellable,
                                   mvx_http_exchange_on_read, self);
}

static void
mvx_http_exchange_on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  MvxHttpExchange *self = data;
  GError *why = NULL;
  g_autoptr (GBytes) bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &why);

  if (bytes == NULL)
    {
      mvx_http_exchange_fail (self, why);
      return;
    }
  if (g_bytes_get_size (bytes) == 0 && mvx_http_exchange_is_of_proxy (self))
    {
      mvx_http_exchange_refuse_tunnel (self);
      return;
    }
  if (g_bytes_get_size (bytes) == 0)
    {
      mvx_http_exchange_succeed (self);
      return;
    }
  g_byte_array_append (self->body, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
  if (self->body->len <= self->limit)
    mvx_http_exchange_read (self);
  else
    mvx_http_exchange_fail (self, g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                                               "it is longer than %" G_GSIZE_FORMAT " bytes; check url and profile",
                                               self->limit));
}

static void
mvx_http_exchange_on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  MvxHttpExchange *self = data;
  GError *why = NULL;

  self->stream = soup_session_send_finish (SOUP_SESSION (source), result, &why);
  if (self->stream == NULL)
    {
      mvx_http_exchange_fail (self, why);
      return;
    }
  self->step = "to answer";
  mvx_http_exchange_read (self);
}

static void
mvx_http_exchange_on_event (SoupMessage *message, GSocketClientEvent event, GIOStream *connection, gpointer data)
{
  MvxHttpExchange *self = data;

  switch (event)
    {
    case G_SOCKET_CLIENT_RESOLVING:
      self->step = "to look up its name";
      break;
    case G_SOCKET_CLIENT_CONNECTING:
    case G_SOCKET_CLIENT_PROXY_NEGOTIATING:
      self->step = "to connect";
      break;
    case G_SOCKET_CLIENT_CONNECTED:
      mvx_http_session_watch (self->session, connection);
      break;
    case G_SOCKET_CLIENT_TLS_HANDSHAKING:
      self->step = "to shake hands; is it TLS that listens there?";
      break;
    case G_SOCKET_CLIENT_COMPLETE:
      self->step = "to take the request and to answer";
      break;
    default:
      break;
    }
}

static gboolean
mvx_http_exchange_on_timeout (gpointer data)
{
  MvxHttpExchange *self = data;

  self->timed_out = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

/* On any thread. */
static void
mvx_http_exchange_on_outer (GCancellable *outer, gpointer data)
{
  g_cancellable_cancel (data);
}

void
mvx_http_exchange_cancel (MvxHttpExchange *self)
{
  g_cancellable_cancel (self->cancellable);
}

MvxHttpExchange *
mvx_http_exchange_new (MvxHttpSession *session,
                       SoupMessage *message,
                       gsize limit,
                       gint64 timeout_us,
                       GCancellable *cancellable,
                       MvxHttpExchangeFunc func,
                       gpointer data)
{
  MvxHttpExchange *self = g_new0 (MvxHttpExchange, 1);

  self->session = session;
  self->message = g_object_ref (message);
  self->limit = limit;
  self->timeout_us = timeout_us;
  self->step = "to take the request and to answer";
  self->body = g_byte_array_new ();
  self->func = func;
  self->data = data;
  self->cancellable = g_cancellable_new ();
  self->outer = cancellable;
  if (cancellable)
    self->outer_id = g_cancellable_connect (cancellable, G_CALLBACK (mvx_http_exchange_on_outer),
                                            g_object_ref (self->cancellable), g_object_unref);
  self->timeout = g_timeout_source_new (0);
  g_source_set_ready_time (self->timeout, g_get_monotonic_time () + timeout_us);
  g_source_set_callback (self->timeout, mvx_http_exchange_on_timeout, self, NULL);
  g_source_attach (self->timeout, g_main_context_get_thread_default ());
  g_signal_connect (message, "network-event", G_CALLBACK (mvx_http_exchange_on_event), self);
  soup_session_send_async (session->soup, message, G_PRIORITY_DEFAULT, self->cancellable, mvx_http_exchange_on_sent,
                           self);
  return self;
}

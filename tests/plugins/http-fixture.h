/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The http plugin, and a server for it: on a thread of its own, with answers that the test writes down, and what it was
 * asked for the test to look at. */
#pragma once

#include <gmodule.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#include "../broken/fixture.h"
#include "../render-fixture.h"
#include "peer.h"
#include "plugin/plugin-private.h"
#include "sink/host-private.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (http);

#define HTTP_PATIENCE_US (60 * G_USEC_PER_SEC)

/* What libsoup 3.2 forgets where it listens; AddressSanitizer asks the program, so that this holds nowhere else. */
G_MODULE_EXPORT const char *__lsan_default_suppressions (void);

G_MODULE_EXPORT const char *
__lsan_default_suppressions (void)
{
  return "leak:soup_server_listen_local\nleak:g_socket_accept\n";
}

typedef enum
{
  HTTP_SAY,    /* the body */
  HTTP_ITEMS,  /* for each pair of lines an item with status 201 */
  HTTP_HANG,   /* nothing at all */
  HTTP_ENDLESS /* more and more */
} HttpManner;

typedef struct
{
  guint       status;
  const char *header; /* NAME, and its value; nullable */
  const char *value;
  const char *body; /* nullable */
  HttpManner  manner;
} HttpAnswer;

typedef struct
{
  char               *method;
  char               *path;
  SoupMessageHeaders *headers;
  char               *body; /* unpacked, with a NUL behind it */
  gsize               size;
  guint16             port; /* of the client */
} HttpRequest;

typedef struct
{
  GThread      *thread;
  GMainContext *context;
  GMainLoop    *loop;
  SoupServer   *soup;
  guint16       port;
  HttpAnswer    usual;
  const char   *poison; /* a request with this in it is answered with 400; nullable */
  GAsyncQueue  *script; /* of HttpAnswer */
  GAsyncQueue  *requests; /* of HttpRequest */
  GMainContext *client; /* is woken up with each; nullable */
} HttpServer;

static inline void
http_request_free (HttpRequest *request)
{
  g_free (request->method);
  g_free (request->path);
  soup_message_headers_unref (request->headers);
  g_free (request->body);
  g_free (request);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpRequest, http_request_free)

static inline void
http_unpack (HttpRequest *request,
             GBytes      *body)
{
  g_autoptr (GConverter) gunzip = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;
  gconstpointer data = g_bytes_get_data (body, &size);

  if (g_strcmp0 (soup_message_headers_get_one (request->headers, "Content-Encoding"), "gzip") == 0)
    stream = g_converter_output_stream_new (memory, gunzip);
  else
    stream = g_object_ref (memory);
  g_output_stream_write_all (stream, data, size, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_output_stream_close (stream, NULL, &error));
  request->size = g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (memory));
  request->body = g_strndup (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (memory)), request->size);
}

static inline void
http_copy_header (const char *name,
                  const char *value,
                  gpointer    data)
{
  soup_message_headers_append (data, name, value);
}

static inline HttpRequest *
http_request_new (SoupServerMessage *message,
                  const char        *path)
{
  HttpRequest *request = g_new0 (HttpRequest, 1);
  g_autoptr (GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (message));

  request->method = g_strdup (soup_server_message_get_method (message));
  request->path = g_strdup (path);
  request->headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  soup_message_headers_foreach (soup_server_message_get_request_headers (message), http_copy_header, request->headers);
  request->port = g_inet_socket_address_get_port (
      G_INET_SOCKET_ADDRESS (soup_server_message_get_remote_address (message)));
  http_unpack (request, body);
  return request;
}

static inline char *
http_make_items (const HttpRequest *request)
{
  GString *text = g_string_new ("{\"took\":1,\"errors\":false,\"items\":[");

  for (const char *p = request->body; (p = strstr (p, "{\"create\":{")); p++)
    g_string_append (text, text->str[text->len - 1] == '[' ? "{\"create\":{\"status\":201}}"
                                                            : ",{\"create\":{\"status\":201}}");
  return g_string_free (g_string_append (text, "]}"), FALSE);
}

static inline void
http_on_wrote_chunk (SoupServerMessage *message,
                     gpointer           data)
{
  static const char more[8192] = { 'x' };

  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC, more, sizeof more);
  soup_server_message_unpause (message);
}

static inline void
http_say (SoupServerMessage *message,
          const HttpAnswer  *answer,
          const HttpRequest *request)
{
  g_autofree char *items = answer->manner == HTTP_ITEMS ? http_make_items (request) : NULL;
  const char *body = items ? items : answer->body;

  soup_server_message_set_status (message, answer->status, NULL);
  if (answer->header)
    soup_message_headers_append (soup_server_message_get_response_headers (message), answer->header, answer->value);
  if (answer->manner == HTTP_HANG)
    soup_server_message_pause (message);
  if (answer->manner == HTTP_ENDLESS)
    {
      soup_message_headers_set_encoding (soup_server_message_get_response_headers (message), SOUP_ENCODING_CHUNKED);
      soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
      g_signal_connect (message, "wrote-chunk", G_CALLBACK (http_on_wrote_chunk), NULL);
      http_on_wrote_chunk (message, NULL);
    }
  else if (body)
    soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, body, strlen (body));
}

static inline void
http_on_request (SoupServer        *soup,
                 SoupServerMessage *message,
                 const char        *path,
                 GHashTable        *query,
                 gpointer           data)
{
  static const HttpAnswer poisoned = { .status = 400, .body = "no\tgood" };
  HttpServer *self = data;
  HttpRequest *request = http_request_new (message, path);
  g_autofree HttpAnswer *answer = g_async_queue_try_pop (self->script);

  if (self->poison && strstr (request->body, self->poison))
    http_say (message, &poisoned, request);
  else
    http_say (message, answer ? answer : &self->usual, request);
  g_async_queue_push (self->requests, request);
  g_main_context_wakeup (self->client);
}

/* Nobody else says so. */
static inline gboolean
http_on_certificate (SoupServerMessage   *message,
                     GTlsCertificate     *certificate,
                     GTlsCertificateFlags flaws,
                     gpointer             data)
{
  return flaws == 0;
}

static inline void
http_on_started (SoupServer        *soup,
                 SoupServerMessage *message,
                 gpointer           data)
{
  g_signal_connect (message, "accept-certificate", G_CALLBACK (http_on_certificate), NULL);
}

static inline gpointer
http_run (gpointer data)
{
  HttpServer *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

/* @port: 0 for one that is free. @certificate: for TLS; nullable. @authorities: whose certificates clients must have;
 * nullable. */
static inline void
http_start (HttpServer      *self,
            guint16          port,
            GTlsCertificate *certificate,
            GTlsDatabase    *authorities)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  g_main_context_push_thread_default (self->context);
  self->soup = g_object_new (SOUP_TYPE_SERVER, "tls-certificate", certificate, "tls-database", authorities,
                             "tls-auth-mode", authorities ? G_TLS_AUTHENTICATION_REQUIRED : G_TLS_AUTHENTICATION_NONE,
                             NULL);
  g_signal_connect (self->soup, "request-started", G_CALLBACK (http_on_started), NULL);
  soup_server_add_handler (self->soup, NULL, http_on_request, self, NULL);
  soup_server_listen_local (self->soup, port,
                            (certificate ? SOUP_SERVER_LISTEN_HTTPS : 0) | SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (self->soup);
  self->port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_main_context_pop_thread_default (self->context);
  self->thread = g_thread_new ("server", http_run, self);
}

static inline void
http_init (HttpServer *self)
{
  *self = (HttpServer){ .usual = { .status = 200 } };
  self->script = g_async_queue_new_full (g_free);
  self->requests = g_async_queue_new_full ((GDestroyNotify) http_request_free);
}

static inline gboolean
http_on_stop (gpointer data)
{
  HttpServer *self = data;

  soup_server_disconnect (self->soup);
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static inline void
http_stop (HttpServer *self)
{
  g_autoptr (GSource) source = NULL;

  if (self->thread == NULL)
    return;
  source = g_idle_source_new ();
  g_source_set_callback (source, http_on_stop, self, NULL);
  g_source_attach (source, self->context);
  g_thread_join (g_steal_pointer (&self->thread));
  g_main_context_push_thread_default (self->context);
  g_clear_object (&self->soup);
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_main_context_pop_thread_default (self->context);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
}

static inline void
http_clear (HttpServer *self)
{
  http_stop (self);
  g_async_queue_unref (self->script);
  g_async_queue_unref (self->requests);
}

/* The next answer that is not the usual one. */
static inline void
http_script (HttpServer *self,
             HttpAnswer  answer)
{
  g_async_queue_push (self->script, g_memdup2 (&answer, sizeof answer));
}

/* The next request. */
static inline HttpRequest *
http_take (HttpServer *self)
{
  HttpRequest *request = g_async_queue_timeout_pop (self->requests, HTTP_PATIENCE_US);

  g_assert_nonnull (request);
  return request;
}

static inline void
http_assert_no_more (HttpServer *self)
{
  g_assert_cmpint (g_async_queue_length (self->requests), <=, 0);
}

static inline void
http_assert_header (const HttpRequest *request,
                    const char        *name,
                    const char        *value)
{
  g_assert_cmpstr (soup_message_headers_get_one (request->headers, name), ==, value);
}

/* An instance of the plugin, driven by its four symbols, on this thread. */
typedef struct
{
  HttpServer      server;
  GMainContext   *context;
  MvxLogSinkHost *host;
  MvxLogOptions  *options;
  gpointer        instance;
  GPtrArray      *events;
  GString        *diagnostics; /* a line each */
  GString        *rejects;     /* "NUMBER: REASON", a line each */

  /* What became of the last batch. */
  gboolean             completed;
  MvxLogDispatchResult result;
  guint                n_done;
  GError              *error;
} HttpFixture;

static inline void
http_on_diagnose (gpointer    data,
                  gint        level,
                  const char *message)
{
  g_string_append_printf (((HttpFixture *) data)->diagnostics, "%s\n", message);
}

static inline void
http_on_reject (gpointer     data,
                MvxLogEvent *event,
                const char  *reason)
{
  g_string_append_printf (((HttpFixture *) data)->rejects, "%" G_GUINT64_FORMAT ": %s\n",
                          mvx_log_event_get_seq (event), reason);
}

static inline GMainContext *
http_on_context (gpointer data)
{
  return ((HttpFixture *) data)->context;
}

static inline void
http_on_complete (gpointer             data,
                  MvxLogEvent *const  *batch,
                  MvxLogDispatchResult result,
                  guint                n_done,
                  GError              *error)
{
  HttpFixture *fixture = data;

  g_assert_false (fixture->completed);
  fixture->completed = TRUE;
  fixture->result = result;
  fixture->n_done = n_done;
  fixture->error = error;
}

static inline void
http_set (HttpFixture *fixture,
          const char  *name,
          const char  *value)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_options_set (fixture->options, name, value, &error));
  g_assert_no_error (error);
}

static inline void
http_set_url (HttpFixture *fixture,
              const char  *scheme,
              const char  *host,
              const char  *path)
{
  g_autofree char *url = g_strdup_printf ("%s://%s:%u%s", scheme, host, fixture->server.port, path);

  http_set (fixture, "url", url);
}

static inline void
http_fixture_set_up (HttpFixture  *fixture,
                     gconstpointer data)
{
  static const MvxLogHostFuncs funcs = { .diagnose = http_on_diagnose,
                                         .reject = http_on_reject,
                                         .main_context = http_on_context,
                                         .complete = http_on_complete };

  *fixture = (HttpFixture){ .context = g_main_context_new () };
  g_main_context_push_thread_default (fixture->context);
  http_init (&fixture->server);
  fixture->server.client = fixture->context;
  fixture->host = mvx_log_sink_host_new ("http", &funcs, fixture);
  fixture->options = mvx_log_plugin_new_options (&mvx_static_plugin_http);
  http_set (fixture, "timeout", "60s");
  fixture->events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  fixture->diagnostics = g_string_new (NULL);
  fixture->rejects = g_string_new (NULL);
}

static inline void
http_close (HttpFixture *fixture)
{
  if (fixture->instance)
    {
      g_assert_true (mvx_static_plugin_http.plugin->on_stopped (fixture->instance, NULL));
      mvx_static_plugin_http.plugin->destroy (fixture->instance);
    }
  fixture->instance = NULL;
}

static inline void
http_fixture_tear_down (HttpFixture  *fixture,
                        gconstpointer data)
{
  http_close (fixture);
  http_clear (&fixture->server);
  while (g_main_context_iteration (fixture->context, FALSE))
    ;
  g_main_context_pop_thread_default (fixture->context);
  g_main_context_unref (fixture->context);
  mvx_log_options_unref (fixture->options);
  mvx_log_sink_host_free (fixture->host);
  g_ptr_array_unref (fixture->events);
  g_string_free (fixture->diagnostics, TRUE);
  g_string_free (fixture->rejects, TRUE);
  g_clear_error (&fixture->error);
  peer_end_pool ();
}

/* A server that answers as usual, and the plugin. */
static inline void
http_open (HttpFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  if (fixture->server.soup == NULL)
    {
      http_start (&fixture->server, 0, NULL, NULL);
      http_set_url (fixture, "http", "127.0.0.1", "/");
    }
  fixture->instance = mvx_static_plugin_http.create (fixture->options, fixture->host, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->instance);
}

/* Of "event NUMBER". */
static inline void
http_add_events (HttpFixture *fixture,
                 guint        n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("event %u", fixture->events->len + 1);

      g_ptr_array_add (fixture->events, fixture_event ((Fixture){ .context = "org.example",
                                                                  .level = MVX_LOG_LEVEL_INFO,
                                                                  .message = text,
                                                                  .seq = fixture->events->len + 1 }));
    }
}

/* Offers the events from @first on, until they are settled, or have to wait. */
static inline MvxLogDispatchResult
http_dispatch (HttpFixture *fixture,
               guint        first)
{
  MvxLogEvent *const *events = (MvxLogEvent *const *) fixture->events->pdata + first;

  g_clear_error (&fixture->error);
  fixture->completed = FALSE;
  fixture->n_done = 0;
  fixture->result = mvx_static_plugin_http.dispatch_core (fixture->instance, events, fixture->events->len - first,
                                                          &fixture->n_done, &fixture->error);
  while (fixture->result == MVX_LOG_DISPATCH_PENDING)
    g_main_context_iteration (fixture->context, TRUE);
  g_assert_true ((fixture->result == MVX_LOG_DISPATCH_OK) == (fixture->error == NULL));
  return fixture->result;
}

static inline void
http_assert_delivers (HttpFixture *fixture,
                      guint        first)
{
  http_dispatch (fixture, first);
  g_assert_no_error (fixture->error);
  g_assert_cmpint (fixture->result, ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (fixture->n_done, ==, fixture->events->len - first);
}

/* @expected: with a URL as "URL". */
static inline void
http_assert_message (HttpFixture *fixture,
                     const char  *actual,
                     const char  *expected)
{
  g_auto (GStrv) parts = g_strsplit (expected, "URL", -1);
  g_autofree char *path = g_strjoinv (mvx_log_options_get_string (fixture->options, "url"), parts);

  g_assert_cmpstr (actual, ==, path);
}

/* The events from @first on have to wait, but for the first @n_done. */
static inline void
http_assert_waits (HttpFixture *fixture,
                   guint        first,
                   guint        n_done,
                   const char  *expected)
{
  http_dispatch (fixture, first);
  g_assert_cmpint (fixture->result, ==, MVX_LOG_DISPATCH_RETRY);
  http_assert_message (fixture, fixture->error->message, expected);
  g_assert_cmpuint (fixture->n_done, ==, n_done);
}

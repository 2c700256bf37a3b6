/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-session.h"

#include <string.h>

#include "../common/secret.h"
#include "http-body.h"

/* How long connections may take to close. */
#define MVX_HTTP_SESSION_GOODBYE_MS 1000
/* The sink says how many requests there are at a time. */
#define MVX_HTTP_SESSION_CONNECTIONS 1024

static gboolean
mvx_http_session_read_files (MvxHttpSession *self, GError **error)
{
  g_auto (MvxTlsFiles) files = { NULL, NULL };

  if (!mvx_http_options_is_tls (self->options))
    return TRUE;
  if (!mvx_tls_options_check (&self->options->tls, "url", error)
      || !mvx_tls_files_read (&files, &self->options->tls, error))
    return FALSE;
  if (files.database)
    soup_session_set_tls_database (self->soup, files.database);
  self->certificate = g_steal_pointer (&files.certificate);
  return TRUE;
}

/* Nobody but the proxy gets to see it; for a server with TLS, the proxy is asked by a request of its own. */
static void
mvx_http_session_on_queued (SoupSession *soup, SoupMessage *message, gpointer data)
{
  const MvxHttpOptions *options = data;
  g_autofree char *header = NULL;

  if (mvx_http_options_is_tls (options) && strcmp (soup_message_get_method (message), SOUP_METHOD_CONNECT) != 0)
    return;
  header = g_strconcat ("Basic ", options->proxy_sent[1], NULL);
  soup_message_headers_replace (soup_message_get_request_headers (message), "Proxy-Authorization", header);
  explicit_bzero (header, strlen (header));
}

static void
mvx_http_session_set_proxy (MvxHttpSession *self)
{
  g_autoptr (GProxyResolver) resolver = NULL;

  if (self->options->proxy && strcmp (self->options->proxy, "system") == 0)
    return;
  if (self->options->proxy)
    resolver = g_simple_proxy_resolver_new (self->options->proxy, NULL);
  soup_session_set_proxy_resolver (self->soup, resolver);
  if (self->options->proxy_sent[1])
    g_signal_connect (self->soup, "request-queued", G_CALLBACK (mvx_http_session_on_queued), self->options);
}

MvxHttpSession *
mvx_http_session_new (MvxHttpOptions *options, GError **error)
{
  g_autoptr (MvxHttpSession) self = g_atomic_rc_box_new0 (MvxHttpSession);

  self->options = options;
  self->context = g_main_context_ref_thread_default ();
  /* Each request has a deadline of its own. */
  self->soup = soup_session_new_with_options ("timeout", 0, "max-conns", MVX_HTTP_SESSION_CONNECTIONS,
                                              "max-conns-per-host", MVX_HTTP_SESSION_CONNECTIONS, "user-agent",
                                              "libmvxlog/" MVX_LOG_VERSION_S, NULL);
  /* Answers are short, and credentials are ours to give. */
  soup_session_remove_feature_by_type (self->soup, SOUP_TYPE_CONTENT_DECODER);
  soup_session_remove_feature_by_type (self->soup, SOUP_TYPE_AUTH_MANAGER);
  mvx_http_session_set_proxy (self);
  return mvx_http_session_read_files (self, error) ? g_steal_pointer (&self) : NULL;
}

static void
mvx_http_session_clear (gpointer data)
{
  g_main_context_unref (((MvxHttpSession *) data)->context);
}

/* On any thread. */
static void
mvx_http_session_on_gone (gpointer data, GObject *connection)
{
  MvxHttpSession *self = data;

  g_atomic_int_add (&self->n_open, -1);
  g_main_context_wakeup (self->context);
  g_atomic_rc_box_release_full (self, mvx_http_session_clear);
}

void
mvx_http_session_watch (MvxHttpSession *self, GIOStream *connection)
{
  g_atomic_int_inc (&self->n_open);
  g_object_weak_ref (G_OBJECT (connection), mvx_http_session_on_gone, g_atomic_rc_box_acquire (self));
}

static gboolean
mvx_http_session_on_time (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* They close asynchronously, and an encrypted one says good-bye. */
static void
mvx_http_session_wait_closed (MvxHttpSession *self)
{
  GSource *timeout = g_timeout_source_new (MVX_HTTP_SESSION_GOODBYE_MS);
  gboolean late = FALSE;

  g_source_set_callback (timeout, mvx_http_session_on_time, &late, NULL);
  g_source_attach (timeout, self->context);
  while (!late && g_atomic_int_get (&self->n_open) > 0)
    g_main_context_iteration (self->context, TRUE);
  g_source_destroy (timeout);
  g_source_unref (timeout);
}

void
mvx_http_session_free (MvxHttpSession *self)
{
  if (self->soup)
    soup_session_abort (self->soup);
  g_clear_object (&self->soup);
  g_clear_object (&self->certificate);
  mvx_http_session_wait_closed (self);
  g_atomic_rc_box_release_full (self, mvx_http_session_clear);
}

/* A file may hold a new one each time. FALSE: it cannot be read. @secret: NULL if there is neither. */
static gboolean
mvx_http_session_read_secret (const char *path, const char *given, const char *who, char **secret, GError **error)
{
  *secret = path ? mvx_secret_read (path, who, error) : g_strdup (given);
  return path == NULL || *secret != NULL;
}

/* "SCHEME CODED". Takes both. */
static void
mvx_http_session_authorize (MvxHttpOptions *options,
                            SoupMessageHeaders *headers,
                            const char *scheme,
                            char *secret,
                            char *coded)
{
  char *header = g_strconcat (scheme, coded ? coded : secret, NULL);

  soup_message_headers_replace (headers, "Authorization", header);
  mvx_secret_free (header);
  mvx_http_options_note_sent (options, secret, coded);
}

static char *
mvx_http_session_encode (const char *user, const char *password)
{
  char *plain = g_strconcat (user, ":", password, NULL);
  char *coded = g_base64_encode ((const guchar *) plain, strlen (plain));

  mvx_secret_free (plain);
  return coded;
}

static gboolean
mvx_http_session_set_credentials (MvxHttpOptions *options, SoupMessageHeaders *headers, GError **error)
{
  g_autofree char *who = g_strdup_printf ("HTTP server at '%s'", options->url);
  char *token = NULL;
  char *password = NULL;

  if (!mvx_http_session_read_secret (options->token_file, options->token, who, &token, error)
      || !mvx_http_session_read_secret (options->password_file, options->password, who, &password, error))
    return FALSE;
  if (token)
    mvx_http_session_authorize (options, headers, "Bearer ", token, NULL);
  else if (password)
    mvx_http_session_authorize (options, headers, "Basic ", password,
                                mvx_http_session_encode (options->user, password));
  return TRUE;
}

static void
mvx_http_session_set_headers (const MvxHttpOptions *options, SoupMessageHeaders *headers)
{
  for (guint i = 0; options->headers[i]; i++)
    {
      const char *colon = strchr (options->headers[i], ':');
      g_autofree char *name = g_strndup (options->headers[i], (gsize) (colon - options->headers[i]));

      soup_message_headers_append (headers, name, colon + 1 + strspn (colon + 1, " "));
    }
}

SoupMessage *
mvx_http_session_new_message (MvxHttpSession *self, const char *method, GBytes *body, GError **error)
{
  g_autoptr (SoupMessage) message = soup_message_new_from_uri (method, self->options->uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  /* What may come twice may go over a connection that was used before. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_IDEMPOTENT);
  if (self->certificate)
    soup_message_set_tls_client_certificate (message, self->certificate);
  mvx_http_session_set_headers (self->options, headers);
  if (!mvx_http_session_set_credentials (self->options, headers, error))
    return NULL;
  if (body == NULL)
    return g_steal_pointer (&message);
  if (self->options->gzip)
    soup_message_headers_replace (headers, "Content-Encoding", "gzip");
  soup_message_set_request_body_from_bytes (message, mvx_http_body_get_type (self->options), body);
  return g_steal_pointer (&message);
}

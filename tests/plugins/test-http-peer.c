/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The http plugin and servers that refuse, are in trouble, or are none. */
#include "http-fixture.h"

#include <sys/resource.h>

static void
test_items (HttpFixture *fixture, gconstpointer data)
{
  g_autoptr (HttpRequest) all = NULL;
  g_autoptr (HttpRequest) rest = NULL;
  g_autoptr (HttpRequest) again = NULL;

  fixture->server.usual.manner = HTTP_ITEMS;
  http_script (&fixture->server,
               (HttpAnswer){ .status = 200,
                             .body
                             = "{\"errors\":true,\"items\":[{\"create\":{\"status\":201}},{\"create\":{\"status\":429,"
                               "\"error\":{\"type\":\"es_rejected_execution_exception\",\"reason\":\"full\"}}},"
                               "{\"create\":{\"status\":400,\"error\":{\"type\":\"mapper_parsing_exception\","
                               "\"reason\":\"failed\\nto parse\"}}},{\"create\":{\"status\":409}}]}" });
  http_set (fixture, "profile", "elasticsearch");
  http_open (fixture);
  http_add_events (fixture, 4);
  http_assert_waits (fixture, 0, 1,
                     "HTTP server at 'URLlogs-mvxlog-default/_bulk' does not take some of the events now: 429 "
                     "es_rejected_execution_exception: full; they alone are sent again");
  g_assert_cmpstr (fixture->rejects->str, ==, "");
  http_assert_delivers (fixture, 1);
  g_assert_cmpstr (fixture->rejects->str, ==, "3: 400 mapper_parsing_exception: failed to parse\n");
  all = http_take (&fixture->server);
  rest = http_take (&fixture->server);
  g_assert_nonnull (strstr (all->body, "event 4"));
  g_assert_nonnull (strstr (rest->body, "event 2"));
  g_assert_null (strstr (rest->body, "event 3"));
  g_assert_null (strstr (rest->body, "event 4"));
  /* They were remembered once. */
  http_assert_delivers (fixture, 3);
  again = http_take (&fixture->server);
  g_assert_nonnull (strstr (again->body, "event 4"));
}

typedef struct
{
  HttpAnswer answer;
  const char *profile;
  gint code;
  const char *expected;
} StatusCase;

#define BULK "HTTP server at 'URLlogs-mvxlog-default/_bulk' "

/* Those that keep the events. */
static const StatusCase status_cases[] = {
  { { .status = 301, .header = "Location", .value = "https://else.example.org/" },
    "json",
    G_IO_ERROR_NOT_FOUND,
    "HTTP server at 'URL' answers 301 Moved Permanently, to 'https://else.example.org/'; it is not followed; set url "
    "to "
    "where it leads" },
  { { .status = 401, .body = "who is top\x01secret?" },
    "json",
    G_IO_ERROR_PERMISSION_DENIED,
    "HTTP server at 'URL' answers 401 Unauthorized: \"who is top secret?\"; check token, user and password" },
  { { .status = 401, .body = "unknown token t0ken" },
    "json",
    G_IO_ERROR_PERMISSION_DENIED,
    "HTTP server at 'URL' answers 401 Unauthorized: \"unknown token ***\"; check token, user and password" },
  { { .status = 403 },
    "json",
    G_IO_ERROR_PERMISSION_DENIED,
    "HTTP server at 'URL' answers 403 Forbidden; check what token, user or certificate may do" },
  { { .status = 404 },
    "json",
    G_IO_ERROR_NOT_FOUND,
    "HTTP server at 'URL' answers 404 Not Found; check the path of url, and profile" },
  { { .status = 415 },
    "json",
    G_IO_ERROR_NOT_SUPPORTED,
    "HTTP server at 'URL' answers 415 Unsupported Media Type; check profile and compress" },
  { { .status = 418 },
    "json",
    G_IO_ERROR_FAILED,
    "HTTP server at 'URL' answers 418 Unknown Error; check url and profile" },
  { { .status = 429 },
    "json",
    G_IO_ERROR_BUSY,
    "HTTP server at 'URL' answers 429 Unknown Error; it has too much to do" },
  { { .status = 500 },
    "json",
    G_IO_ERROR_FAILED,
    "HTTP server at 'URL' answers 500 Internal Server Error; it is asked again later; look at its log" },
  { { .status = 503 },
    "json",
    G_IO_ERROR_BUSY,
    "HTTP server at 'URL' answers 503 Service Unavailable; it is asked again later" },
  { { .status = 200, .body = "<html>" },
    "ecs",
    G_IO_ERROR_INVALID_DATA,
    BULK "answers 200, but not as _bulk does: \"<html>\"; is it the right server? Check url and profile" },
  { { .status = 200 },
    "ecs",
    G_IO_ERROR_INVALID_DATA,
    BULK "answers 200, but not as _bulk does: \"\"; is it the right server? Check url and profile" },
  { { .status = 200, .body = "{\"items\":[]}" },
    "ecs",
    G_IO_ERROR_INVALID_DATA,
    BULK "answers 200, but not for each event: \"{\"items\":[]}\"; is it the right server? Check url and profile" },
  { { .status = 200, .body = "{\"items\":[{\"index\":{}}]}" },
    "ecs",
    G_IO_ERROR_INVALID_DATA,
    BULK "answers 200, but not as _bulk does: \"{\"items\":[{\"index\":{}}]}\"; is it the right server? Check url and "
         "profile" },
  { { .status = 200, .body = "hello" },
    "otlp",
    G_IO_ERROR_INVALID_DATA,
    "HTTP server at 'URLv1/logs' answers 200, but not as OTLP does: \"hello\"; is it the right server? Check url and "
    "profile" },
};

static void
test_statuses (HttpFixture *fixture, gconstpointer data)
{
  http_set (fixture, "token", "t0ken");
  for (guint i = 0; i < G_N_ELEMENTS (status_cases); i++)
    {
      http_set (fixture, "profile", status_cases[i].profile);
      http_open (fixture);
      if (i == 0)
        http_add_events (fixture, 1);
      http_script (&fixture->server, status_cases[i].answer);
      http_assert_waits (fixture, 0, 0, status_cases[i].expected);
      g_assert_error (fixture->error, G_IO_ERROR, status_cases[i].code);
      http_close (fixture);
    }
  g_assert_cmpstr (fixture->rejects->str, ==, "");
}

/* A server that repeats what it was told is not shown. */
static void
test_secrets (HttpFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = fixture_make_directory ();
  g_autofree char *path = g_build_filename (directory, "password", NULL);

  g_assert_true (g_file_set_contents (path, "open sesame\n", -1, NULL));
  http_set (fixture, "user", "Aladdin");
  http_set (fixture, "password-file", path);
  http_set (fixture, "headers", "X-Key: k3y");
  http_open (fixture);
  http_add_events (fixture, 1);
  http_script (&fixture->server,
               (HttpAnswer){ .status = 403, .body = "open sesame, Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==, k3y" });
  http_assert_waits (fixture, 0, 0,
                     "HTTP server at 'URL' answers 403 Forbidden: \"***, Basic ***, ***\"; check what token, user or "
                     "certificate may do");
  fixture_remove (directory);
}

/* Arrays in arrays are no reason to die. */
static void
test_deep (HttpFixture *fixture, gconstpointer data)
{
  g_autofree char *deep = g_strnfill (60000, '[');
  g_autofree char *expected = g_strdup_printf (
      BULK "answers 200, but not as _bulk does: \"%.200s\"; is it the right server? Check url and profile", deep);

  http_set (fixture, "profile", "ecs");
  http_open (fixture);
  http_add_events (fixture, 1);
  http_script (&fixture->server, (HttpAnswer){ .status = 200, .body = deep });
  http_assert_waits (fixture, 0, 0, expected);
}

/* The one that is to blame is found among a hundred, and the others are delivered. */
static void
test_poison (HttpFixture *fixture, gconstpointer data)
{
  guint n_requests = 0;
  guint n_taken = 0;

  fixture->server.poison = "event 77\"";
  http_open (fixture);
  http_add_events (fixture, 100);
  http_assert_delivers (fixture, 0);
  http_assert_message (fixture, fixture->rejects->str,
                       "77: HTTP server at 'URL' answers 400 Bad Request: \"no good\"; it does not take the event\n");
  while (g_async_queue_length (fixture->server.requests) > 0)
    {
      g_autoptr (HttpRequest) request = http_take (&fixture->server);

      n_requests++;
      for (const char *p = request->body; !strstr (request->body, "event 77\"") && (p = strchr (p, '\n')); p++)
        n_taken++;
    }
  g_assert_cmpuint (n_taken, ==, 99);
  g_assert_cmpuint (n_requests, <, 25);
}

/* OTLP tells how many, but not which. */
static void
test_partial (HttpFixture *fixture, gconstpointer data)
{
  http_set (fixture, "profile", "otlp");
  http_open (fixture);
  http_add_events (fixture, 3);
  http_script (&fixture->server,
               (HttpAnswer){ .status = 200,
                             .body = "{\"partialSuccess\":{\"rejectedLogRecords\":\"2\",\"errorMessage\":\"old\"}}" });
  http_assert_delivers (fixture, 0);
  g_assert_cmpstr (fixture->rejects->str, ==, "");
  http_assert_message (fixture, fixture->diagnostics->str,
                       "HTTP server at 'URLv1/logs' refuses 2 of 3 events: \"old\"\n");
  g_string_truncate (fixture->diagnostics, 0);
  http_script (&fixture->server, (HttpAnswer){ .status = 200, .body = "{\"partialSuccess\":{}}" });
  http_assert_delivers (fixture, 0);
  g_assert_cmpstr (fixture->diagnostics->str, ==, "");
  http_script (&fixture->server,
               (HttpAnswer){ .status = 200, .body = "{\"partialSuccess\":{\"rejectedLogRecords\":9}}" });
  http_assert_delivers (fixture, 2);
  http_assert_message (fixture, fixture->rejects->str, "3: HTTP server at 'URLv1/logs' refuses 1 of 1 events: \"\"\n");
}

/* 500 is final for OTLP, and for nobody else. */
static void
test_otlp_final (HttpFixture *fixture, gconstpointer data)
{
  http_set (fixture, "profile", "otlp");
  http_open (fixture);
  http_add_events (fixture, 1);
  http_script (&fixture->server, (HttpAnswer){ .status = 500 });
  http_assert_delivers (fixture, 0);
  http_assert_message (
      fixture, fixture->rejects->str,
      "1: HTTP server at 'URLv1/logs' answers 500 Internal Server Error; it is asked again later; look "
      "at its log\n");
}

static void
test_retry_after (HttpFixture *fixture, gconstpointer data)
{
  gint64 start = g_get_monotonic_time ();

  http_open (fixture);
  http_add_events (fixture, 1);
  http_script (&fixture->server, (HttpAnswer){ .status = 503, .header = "Retry-After", .value = "1" });
  http_assert_waits (
      fixture, 0, 0,
      "HTTP server at 'URL' answers 503 Service Unavailable; it is asked again later; it wants no request "
      "for 1 s");
  http_assert_delivers (fixture, 0);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, G_USEC_PER_SEC);
}

/* Also the rest of a batch, of which the server has something already. */
static void
test_retry_after_part (HttpFixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (1000, 'x');

  http_set (fixture, "profile", "ecs");
  http_set (fixture, "body-max", "1KiB");
  http_open (fixture);
  for (guint i = 1; i <= 2; i++)
    g_ptr_array_add (fixture->events, fixture_event ((Fixture){ .message = text, .seq = i }));
  http_script (&fixture->server, (HttpAnswer){ .status = 200,
                                               .header = "Retry-After",
                                               .value = "1",
                                               .body = "{\"items\":[{\"create\":{\"status\":429}}]}" });
  http_assert_waits (fixture, 0, 0,
                     BULK "does not take some of the events now: 429; they alone are sent again; it wants no request "
                          "for 1 s");
  http_request_free (http_take (&fixture->server));
  http_assert_no_more (&fixture->server);
}

/* How far it comes within the time is the machine's affair; what hangs for ever is said in the end. */
static void
assert_takes_too_long (HttpFixture *fixture, const char *expected)
{
  do
    {
      g_assert_cmpint (http_dispatch (fixture, 0), ==, MVX_LOG_DISPATCH_RETRY);
      g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_assert_cmpuint (fixture->n_done, ==, 0);
    }
  while (!g_str_has_suffix (fixture->error->message, expected));
}

static void
test_hang (HttpFixture *fixture, gconstpointer data)
{
  http_set (fixture, "timeout", "500ms");
  fixture->server.usual.manner = HTTP_HANG;
  http_open (fixture);
  http_add_events (fixture, 1);
  assert_takes_too_long (fixture, "': it took longer than 0.500 s to take the request and to answer");
  http_stop (&fixture->server);
  fixture->server.usual.manner = HTTP_SAY;
  http_start (&fixture->server, 0, NULL, NULL);
  http_set_url (fixture, "http", "127.0.0.1", "/");
  http_set (fixture, "timeout", "60s");
  g_assert_true (mvx_static_plugin_http.plugin->reconfigure (fixture->instance, fixture->options, NULL));
  http_assert_delivers (fixture, 0);
}

static void
test_endless (HttpFixture *fixture, gconstpointer data)
{
  http_open (fixture);
  http_add_events (fixture, 1);
  http_script (&fixture->server, (HttpAnswer){ .status = 200, .manner = HTTP_ENDLESS });
  http_assert_waits (fixture, 0, 0,
                     "No answer of HTTP server at 'URL': it is longer than 67584 bytes; check url and profile");
}

/* The sink is stopped while an answer is awaited: it does not wait, nor say anything of it. */
static void
test_stop (HttpFixture *fixture, gconstpointer data)
{
  MvxLogEvent *const *events;
  guint n_done = 0;

  http_set (fixture, "timeout", "1h");
  http_open (fixture);
  http_add_events (fixture, 1);
  events = (MvxLogEvent *const *) fixture->events->pdata;
  http_script (&fixture->server, (HttpAnswer){ .status = 200, .manner = HTTP_HANG });
  g_assert_cmpint (mvx_static_plugin_http.dispatch_core (fixture->instance, events, 1, &n_done, NULL), ==,
                   MVX_LOG_DISPATCH_PENDING);
  while (g_async_queue_length (fixture->server.requests) <= 0)
    g_main_context_iteration (fixture->context, TRUE);
  http_close (fixture);
  g_assert_false (fixture->completed);
  g_assert_cmpstr (fixture->diagnostics->str, ==, "");
}

static guint
count_lines (HttpFixture *fixture)
{
  guint n = 0;

  while (g_async_queue_length (fixture->server.requests) > 0)
    {
      g_autoptr (HttpRequest) request = http_take (&fixture->server);

      for (const char *p = request->body; (p = strchr (p, '\n')); p++)
        n++;
    }
  return n;
}

/* A batch of many requests is interrupted between two of them, and the rest is offered again. */
static void
test_reopen (HttpFixture *fixture, gconstpointer data)
{
  MvxLogEvent *const *events;
  guint n_done = 0;

  http_set (fixture, "body-max", "1KiB");
  http_open (fixture);
  http_add_events (fixture, 200);
  events = (MvxLogEvent *const *) fixture->events->pdata;
  g_assert_cmpint (mvx_static_plugin_http.dispatch_core (fixture->instance, events, 200, &n_done, NULL), ==,
                   MVX_LOG_DISPATCH_PENDING);
  while (g_async_queue_length (fixture->server.requests) <= 0)
    g_main_context_iteration (fixture->context, TRUE);
  g_assert_true (mvx_static_plugin_http.plugin->reopen (fixture->instance, NULL));
  g_assert_true (fixture->completed);
  g_assert_cmpint (fixture->result, ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_cmpstr (fixture->error->message, ==, "The sink has been changed meanwhile");
  n_done = fixture->n_done;
  g_assert_cmpuint (n_done, >, 0);
  g_assert_cmpuint (n_done, <, 200);
  http_assert_delivers (fixture, n_done);
  g_assert_cmpuint (count_lines (fixture), ==, 200);
}

/* Says the same to everybody, whatever they want, and hears them out: else what it has said could be thrown away. */
static gboolean
on_connection (GThreadedSocketService *service, GSocketConnection *connection, GObject *source, gpointer data)
{
  const char *text = data;
  char bytes[4096];

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), text, strlen (text), NULL, NULL,
                             NULL);
  g_socket_shutdown (g_socket_connection_get_socket (connection), FALSE, TRUE, NULL);
  while (g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), bytes, sizeof bytes, NULL, NULL)
         > 0)
    ;
  return TRUE;
}

static GSocketService *
start_stubborn (HttpFixture *fixture, const char *text)
{
  GSocketService *service = g_threaded_socket_service_new (4);
  g_autoptr (GError) error = NULL;

  fixture->server.port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (service, "run", G_CALLBACK (on_connection), (gpointer) text);
  http_set_url (fixture, "http", "127.0.0.1", "/");
  return service;
}

typedef struct
{
  const char *text;
  const char *expected;
} GarbageCase;

static const GarbageCase garbage_cases[] = {
  { "hello\n", "No answer of HTTP server at 'URL': Could not parse HTTP response" },
  { "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
    "No answer of HTTP server at 'URL': Connection terminated unexpectedly" },
};

static void
test_garbage (HttpFixture *fixture, gconstpointer data)
{
  http_add_events (fixture, 1);
  for (guint i = 0; i < G_N_ELEMENTS (garbage_cases); i++)
    {
      g_autoptr (GSocketService) service = start_stubborn (fixture, garbage_cases[i].text);
      g_autoptr (GError) error = NULL;

      fixture->instance = mvx_static_plugin_http.create (fixture->options, fixture->host, &error);
      g_assert_no_error (error);
      http_assert_waits (fixture, 0, 0, garbage_cases[i].expected);
      http_close (fixture);
      g_socket_service_stop (service);
      g_socket_listener_close (G_SOCKET_LISTENER (service));
    }
}

static void
test_absent (HttpFixture *fixture, gconstpointer data)
{
  int fd = peer_hold_port (&fixture->server.port);

  http_set_url (fixture, "http", "127.0.0.1", "/");
  fixture->instance = mvx_static_plugin_http.create (fixture->options, fixture->host, NULL);
  http_add_events (fixture, 1);
  http_assert_waits (fixture, 0, 0,
                     "No answer of HTTP server at 'URL': Could not connect to 127.0.0.1: Connection refused");
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  close (fd);
}

/* A resolver that knows nobody, or does not come back. */
typedef GResolver TestResolver;
typedef GResolverClass TestResolverClass;

GType test_resolver_get_type (void);
G_DEFINE_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static gboolean
test_resolver_on_cancel (GCancellable *cancellable, gpointer data)
{
  g_task_return_error_if_cancelled (data);
  return G_SOURCE_REMOVE;
}

static void
test_resolver_lookup (GResolver *resolver,
                      const char *name,
                      GResolverNameLookupFlags flags,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, data);
  g_autoptr (GSource) source = NULL;

  if (strcmp (name, "slow.invalid") != 0)
    {
      g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "Nobody knows '%s'", name);
      return;
    }
  source = g_cancellable_source_new (cancellable);
  g_task_attach_source (task, source, G_SOURCE_FUNC (test_resolver_on_cancel));
}

static GList *
test_resolver_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  klass->lookup_by_name_with_flags_async = test_resolver_lookup;
  klass->lookup_by_name_with_flags_finish = test_resolver_finish;
}

static void
test_resolver_init (TestResolver *self)
{
}

static void
test_names (HttpFixture *fixture, gconstpointer data)
{
  g_autoptr (GResolver) before = g_resolver_get_default ();
  g_autoptr (GResolver) resolver = g_object_new (test_resolver_get_type (), NULL);

  g_resolver_set_default (resolver);
  http_add_events (fixture, 1);
  http_set (fixture, "url", "http://nobody.invalid/x");
  fixture->instance = mvx_static_plugin_http.create (fixture->options, fixture->host, NULL);
  http_assert_waits (fixture, 0, 0, "No answer of HTTP server at 'URL': Nobody knows 'nobody.invalid'");
  g_assert_error (fixture->error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND);
  http_close (fixture);
  http_set (fixture, "url", "http://slow.invalid/x");
  http_set (fixture, "timeout", "500ms");
  fixture->instance = mvx_static_plugin_http.create (fixture->options, fixture->host, NULL);
  assert_takes_too_long (fixture, "': it took longer than 0.500 s to look up its name");
  g_resolver_set_default (before);
}

/* To a server with TLS there is a tunnel, which the proxy may refuse; it alone learns who wants it. */
static void
test_tunnel (HttpFixture *fixture, gconstpointer data)
{
  g_autofree char *proxy = NULL;
  g_autoptr (HttpRequest) request = NULL;

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("glib-networking is not installed");
      return;
    }
  http_start (&fixture->server, 0, NULL, NULL);
  proxy = g_strdup_printf ("http://Aladdin:open%%20sesame@127.0.0.1:%u", fixture->server.port);
  http_set (fixture, "proxy", proxy);
  http_set (fixture, "token", "t0ken");
  http_set (fixture, "url", "https://logs.invalid/in");
  http_open (fixture);
  http_add_events (fixture, 1);
  /* From the server itself, this would be about the event. */
  http_script (&fixture->server, (HttpAnswer){ .status = 400, .body = "open sesame?" });
  http_assert_waits (fixture, 0, 0,
                     "No answer of HTTP server at 'URL': its proxy answers 400 Bad Request; check proxy");
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_PROXY_FAILED);
  request = http_take (&fixture->server);
  g_assert_cmpstr (request->method, ==, "CONNECT");
  http_assert_header (request, "Proxy-Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  http_assert_header (request, "Authorization", NULL);
  http_assert_no_more (&fixture->server);
}

static void
test_proxy (HttpFixture *fixture, gconstpointer data)
{
  g_autofree char *proxy = NULL;
  g_autoptr (HttpRequest) request = NULL;

  http_start (&fixture->server, 0, NULL, NULL);
  proxy = g_strdup_printf ("http://Aladdin:open%%20sesame@127.0.0.1:%u", fixture->server.port);
  http_set (fixture, "proxy", proxy);
  http_set (fixture, "url", "http://logs.invalid/in");
  http_open (fixture);
  http_add_events (fixture, 1);
  http_assert_delivers (fixture, 0);
  request = http_take (&fixture->server);
  http_assert_header (request, "Host", "logs.invalid");
  http_assert_header (request, "Proxy-Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  g_assert_cmpstr (request->path, ==, "/in");
}

static void
assert_probe (HttpFixture *fixture, HttpAnswer answer, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HttpRequest) request = NULL;
  gboolean good;

  http_script (&fixture->server, answer);
  good = mvx_static_plugin_http.plugin->probe (fixture->options, -1, &error);
  g_assert_true (good == (expected == NULL));
  if (expected)
    http_assert_message (fixture, error->message, expected);
  request = http_take (&fixture->server);
  g_assert_cmpstr (request->method, ==, "HEAD");
  g_assert_cmpuint (request->size, ==, 0);
}

static void
test_probe (HttpFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  http_start (&fixture->server, 0, NULL, NULL);
  http_set_url (fixture, "http", "127.0.0.1", "/");
  assert_probe (fixture, (HttpAnswer){ .status = 200 }, NULL);
  assert_probe (fixture, (HttpAnswer){ .status = 405 }, NULL);
  assert_probe (fixture, (HttpAnswer){ .status = 401 },
                "HTTP server at 'URL' answers 401 Unauthorized; check token, user and password");
  assert_probe (fixture, (HttpAnswer){ .status = 404 },
                "HTTP server at 'URL' answers 404 Not Found; check the path of url, and profile");
  assert_probe (fixture, (HttpAnswer){ .status = 503 },
                "HTTP server at 'URL' answers 503 Service Unavailable; it is asked again later");
  http_stop (&fixture->server);
  g_assert_false (mvx_static_plugin_http.plugin->probe (fixture->options, -1, &error));
  http_assert_message (fixture, error->message,
                       "No answer of HTTP server at 'URL': Could not connect to 127.0.0.1: Connection refused");
}

/* Without a descriptor for a main context GLib ends the program. */
static void
test_probe_open_files (HttpFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  struct rlimit before;
  struct rlimit limit;
  gboolean good;

  http_start (&fixture->server, 0, NULL, NULL);
  http_set_url (fixture, "http", "127.0.0.1", "/");
  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &before));
  limit = before;
  limit.rlim_cur = 3;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limit));
  good = mvx_static_plugin_http.plugin->probe (fixture->options, -1, &error);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &before));
  g_assert_false (good);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES);
  http_assert_message (fixture, error->message,
                       "Cannot ask HTTP server at 'URL': Too many open files; raise the limit of open files");
}

/* The server goes, and comes back at the same place. */
static void
test_restart (HttpFixture *fixture, gconstpointer data)
{
  guint16 port;
  int fd = peer_hold_port (&port);

  http_start (&fixture->server, port, NULL, NULL);
  http_set_url (fixture, "http", "127.0.0.1", "/");
  http_open (fixture);
  http_add_events (fixture, 2);
  http_assert_delivers (fixture, 0);
  http_stop (&fixture->server);
  g_assert_cmpint (http_dispatch (fixture, 0), ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_cmpuint (fixture->n_done, ==, 0);
  http_start (&fixture->server, port, NULL, NULL);
  http_assert_delivers (fixture, 0);
  close (fd);
}

#define ADD(name, func)                                                                                                \
  g_test_add ("/http-peer/" name, HttpFixture, NULL, http_fixture_set_up, func, http_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("items", test_items);
  ADD ("statuses", test_statuses);
  ADD ("secrets", test_secrets);
  ADD ("deep", test_deep);
  ADD ("poison", test_poison);
  ADD ("partial", test_partial);
  ADD ("otlp-final", test_otlp_final);
  ADD ("retry-after", test_retry_after);
  ADD ("retry-after-part", test_retry_after_part);
  ADD ("hang", test_hang);
  ADD ("endless", test_endless);
  ADD ("stop", test_stop);
  ADD ("reopen", test_reopen);
  ADD ("garbage", test_garbage);
  ADD ("absent", test_absent);
  ADD ("names", test_names);
  ADD ("proxy", test_proxy);
  ADD ("tunnel", test_tunnel);
  ADD ("probe", test_probe);
  ADD ("probe/open-files", test_probe_open_files);
  ADD ("restart", test_restart);
  return g_test_run ();
}

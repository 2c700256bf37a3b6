/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the http plugin sends, for each profile, and how. */
#include "http-fixture.h"

static JsonNode *
parse (const char *text, gssize size)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, text, size, &error);
  g_assert_no_error (error);
  return json_parser_steal_root (parser);
}

static const char *
member (JsonNode *node, const char *name)
{
  JsonObject *object = json_node_get_object (node);

  return json_object_has_member (object, name) ? json_object_get_string_member (object, name) : NULL;
}

/* The nodes of a body of lines. */
static GPtrArray *
parse_lines (const HttpRequest *request)
{
  GPtrArray *nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  g_auto (GStrv) lines = g_strsplit (request->body, "\n", -1);
  guint n = g_strv_length (lines);

  g_assert_cmpuint (strlen (request->body), ==, request->size);
  g_assert_cmpuint (n, >, 1);
  g_assert_cmpstr (lines[n - 1], ==, "");
  for (guint i = 0; i + 1 < n; i++)
    g_ptr_array_add (nodes, parse (lines[i], -1));
  return nodes;
}

static void
test_lines (HttpFixture *fixture, gconstpointer data)
{
  g_autoptr (HttpRequest) request = NULL;
  g_autoptr (GPtrArray) lines = NULL;

  http_open (fixture);
  http_add_events (fixture, 3);
  http_assert_delivers (fixture, 0);
  request = http_take (&fixture->server);
  http_assert_no_more (&fixture->server);
  g_assert_cmpstr (request->method, ==, "POST");
  g_assert_cmpstr (request->path, ==, "/");
  http_assert_header (request, "Content-Type", "application/x-ndjson");
  http_assert_header (request, "Content-Encoding", NULL);
  http_assert_header (request, "Authorization", NULL);
  http_assert_header (request, "User-Agent", "libmvxlog/" MVX_LOG_VERSION_S);
  lines = parse_lines (request);
  g_assert_cmpuint (lines->len, ==, 3);
  g_assert_cmpstr (member (lines->pdata[0], "message"), ==, "event 1");
  g_assert_cmpstr (member (lines->pdata[2], "message"), ==, "event 3");
  g_assert_cmpstr (member (lines->pdata[2], "context"), ==, "org.example");
}

static void
test_array (HttpFixture *fixture, gconstpointer data)
{
  g_autoptr (HttpRequest) request = NULL;
  g_autoptr (JsonNode) node = NULL;

  http_set (fixture, "framing", "array");
  http_open (fixture);
  http_add_events (fixture, 3);
  http_assert_delivers (fixture, 0);
  request = http_take (&fixture->server);
  http_assert_header (request, "Content-Type", "application/json");
  node = parse (request->body, (gssize) request->size);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (node)), ==, 3);
  g_assert_cmpstr (member (json_array_get_element (json_node_get_array (node), 1), "message"), ==, "event 2");
}

static void
test_gzip (HttpFixture *fixture, gconstpointer data)
{
  g_autoptr (HttpRequest) request = NULL;
  g_autoptr (GPtrArray) lines = NULL;

  http_set (fixture, "compress", "gzip");
  http_open (fixture);
  http_add_events (fixture, 100);
  http_assert_delivers (fixture, 0);
  request = http_take (&fixture->server);
  http_assert_header (request, "Content-Encoding", "gzip");
  g_assert_cmpint (soup_message_headers_get_content_length (request->headers), <, (goffset) request->size / 4);
  lines = parse_lines (request);
  g_assert_cmpuint (lines->len, ==, 100);
}

/* A request holds no more than it may, and one connection serves for all. */
static void
test_body_max (HttpFixture *fixture, gconstpointer data)
{
  guint16 port = 0;
  guint n = 0;

  http_set (fixture, "body-max", "1KiB");
  http_open (fixture);
  http_add_events (fixture, 50);
  http_assert_delivers (fixture, 0);
  while (n < 50)
    {
      g_autoptr (HttpRequest) request = http_take (&fixture->server);
      g_autoptr (GPtrArray) lines = parse_lines (request);

      g_assert_cmpuint (request->size, <=, 1024);
      g_assert_true (port == 0 || request->port == port);
      port = request->port;
      n += lines->len;
    }
  g_assert_cmpuint (n, ==, 50);
  http_assert_no_more (&fixture->server);
}

/* One that is larger by itself goes alone. */
static void
test_large (HttpFixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (5000, 'x');
  g_autoptr (HttpRequest) first = NULL;
  g_autoptr (HttpRequest) second = NULL;
  g_autoptr (HttpRequest) third = NULL;

  http_set (fixture, "body-max", "1KiB");
  http_open (fixture);
  http_add_events (fixture, 1);
  g_ptr_array_add (fixture->events, fixture_event ((Fixture){ .message = text, .seq = 2 }));
  http_add_events (fixture, 1);
  http_assert_delivers (fixture, 0);
  first = http_take (&fixture->server);
  second = http_take (&fixture->server);
  third = http_take (&fixture->server);
  g_assert_cmpuint (first->size, <, 1024);
  g_assert_cmpuint (second->size, >, 5000);
  g_assert_cmpuint (third->size, <, 1024);
}

static void
test_credentials (HttpFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = fixture_make_directory ();
  g_autofree char *path = g_build_filename (directory, "token", NULL);
  g_autofree char *expected = NULL;
  g_autoptr (HttpRequest) first = NULL;
  g_autoptr (HttpRequest) second = NULL;
  g_autoptr (HttpRequest) third = NULL;

  http_set (fixture, "token-file", path);
  http_set (fixture, "headers", "X-Scope-OrgID: tenant 1;X-Empty:");
  http_open (fixture);
  http_add_events (fixture, 1);
  http_dispatch (fixture, 0);
  g_assert_error (fixture->error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  expected
      = g_strdup_printf ("Cannot read the password for HTTP server at 'URL': Failed to open file “%s”: No such file "
                         "or directory",
                         path);
  http_assert_message (fixture, fixture->error->message, expected);
  g_assert_true (g_file_set_contents (path, "s3cret\nold\n", -1, NULL));
  http_assert_delivers (fixture, 0);
  g_assert_true (g_file_set_contents (path, "fresh", -1, NULL));
  http_assert_delivers (fixture, 0);
  first = http_take (&fixture->server);
  second = http_take (&fixture->server);
  http_assert_header (first, "Authorization", "Bearer s3cret");
  http_assert_header (first, "X-Scope-OrgID", "tenant 1");
  http_assert_header (first, "X-Empty", "");
  http_assert_header (second, "Authorization", "Bearer fresh");

  http_close (fixture);
  mvx_log_options_unref (fixture->options);
  fixture->options = mvx_log_plugin_new_options (&mvx_static_plugin_http);
  http_set_url (fixture, "http", "127.0.0.1", "/in?x=1");
  http_set (fixture, "user", "Aladdin");
  http_set (fixture, "password", "open sesame");
  http_open (fixture);
  http_assert_delivers (fixture, 0);
  third = http_take (&fixture->server);
  g_assert_cmpstr (third->path, ==, "/in");
  http_assert_header (third, "Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  fixture_remove (directory);
}

static void
test_elasticsearch (HttpFixture *fixture, gconstpointer data)
{
  const MvxLogField fields[] = { FIELD_STRING ("s", "a\nb"), FIELD_INT ("n", 7) };
  g_autoptr (HttpRequest) request = NULL;
  g_autoptr (GPtrArray) lines = NULL;

  fixture->server.usual.manner = HTTP_ITEMS;
  http_set (fixture, "profile", "elasticsearch");
  http_open (fixture);
  http_add_events (fixture, 1);
  g_ptr_array_add (fixture->events,
                   fixture_event ((Fixture){ .message = "m", .fields = fields, .n_fields = 2, .seq = 2 }));
  http_assert_delivers (fixture, 0);
  request = http_take (&fixture->server);
  g_assert_cmpstr (request->path, ==, "/logs-mvxlog-default/_bulk");
  http_assert_header (request, "Content-Type", "application/x-ndjson");
  lines = parse_lines (request);
  g_assert_cmpuint (lines->len, ==, 4);
  g_assert_true (json_object_has_member (json_node_get_object (lines->pdata[0]), "create"));
  g_assert_cmpstr (member (lines->pdata[1], "@timestamp"), ==, "2026-11-21T12:00:00.123456789Z");
  g_assert_cmpstr (member (lines->pdata[1], "ts"), ==, NULL);
  g_assert_cmpstr (member (lines->pdata[1], "message"), ==, "event 1");
  g_assert_cmpint (json_object_get_int_member (
                       json_object_get_object_member (json_node_get_object (lines->pdata[3]), "fields"), "n"),
                   ==, 7);
}

static void
test_ecs (HttpFixture *fixture, gconstpointer data)
{
  g_autoptr (HttpRequest) bulk = NULL;
  g_autoptr (HttpRequest) plain = NULL;
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (GPtrArray) documents = NULL;

  fixture->server.usual.manner = HTTP_ITEMS;
  http_set (fixture, "profile", "ecs");
  http_open (fixture);
  http_add_events (fixture, 1);
  http_assert_delivers (fixture, 0);
  bulk = http_take (&fixture->server);
  lines = parse_lines (bulk);
  g_assert_cmpuint (lines->len, ==, 2);
  g_assert_cmpstr (member (lines->pdata[1], "ecs.version"), ==, "8.11.0");
  http_close (fixture);

  http_set (fixture, "framing", "lines");
  http_open (fixture);
  http_assert_delivers (fixture, 0);
  plain = http_take (&fixture->server);
  documents = parse_lines (plain);
  g_assert_cmpuint (documents->len, ==, 1);
  g_assert_cmpstr (member (documents->pdata[0], "log.logger"), ==, "org.example");
}

/* Requests of few events are not made more often than wanted, those of full batches are. */
static void
test_interval (HttpFixture *fixture, gconstpointer data)
{
  gint64 start = g_get_monotonic_time ();

  http_set (fixture, "interval", "50ms");
  http_set (fixture, "batch-max", "3");
  http_open (fixture);
  http_add_events (fixture, 1);
  for (guint i = 0; i < 4; i++)
    http_assert_delivers (fixture, 0);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 3 * 50000);
  http_add_events (fixture, 2);
  http_assert_delivers (fixture, 0);
}

/* What is reloaded counts from the next request on. */
static void
test_reload (HttpFixture *fixture, gconstpointer data)
{
  g_autoptr (HttpRequest) first = NULL;
  g_autoptr (HttpRequest) second = NULL;

  http_open (fixture);
  http_add_events (fixture, 1);
  http_assert_delivers (fixture, 0);
  http_set (fixture, "token", "t");
  http_set (fixture, "compress", "gzip");
  g_assert_true (mvx_static_plugin_http.plugin->reconfigure (fixture->instance, fixture->options, NULL));
  g_assert_true (mvx_static_plugin_http.plugin->reopen (fixture->instance, NULL));
  http_assert_delivers (fixture, 0);
  first = http_take (&fixture->server);
  second = http_take (&fixture->server);
  http_assert_header (first, "Authorization", NULL);
  http_assert_header (second, "Authorization", "Bearer t");
  http_assert_header (second, "Content-Encoding", "gzip");
}

typedef struct
{
  const char *options; /* NAME=VALUE, a line each */
  const char *expected;
} InvalidCase;

static const InvalidCase invalid_cases[] = {
  { "url=ftp://x", "url: it is no address such as https://logs.example.org/path" },
  { "url=http:///x", "url: it is no address such as https://logs.example.org/path" },
  { "url=x y", "url: it is no address such as https://logs.example.org/path" },
  { "url=http://u:p@h/", "url: no user or password belongs there; set user and password" },
  { "url=http://h\nprofile=otlp\nframing=lines", "framing: profile=otlp has its own" },
  { "url=http://h\nframing=bulk", "framing: profile=json has its own" },
  { "url=http://h\nlabels=a=b", "labels: only for profile=loki" },
  { "url=http://h\nprofile=loki\nlabels=a", "labels: 'a' is not NAME=VALUE" },
  { "url=http://h\nprofile=loki\nlabels=1a=b", "labels: '1a=b' is not NAME=VALUE" },
  { "url=http://h\nprofile=loki\nlabels=level=b", "labels: 'level' is set already; choose another name" },
  { "url=http://h\nheaders=X", "headers: one of them is not 'NAME: VALUE'" },
  { "url=http://h\nheaders=X y: z", "headers: one of them is not 'NAME: VALUE'" },
  { "url=http://h\nheaders=content-length: 3", "headers: Content-Length is set by the plugin" },
  { "url=http://h\ntoken=a\ntoken-file=b", "token-file: there is a token, too; give one of them" },
  { "url=http://h\nuser=u\npassword=a\npassword-file=b", "password-file: there is a password, too; give one of them" },
  { "url=http://h\nuser=u", "user: there is no password; set password or password-file" },
  { "url=http://h\npassword=p", "password: there is no user; set it" },
  { "url=http://h\nuser=u\npassword=p\ntoken=t", "token: there is a user or password, too; give either" },
  { "url=http://h\nuser=u:v\npassword=p", "user: no colon can be in it" },
  { "url=http://h\nca-file=/x", "ca-file: only for https" },
  { "url=http://h\nclient-certificate=/x", "client-certificate: only for https" },
  { "url=https://h\nclient-key=/x", "client-key: there is no certificate; set client-certificate" },
  { "url=http://h\nproxy=x y", "proxy: it is no address such as http://proxy.example.org:3128, nor 'system'" },
};

static void
test_invalid (HttpFixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (invalid_cases); i++)
    {
      g_auto (GStrv) lines = g_strsplit (invalid_cases[i].options, "\n", -1);
      g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (&mvx_static_plugin_http);
      g_autoptr (GError) first = NULL;
      g_autoptr (GError) second = NULL;

      for (guint k = 0; lines[k]; k++)
        {
          char *value = strchr (lines[k], '=');

          *value++ = '\0';
          g_assert_true (mvx_log_options_set (options, lines[k], value, &first));
        }
      g_assert_null (mvx_static_plugin_http.build_descriptor (options, &first));
      g_assert_error (first, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
      g_assert_cmpstr (first->message, ==, invalid_cases[i].expected);
      g_assert_null (mvx_static_plugin_http.create (options, fixture->host, &second));
      g_assert_cmpstr (second->message, ==, invalid_cases[i].expected);
    }
}

#define ADD(name, func) g_test_add ("/http/" name, HttpFixture, NULL, http_fixture_set_up, func, http_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("lines", test_lines);
  ADD ("array", test_array);
  ADD ("gzip", test_gzip);
  ADD ("body-max", test_body_max);
  ADD ("large", test_large);
  ADD ("credentials", test_credentials);
  ADD ("elasticsearch", test_elasticsearch);
  ADD ("ecs", test_ecs);
  ADD ("interval", test_interval);
  ADD ("reload", test_reload);
  ADD ("invalid", test_invalid);
  return g_test_run ();
}

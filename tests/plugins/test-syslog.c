/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The syslog plugin and real servers: rsyslog and syslog-ng. */
#include "../ledger-check.h"
#include "syslog-fixture.h"

#include "syslog-peer.h"
#include "tls-fixture.h"

/* A way to a server. */
typedef struct
{
  const char *name;
  gboolean is_ng;
  const char *transport;
  const char *protocol;
  const char *input; /* in the words of the server; %s: its socket, %u: its port */
  gboolean folds;    /* the server, or the way, makes one line of several */
} Way;

static const Way ways[] = {
  { "rsyslog/unix", FALSE, "unix", "rfc3164",
    "module(load=\"imuxsock\" SysSock.Use=\"off\")\n"
    "input(type=\"imuxsock\" Socket=\"%s\" RateLimit.Interval=\"0\" IgnoreTimestamp=\"off\" UsePIDFromSystem=\"off\")",
    TRUE },
  { "rsyslog/unix-5424", FALSE, "unix", "rfc5424",
    "module(load=\"imuxsock\" SysSock.Use=\"off\")\n"
    "input(type=\"imuxsock\" Socket=\"%s\" RateLimit.Interval=\"0\" UseSpecialParser=\"off\" UseSysTimeStamp=\"off\" "
    "IgnoreTimestamp=\"off\" ParseHostname=\"on\")",
    FALSE },
  { "rsyslog/udp", FALSE, "udp", "rfc5424",
    "module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=\"%u\" rcvbufSize=\"64m\")", FALSE },
  { "rsyslog/udp-3164", FALSE, "udp", "rfc3164",
    "module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=\"%u\")", TRUE },
  { "rsyslog/tcp", FALSE, "tcp", "rfc5424",
    "module(load=\"imtcp\")\ninput(type=\"imtcp\" address=\"127.0.0.1\" port=\"%u\")", FALSE },
  { "rsyslog/tls", FALSE, "tls", "rfc5424",
    "module(load=\"imtcp\" StreamDriver.Name=\"gtls\" StreamDriver.Mode=\"1\" StreamDriver.AuthMode=\"anon\")\n"
    "input(type=\"imtcp\" address=\"127.0.0.1\" port=\"%u\")",
    FALSE },
  { "rsyslog/tls-client", FALSE, "tls", "rfc5424",
    "module(load=\"imtcp\" StreamDriver.Name=\"gtls\" StreamDriver.Mode=\"1\" StreamDriver.AuthMode=\"x509/name\"\n"
    "  PermittedPeer=[\"client.example.org\"])\n"
    "input(type=\"imtcp\" address=\"127.0.0.1\" port=\"%u\")",
    FALSE },
  { "syslog-ng/unix", TRUE, "unix", "rfc3164", "unix-dgram(\"%s\");", TRUE },
  { "syslog-ng/unix-stream", TRUE, "unix", "rfc5424", "unix-stream(\"%s\" flags(syslog-protocol));", TRUE },
  { "syslog-ng/udp", TRUE, "udp", "rfc5424", "syslog(transport(\"udp\") ip(127.0.0.1) port(%u) so-rcvbuf(33554432));",
    FALSE },
  { "syslog-ng/tcp", TRUE, "tcp", "rfc5424", "syslog(transport(\"tcp\") ip(127.0.0.1) port(%u));", FALSE },
  { "syslog-ng/tls", TRUE, "tls", "rfc5424",
    "syslog(transport(\"tls\") ip(127.0.0.1) port(%u) tls(key-file(\"@server.key\") cert-file(\"@server.pem\") "
    "peer-verify(optional-untrusted)));",
    FALSE },
};

static TlsFiles *files; /* NULL: no openssl */
static char *no_tls;    /* why */

static const Way *
find_way (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (strcmp (ways[i].name, name) == 0)
      return &ways[i];
  g_assert_not_reached ();
}

/* FALSE, and the test is skipped, without the server, or without TLS. */
static gboolean
can_run (const Way *way)
{
  g_autofree char *program = way->is_ng ? syslogd_find_ng () : peer_find ("rsyslogd");

  if (program && (files || strcmp (way->transport, "tls") != 0))
    return TRUE;
  if (program)
    g_test_skip (no_tls);
  return FALSE;
}

/* Not started yet. */
static void
prepare (Syslogd *server, const Way *way)
{
  gboolean is_tls = strcmp (way->transport, "tls") == 0;
  g_autofree char *global = NULL;
  g_auto (GStrv) parts = NULL;
  g_autofree char *path = NULL;
  g_autofree char *input = NULL;

  syslogd_init (server, way->is_ng);
  server->udp = strcmp (way->transport, "udp") == 0;
  if (strcmp (way->transport, "unix") != 0)
    server->port = peer_free_port (server->udp ? SOCK_DGRAM : SOCK_STREAM);
  if (is_tls && !way->is_ng)
    global = g_strdup_printf (
        "\n  defaultNetstreamDriverCAFile=\"%s/ca.pem\" defaultNetstreamDriverCertFile=\"%s/server.pem\"\n"
        "  defaultNetstreamDriverKeyFile=\"%s/server.key\"",
        files->directory, files->directory, files->directory);
  path = is_tls ? g_strconcat (files->directory, "/", NULL) : g_strdup ("");
  parts = g_strsplit (way->input, "@", -1);
  input = g_strjoinv (path, parts);
  g_clear_pointer (&path, g_free);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  path = server->port > 0 ? g_strdup_printf (input, server->port) : g_strdup_printf (input, server->socket);
#pragma GCC diagnostic pop
  syslogd_configure (server, global, path);
}

/* What the sink needs to reach it. */
static void
set_way (Instance *instance, const Way *way, const Syslogd *server)
{
  g_autofree char *port = g_strdup_printf ("%u", server->port);

  instance_set (instance, "transport", way->transport);
  instance_set (instance, "protocol", way->protocol);
  instance_set (instance, "path", server->socket);
  instance_set (instance, "host", strcmp (way->transport, "tls") == 0 ? "localhost" : "127.0.0.1");
  instance_set (instance, "port", port);
  if (strcmp (way->transport, "tls") == 0)
    tls_set (instance, files, "ca-file", "ca.pem");
  if (g_str_has_suffix (way->name, "tls-client"))
    {
      tls_set (instance, files, "client-certificate", "client.pem");
      tls_set (instance, files, "client-key", "client.key");
    }
}

static void
keep_line (gpointer data, const char *line)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = json_from_string (line, &error);

  if (node == NULL)
    g_error ("%s: %s", error->message, line);
  g_ptr_array_add (data, node);
}

static gboolean
has_lines (gpointer data)
{
  Syslogd *server = data;

  syslogd_read (server);
  return server->n_lines >= GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (server->peer.process), "wanted"));
}

static void
wait_for_lines (Syslogd *server, guint n)
{
  g_object_set_data (G_OBJECT (server->peer.process), "wanted", GUINT_TO_POINTER (n));
  peer_wait (&server->peer, has_lines, server);
}

static void
assert_member (JsonNode *line, const char *name, const char *expected)
{
  const char *value = json_object_get_string_member_with_default (json_node_get_object (line), name, "");

  if (strcmp (value, expected) != 0)
    g_error ("%s is '%s' and should be '%s'", name, value, expected);
}

static MvxLogEvent *
make_event (void)
{
  static const MvxLogField fields[] = { FIELD_STRING ("user", "a\"b]c\\d"), FIELD_INT ("n", -1) };

  return fixture_event ((Fixture){ .context = "org.example",
                                   .level = MVX_LOG_LEVEL_ERROR,
                                   .message = "caf\xc3\xa9\nline two",
                                   .id = "6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1",
                                   .trace = "0af7651916cd43dd8448eb211c80319c",
                                   .span = "b7ad6b7169203331",
                                   .fields = fields,
                                   .n_fields = 2 });
}

/* What RFC 5424 has and RFC 3164 has not. */
static void
assert_5424 (const Way *way, JsonNode *line)
{
  static const char *const pieces[] = { "[mvx@32473 context=\"org.example\" level=\"error\" "
                                        "ts_ns=\"1795262400123456789\"]",
                                        "[opentelemetry trace_id=\"0af7651916cd43dd8448eb211c80319c\" "
                                        "span_id=\"b7ad6b7169203331\"]",
                                        "[f-mvx@32473 user=\"a\\\"b\\]c\\\\d\" n=\"-1\"]" };
  const char *sd = json_object_get_string_member (json_node_get_object (line), "sd");

  assert_member (line, "msgid", "6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1");
  assert_member (line, "host", "box");
  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    if (!strstr (sd, pieces[i]))
      g_error ("'%s' is not in '%s'", pieces[i], sd);
  if (!way->is_ng)
    assert_member (line, "time", "2026-11-21T12:00:00.123456Z");
}

static void
test_fields (gconstpointer data)
{
  const Way *way = data;
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  g_autofree char *pid = g_strdup_printf ("%d", (int) getpid ());
  g_autoptr (MvxLogEvent) event = make_event ();
  const char *msg;
  Instance instance;
  Syslogd server;

  if (!can_run (way))
    return;
  prepare (&server, way);
  server.on_line = keep_line;
  server.data = lines;
  syslogd_start (&server);
  syslog_init (&instance, NULL);
  set_way (&instance, way, &server);
  instance_open (&instance);
  instance_dispatch (&instance, &event, 1);
  wait_for_lines (&server, 1);
  assert_member (lines->pdata[0], "pri", "11");
  assert_member (lines->pdata[0], "app", "prog");
  assert_member (lines->pdata[0], "pid", pid);
  msg = json_object_get_string_member (json_node_get_object (lines->pdata[0]), "msg");
  if (strcmp (way->protocol, "rfc5424") == 0)
    assert_5424 (way, lines->pdata[0]);
  if (strcmp (way->protocol, "rfc3164") == 0)
    g_assert_cmpstr (msg + (*msg == ' '), ==, "caf\xc3\xa9\\nline two user=\"a\\\"b]c\\\\d\" n=-1");
  else
    g_assert_cmpstr (msg, ==, way->folds ? "caf\xc3\xa9#012line two" : "caf\xc3\xa9\nline two");
  instance_clear (&instance);
  syslogd_clear (&server);
}

/* What rsyslog writes of each message, so that any message can be in it. */
#define RAW_END "<<--end-->>\n"

static gboolean
has_size (gpointer data)
{
  Syslogd *server = data;
  struct stat info;

  return stat (server->output, &info) == 0
         && (gsize) info.st_size >= GPOINTER_TO_SIZE (g_object_get_data (G_OBJECT (server->peer.process), "wanted"));
}

/* The text of every message, byte for byte, whatever it is, and whatever is in the structured data before it. But
 * for NULs: rsyslog rewrites messages with any. */
static void
test_hostile (void)
{
  const Way *way = find_way ("rsyslog/tcp");
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  g_autoptr (GByteArray) expected = g_byte_array_new ();
  g_autofree char *conf = NULL;
  g_autofree char *output = NULL;
  g_auto (GStrv) parts = NULL;
  guint n = 0;
  gsize size;
  Instance instance;
  Syslogd server;

  if (!can_run (way))
    return;
  prepare (&server, way);
  g_assert_true (g_file_get_contents (server.conf, &conf, NULL, NULL));
  parts = g_strsplit (conf, "template=\"line\"", -1);
  g_clear_pointer (&conf, g_free);
  conf = g_strdup_printf (
      "template(name=\"raw\" type=\"list\") { property(name=\"msg\") constant(value=\"<<--end-->>\\n\") }\n"
      "global(parser.dropTrailingLFOnReception=\"off\")\n%stemplate=\"raw\")\n",
      parts[0]);
  g_assert_true (g_file_set_contents (server.conf, conf, -1, NULL));
  syslogd_start (&server);
  syslog_init (&instance, NULL);
  set_way (&instance, way, &server);
  instance_set (&instance, "max-message-size", "1MiB");
  instance_open (&instance);
  for (guint i = 0; i < hostile->len; i++)
    {
      const char *text = g_bytes_get_data (hostile->pdata[i], &size);
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);

      if (size == 0 || size > 100000 || memchr (text, 0, size))
        continue;
      instance_dispatch (&instance, &event, 1);
      g_byte_array_append (expected, (const guint8 *) text, (guint) size);
      g_byte_array_append (expected, (const guint8 *) RAW_END, strlen (RAW_END));
      n++;
    }
  g_object_set_data (G_OBJECT (server.peer.process), "wanted", GSIZE_TO_POINTER (expected->len));
  peer_wait (&server.peer, has_size, &server);
  g_assert_true (g_file_get_contents (server.output, &output, &size, NULL));
  g_assert_cmpmem (output, size, expected->data, expected->len);
  g_test_message ("%u hostile strings came back byte for byte", n);
  instance_clear (&instance);
  syslogd_clear (&server);
}

#define N_STORM 100000
#define N_BATCH 256 /* as the sink has it unless told otherwise */

MVX_LOG_CONTEXT (storm, "org.example.storm")

typedef struct
{
  Syslogd server;
  MvxLogSink *sink;
  guint8 seen[N_STORM];
  gboolean ended;
  gboolean is_lossy; /* the end has to be said again and again */
  gboolean resends;  /* what the server's kernel had, too */
} Storm;

static void
storm_on_line (gpointer data, const char *line)
{
  Storm *self = data;
  const char *start = strrchr (line, '{'); /* a server that was killed may have left a part of a line before it */
  const char *event = start ? strstr (start, "event ") : NULL;

  if (event)
    self->seen[g_ascii_strtoull (event + strlen ("event "), NULL, 10)]++;
  else
    self->ended |= strstr (line, "the end") != NULL;
}

static void
storm_configure (Storm *self, const Way *way)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *tls = files && strcmp (way->transport, "tls") == 0
                             ? g_strdup_printf ("ca-file=%s/ca.pem\n", files->directory)
                             : g_strdup ("");
  g_autofree char *file = g_strdup_printf (
      "[mvxlog]\nversion=1\n[sink log]\nplugin=syslog\ntransport=%s\nprotocol=%s\npath=%s\nhost=localhost\nport=%u\n%s"
      "timeout=60s\nresend-size=%s\nqueue-max-size=200000\nretry-max=200ms\n[context]\nsinks=log\n",
      way->transport, way->protocol, self->server.socket, self->server.port, tls, self->resends ? "64MiB" : "0");

  mvx_log_configure_from_data (file, -1, "test", &error);
  g_assert_no_error (error);
  self->sink = mvx_log_get_sink ("log");
}

static void
storm_log (guint first, guint end)
{
  for (guint n = first; n < end; n++)
    mvx_info (storm, "event {n}", "n", n);
}

static gboolean
storm_is_under_way (gpointer data)
{
  Storm *self = data;

  syslogd_read (&self->server);
  return self->server.n_lines > N_STORM / 8;
}

static gboolean
storm_has_ended (gpointer data)
{
  Storm *self = data;

  if (self->is_lossy && !self->ended)
    mvx_info (storm, "the end");
  syslogd_read (&self->server);
  return self->ended;
}

static void
storm_count (Storm *self, const Way *way)
{
  MvxLogCounters counters;
  guint n_missing = 0;
  guint n_twice = 0;
  guint n_gaps = 0;

  counters = ledger_check_moving (self->sink);
  for (guint i = 0; i < N_STORM; i++)
    {
      n_missing += self->seen[i] == 0;
      n_twice += self->seen[i] > 1;
      n_gaps += self->seen[i] == 0 && (i == 0 || self->seen[i - 1] > 0);
    }
  g_test_message ("%s: sent %d, received %u, lost %u in %u runs, twice %u", way->name, N_STORM, N_STORM - n_missing,
                  n_missing, n_gaps, n_twice);
  g_assert_cmpuint (counters.accepted, ==, counters.delivered + counters.pending);
  g_assert_cmpuint (counters.accepted, >, N_STORM);
  if (self->resends)
    {
      g_assert_cmpuint (n_missing, ==, 0);
      return;
    }
  /* Sent again is what TCP had not acknowledged, and little of that had been read. */
  g_assert_cmpuint (n_twice, <=, N_BATCH);
  /* What the server had when it was killed, and nothing else. */
  if (!self->is_lossy)
    g_assert_cmpuint (n_gaps, <=, 1);
}

/* The server is killed while it reads, and comes back. */
static void
run_storm (const Way *way, gboolean resends)
{
  g_autofree Storm *self = g_new0 (Storm, 1);
  g_autoptr (GError) error = NULL;

  if (!can_run (way))
    return;
  prepare (&self->server, way);
  self->server.on_line = storm_on_line;
  self->server.data = self;
  self->resends = resends;
  self->is_lossy = self->server.udp;
  syslogd_start (&self->server);
  storm_configure (self, way);
  storm_log (0, N_STORM / 2);
  peer_wait (&self->server.peer, storm_is_under_way, self);
  peer_kill (&self->server.peer);
  storm_log (N_STORM / 2, N_STORM / 4 * 3);
  syslogd_start (&self->server);
  storm_log (N_STORM / 4 * 3, N_STORM);
  mvx_info (storm, "the end");
  g_assert_true (mvx_log_flush (g_get_monotonic_time () + 3 * PEER_PATIENCE_US, &error));
  g_assert_no_error (error);
  peer_wait (&self->server.peer, storm_has_ended, self);
  storm_count (self, way);
  g_clear_object (&self->sink);
  mvx_log_reset (NULL);
  syslogd_clear (&self->server);
}

static void
test_storm (gconstpointer data)
{
  run_storm (data, FALSE);
}

/* With a resend-size that is more than all that the server and its kernel may have had. */
static void
test_resent (gconstpointer data)
{
  run_storm (data, TRUE);
}

int
main (int argc, char **argv)
{
  static const char *const storms[] = { "rsyslog/unix", "rsyslog/udp", "rsyslog/tcp", "rsyslog/tls", "syslog-ng/tcp" };
  static const char *const resent[] = { "rsyslog/tcp", "rsyslog/tls" };
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_syslog, &error));
  files = tls_files_new (&no_tls);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autofree char *path = g_strconcat ("/syslog/fields/", ways[i].name, NULL);

      g_test_add_data_func (path, &ways[i], test_fields);
    }
  g_test_add_func ("/syslog/hostile", test_hostile);
  for (guint i = 0; i < G_N_ELEMENTS (storms); i++)
    {
      g_autofree char *path = g_strconcat ("/syslog/storm/", storms[i], NULL);

      g_test_add_data_func (path, find_way (storms[i]), test_storm);
    }
  for (guint i = 0; i < G_N_ELEMENTS (resent); i++)
    {
      g_autofree char *path = g_strconcat ("/syslog/resent/", resent[i], NULL);

      g_test_add_data_func (path, find_way (resent[i]), test_resent);
    }
  status = g_test_run ();
  tls_files_free (files);
  g_free (no_tls);
  return status;
}

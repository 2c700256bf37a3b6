/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Servers that are away, silent, busy, somebody else's, or who want to know who is there. */
#include <poll.h>

#include "postgres-fixture.h"
#include "tls-fixture.h"

/* Somebody who listens and never says anything. */
static int
listen_in_silence (guint16 *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, size), ==, 0);
  g_assert_cmpint (listen (fd, 8), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &size), ==, 0);
  *port = ntohs (address.sin_port);
  return fd;
}

static void
set_host (StoreFixture *store, const char *host, guint16 port)
{
  g_autofree char *number = g_strdup_printf ("%u", port);

  store_set (store, "host", host);
  store_set (store, "port", number);
}

/* "Cannot connect …", with what libpq says in between. */
static void
assert_away (StoreFixture *store, const char *address, const char *said, const char *check)
{
  g_autofree char *expected = g_strdup_printf ("Cannot connect to PostgreSQL at '%s': %s; see that it runs, and check "
                                               "host, port, database, user and %s",
                                               address, said, check);

  store_open (store);
  store_assert_trouble (store, MVX_LOG_DISPATCH_RETRY, 3, expected);
  store_assert_probe (store, expected);
}

static void
test_away (StoreFixture *store, gconstpointer data)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autoptr (GError) unknown = NULL;
  guint16 port = peer_free_port (SOCK_STREAM);
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", port);
  g_autofree char *refused = g_strdup_printf (
      "connection to server at \"127.0.0.1\", port %u failed: Connection refused Is the server running "
      "on that host and accepting TCP/IP connections?",
      port);
  g_autofree char *nowhere = g_build_filename (store->directory, ".s.PGSQL.5432", NULL);
  g_autofree char *missing = g_strdup_printf (
      "connection to server on socket \"%s\" failed: No such file or directory Is the server running "
      "locally and accepting connections on that socket?",
      nowhere);

  set_host (store, "127.0.0.1", port);
  assert_away (store, address, refused, "password, and ca-file");
  store_set (store, "sslmode", "disable");
  assert_away (store, address, refused, "password");
  set_host (store, store->directory, 5432);
  assert_away (store, nowhere, missing, "password");
  set_host (store, "no-such-host.invalid", 5432);
  /* What that is called depends on the resolver of the machine. */
  g_assert_null (g_resolver_lookup_by_name (resolver, "no-such-host.invalid", NULL, &unknown));
  assert_away (store, "no-such-host.invalid:5432", unknown->message, "password");
}

static void
test_login (StoreFixture *store, gconstpointer data)
{
  g_autofree char *address = g_strdup_printf ("%s/.s.PGSQL.%u", cluster.directory, cluster.port);
  g_autofree char *no_database = g_strdup_printf (
      "connection to server on socket \"%s\" failed: FATAL: database \"nothing\" does not exist", address);
  g_autofree char *no_role = g_strdup_printf (
      "connection to server on socket \"%s\" failed: FATAL: role \"nobody\" does not exist", address);

  if (cluster.programs == NULL)
    return;
  store_set (store, "database", "nothing");
  assert_away (store, address, no_database, "password");
  store_set (store, "database", "postgres");
  store_set (store, "user", "nobody");
  assert_away (store, address, no_role, "password");
}

/* The cluster, set up anew for one test: @hba is pg_hba.conf. */
static void
restart_with (const char *hba, const char *const *arguments)
{
  g_autofree char *path = g_build_filename (cluster.data, "pg_hba.conf", NULL);
  g_autofree char *text = g_strdup_printf ("local all tester trust\n%s\n", hba);

  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL));
  postgres_kill ();
  postgres_start (arguments);
}

static void
test_password (StoreFixture *store, gconstpointer data)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", cluster.port);
  g_autofree char *file = g_build_filename (store->directory, "password", NULL);
  g_autofree char *wrong = g_strdup_printf (
      "Cannot connect to PostgreSQL at '%s': connection to server at \"127.0.0.1\", port %u failed: FATAL: password "
      "authentication failed for user \"clerk\"; see that it runs, and check host, port, database, user and password",
      address, cluster.port);
  g_autofree char *none = g_strdup_printf (
      "connection to server at \"127.0.0.1\", port %u failed: fe_sendauth: no password supplied", cluster.port);
  g_autofree char *unread
      = g_strdup_printf ("Cannot read the password for PostgreSQL at '%s': Failed to open file “%s”: No "
                         "such file or directory",
                         address, file);

  if (cluster.programs == NULL)
    return;
  restart_with ("host all all 127.0.0.1/32 scram-sha-256", NULL);
  postgres_do ("CREATE ROLE clerk LOGIN PASSWORD 'right one'; GRANT ALL ON SCHEMA public TO clerk");
  set_host (store, "127.0.0.1", cluster.port);
  store_set (store, "sslmode", "disable");
  store_set (store, "user", "clerk");
  assert_away (store, address, none, "password");
  store_set (store, "password-file", file);
  store_open (store);
  store_assert_trouble (store, MVX_LOG_DISPATCH_RETRY, 3, unread);
  g_assert_true (g_file_set_contents (file, "wrong one\n", -1, NULL));
  store_assert_trouble (store, MVX_LOG_DISPATCH_RETRY, 3, wrong);
  /* It is read for each connection. */
  g_assert_true (g_file_set_contents (file, "right one\nthat of yesterday\n", -1, NULL));
  store_dispatch (store, 0, 3);
  postgres_assert ("SELECT count(*) FROM events", "3");
  store_close (store);
  mvx_log_options_unref (store->options);
  store->options = mvx_log_plugin_new_options (store->plugin);
  set_host (store, "127.0.0.1", cluster.port);
  store_set (store, "sslmode", "disable");
  store_set (store, "database", "postgres");
  store_set (store, "user", "clerk");
  store_set (store, "password", "right one");
  store_open (store);
  store_dispatch (store, 3, 3);
  postgres_assert ("SELECT count(*) FROM events", "6");
  store_close (store);
  postgres_do ("DROP OWNED BY clerk; DROP ROLE clerk");
}

/* Readable for the server only. */
static char *
give_file (const TlsFiles *files, const char *name)
{
  g_autofree char *from = g_build_filename (files->directory, name, NULL);
  g_autofree char *text = NULL;
  char *path = g_build_filename (cluster.directory, name, NULL);
  struct stat info;

  g_assert_true (g_file_get_contents (from, &text, NULL, NULL));
  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  g_assert_cmpint (stat (cluster.directory, &info), ==, 0);
  g_assert_cmpint (chown (path, info.st_uid, info.st_gid), ==, 0);
  return path;
}

static void
set_file (StoreFixture *store, const TlsFiles *files, const char *option, const char *name)
{
  g_autofree char *path = g_build_filename (files->directory, name, NULL);

  store_set (store, option, path);
}

static void
start_tls (const TlsFiles *files, const char *name)
{
  g_autofree char *pem = g_strconcat (name, ".pem", NULL);
  g_autofree char *key = g_strconcat (name, ".key", NULL);
  g_autofree char *certificate_path = give_file (files, pem);
  g_autofree char *key_path = give_file (files, key);
  g_autofree char *ca_path = give_file (files, "ca.pem");
  g_autofree char *certificate = g_strconcat ("ssl_cert_file=", certificate_path, NULL);
  g_autofree char *key_file = g_strconcat ("ssl_key_file=", key_path, NULL);
  g_autofree char *ca = g_strconcat ("ssl_ca_file=", ca_path, NULL);
  const char *const arguments[] = { "-c", "ssl=on", "-c", certificate, "-c", key_file, "-c", ca, NULL };

  restart_with ("hostssl all tester 127.0.0.1/32 cert map=any", arguments);
}

static void
test_tls (StoreFixture *store, gconstpointer data)
{
  g_autofree char *why_not = NULL;
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", cluster.port);
  g_autofree char *ident = g_build_filename (cluster.data ? cluster.data : "", "pg_ident.conf", NULL);
  g_autofree char *foreign
      = g_strdup_printf ("connection to server at \"127.0.0.1\", port %u failed: SSL error: certificate verify "
                         "failed",
                         cluster.port);
  g_autofree char *misnamed
      = g_strdup_printf ("connection to server at \"127.0.0.1\", port %u failed: server certificate for "
                         "\"elsewhere.example.org\" (and 1 other name) does not match host name \"127.0.0.1\"",
                         cluster.port);
  g_autofree char *unnamed
      = g_strdup_printf ("connection to server at \"127.0.0.1\", port %u failed: FATAL: connection requires "
                         "a valid client certificate",
                         cluster.port);
  g_autofree char *plain = g_strdup_printf (
      "connection to server at \"127.0.0.1\", port %u failed: server does not support SSL, but SSL was required",
      cluster.port);
  TlsFiles *files = cluster.programs ? tls_files_new (&why_not) : NULL;

  if (files == NULL)
    {
      if (why_not)
        g_test_skip (why_not);
      return;
    }
  g_assert_true (g_file_set_contents (ident, "any client.example.org tester\n", -1, NULL));
  g_assert_cmpint (chmod (ident, 0644), ==, 0);
  set_host (store, "127.0.0.1", cluster.port);
  set_file (store, files, "ca-file", "ca.pem");
  assert_away (store, address, plain, "password, and ca-file");
  start_tls (files, "server");
  assert_away (store, address, unnamed, "password, and ca-file");
  set_file (store, files, "client-certificate", "client.pem");
  set_file (store, files, "client-key", "client.key");
  g_assert_cmpint (chmod (mvx_log_options_get_string (store->options, "client-key"), 0600), ==, 0);
  store_open (store);
  store_dispatch (store, 0, 3);
  postgres_assert ("SELECT count(*) FROM events", "3");
  set_file (store, files, "ca-file", "other-ca.pem");
  assert_away (store, address, foreign, "password, and ca-file");
  set_file (store, files, "ca-file", "ca.pem");
  start_tls (files, "misnamed");
  assert_away (store, address, misnamed, "password, and ca-file");
  store_set (store, "sslmode", "verify-ca");
  store_open (store);
  store_dispatch (store, 3, 3);
  start_tls (files, "expired");
  assert_away (store, address, foreign, "password, and ca-file");
  tls_files_free (files);
}

static void
test_silence (StoreFixture *store, gconstpointer data)
{
  guint16 port;
  int fd = listen_in_silence (&port);
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", port);

  set_host (store, "127.0.0.1", port);
  store_set (store, "sslmode", "disable");
  store_set (store, "timeout", "50ms");
  assert_away (store, address, "it does not answer", "password");
  close (fd);
}

typedef struct
{
  StoreFixture *store;
  int listener;
} Canceller;

/* When somebody has come. */
static gpointer
cancel_then (gpointer data)
{
  Canceller *self = data;
  struct pollfd fd = { self->listener, POLLIN, 0 };

  g_assert_cmpint (poll (&fd, 1, -1), ==, 1);
  mvx_log_sink_host_cancel (self->store->host);
  return NULL;
}

/* A stop waits for nobody. */
static void
test_cancel (StoreFixture *store, gconstpointer data)
{
  guint16 port;
  Canceller canceller = { .store = store, .listener = listen_in_silence (&port) };
  g_autofree char *expected = g_strdup_printf (
      "Cannot connect to PostgreSQL at '127.0.0.1:%u': Operation was cancelled; see that it runs, and "
      "check host, port, database, user and password",
      port);
  GThread *thread;

  set_host (store, "127.0.0.1", port);
  store_set (store, "sslmode", "disable");
  store_set (store, "timeout", "1h");
  store_open (store);
  thread = g_thread_new ("cancel", cancel_then, &canceller);
  store_assert_trouble (store, MVX_LOG_DISPATCH_RETRY, 3, expected);
  g_thread_join (thread);
  close (canceller.listener);
}

/* Somebody has locked the table: the server itself gives up, so that nothing is stored behind our back. */
static void
test_locked (StoreFixture *store, gconstpointer data)
{
  g_autofree char *expected = g_strdup_printf (
      "PostgreSQL at '%s/.s.PGSQL.%u' answers \"canceling statement due to statement timeout\"; see what "
      "locks the table, or set a longer timeout",
      cluster.directory, cluster.port);
  PGconn *other;

  if (cluster.programs == NULL)
    return;
  store_open (store);
  store_dispatch (store, 0, 1);
  other = postgres_connect ();
  PQclear (PQexec (other, "BEGIN; LOCK TABLE events"));
  store_set (store, "timeout", "3s");
  store_open (store);
  store_assert_trouble (store, MVX_LOG_DISPATCH_RETRY, 3, expected);
  PQfinish (other);
  store_set (store, "timeout", "60s");
  store_open (store);
  store_dispatch (store, 1, 3);
  postgres_assert ("SELECT count(*) FROM events", "4");
}

/* Whoever ends our connection is told about once; the next batch has a new one. */
static void
test_hung_up (StoreFixture *store, gconstpointer data)
{
  g_autoptr (GVariant) counts = NULL;
  gint64 n = 0;

  if (cluster.programs == NULL)
    return;
  store_open (store);
  store_dispatch (store, 0, 1);
  postgres_assert ("SELECT pg_terminate_backend (pid, 60000) FROM pg_stat_activity WHERE application_name = 'store'",
                   "t");
  store_dispatch (store, 1, 3);
  counts = mvx_log_sink_host_get_counts (store->host);
  g_assert_true (g_variant_lookup (counts, "reconnects", "x", &n));
  g_assert_cmpint (n, ==, 1);
  postgres_assert ("SELECT count(*) FROM events", "4");
}

#define TEST(name)                                                                                                     \
  g_test_add ("/postgres-faults/" #name, StoreFixture, NULL, postgres_set_up, test_##name, postgres_tear_down)

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  postgres_make_cluster ();
  TEST (away);
  TEST (login);
  TEST (silence);
  TEST (cancel);
  TEST (locked);
  TEST (hung_up);
  TEST (password);
  TEST (tls);
  status = g_test_run ();
  postgres_remove_cluster ();
  return status;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who gets in: TLS, passwords and permissions, and what is said to whoever does not. */
#include "ack-fixture.h"
#include "nats-fixture.h"
#include "tls-fixture.h"

typedef struct
{
  NatsFixture nats;
  TlsFiles *tls; /* NULL: there are none */
} AccessFixture;

static void
set_up (AccessFixture *fixture, gconstpointer data)
{
  g_autofree char *why_not = NULL;

  nats_fixture_set_up (&fixture->nats, data);
  fixture->tls = tls_files_new (&why_not);
  if (fixture->tls == NULL)
    g_test_skip (why_not);
}

static void
tear_down (AccessFixture *fixture, gconstpointer data)
{
  nats_fixture_tear_down (&fixture->nats, data);
  tls_files_free (fixture->tls);
}

static void
set_file (AccessFixture *fixture, const char *option, const char *file)
{
  g_autofree char *path = g_build_filename (fixture->tls->directory, file, NULL);

  store_set (&fixture->nats.store, option, path);
}

/* Whether the probe and a sink get in is one question. */
static void
assert_refused (NatsFixture *fixture, const char *expected)
{
  g_autofree char *pattern = g_strdup_printf ("NATS at '%s', subject 'logs': %s", fixture->address, expected);
  MvxLogTestHost *host = ack_start (&fixture->store, "nats");
  g_autoptr (GError) error = NULL;

  ack_assert_outcome (host, MVX_LOG_DISPATCH_RETRY, 0, pattern);
  ack_stop (host);
  g_assert_false (
      fixture->store.plugin->plugin->probe (fixture->store.options, g_get_monotonic_time () + ACK_PATIENCE_US, &error));
  if (!g_pattern_match_simple (pattern, error->message))
    g_assert_cmpstr (error->message, ==, pattern);
}

static void
assert_taken (NatsFixture *fixture)
{
  MvxLogTestHost *host = ack_start (&fixture->store, "nats");

  ack_assert_outcome (host, MVX_LOG_DISPATCH_OK, 6, NULL);
  ack_stop (host);
  store_assert_probe (&fixture->store, NULL);
}

/* Whoever has no TLS gets in nowhere, so the stream is made before. */
static void
restart_with_tls (AccessFixture *fixture, const char *name, const char *more)
{
  g_autofree char *config
      = g_strdup_printf (NATS_JETSTREAM "tls { cert_file: \"%s/%s.pem\"\n key_file: \"%s/%s.key\"\n %s }\n",
                         fixture->tls->directory, name, fixture->tls->directory, name, more);

  nats_disconnect (&fixture->nats);
  peer_kill (&fixture->nats.peer);
  nats_start (&fixture->nats, config);
}

#define CHECK_TLS "; check ca-file, client-certificate, and whether servers has the names of the certificates"

static void
test_tls (AccessFixture *fixture, gconstpointer data)
{
  NatsFixture *nats = &fixture->nats;
  g_autofree char *address = g_strdup_printf ("localhost:%u", nats->port);
  g_autofree char *verify = NULL;

  if (fixture->tls == NULL || !nats_start (nats, NATS_JETSTREAM))
    return;
  nats_add_stream (nats, "logs");
  store_set (&nats->store, "servers", address);
  store_set (&nats->store, "tls", "true");
  set_file (fixture, "ca-file", "ca.pem");
  g_free (g_steal_pointer (&nats->address));
  nats->address = g_steal_pointer (&address);
  assert_refused (nats, "*; turn it on there, or set tls=false");
  restart_with_tls (fixture, "server", "");
  assert_taken (nats);
  set_file (fixture, "ca-file", "other-ca.pem");
  assert_refused (nats, "*" CHECK_TLS);
  set_file (fixture, "ca-file", "ca.pem");
  restart_with_tls (fixture, "misnamed", "");
  assert_refused (nats, "*localhost*" CHECK_TLS);
  store_set (&nats->store, "server-name", "elsewhere.example.org");
  assert_taken (nats);
  store_set (&nats->store, "server-name", "localhost");
  restart_with_tls (fixture, "expired", "");
  assert_refused (nats, "*expired*" CHECK_TLS);
  verify = g_strdup_printf ("verify: true\n ca_file: \"%s/ca.pem\"", fixture->tls->directory);
  restart_with_tls (fixture, "server", verify);
  assert_refused (nats, "*");
  set_file (fixture, "client-certificate", "client.pem");
  set_file (fixture, "client-key", "client.key");
  assert_taken (nats);
}

/* A server that wants TLS gets it without being asked for, too, and has to prove itself then. */
static void
test_plain (AccessFixture *fixture, gconstpointer data)
{
  if (fixture->tls == NULL || !nats_start (&fixture->nats, ""))
    return;
  restart_with_tls (fixture, "server", "");
  assert_refused (&fixture->nats, "*" CHECK_TLS);
}

/* What is not there is told before there is anything to send. */
static void
test_files (AccessFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "client-key", "client-certificate", "ca-file" };
  StoreFixture *store = &fixture->nats.store;

  store_set (store, "tls", "true");
  store_set (store, "client-certificate", "/dev/null");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *expected = g_strdup_printf (
          "%s: cannot use '/no/such': No such file or directory; give a PEM file that can be read", names[i]);

      store_set (store, names[i], "/no/such");
      store_assert_refused (store, expected);
      store_assert_probe (store, expected);
    }
}

#define USERS                                                                                                          \
  "authorization { users = [\n"                                                                                        \
  "  { user: admin, password: root }\n"                                                                                \
  "  { user: logger, password: \"open sesame\" }\n"                                                                    \
  "  { user: guest, password: guest, permissions: { publish: \"$JS.>\" } }\n"                                          \
  "] }\n"
#define CHECK_LOGIN "; check user and password, or credentials-file"

/* FALSE: skipped. */
static gboolean
start_with_users (NatsFixture *nats)
{
  if (!nats_start (nats, NATS_JETSTREAM USERS))
    return FALSE;
  nats->user = "admin:root";
  nats_add_stream (nats, "logs");
  return TRUE;
}

/* In its file, which it is read from for each connection. */
static void
set_password (NatsFixture *nats, const char *password)
{
  g_autofree char *file = g_build_filename (nats->store.directory, "password", NULL);

  g_assert_true (g_file_set_contents (file, password, -1, NULL));
  store_set (&nats->store, "password-file", file);
}

static void
test_password (AccessFixture *fixture, gconstpointer data)
{
  NatsFixture *nats = &fixture->nats;

  if (!start_with_users (nats))
    return;
  assert_refused (nats, "*" CHECK_LOGIN);
  store_set (&nats->store, "user", "logger");
  set_password (nats, "open says me\n");
  assert_refused (nats, "*" CHECK_LOGIN);
  set_password (nats, "open \"sesame\"\n");
  assert_refused (nats,
                  "*the user or the password has a '\"', a '\\' or a control character, which libnats cannot send*");
  set_password (nats, "open sesame\n");
  assert_taken (nats);
}

/* As an option, which is hidden from whoever asks for the options. */
static void
test_option (AccessFixture *fixture, gconstpointer data)
{
  NatsFixture *nats = &fixture->nats;

  if (!start_with_users (nats))
    return;
  store_set (&nats->store, "user", "logger");
  store_set (&nats->store, "password", "open sesame");
  store_assert_probe (&nats->store, NULL);
}

/* One without a user. */
static void
test_token (AccessFixture *fixture, gconstpointer data)
{
  NatsFixture *nats = &fixture->nats;

  if (!nats_start (nats, NATS_JETSTREAM "authorization { token: sesame }\n"))
    return;
  nats->user = "sesame";
  nats_add_stream (nats, "logs");
  set_password (nats, "mustard\n");
  assert_refused (nats, "*" CHECK_LOGIN);
  set_password (nats, "sesame\n");
  assert_taken (nats);
}

/* A user who may not publish there learns it at once, and not by waiting. */
static void
test_permission (AccessFixture *fixture, gconstpointer data)
{
  NatsFixture *nats = &fixture->nats;
  g_autofree char *expected = g_strdup_printf (
      "NATS at '%s', subject 'logs': Permissions Violation for Publish to \"logs\"; allow the user to publish to the "
      "subject and to subscribe to _INBOX.>",
      nats->address);
  MvxLogTestHost *host;

  if (!start_with_users (nats))
    return;
  store_set (&nats->store, "user", "guest");
  set_password (nats, "guest\n");
  store_set (&nats->store, "timeout", "1h");
  host = ack_start (&nats->store, "nats");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_RETRY, 0, expected);
  ack_stop (host);
}

/* A wrong password in a file is replaced while the sink runs, and the event arrives. */
static void
test_renewed (AccessFixture *fixture, gconstpointer data)
{
  NatsFixture *nats = &fixture->nats;
  g_autofree char *refused = g_strdup_printf ("NATS at '%s', subject 'logs': *" CHECK_LOGIN, nats->address);
  MvxLogTestHost *host;

  if (!start_with_users (nats))
    return;
  set_password (nats, "old\n");
  store_set (&nats->store, "user", "logger");
  host = ack_start (&nats->store, "nats");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_RETRY, 0, refused);
  set_password (nats, "open sesame\nyesterday\n");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_OK, 6, NULL);
  ack_stop (host);
}

/* FALSE: skipped. */
static gboolean
start_with_accounts (NatsFixture *nats)
{
  g_autofree char *program = g_test_build_filename (G_TEST_DIST, "plugins", "nats-users.py", NULL);
  g_autofree char *python = peer_find ("python3");
  g_autofree char *openssl = peer_find ("openssl");
  const char *const argv[] = { python, program, nats->store.directory, NULL };
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  if (python == NULL || openssl == NULL || nats->server == NULL)
    return FALSE;
  process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_NONE, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (process, NULL, &error));
  g_assert_no_error (error);
  return nats_start (nats, NATS_JETSTREAM "include accounts.conf\n");
}

static void
set_credentials (NatsFixture *nats, const char *name)
{
  g_autofree char *file = g_build_filename (nats->store.directory, name, NULL);

  store_set (&nats->store, "credentials-file", file);
}

/* A user with a key of its own, whom the server knows by the signature of an account. */
static void
test_credentials (AccessFixture *fixture, gconstpointer data)
{
  NatsFixture *nats = &fixture->nats;
  g_autofree char *user = g_build_filename (nats->store.directory, "user.creds", NULL);
  g_autofree char *mine = g_build_filename (nats->store.directory, "mine.creds", NULL);
  g_autofree char *missing = g_strdup_printf ("cannot read credentials-file '%s': No such file or directory; give the "
                                              "file that nsc has made for the user",
                                              mine);
  g_autofree char *damaged = g_strdup_printf ("no nkey user seed found in '%s'; it is offered again later", mine);
  g_autoptr (GString) found = g_string_new (NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  MvxLogTestHost *host;

  if (!start_with_accounts (nats))
    return;
  nats->credentials = user;
  nats_add_stream (nats, "logs");
  assert_refused (nats, "*" CHECK_LOGIN);
  set_credentials (nats, "stranger.creds");
  assert_refused (nats, "*" CHECK_LOGIN);
  set_credentials (nats, "expired.creds");
  assert_refused (nats, "*" CHECK_LOGIN);
  set_credentials (nats, "mine.creds");
  assert_refused (nats, missing);
  /* Nothing of it is said. */
  g_assert_true (g_file_set_contents (mine, "-----BEGIN NATS USER JWT-----\nhunter2\n", -1, &error));
  assert_refused (nats, damaged);
  g_assert_true (g_file_get_contents (user, &text, NULL, &error));
  g_assert_true (g_file_set_contents (mine, text, -1, &error));
  host = ack_start (&nats->store, "nats");
  ack_send_until_taken (host, "of a user with a key");
  ack_stop (host);
  nats_read (nats, nats_append_payload, found);
  g_assert_nonnull (strstr (found->str, "\"of a user with a key\""));
}

#define ADD(name, function) g_test_add (name, AccessFixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/nats-access/tls", test_tls);
  ADD ("/nats-access/plain", test_plain);
  ADD ("/nats-access/files", test_files);
  ADD ("/nats-access/password", test_password);
  ADD ("/nats-access/option", test_option);
  ADD ("/nats-access/token", test_token);
  ADD ("/nats-access/credentials", test_credentials);
  ADD ("/nats-access/permission", test_permission);
  ADD ("/nats-access/renewed", test_renewed);
  return g_test_run ();
}

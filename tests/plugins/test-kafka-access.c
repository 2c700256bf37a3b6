/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who gets in: TLS and SASL before the brokers, and what is said to whoever does not. */
#include <mvxlog/test-host.h>

#include "kafka-fixture.h"
#include "tls-fixture.h"

#define PATIENCE_US (60 * G_USEC_PER_SEC)

typedef struct
{
  KafkaFixture kafka;
  TlsFiles *tls; /* NULL: there are none */
  char *password_file;
  GSubprocess *door;
  char *brokers;
} AccessFixture;

static void
set_up (AccessFixture *fixture, gconstpointer data)
{
  g_autofree char *why_not = NULL;

  kafka_fixture_set_up (&fixture->kafka, data);
  fixture->tls = tls_files_new (&why_not);
  if (fixture->tls == NULL)
    g_test_skip (why_not);
  fixture->password_file = g_build_filename (fixture->kafka.store.directory, "password", NULL);
}

static void
close_door (AccessFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  if (fixture->door == NULL)
    return;
  g_output_stream_close (g_subprocess_get_stdin_pipe (fixture->door), NULL, &error);
  g_assert_no_error (error);
  g_subprocess_wait (fixture->door, NULL, &error);
  g_assert_no_error (error);
  g_clear_object (&fixture->door);
  g_clear_pointer (&fixture->brokers, g_free);
}

static void
tear_down (AccessFixture *fixture, gconstpointer data)
{
  close_door (fixture);
  tls_files_free (fixture->tls);
  g_free (fixture->password_file);
  kafka_fixture_tear_down (&fixture->kafka, data);
}

static void
set_file (AccessFixture *fixture, const char *option, const char *file)
{
  g_autofree char *path = g_build_filename (fixture->tls->directory, file, NULL);

  store_set (&fixture->kafka.store, option, path);
}

/* Words that end in .pem or .key are files of certificates. */
static void
open_door (AccessFixture *fixture, const char *arguments)
{
  g_autofree char *door = g_test_build_filename (G_TEST_DIST, "plugins", "kafka-door.py", NULL);
  g_autofree char *line = g_strdup_printf ("python3 %s %s %s", door, arguments, fixture->kafka.brokers);
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GDataInputStream) said = NULL;
  g_autofree char *list = NULL;
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  g_autoptr (GError) error = NULL;

  close_door (fixture);
  g_subprocess_launcher_set_cwd (launcher, fixture->tls->directory);
  g_subprocess_launcher_unsetenv (launcher, "MALLOC_CHECK_");
  g_subprocess_launcher_unsetenv (launcher, "LD_PRELOAD");
  fixture->door = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &error);
  g_assert_no_error (error);
  said = g_data_input_stream_new (g_subprocess_get_stdout_pipe (fixture->door));
  fixture->brokers = g_data_input_stream_read_line (said, NULL, NULL, NULL);
  g_assert_nonnull (fixture->brokers);
  list = g_strdelimit (g_strdup (fixture->brokers), ",", ';');
  store_set (&fixture->kafka.store, "brokers", list);
}

static void
assert_refused (AccessFixture *fixture, const char *said)
{
  g_autofree char *expected = g_strdup_printf ("Kafka at '%s', topic 'logs': *%s", fixture->brokers, said);
  g_autoptr (GError) error = NULL;

  g_assert_false (fixture->kafka.store.plugin->plugin->probe (fixture->kafka.store.options,
                                                              g_get_monotonic_time () + PATIENCE_US, &error));
  if (!g_pattern_match_simple (expected, error->message))
    g_assert_cmpstr (error->message, ==, expected);
}

static void
assert_taken (AccessFixture *fixture)
{
  store_assert_probe (&fixture->kafka.store, NULL);
}

#define CHECK_TLS "; check ca-file, client-certificate, and whether brokers has the names of the certificates"

static void
test_tls (AccessFixture *fixture, gconstpointer data)
{
  if (fixture->tls == NULL)
    return;
  store_set (&fixture->kafka.store, "tls", "true");
  set_file (fixture, "ca-file", "ca.pem");
  open_door (fixture, "--cert server.pem --key server.key");
  assert_taken (fixture);
  set_file (fixture, "ca-file", "other-ca.pem");
  assert_refused (fixture, "certificate verify failed*" CHECK_TLS);
  set_file (fixture, "ca-file", "ca.pem");
  open_door (fixture, "--cert misnamed.pem --key misnamed.key");
  assert_refused (fixture, "certificate verify failed*" CHECK_TLS);
  open_door (fixture, "--cert expired.pem --key expired.key");
  assert_refused (fixture, "certificate verify failed*" CHECK_TLS);
  open_door (fixture, "--cert server.pem --key server.key --client-ca ca.pem");
  assert_refused (fixture, "");
  set_file (fixture, "client-certificate", "client.pem");
  set_file (fixture, "client-key", "client.key");
  assert_taken (fixture);
}

#define CHECK_LOGIN "; check sasl, user and password"

static void
set_password (AccessFixture *fixture, const char *password)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (fixture->password_file, password, -1, &error);
  g_assert_no_error (error);
}

static void
open_door_with_password (AccessFixture *fixture, const char *file)
{
  g_autofree char *arguments = g_strdup_printf ("--password-file %s", file);

  store_set (&fixture->kafka.store, "sasl", "plain");
  store_set (&fixture->kafka.store, "user", "logger");
  open_door (fixture, arguments);
}

static void
test_sasl (AccessFixture *fixture, gconstpointer data)
{
  if (fixture->tls == NULL)
    return;
  set_password (fixture, "open sesame\n");
  store_set (&fixture->kafka.store, "password", "open sesame");
  open_door_with_password (fixture, fixture->password_file);
  assert_taken (fixture);
  store_set (&fixture->kafka.store, "password", "open says me");
  assert_refused (fixture, "wrong name or password" CHECK_LOGIN);
  store_set (&fixture->kafka.store, "sasl", "scram-sha-256");
  assert_refused (fixture, CHECK_LOGIN);
}

/* A wrong password in a file is replaced while the sink runs, and the event arrives. */
static void
test_renewed (AccessFixture *fixture, gconstpointer data)
{
  g_autofree char *own = g_build_filename (fixture->kafka.store.directory, "own", NULL);
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 1, "first", NULL, 0);
  g_autoptr (GVariant) options = NULL;
  g_autoptr (MvxLogTestHost) host = NULL;
  g_autoptr (GError) error = NULL;
  const gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  guint n_done;

  if (fixture->tls == NULL)
    return;
  set_password (fixture, "new\n");
  g_assert_true (g_file_set_contents (own, "old\n", -1, NULL));
  store_set (&fixture->kafka.store, "password-file", own);
  store_set (&fixture->kafka.store, "delivery-timeout", "1s");
  open_door_with_password (fixture, fixture->password_file);
  options = mvx_log_options_to_variant (fixture->kafka.store.options);
  host = mvx_log_test_host_new (&mvx_static_plugin_kafka, "kafka", options, &error);
  g_assert_no_error (error);
  g_assert_true (mvx_log_test_host_start (host, &error));
  /* On a busy machine its second may be over before it is refused. */
  do
    {
      g_clear_error (&error);
      g_assert_cmpint (mvx_log_test_host_dispatch (host, &event, 1, &n_done, &error), ==, MVX_LOG_DISPATCH_PENDING);
      g_assert_cmpint (mvx_log_test_host_wait_completed (host, -1, &n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
    }
  while (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) && g_get_monotonic_time () < deadline);
  g_assert_true (g_str_has_suffix (error->message, "wrong name or password" CHECK_LOGIN));
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (own, "new\n", -1, NULL));
  while (mvx_log_test_host_dispatch (host, &event, 1, &n_done, NULL) == MVX_LOG_DISPATCH_PENDING
         && mvx_log_test_host_wait_completed (host, -1, &n_done, NULL) == MVX_LOG_DISPATCH_RETRY)
    ;
  g_assert_cmpuint (n_done, ==, 1);
  g_assert_true (mvx_log_test_host_stop (host, &error));
  g_assert_no_error (error);
}

/* What is not there is told before there is anything to send. */
static void
test_files (AccessFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "client-key", "client-certificate", "ca-file" };
  StoreFixture *store = &fixture->kafka.store;

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

#define ADD(name, function) g_test_add (name, AccessFixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/kafka-access/tls", test_tls);
  ADD ("/kafka-access/sasl", test_sasl);
  ADD ("/kafka-access/renewed", test_renewed);
  ADD ("/kafka-access/files", test_files);
  return g_test_run ();
}

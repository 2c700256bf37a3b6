/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GELF servers that are away, unknown, somebody else's, or killed in the middle. */
#include "../ledger-check.h"
#include "../test-size.h"
#include "gelf-fixture.h"
#include "tls-fixture.h"

#define N_EVENTS 100000

MVX_LOG_CONTEXT (test, "org.example.gelf")

static void
test_away (Gelf *self, gconstpointer transport)
{
  g_autofree char *expected = g_strdup_printf (
      "Cannot connect to GELF server 'tcp://127.0.0.1:%u': Could not connect to 127.0.0.1: Connection "
      "refused; see that it runs and the address is right; the events are kept until it works",
      self->port);
  g_auto (GStrv) lines = NULL;

  store_open (&self->store);
  store_assert_trouble (&self->store, MVX_LOG_DISPATCH_RETRY, 3, expected);
  store_assert_probe (&self->store, expected);
  if (!gelf_start (self, transport, NULL, NULL))
    return;
  store_assert_probe (&self->store, NULL);
  store_dispatch (&self->store, 0, 3);
  lines = gelf_finish (self);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
}

/* The host says so, behind the first datagram. */
static void
test_refused (Gelf *self, gconstpointer transport)
{
  g_autofree char *expected
      = g_strdup_printf ("Cannot send to GELF server 'udp://127.0.0.1:%u': Connection refused; the "
                         "events are kept until it works",
                         self->port);
  g_auto (GStrv) lines = NULL;

  store_open (&self->store);
  store_assert_trouble (&self->store, MVX_LOG_DISPATCH_RETRY, 3, expected);
  if (!gelf_start (self, transport, NULL, NULL))
    return;
  store_dispatch (&self->store, 0, 3);
  lines = gelf_finish (self);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
}

static void
test_no_name (Gelf *self, gconstpointer transport)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autoptr (GError) unknown = NULL;
  g_autofree char *expected = NULL;

  /* What that is called depends on the resolver of the machine. */
  g_assert_null (g_resolver_lookup_by_name (resolver, "no-such-host.invalid", NULL, &unknown));
  expected
      = g_strdup_printf ("Cannot connect to GELF server '%s://no-such-host.invalid:%u': %s; see that it runs and the "
                         "address is right; the events are kept until it works",
                         (const char *) transport, self->port, unknown->message);
  store_set (&self->store, "host", "no-such-host.invalid");
  store_open (&self->store);
  store_assert_trouble (&self->store, MVX_LOG_DISPATCH_RETRY, 3, expected);
}

static char *
get_file (const TlsFiles *files, const char *name)
{
  return g_build_filename (files->directory, name, NULL);
}

static void
test_tls (Gelf *self, gconstpointer transport)
{
  g_autofree char *why_not = NULL;
  TlsFiles *files = tls_files_new (&why_not);
  g_autofree char *expected = g_strdup_printf ("Refusing GELF server 'tls://127.0.0.1:%u': its certificate is from an "
                                               "unknown authority; name that in ca-file; the events are kept until it "
                                               "is right",
                                               self->port);
  g_autofree char *certificate = files ? get_file (files, "server.pem") : NULL;
  g_autofree char *key = files ? get_file (files, "server.key") : NULL;
  g_autofree char *ca = files ? get_file (files, "ca.pem") : NULL;
  g_autofree char *other = files ? get_file (files, "other-ca.pem") : NULL;
  g_auto (GStrv) lines = NULL;

  if (files == NULL)
    {
      g_test_skip (why_not);
      return;
    }
  if (gelf_start (self, transport, certificate, key))
    {
      store_set (&self->store, "ca-file", other);
      store_open (&self->store);
      store_assert_trouble (&self->store, MVX_LOG_DISPATCH_RETRY, 3, expected);
      store_set (&self->store, "ca-file", ca);
      store_open (&self->store);
      store_dispatch (&self->store, 0, 300);
      lines = gelf_finish (self);
      g_assert_cmpuint (g_strv_length (lines), ==, 300);
      store_close (&self->store);
    }
  tls_files_free (files);
}

static void
configure (Gelf *self)
{
  g_autofree char *config = g_strdup_printf (
      "[mvxlog]\nversion=1\n[sink out]\nplugin=gelf\ntransport=tcp\nhost=127.0.0.1\nport=%u\nresend-size=8MiB\n"
      "timeout=60s\nqueue-overflow=block\nblock-timeout=-1\nretry-min=10ms\nretry-max=50ms\ndrain-timeout=-1\n"
      "[context]\nsinks=out\n",
      self->port);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_gelf, &error));
  mvx_log_configure_from_data (config, -1, "test", &error);
  g_assert_no_error (error);
}

/* Each number at least once; how many came twice. */
static guint
count_twice (GStrv lines, guint n_events)
{
  g_autofree guint8 *seen = g_new0 (guint8, n_events);
  guint n_missing = 0;
  guint n_twice = 0;

  for (guint i = 0; lines[i]; i++)
    {
      /* The server has seen that it is right. */
      const char *number = strstr (lines[i], "\"_n\": ");
      const gint64 n = number ? g_ascii_strtoll (number + strlen ("\"_n\": "), NULL, 10) : -1;

      g_assert_cmpint (n, >=, 0);
      g_assert_cmpint (n, <, n_events);
      n_twice += seen[n] != 0;
      seen[n] = 1;
    }
  for (guint i = 0; i < n_events; i++)
    n_missing += seen[i] == 0;
  g_assert_cmpuint (n_missing, ==, 0);
  return n_twice;
}

/* With more kept than the killed server's buffers hold, and its kernel has not acknowledged. */
static void
test_restart (Gelf *self, gconstpointer transport)
{
  const guint n_events = g_getenv ("MVXLOG_TEST_LONG") ? N_EVENTS : test_size (N_EVENTS / 5, N_EVENTS / 20);
  g_autoptr (MvxLogSink) sink = NULL;
  g_auto (GStrv) lines = NULL;
  gint64 start = g_get_monotonic_time ();
  MvxLogCounters counters;
  guint n_twice;

  if (!gelf_start (self, transport, NULL, NULL))
    return;
  configure (self);
  for (guint i = 0; i < n_events; i++)
    {
      mvx_info (test, "event", "n", i);
      if (i % (n_events / 4) != n_events / 8 || i < n_events / 4)
        continue;
      gelf_wait (self, i / 2);
      peer_kill (&self->peer);
      gelf_start (self, transport, NULL, NULL);
    }
  sink = mvx_log_get_sink ("out");
  mvx_log_shutdown (-1, NULL);
  counters = ledger_check (sink);
  g_assert_cmpuint (counters.delivered, ==, n_events);
  g_test_message ("%u events in %.1f s", n_events, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  lines = gelf_finish (self);
  n_twice = count_twice (lines, n_events);
  g_test_message ("%u of them twice", n_twice);
  g_assert_cmpuint (n_twice, >, 0);
}

#define TEST(name, transport)                                                                                          \
  g_test_add ("/gelf-faults/" #name "/" transport, Gelf, transport, gelf_set_up, test_##name, gelf_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST (away, "tcp");
  TEST (refused, "udp");
  TEST (no_name, "udp");
  TEST (no_name, "tcp");
  TEST (tls, "tls");
  TEST (restart, "tcp");
  return g_test_run ();
}

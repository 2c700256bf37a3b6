/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sinks made of sinks, as a key-file puts them together, with workers that really run. */
#include "ledger-check.h"
#include "apply-fixture.h"
#include "sink/builtin-private.h"
#include "sink/sink-private.h"

#define QUICK "retry-min=1ms\nretry-max=2ms\n"

/* A destination that can be away. */
static struct
{
  GMutex mutex;
  GCond cond;
  gboolean away;
  guint n_failed;
} flaky;

static MvxLogDispatchResult
flaky_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  gboolean away;

  g_mutex_lock (&flaky.mutex);
  away = flaky.away;
  if (away)
    flaky.n_failed++;
  g_cond_broadcast (&flaky.cond);
  g_mutex_unlock (&flaky.mutex);
  if (!away)
    return fake_dispatch (instance, events, n_events, n_done, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE, "away");
  return MVX_LOG_DISPATCH_RETRY;
}

static MvxLogPlugin flaky_data;
static const MvxLogStaticPlugin flaky_plugin = { &flaky_data, fake_build, fake_create, flaky_dispatch };

static void
flaky_set_away (gboolean away)
{
  g_mutex_lock (&flaky.mutex);
  flaky.away = away;
  flaky.n_failed = 0;
  g_mutex_unlock (&flaky.mutex);
}

/* The failure before the last of so many has been settled. */
static void
flaky_wait_failed (guint n)
{
  g_mutex_lock (&flaky.mutex);
  while (flaky.n_failed < n)
    g_cond_wait (&flaky.cond, &flaky.mutex);
  g_mutex_unlock (&flaky.mutex);
}

static void
flush (const char *name)
{
  g_autoptr (GError) error = NULL;

  mvx_log_sink_flush (peek (name), -1, &error);
  g_assert_no_error (error);
}

/* The ledger of a sink closes. */
static void
assert_counts (const char *name, guint64 accepted, guint64 delivered, guint64 diverted)
{
  MvxLogCounters c = ledger_check_moving (peek (name));
  g_assert_cmpuint (c.accepted, ==, accepted);
  g_assert_cmpuint (c.delivered, ==, delivered);
  g_assert_cmpuint (c.diverted, ==, diverted);
}

#define FAILOVER                                                                                                       \
  HEAD "[sink remote]\nplugin=flaky\npath=/remote\n" QUICK "[sink local]\nplugin=fake\npath=/local\n"                  \
       "[sink safe]\nplugin=failover\nsinks=remote;local\n[context]\nsinks=safe\n"

/* What the first has in its queue stays there; what comes while it cannot deliver goes to the second. */
static void
test_failover (void)
{
  set_up ();
  flaky_set_away (TRUE);
  apply (FAILOVER);
  log_to ("", "one");
  flaky_wait_failed (2);
  g_assert_cmpint (mvx_log_sink_get_health (peek ("remote")), !=, MVX_LOG_SINK_HEALTH_UP);
  g_assert_cmpint (mvx_log_sink_get_health (peek ("safe")), ==, MVX_LOG_SINK_HEALTH_UP);
  log_to ("", "two");
  log_to ("", "three");
  assert_events ("/local", "two,three");
  flaky_set_away (FALSE);
  flush ("remote");
  g_assert_cmpint (mvx_log_sink_get_health (peek ("remote")), ==, MVX_LOG_SINK_HEALTH_UP);
  log_to ("", "four");
  flush ("safe");
  assert_events ("/remote", "one,four");
  assert_events ("/local", "two,three");
  assert_counts ("remote", 2, 2, 0);
  assert_counts ("local", 2, 2, 0);
  assert_counts ("safe", 4, 4, 0);
  g_assert_nonnull (
      strstr (diagnostics->str, "sink 'safe': events go to 'local' now: those before it cannot deliver\n"));
  g_assert_nonnull (strstr (diagnostics->str, "sink 'safe': events go to 'remote' again\n"));
  tear_down ();
}

static void
apply_fallback (const char *fallback)
{
  g_autofree char *data = g_strdup_printf (
      HEAD "[sink spare]\nplugin=fake\npath=/spare\n[sink other]\nplugin=fake\npath=/other\n"
           "[sink remote]\nplugin=flaky\npath=/remote\nretry-min=1ms\nretry-max=1h\nbreaker-failures=2\n"
           "breaker-pause=1h\nfallback=%s\n[context]\nsinks=remote\n",
      fallback);

  apply (data);
}

/* The circuit opens, the fallback has the events, and a flush of the sink is one of the fallback. */
static void
test_fallback (void)
{
  set_up ();
  flaky_set_away (TRUE);
  apply_fallback ("spare");
  log_to ("", "one");
  log_to ("", "two");
  flush ("remote");
  assert_events ("/spare", "one,two");
  g_assert_cmpint (mvx_log_sink_get_health (peek ("remote")), ==, MVX_LOG_SINK_HEALTH_OPEN);
  log_to ("", "three");
  flush ("remote");
  assert_events ("/spare", "one,two,three");
  assert_counts ("remote", 3, 0, 3);
  assert_counts ("spare", 3, 3, 0);
  /* Another one, for a sink that goes on as it was. */
  apply_fallback ("other");
  log_to ("", "four");
  flush ("remote");
  assert_events ("/remote", "");
  flaky_set_away (FALSE);
  tear_down ();
}

/* At its end it tries once more, and the fallback has the rest. */
static void
test_end (void)
{
  g_autoptr (MvxLogSink) spare = NULL;
  g_autoptr (MvxLogSink) remote = NULL;
  g_autoptr (GError) error = NULL;

  set_up ();
  flaky_set_away (TRUE);
  apply (HEAD "[sink spare]\nplugin=fake\npath=/spare\n[sink remote]\nplugin=flaky\npath=/remote\n"
              "retry-min=1h\nretry-max=1h\nfallback=spare\n[context]\nsinks=remote\n");
  log_to ("", "one");
  flaky_wait_failed (1);
  log_to ("", "two");
  remote = g_object_ref (peek ("remote"));
  spare = g_object_ref (peek ("spare"));
  g_assert_true (mvx_log_sink_terminate (remote, -1, &error));
  g_assert_no_error (error);
  assert_events ("/spare", "one,two");
  assert_counts ("remote", 2, 0, 2);
  g_assert_cmpint (mvx_log_sink_get_health (remote), ==, MVX_LOG_SINK_HEALTH_DOWN);
  flaky_set_away (FALSE);
  tear_down ();
}

/* Sinks of sinks of sinks, by level, context and turn: each event is at one place. */
static void
test_nested (void)
{
  set_up ();
  flaky_set_away (FALSE);
  apply (HEAD "[sink a]\nplugin=fake-async\npath=/a\n[sink b]\nplugin=fake-async\npath=/b\n"
              "[sink c]\nplugin=fake\npath=/c\n[sink d]\nplugin=fake\npath=/d\n"
              "[sink shared]\nplugin=roundrobin\nsinks=a;b\n[sink safe]\nplugin=failover\nsinks=shared;c\n"
              "[sink split]\nplugin=route\nroutes=d: level >= error;safe: org.example.*\n"
              "[context]\nsinks=split\n");
  log_to ("org.example.x", "1");
  log_to ("org.example.x", "2");
  log_to ("org.example.x", "3");
  log_to ("org", "4");
  flush ("split");
  assert_events ("/a", "1,3");
  assert_events ("/b", "2");
  assert_events ("/c", "");
  assert_counts ("shared", 3, 3, 0);
  assert_counts ("safe", 3, 3, 0);
  assert_counts ("split", 4, 3, 0); /* and one dropped */
  g_assert_cmpstr (diagnostics->str, ==,
                   "Sink 'split' dropped an event: no route fits it and there is no 'default'; give one, if only a "
                   "sink of the plugin 'null'\n");
  /* Without any of those below it a sink of sinks is down, and the next above takes another. */
  mvx_log_sink_set_enabled (peek ("a"), FALSE);
  mvx_log_sink_set_enabled (peek ("b"), FALSE);
  g_assert_cmpint (mvx_log_sink_get_health (peek ("shared")), ==, MVX_LOG_SINK_HEALTH_DOWN);
  log_to ("org.example.x", "5");
  assert_events ("/c", "5");
  tear_down ();
}

static gint logging_on; /* atomic */

static gpointer
log_on (gpointer data)
{
  guint n = 0;

  while (g_atomic_int_get (&logging_on))
    {
      log_to ("x", "during");
      n++;
    }
  return GUINT_TO_POINTER (n);
}

/* Members are replaced while events pass through: nothing is lost, nothing comes twice. */
static void
test_reload (void)
{
  GThread *threads[3];
  guint n_logged = 0;
  guint n_found = 0;
  static const char *const paths[] = { "/0", "/1", "/c" };

  set_up ();
  flaky_set_away (FALSE);
  g_atomic_int_set (&logging_on, 1);
  for (guint i = 0; i <= 20; i++)
    {
      g_autofree char *data = g_strdup_printf (
          HEAD "[sink b]\nplugin=fake-async\npath=/%u\nqueue-max-size=1000000\n[sink c]\nplugin=fake\npath=/c\n"
               "[sink safe]\nplugin=failover\nsinks=b;c\n[context]\nsinks=safe\n",
          i % 2);

      apply (data);
      for (guint j = 0; i == 0 && j < G_N_ELEMENTS (threads); j++)
        threads[j] = g_thread_new ("log", log_on, NULL);
    }
  g_atomic_int_set (&logging_on, 0);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    n_logged += GPOINTER_TO_UINT (g_thread_join (threads[i]));
  flush ("safe");
  g_mutex_lock (&fake.mutex);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    n_found += fake_events (paths[i])->len;
  g_mutex_unlock (&fake.mutex);
  g_assert_cmpuint (n_found, ==, n_logged);
  tear_down ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fake_register ();
  flaky_data = fake_async_plugin_data;
  flaky_data.name = "flaky";
  g_assert_true (mvx_log_plugin_register_static (&flaky_plugin, NULL));
  g_test_add_func ("/compose/failover", test_failover);
  g_test_add_func ("/compose/fallback", test_fallback);
  g_test_add_func ("/compose/end", test_end);
  g_test_add_func ("/compose/nested", test_nested);
  g_test_add_func ("/compose/reload", test_reload);
  return g_test_run ();
}

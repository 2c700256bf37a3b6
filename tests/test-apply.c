/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Applying plans: what is kept, changed, swapped and replaced; roll-back. */
#include <mvxlog/fork.h>

#include "apply-fixture.h"

static void
test_first (void)
{
  set_up ();
  apply (ONE "[sink b]\nplugin=fake\npath=/b\n[context x.y]\nsinks=b;a\n");
  assert_names ("a,b");
  log_to ("", "1");
  log_to ("x", "2");
  log_to ("x.y", "3");
  log_to ("x.y.z", "4");
  assert_events ("/a", "1,2,3,4");
  assert_events ("/b", "3,4");
  g_assert_true (mvx_log_steps_is_from_file (peek ("a")));
  tear_down ();
  g_assert_cmpuint (fake.n_created, ==, fake.n_destroyed);
}

static void
test_again (void)
{
  g_autoptr (MvxLogSink) before = NULL;

  set_up ();
  apply (ONE);
  before = mvx_log_registry_get (registry, "a");
  apply (ONE);
  g_assert_true (peek ("a") == before);
  g_assert_cmpuint (fake.n_created, ==, 1);
  g_assert_cmpuint (fake.n_reconfigured, ==, 0);
  g_clear_object (&before);
  tear_down ();
}

static void
test_reconfigure (void)
{
  g_autoptr (MvxLogSink) before = NULL;
  FakeInstance *instance;

  set_up ();
  apply (ONE);
  before = mvx_log_registry_get (registry, "a");
  apply (HEAD "[sink a]\nplugin=fake\npath=/a\ntimeout=3s\nlevel=error\nenabled=no\n[context]\nsinks=a\n");
  g_assert_true (peek ("a") == before);
  g_assert_cmpuint (fake.n_created, ==, 1);
  instance = mvx_log_plugin_sink_get_instance (before);
  g_assert_cmpstr (instance->timeout, ==, "3000000");
  g_assert_cmpint (mvx_log_sink_get_level (before), ==, 40);
  g_assert_false (mvx_log_sink_get_enabled (before));
  /* Its descriptor is the new one: the same file again finds nothing to do. */
  apply (HEAD "[sink a]\nplugin=fake\npath=/a\ntimeout=3s\nlevel=error\nenabled=no\n[context]\nsinks=a\n");
  g_assert_cmpuint (fake.n_reconfigured, ==, 1);
  apply (ONE);
  g_assert_cmpint (mvx_log_sink_get_level (before), ==, 20);
  g_assert_true (mvx_log_sink_get_enabled (before));
  g_clear_object (&before);
  tear_down ();
}

static void
test_swap (void)
{
  set_up ();
  apply (ONE);
  log_to ("", "1");
  apply (HEAD "[sink a]\nplugin=fake\npath=/b\n[context]\nsinks=a\n");
  log_to ("", "2");
  assert_events ("/a", "1");
  assert_events ("/b", "2");
  g_assert_cmpuint (fake.n_created, ==, 2);
  g_assert_cmpuint (fake.n_destroyed, ==, 1);
  g_assert_false (g_hash_table_contains (fake.open, "/a"));
  tear_down ();
}

static void
test_replace (void)
{
  set_up ();
  apply (ONE);
  log_to ("", "1");
  fake.on_create = log_while_creating;
  apply (HEAD "[sink a]\nplugin=fake\npath=/a\nsize=2MiB\n[context]\nsinks=a\n");
  log_to ("", "2");
  assert_events ("/a", "1,during,also,2");
  g_assert_cmpuint (fake.n_clashes, ==, 0);
  g_assert_cmpuint (fake.n_created, ==, 2);
  g_assert_true (mvx_log_steps_is_from_file (peek ("a")));
  g_assert_cmpstr (diagnostics->str, ==, "");
  tear_down ();
}

typedef struct
{
  MvxLogSink *sink;
  MvxLogEvent *event;
  GMutex mutex;
  GCond cond;
  gboolean returned;
  gboolean taken;
  gint64 us;
} Held;

static gpointer
log_one_more (gpointer data)
{
  Held *held = data;
  gint64 begin = g_get_monotonic_time ();
  gboolean taken = mvx_log_sink_log (held->sink, held->event, NULL);

  g_mutex_lock (&held->mutex);
  held->us = g_get_monotonic_time () - begin;
  held->taken = taken;
  held->returned = TRUE;
  g_cond_signal (&held->cond);
  g_mutex_unlock (&held->mutex);
  return NULL;
}

/* Who is to be held up rather than to lose events is held up, at most for a second; what is lost is told. */
static void
test_too_many_held (void)
{
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("", 20, 1, "held", NULL, 0);
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (MvxLogSink) holder = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;
  Held held = { .event = event };
  GThread *thread;
  gint64 until = g_get_monotonic_time () + G_USEC_PER_SEC / 5;
  guint n = 0;

  set_up ();
  apply (HEAD "[sink a]\nplugin=fake-async\npath=/a\nqueue-overflow=block\nblock-timeout=60s\n[context]\nsinks=a\n");
  sink = lookup ("a");
  held.sink = holder = mvx_log_holder_new (sink);
  while (mvx_log_sink_log (holder, event, &error))
    n++;
  g_assert_cmpstr (error->message, ==,
                   "The sink is being replaced and as many events as can be kept (10000) already wait for it");
  g_assert_cmpuint (n, ==, 10000);
  thread = g_thread_new ("one-more", log_one_more, &held);
  g_mutex_lock (&held.mutex);
  while (!held.returned && g_cond_wait_until (&held.cond, &held.mutex, until))
    ;
  g_mutex_unlock (&held.mutex);
  mvx_log_holder_release (MVX_LOG_HOLDER (holder), sink);
  g_thread_join (thread);
  g_assert_true (held.taken || held.us >= 900 * 1000);
  expected = g_strdup_printf ("sink 'a' refused %u events that were logged while it was replaced: %s\n",
                              held.taken ? 1 : 2, error->message);
  g_assert_cmpstr (diagnostics->str, ==, expected);
  tear_down ();
}

/* A secret is not in the descriptor, but it matters. */
static void
test_secret (void)
{
  set_up ();
  apply (HEAD "[sink a]\nplugin=fake\npath=/a\ntoken=1\n[context]\nsinks=a\n");
  apply (HEAD "[sink a]\nplugin=fake\npath=/a\ntoken=2\n[context]\nsinks=a\n");
  g_assert_cmpuint (fake.n_created, ==, 2);
  g_assert_cmpuint (fake.n_clashes, ==, 0);
  tear_down ();
}

static void
test_create_fails (void)
{
  g_autoptr (MvxLogSink) a = NULL;
  g_autoptr (MvxLogSink) b = NULL;

  set_up ();
  apply (ONE "[sink b]\nplugin=fake\npath=/b\n[context x]\nsinks=b\nlevel=error\n");
  a = mvx_log_registry_get (registry, "a");
  b = mvx_log_registry_get (registry, "b");
  fake.fail_create = "/bad";
  assert_fails (HEAD "[sink b]\nplugin=fake\npath=/b2\n[sink a]\nplugin=fake\npath=/a\nlevel=debug\n"
                     "[sink n]\nplugin=fake\npath=/n\n[sink bad]\nplugin=fake\npath=/bad\n[context]\nsinks=bad\n",
                "F:13:1: error: [sink bad]: Plugin 'fake' could not create sink 'bad': Cannot open '/bad': Permission "
                "denied; nothing was changed");
  assert_names ("a,b");
  g_assert_true (peek ("a") == a);
  g_assert_true (peek ("b") == b);
  g_assert_cmpint (mvx_log_sink_get_level (a), ==, 20);
  g_assert_cmpuint (fake.n_created, ==, 4);
  g_assert_cmpuint (fake.n_destroyed, ==, 2);
  log_to ("", "1");
  log_to ("x", "filtered");
  assert_events ("/a", "1");
  assert_events ("/b", "");
  g_clear_object (&a);
  g_clear_object (&b);
  tear_down ();
}

static guint n_calls;

static void
fail_once (const char *path)
{
  log_to ("", "during");
  fake.fail_create = n_calls++ == 0 ? "/a" : NULL;
}

static void
fail_always (const char *path)
{
  log_to ("", "during");
  fake.fail_create = "/a";
}

static void
test_replace_fails (void)
{
  set_up ();
  apply (ONE);
  log_to ("", "1");
  n_calls = 0;
  fake.on_create = fail_once;
  assert_fails (HEAD "[sink a]\nplugin=fake\npath=/a\nsize=2MiB\n[context]\nsinks=a\n",
                "F:3:1: error: [sink a]: Plugin 'fake' could not create sink 'a': Cannot open '/a': Permission denied; "
                "nothing was changed");
  fake.on_create = NULL;
  log_to ("", "2");
  /* Once while the new one was tried and once while the old one was restored. */
  assert_events ("/a", "1,during,during,2");
  g_assert_cmpuint (mvx_log_options_get_size (mvx_log_plugin_sink_get_options (peek ("a")), "size"), ==, 1 << 20);
  g_assert_true (mvx_log_steps_is_from_file (peek ("a")));
  apply (ONE);
  g_assert_cmpuint (fake.n_created, ==, 2);
  tear_down ();
}

static void
test_restore_fails (void)
{
  set_up ();
  apply (ONE);
  fake.on_create = fail_always;
  assert_fails (HEAD "[sink a]\nplugin=fake\npath=/a\nsize=2MiB\n[context]\nsinks=a\n",
                "F:3:1: error: [sink a]: Plugin 'fake' could not create sink 'a': Cannot open '/a': Permission denied; "
                "nothing was changed");
  g_assert_nonnull (strstr (
      diagnostics->str, "sink 'a' is lost: it was taken down for a configuration that failed, and could not be made "
                        "again: Plugin 'fake' could not create sink 'a': Cannot open '/a': Permission denied"));
  g_assert_nonnull (strstr (diagnostics->str, "sink 'a' refused 2 events that were logged while it was replaced: "));
  assert_names ("a");
  /* The next file that is right gets it going again. */
  fake.on_create = NULL;
  fake.fail_create = NULL;
  apply (HEAD "[sink a]\nplugin=fake\npath=/a\nsize=2MiB\n[context]\nsinks=a\n");
  log_to ("", "2");
  assert_events ("/a", "2");
  tear_down ();
}

static void
test_reconfigure_fails (void)
{
  FakeInstance *instance;

  set_up ();
  apply (ONE "[sink b]\nplugin=fake\npath=/b\n");
  instance = mvx_log_plugin_sink_get_instance (peek ("a"));
  fake.fail_reconfigure = "/b";
  assert_fails (
      HEAD "[sink a]\nplugin=fake\npath=/a\ntimeout=3s\n[context]\nsinks=a\n[sink b]\nplugin=fake\npath=/b\n"
           "timeout=4s\n[sink n]\nplugin=fake\npath=/n\n",
      "F:9:1: error: [sink b]: Plugin 'fake' could not reconfigure sink 'b', which goes on as it was: not now; "
      "nothing was changed");
  g_assert_cmpstr (instance->timeout, ==, "1000000");
  assert_names ("a,b");
  log_to ("", "1");
  assert_events ("/a", "1");
  tear_down ();
}

static void
test_remove (void)
{
  set_up ();
  apply (ONE "[sink b]\nplugin=fake\npath=/b\n[sink g]\nplugin=group\nsinks=b\n[context x]\nsinks=g\n");
  apply (ONE);
  assert_names ("a");
  g_assert_false (g_hash_table_contains (fake.open, "/b"));
  log_to ("x", "1");
  assert_events ("/a", "1");
  assert_events ("/b", "");
  tear_down ();
}

static void
test_api_sinks (void)
{
  static const char *const known[] = { "mine", NULL };
  g_autoptr (GError) error = NULL;
  MvxLogSink *made;

  set_up ();
  made = make_by_api ("mine", "fake", "/mine");
  g_assert_true (apply_with (ONE "[context x]\nsinks=mine;a\n", known, &error));
  g_assert_no_error (error);
  log_to ("x", "1");
  assert_events ("/mine", "1");
  apply (ONE);
  g_assert_true (peek ("mine") == made);
  /* The file says the same about it, then something else, then nothing: it stays the program's. */
  apply (ONE "[sink mine]\nplugin=fake\npath=/mine\n");
  g_assert_true (peek ("mine") == made);
  apply (ONE);
  assert_names ("mine,a");
  apply (ONE "[sink mine]\nplugin=fake\npath=/other\n");
  g_assert_true (g_hash_table_contains (fake.open, "/other"));
  apply (ONE);
  assert_names ("mine,a");
  tear_down ();
}

static void
assert_gone (const char *data, const char *expected)
{
  static const char *const known[] = { "mine", "a", NULL };
  g_autoptr (GError) error = NULL;

  g_assert_false (apply_with (data, known, &error));
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_APPLY_FAILED);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_cmpuint (fake.n_created, ==, 1);
  assert_names ("a");
}

static void
test_api_sink_gone (void)
{
  set_up ();
  apply (ONE);
  assert_gone (ONE "[context x]\nsinks=mine\n",
               "F:8:1: error: [context x] sinks: sink 'mine' does not exist any more; nothing was changed");
  assert_gone (ONE "[sink g]\nplugin=group\nsinks=a;mine\n",
               "F:8:1: error: [sink g] sinks: sink 'mine' does not exist any more; nothing was changed");
  /* One that an earlier file made goes with that file. */
  assert_gone (HEAD "[context]\nsinks=a\n",
               "F:3:1: error: [context] sinks: sink 'a' does not exist any more; nothing was changed");
  tear_down ();
}

static void
test_known_sinks (void)
{
  g_auto (GStrv) known = NULL;

  set_up ();
  apply (ONE);
  make_by_api ("mine", "fake", "/mine");
  known = mvx_log_config_known_sinks (registry);
  g_assert_cmpuint (g_strv_length (known), ==, 1);
  g_assert_cmpstr (known[0], ==, "mine");
  tear_down ();
}

/* The root keeps its sinks if the file gives it none: then the sink has to stay too. */
static void
test_root_keeps (void)
{
  set_up ();
  apply (ONE);
  apply (HEAD "[context]\nlevel=debug\n");
  assert_names ("a");
  g_assert_nonnull (strstr (
      diagnostics->str, "sink 'a' is not in the configuration any more but still used by context <root>, so it stays; "
                        "give [context] other 'sinks'"));
  log_to ("", "1");
  assert_events ("/a", "1");
  apply (HEAD "[sink b]\nplugin=fake\npath=/b\n[context]\nsinks=b\n");
  assert_names ("b");
  tear_down ();
}

static void
test_contexts (void)
{
  g_autoptr (MvxLogContext) context = NULL;
  MvxLogLimits limits;

  set_up ();
  apply (ONE
         "[context x]\nlevel=debug\npolicy=q\nerror-policy=raise\nmax-string=7\n[policy q]\n[rule q 1]\naction=deny\n"
         "events=x.noise\n");
  context = mvx_log_tree_get ("x");
  g_assert_cmpint (mvx_log_context_get_level (context), ==, 10);
  g_assert_cmpint (mvx_log_context_get_error_policy (context), ==, MVX_LOG_ERROR_POLICY_RAISE);
  mvx_log_context_get_limits (context, &limits);
  g_assert_cmpint (limits.max_string, ==, 7);
  {
    MvxLogEventInit noise = { .level = 20, .name = "noise", .message_template = "n" };
    MvxLogEventInit other = { .level = 20, .name = "other", .message_template = "o" };

    g_assert_cmpint (mvx_log_event_submit (context, &noise, NULL, 0, NULL), ==, MVX_LOG_FILTERED);
    g_assert_cmpint (mvx_log_event_submit (context, &other, NULL, 0, NULL), ==, MVX_LOG_ACCEPTED);
  }
  assert_events ("/a", "o");
  /* What the next file does not say does not hold any more. */
  apply (ONE);
  g_assert_cmpint (mvx_log_context_get_level (context), ==, 20);
  g_assert_cmpint (mvx_log_context_get_error_policy (context), ==, MVX_LOG_ERROR_POLICY_PRINT_STDERR);
  tear_down ();
}

#define FORK HEAD "fork=drop\n[sink a]\nplugin=fake\npath=/a\n[context]\nsinks=a\n"

/* What the file says counts, what the program says where it says nothing. */
static void
test_fork (void)
{
  set_up ();
  mvx_log_set_fork_policy (MVX_LOG_FORK_REINIT);
  apply (ONE);
  g_assert_cmpint (mvx_log_get_fork_policy (), ==, MVX_LOG_FORK_REINIT);
  apply (FORK);
  g_assert_cmpint (mvx_log_get_fork_policy (), ==, MVX_LOG_FORK_DROP);
  apply (ONE);
  g_assert_cmpint (mvx_log_get_fork_policy (), ==, MVX_LOG_FORK_REINIT);
  mvx_log_set_fork_policy (MVX_LOG_FORK_STDERR);
  tear_down ();
}

#define CLOCK(name) HEAD "clock=" name "\n[sink a]\nplugin=fake\npath=/a\n[context]\nsinks=a\n"

/* For what is logged from then on; a file that cannot be applied changes nothing. */
static void
test_clock (void)
{
  MvxLogClockSource best = mvx_log_clock_choose (MVX_LOG_CLOCK_UNSET);

  set_up ();
  apply (CLOCK ("coarse"));
  g_assert_cmpint (mvx_log_clock_source, ==, MVX_LOG_CLOCK_COARSE);
  log_to ("", "1");
  apply (CLOCK ("realtime"));
  g_assert_cmpint (mvx_log_clock_source, ==, MVX_LOG_CLOCK_REALTIME);
  log_to ("", "2");
  fake.fail_create = "/b";
  g_assert_false (apply_with (CLOCK ("coarse") "[sink b]\nplugin=fake\npath=/b\n", NULL, NULL));
  fake.fail_create = NULL;
  g_assert_cmpint (mvx_log_clock_source, ==, MVX_LOG_CLOCK_REALTIME);
  apply (CLOCK ("tsc"));
  g_assert_cmpint (mvx_log_clock_source, ==, best);
  if (best == MVX_LOG_CLOCK_REALTIME)
    g_assert_cmpstr (diagnostics->str, ==,
                     "[mvxlog] clock=tsc: this machine has no counter that runs at a constant rate, so the time is "
                     "read from the kernel; write clock=auto to be content with that\n");
  else
    g_assert_cmpstr (diagnostics->str, ==, "");
  apply (CLOCK ("coarse"));
  /* What the next file does not say does not hold any more. */
  apply (ONE);
  g_assert_cmpint (mvx_log_clock_source, ==, best);
  log_to ("", "3");
  assert_events ("/a", "1,2,3");
  tear_down ();
}

static GError *nested_error;

static void
apply_within (const char *path)
{
  g_clear_error (&nested_error);
  g_assert_false (apply_with (ONE, NULL, &nested_error));
}

static void
test_nested (void)
{
  set_up ();
  fake.on_create = apply_within;
  apply (ONE);
  g_assert_error (nested_error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
  g_assert_cmpstr (
      nested_error->message, ==,
      "A configuration is just being applied by this thread; do not apply another one from within a plugin");
  g_clear_error (&nested_error);
  tear_down ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("MVXLOG_PLUGIN_SYSTEM_PATH", "/nonexistent", TRUE);
  fake_register ();
  g_test_add_func ("/apply/first", test_first);
  g_test_add_func ("/apply/again", test_again);
  g_test_add_func ("/apply/reconfigure", test_reconfigure);
  g_test_add_func ("/apply/swap", test_swap);
  g_test_add_func ("/apply/replace", test_replace);
  g_test_add_func ("/apply/too-many-held", test_too_many_held);
  g_test_add_func ("/apply/secret", test_secret);
  g_test_add_func ("/apply/create-fails", test_create_fails);
  g_test_add_func ("/apply/replace-fails", test_replace_fails);
  g_test_add_func ("/apply/restore-fails", test_restore_fails);
  g_test_add_func ("/apply/reconfigure-fails", test_reconfigure_fails);
  g_test_add_func ("/apply/remove", test_remove);
  g_test_add_func ("/apply/api-sinks", test_api_sinks);
  g_test_add_func ("/apply/api-sink-gone", test_api_sink_gone);
  g_test_add_func ("/apply/known-sinks", test_known_sinks);
  g_test_add_func ("/apply/root-keeps", test_root_keeps);
  g_test_add_func ("/apply/contexts", test_contexts);
  g_test_add_func ("/apply/clock", test_clock);
  g_test_add_func ("/apply/fork", test_fork);
  g_test_add_func ("/apply/nested", test_nested);
  return g_test_run ();
}

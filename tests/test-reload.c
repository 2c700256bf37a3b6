/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Applying plans to groups, exclusive resources and sinks in use: nothing is lost on the way. */
#include <mvxlog/memory.h>

#include "apply-fixture.h"
#include "broken/fixture.h"
#include "ledger-check.h"

static void
test_group (void)
{
  g_autoptr (MvxLogSink) group = NULL;

  set_up ();
  apply (HEAD "[sink g]\nplugin=group\nsinks=a;b\n[sink a]\nplugin=fake\npath=/a\n[sink b]\nplugin=fake\npath=/b\n"
              "[context]\nsinks=g\n");
  group = mvx_log_registry_get (registry, "g");
  log_to ("", "1");
  fake.on_create = log_while_creating;
  /* a is swapped, b is replaced; the group itself is as it was. */
  apply (HEAD "[sink g]\nplugin=group\nsinks=a;b\n[sink a]\nplugin=fake\npath=/a2\n[sink b]\nplugin=fake\npath=/b\n"
              "size=2MiB\n[context]\nsinks=g\n");
  fake.on_create = NULL;
  log_to ("", "2");
  g_assert_true (peek ("g") == group);
  assert_events ("/a", "1,during,also,during,also");
  assert_events ("/a2", "2");
  assert_events ("/b", "1,during,also,during,also,2");
  g_assert_cmpuint (fake.n_clashes, ==, 0);
  /* Other members, one of them new: the group takes them over. */
  apply (HEAD "[sink g]\nplugin=group\nsinks=c;b\n[sink b]\nplugin=fake\npath=/b\nsize=2MiB\n"
              "[sink c]\nplugin=fake\npath=/c\n[context]\nsinks=g\n");
  g_assert_true (peek ("g") == group);
  log_to ("", "3");
  assert_events ("/a2", "2");
  assert_events ("/c", "3");
  g_clear_object (&group);
  tear_down ();
}

/* The group was already given its new member when another sink refused. */
static void
test_group_rolled_back (void)
{
  set_up ();
  apply (HEAD "[sink a]\nplugin=fake\npath=/a\n[sink g]\nplugin=group\nsinks=a\n[sink z]\nplugin=fake\npath=/z\n"
              "[context]\nsinks=g\n");
  fake.fail_reconfigure = "/z";
  assert_fails (
      HEAD "[sink a]\nplugin=fake\npath=/a\nsize=2MiB\n[sink n]\nplugin=fake\npath=/n\n[sink g]\nplugin=group\n"
           "sinks=n;a\n[sink z]\nplugin=fake\npath=/z\ntimeout=9s\n[context]\nsinks=g\n",
      "F:13:1: error: [sink z]: Plugin 'fake' could not reconfigure sink 'z', which goes on as it was: not now; "
      "nothing was changed");
  log_to ("", "1");
  assert_events ("/a", "1");
  assert_events ("/n", "");
  assert_names ("a,g,z");
  g_assert_cmpuint (fake.n_clashes, ==, 0);
  g_assert_cmpstr (diagnostics->str, ==, "");
  tear_down ();
}

static void
test_exclusive_rename (void)
{
  set_up ();
  apply (HEAD "[sink a]\nplugin=exclusive\npath=/x\n[context]\nsinks=a\n");
  log_to ("", "1");
  fake.on_create = log_while_creating;
  apply (HEAD "[sink b]\nplugin=exclusive\npath=/x\n[context]\nsinks=b\n");
  fake.on_create = NULL;
  log_to ("", "2");
  assert_names ("b");
  assert_events ("/x", "1,during,also,2");
  g_assert_cmpuint (fake.n_clashes, ==, 0);
  /* And back, but it cannot be made. */
  fake.fail_create = "/n";
  assert_fails (HEAD "[sink a]\nplugin=exclusive\npath=/x\n[sink n]\nplugin=fake\npath=/n\n[context]\nsinks=a\n",
                "F:6:1: error: [sink n]: Plugin 'fake' could not create sink 'n': Cannot open '/n': Permission denied; "
                "nothing was changed");
  log_to ("", "3");
  assert_events ("/x", "1,during,also,2,3");
  assert_names ("b");
  tear_down ();
}

static void
test_exclusive_exchange (void)
{
  set_up ();
  apply (HEAD "[sink a]\nplugin=exclusive\npath=/x\n[sink b]\nplugin=exclusive\npath=/y\n[context]\nsinks=a\n");
  apply (HEAD "[sink a]\nplugin=exclusive\npath=/y\n[sink b]\nplugin=exclusive\npath=/x\n[context]\nsinks=a\n");
  log_to ("", "1");
  assert_events ("/y", "1");
  g_assert_cmpuint (fake.n_clashes, ==, 0);
  g_assert_cmpuint (fake.n_created, ==, 4);
  g_assert_cmpuint (fake.n_destroyed, ==, 2);
  tear_down ();
}

static void
test_exclusive_conflict (void)
{
  set_up ();
  make_by_api ("mine", "exclusive", "/x");
  assert_fails (HEAD "[sink a]\nplugin=exclusive\npath=/x\n",
                "F:3:1: error: [sink a]: Cannot make sink 'a': sink 'mine' already uses '/x'; use that sink or another "
                "resource; nothing was changed");
  make_by_api ("single", "solo", "/s");
  assert_fails (
      HEAD "[sink a]\nplugin=solo\npath=/t\n",
      "F:3:1: error: [sink a]: Cannot make sink 'a': there can be only one sink of plugin 'solo', and 'single' "
      "is one; use that sink; nothing was changed");
  tear_down ();
}

static void
test_exclusive_check (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (&fake_exclusive_plugin);
  g_autoptr (MvxLogSinkDescriptor) descriptor = NULL;
  g_autofree char *conflict = NULL;
  g_autoptr (GError) error = NULL;

  set_up ();
  mvx_log_options_set (options, "path", "/x", NULL);
  descriptor = mvx_log_plugin_describe (&fake_exclusive_plugin, "b", options, NULL);
  g_assert_true (mvx_log_exclusive_check (registry, "b", &fake_exclusive_plugin, descriptor, NULL, &error));
  make_by_api ("a", "exclusive", "/x");
  g_assert_true (mvx_log_exclusive_check (registry, "a", &fake_exclusive_plugin, descriptor, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (mvx_log_exclusive_check (registry, "b", &fake_exclusive_plugin, descriptor, &conflict, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_RESOURCE_IN_USE);
  g_assert_cmpstr (error->message, ==,
                   "Cannot make sink 'b': sink 'a' already uses '/x'; use that sink or another resource");
  g_assert_cmpstr (conflict, ==, "a");
  tear_down ();
}

static void
test_async (void)
{
  set_up ();
  apply (HEAD "[sink a]\nplugin=fake-async\npath=/a\n[context]\nsinks=a\n");
  for (guint i = 0; i < 100; i++)
    log_to ("", "x");
  fake.on_create = log_while_creating;
  apply (HEAD "[sink a]\nplugin=fake-async\npath=/a\nbatch-max=7\n[context]\nsinks=a\n");
  fake.on_create = NULL;
  log_to ("", "y");
  g_assert_true (mvx_log_sink_flush (peek ("a"), -1, NULL));
  /* All that waited in the old queue, then what was logged meanwhile, then the rest. */
  g_assert_cmpuint (fake_events ("/a")->len, ==, 103);
  g_assert_cmpstr (g_ptr_array_index (fake_events ("/a"), 99), ==, "x");
  g_assert_cmpstr (g_ptr_array_index (fake_events ("/a"), 100), ==, "during");
  g_assert_cmpstr (g_ptr_array_index (fake_events ("/a"), 101), ==, "also");
  g_assert_cmpstr (g_ptr_array_index (fake_events ("/a"), 102), ==, "y");
  g_assert_cmpuint (fake.n_clashes, ==, 0);
  tear_down ();
}

/* What a spooled sink could not deliver the next one of its name does, wherever that is. */
static void
test_spool (void)
{
  g_autofree char *directory = fixture_make_directory ();
  g_autofree char *absent
      = g_strdup_printf (HEAD "[sink a]\nplugin=fake-async\npath=/absent\ndelivery=spool\nack=none\n"
                              "spool-dir=%s\n[context]\nsinks=a\n",
                         directory);
  g_autofree char *there = g_strdup_printf (HEAD "[sink a]\nplugin=fake-async\npath=/there\ndelivery=spool\nack=none\n"
                                                 "spool-dir=%s\n[context]\nsinks=a\n",
                                            directory);
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GError) error = NULL;
  MvxLogCounters counters;

  set_up ();
  fake.fail_dispatch = "/absent";
  apply (absent);
  for (guint i = 0; i < 50; i++)
    log_to ("", "x");
  g_assert_true (mvx_log_sink_flush (peek ("a"), -1, NULL));
  counters = ledger_check (peek ("a"));
  g_assert_cmpuint (counters.spooled, ==, 50);
  fake.on_create = log_while_creating;
  apply (there);
  fake.on_create = NULL;
  log_to ("", "y");
  sink = mvx_log_registry_get (registry, "a");
  g_assert_true (mvx_log_sink_terminate (sink, -1, &error));
  g_assert_no_error (error);
  counters = ledger_check (sink);
  g_assert_cmpuint (counters.recovered, ==, 50);
  g_assert_cmpuint (counters.delivered, ==, 53);
  g_assert_cmpuint (fake_events ("/there")->len, ==, 53);
  g_assert_cmpstr (g_ptr_array_index (fake_events ("/there"), 49), ==, "x");
  g_assert_cmpstr (g_ptr_array_index (fake_events ("/there"), 50), ==, "during");
  g_assert_cmpstr (g_ptr_array_index (fake_events ("/there"), 52), ==, "y");
  g_clear_object (&sink);
  fake.fail_dispatch = NULL;
  tear_down ();
  fixture_remove (directory);
}

/* "password token pin extra" of the last event that a memory sink has. */
static void
assert_last (const char *name, const char *expected)
{
  g_autoptr (GPtrArray) events = mvx_log_memory_sink_get_events (peek (name));
  const MvxLogEvent *last;
  GString *text = g_string_new (NULL);
  static const char *const keys[] = { "password", "token", "pin", "extra" };

  g_assert_cmpuint (events->len, >, 0);
  last = events->pdata[events->len - 1];
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *value = mvx_log_event_get_string (last, keys[i]);

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", value ? value : "-");
    }
  g_assert_cmpstr (text->str, ==, expected);
  g_string_free (text, TRUE);
}

static void
log_secrets (void)
{
  g_autoptr (MvxLogContext) root = mvx_log_tree_get ("");
  MvxLogEventInit init = { .level = 20, .message_template = "x" };
  const MvxLogField fields[] = {
    { "password", MVX_LOG_KIND_STRING, -1, { .s = "hunter2" }, 0 },
    { "token", MVX_LOG_KIND_STRING, -1, { .s = "abc" }, 0 },
    { "pin", MVX_LOG_KIND_STRING, -1, { .s = "1234" }, MVX_LOG_FIELD_SECRET },
  };

  g_assert_cmpint (mvx_log_event_submit (root, &init, fields, G_N_ELEMENTS (fields), NULL), ==, MVX_LOG_ACCEPTED);
}

/* What a sink must not see is changed by a reload, and the sink stays; a file that is refused changes nothing. */
static void
test_redaction (void)
{
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GError) error = NULL;

  set_up ();
  apply (HEAD "[sink a]\nplugin=memory\n[context]\nsinks=a\n");
  sink = g_object_ref (peek ("a"));
  log_secrets ();
  assert_last ("a", "hunter2 abc *** -");
  apply (HEAD "[sink a]\nplugin=memory\nredact=pass*\nredact-text=^a\nsecret-action=drop\n[context]\nsinks=a\n");
  log_secrets ();
  assert_last ("a", "*** ***bc - -");
  g_assert_null (mvx_log_plan_load_data (
      HEAD "[sink a]\nplugin=memory\nsecret-action=keep\nredact-action=hash\n[context]\nsinks=a\n", -1, "F", NULL,
      &error));
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_INVALID);
  g_assert_cmpstr (error->message, ==,
                   "F:6:15: error: [sink a] redact-action: 'hash' needs a key; give 'hash-key-file' or 'hash-key'");
  log_secrets ();
  assert_last ("a", "*** ***bc - -");
  apply (HEAD "[sink a]\nplugin=memory\nfilter=has(password)\nsecret-action=keep\n[context]\nsinks=a\n");
  log_secrets ();
  assert_last ("a", "hunter2 abc 1234 -");
  g_assert_true (peek ("a") == sink);
  tear_down ();
}

/* The group's own shape comes before those of its members, each of which has its own. */
static void
test_group_shapes (void)
{
  set_up ();
  apply (HEAD "[sink g]\nplugin=group\nsinks=a;b\nredact=token\n"
              "[sink a]\nplugin=memory\nredact=password\nsecret-action=keep\n"
              "[sink b]\nplugin=memory\nprocessors=more\nfilter=not has(extra)\n"
              "[processor more]\ntype=defaults\nfields=extra=yes\n[context]\nsinks=g\n");
  log_secrets ();
  assert_last ("a", "*** *** *** -"); /* the group has masked the pin already */
  assert_last ("b", "hunter2 *** *** yes");
  apply (HEAD "[sink g]\nplugin=group\nsinks=a;b\n"
              "[sink a]\nplugin=memory\nredact=password\nsecret-action=keep\n"
              "[sink b]\nplugin=memory\nfilter=has(nothing)\n[context]\nsinks=g\n");
  log_secrets ();
  assert_last ("a", "*** abc 1234 -");
  assert_last ("b", "hunter2 *** *** yes"); /* nothing more came */
  tear_down ();
}

#define LOAD_EVENTS 20000

static gint stop_load;

static gpointer
load_thread (gpointer data)
{
  g_autoptr (MvxLogContext) context = mvx_log_tree_configure (data, NULL);
  MvxLogEventInit init = { .level = 20, .message_template = "x" };
  guint n = 0;

  while (!g_atomic_int_get (&stop_load) && n < LOAD_EVENTS)
    if (mvx_log_event_submit (context, &init, NULL, 0, NULL) == MVX_LOG_ACCEPTED)
      n++;
  return GUINT_TO_POINTER (n);
}

/* Reloads that keep, swap, replace and fail while two threads log: every accepted event is delivered once. */
static void
test_under_load (void)
{
  static const char *const files[] = {
    HEAD "[sink a]\nplugin=fake\npath=/a\n[context]\nsinks=a\n",
    HEAD "[sink a]\nplugin=fake\npath=/a\nsize=2MiB\n[context]\nsinks=a\n",
    HEAD "[sink a]\nplugin=fake\npath=/b\n[context]\nsinks=a\n",
    HEAD "[sink a]\nplugin=fake\npath=/b\n[sink bad]\nplugin=fake\npath=/bad\n[context]\nsinks=a\n",
    HEAD "[sink g]\nplugin=group\nsinks=a\n[sink a]\nplugin=fake\npath=/b\nsize=3MiB\n[context]\nsinks=g\n",
    HEAD "[sink g]\nplugin=group\nsinks=a\n[sink a]\nplugin=fake\npath=/b\nsize=4MiB\n[context]\nsinks=g\n",
  };
  GThread *threads[2];
  guint n_logged = 0;
  guint n_failed = 0;

  set_up ();
  apply (files[0]);
  fake.fail_create = "/bad";
  stop_load = FALSE;
  threads[0] = g_thread_new ("load", load_thread, (gpointer) "");
  threads[1] = g_thread_new ("load", load_thread, (gpointer) "x.y");
  for (guint i = 0; i < 60; i++)
    n_failed += apply_with (files[i % G_N_ELEMENTS (files)], NULL, NULL) ? 0 : 1;
  g_atomic_int_set (&stop_load, TRUE);
  n_logged += GPOINTER_TO_UINT (g_thread_join (threads[0]));
  n_logged += GPOINTER_TO_UINT (g_thread_join (threads[1]));
  g_assert_cmpstr (diagnostics->str, ==, "");
  g_assert_cmpuint (n_failed, ==, 10);
  g_test_message ("60 reloads, %u refused, %u events logged meanwhile, %u lost", n_failed, n_logged,
                  n_logged - fake_events ("/a")->len - fake_events ("/b")->len);
  g_assert_cmpuint (fake_events ("/a")->len + fake_events ("/b")->len, ==, n_logged);
  g_assert_cmpuint (fake.n_clashes, ==, 0);
  tear_down ();
  g_assert_cmpuint (fake.n_created, ==, fake.n_destroyed);
}

static void
test_holder (void)
{
  MvxLogSink *target;
  g_autoptr (MvxLogSink) holder = NULL;
  MvxLogContextSettings root = { .name = "", .has_sinks = TRUE, .n_sinks = 1 };
  MvxLogEventInit init = { .level = 20, .message_template = "x" };
  g_autoptr (MvxLogContext) context = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  set_up ();
  target = make_by_api ("a", "fake", "/a");
  mvx_log_sink_set_level (target, 15);
  holder = mvx_log_holder_new (target);
  g_assert_cmpint (mvx_log_sink_get_level (holder), ==, 15);
  root.sinks = &holder;
  root.error_policy = MVX_LOG_ERROR_POLICY_RAISE;
  mvx_log_tree_apply (&root, 1);
  context = mvx_log_tree_get ("");
  while (mvx_log_event_submit (context, &init, NULL, 0, &error) == MVX_LOG_ACCEPTED)
    n++;
  g_assert_cmpuint (n, ==, 10000);
  g_assert_nonnull (strstr (
      error->message, "The sink is being replaced and as many events as can be kept (10000) already wait for it"));
  assert_events ("/a", "");
  mvx_log_holder_release (MVX_LOG_HOLDER (holder), target);
  g_assert_cmpuint (fake_events ("/a")->len, ==, 10000);
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_cmpuint (fake_events ("/a")->len, ==, 10001);
  mvx_log_tree_replace_sink (holder, target);
  tear_down ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("MVXLOG_PLUGIN_SYSTEM_PATH", "/nonexistent", TRUE);
  fake_register ();
  g_test_add_func ("/reload/group", test_group);
  g_test_add_func ("/reload/group-rolled-back", test_group_rolled_back);
  g_test_add_func ("/reload/exclusive-rename", test_exclusive_rename);
  g_test_add_func ("/reload/exclusive-exchange", test_exclusive_exchange);
  g_test_add_func ("/reload/exclusive-conflict", test_exclusive_conflict);
  g_test_add_func ("/reload/exclusive-check", test_exclusive_check);
  g_test_add_func ("/reload/async", test_async);
  g_test_add_func ("/reload/spool", test_spool);
  g_test_add_func ("/reload/redaction", test_redaction);
  g_test_add_func ("/reload/group-shapes", test_group_shapes);
  g_test_add_func ("/reload/under-load", test_under_load);
  g_test_add_func ("/reload/holder", test_holder);
  return g_test_run ();
}

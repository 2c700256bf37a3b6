/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Applying plans: what is kept, changed, swapped and replaced; roll-back; nothing lost on the way. */
#include <string.h>

#include "base/diag-private.h"
#include "config/apply-private.h"
#include "config/exclusive-private.h"
#include "config/holder-private.h"
#include "config/load-private.h"
#include "config/steps-private.h"
#include "context/tree-private.h"
#include "fake-plugin.h"
#include "sink/host-private.h"

#define HEAD "[mvxlog]\nversion=1\n"

static MvxLogRegistry *registry;
static GString *diagnostics;

static MvxLogSink *
lookup (const char *name)
{
  return mvx_log_registry_get (registry, name);
}

static void
on_diagnostic (gint level, const char *message, gpointer data)
{
  g_mutex_lock (&fake.mutex);
  g_string_append_printf (diagnostics, "%s\n", message);
  g_mutex_unlock (&fake.mutex);
}

static void
set_up (void)
{
  registry = mvx_log_registry_new ();
  mvx_log_sink_host_set_lookup (lookup);
  diagnostics = g_string_new (NULL);
  mvx_log_diag_set_func (on_diagnostic, NULL, NULL);
  g_hash_table_remove_all (fake.events);
  fake.n_created = fake.n_destroyed = fake.n_clashes = fake.n_reconfigured = 0;
  fake.fail_create = fake.fail_reconfigure = NULL;
  fake.on_create = NULL;
}

static void
tear_down (void)
{
  g_autoptr (GError) error = NULL;
  MvxLogContextSettings root = { .name = "" };

  mvx_log_tree_apply (&root, 1);
  mvx_log_registry_reset (registry, -1, &error);
  g_assert_no_error (error);
  mvx_log_registry_free (registry);
  registry = NULL;
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_string_free (diagnostics, TRUE);
}

static gboolean
apply_with (const char *data, const char *const *known, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (MvxLogPlan) plan = mvx_log_plan_load_data (data, -1, "F", known, &local);

  g_assert_no_error (local);
  return mvx_log_config_apply (plan, registry, error);
}

static void
apply (const char *data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (apply_with (data, NULL, &error));
  g_assert_no_error (error);
}

static void
assert_fails (const char *data, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (apply_with (data, NULL, &error));
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_APPLY_FAILED);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
log_to (const char *context, const char *text)
{
  g_autoptr (MvxLogContext) handle = mvx_log_tree_configure (context, NULL);
  MvxLogEventInit init = { .level = 20, .message_template = text };

  mvx_log_event_submit (handle, &init, NULL, 0, NULL);
}

static void
assert_events (const char *path, const char *expected)
{
  g_autofree char *text = NULL;
  GPtrArray *list;

  g_mutex_lock (&fake.mutex);
  list = fake_events (path);
  g_ptr_array_add (list, NULL);
  text = g_strjoinv (",", (char **) list->pdata);
  g_ptr_array_remove_index (list, list->len - 1);
  g_mutex_unlock (&fake.mutex);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_names (const char *expected)
{
  g_auto (GStrv) names = mvx_log_registry_get_names (registry);
  g_autofree char *text = g_strjoinv (",", names);

  g_assert_cmpstr (text, ==, expected);
}

/* Borrowed: the registry has it. */
static MvxLogSink *
peek (const char *name)
{
  g_autoptr (MvxLogSink) sink = mvx_log_registry_get (registry, name);

  return sink;
}

#define ONE HEAD "[sink a]\nplugin=fake\npath=/a\n[context]\nsinks=a\n"

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

/* While the sink is being made again somebody logs. */
static void
log_while_creating (const char *path)
{
  log_to ("", "during");
  log_to ("x", "also");
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

static MvxLogSink *
make_by_api (const char *name, const char *plugin_name, const char *path)
{
  const MvxLogStaticPlugin *plugin = mvx_log_plugin_get (plugin_name, NULL);
  g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (plugin);
  g_autoptr (MvxLogSinkDescriptor) descriptor = NULL;
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (MvxLogSink) old = NULL;
  g_autoptr (GError) error = NULL;

  mvx_log_options_set (options, "path", path, NULL);
  descriptor = mvx_log_plugin_describe (plugin, name, options, &error);
  g_assert_no_error (error);
  sink = mvx_log_plugin_create_sink (plugin, name, options, &error);
  g_assert_no_error (error);
  old = mvx_log_registry_exchange (registry, name, sink, descriptor);
  g_assert_null (old);
  return peek (name);
}

static void
test_api_sinks (void)
{
  static const char *const known[] = { "mine", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) mine = NULL;
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
test_api_sink_gone (void)
{
  static const char *const known[] = { "mine", NULL };
  g_autoptr (GError) error = NULL;

  set_up ();
  apply (ONE);
  g_assert_false (apply_with (ONE "[context x]\nsinks=mine\n", known, &error));
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_APPLY_FAILED);
  g_assert_cmpstr (error->message, ==,
                   "F:8:1: error: [context x] sinks: sink 'mine' does not exist any more; nothing was changed");
  g_assert_cmpuint (fake.n_created, ==, 1);
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
  n_calls = 0;
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
  g_test_add_func ("/apply/first", test_first);
  g_test_add_func ("/apply/again", test_again);
  g_test_add_func ("/apply/reconfigure", test_reconfigure);
  g_test_add_func ("/apply/swap", test_swap);
  g_test_add_func ("/apply/replace", test_replace);
  g_test_add_func ("/apply/secret", test_secret);
  g_test_add_func ("/apply/create-fails", test_create_fails);
  g_test_add_func ("/apply/replace-fails", test_replace_fails);
  g_test_add_func ("/apply/restore-fails", test_restore_fails);
  g_test_add_func ("/apply/reconfigure-fails", test_reconfigure_fails);
  g_test_add_func ("/apply/remove", test_remove);
  g_test_add_func ("/apply/api-sinks", test_api_sinks);
  g_test_add_func ("/apply/api-sink-gone", test_api_sink_gone);
  g_test_add_func ("/apply/root-keeps", test_root_keeps);
  g_test_add_func ("/apply/group", test_group);
  g_test_add_func ("/apply/group-rolled-back", test_group_rolled_back);
  g_test_add_func ("/apply/exclusive-rename", test_exclusive_rename);
  g_test_add_func ("/apply/exclusive-exchange", test_exclusive_exchange);
  g_test_add_func ("/apply/exclusive-conflict", test_exclusive_conflict);
  g_test_add_func ("/apply/exclusive-check", test_exclusive_check);
  g_test_add_func ("/apply/contexts", test_contexts);
  g_test_add_func ("/apply/nested", test_nested);
  g_test_add_func ("/apply/async", test_async);
  g_test_add_func ("/apply/under-load", test_under_load);
  g_test_add_func ("/apply/holder", test_holder);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-sink.h"

static void
test_names (void)
{
  static const char *const good[] = { "", "a", "A-1_b", "org.example.shop", "x.Y.z-9" };
  static const char *const bad[]
      = { ".", "a.", ".a", "a..b", "1a", "a.1", "a b", "-a", "_a", "a.b ", "\xc3\xa4", "a/b" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (mvx_log_context_check_name (good[i], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = g_strdup_printf (
          "'%s' is not a context name; use words of letters, digits, '-' and '_' "
          "that begin with a letter, joined by dots, such as org.example.shop, at most 255 characters",
          bad[i]);

      g_assert_null (mvx_log_tree_configure (bad[i], &error));
      g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME);
      g_assert_cmpstr (error->message, ==, text);
      g_assert_null (mvx_log_tree_get (bad[i]));
    }
}

/* Every missing ancestor is made; the same object comes back. */
static void
test_ancestors (void)
{
  g_autoptr (MvxLogContext) leaf = NULL;
  g_autoptr (MvxLogContext) again = NULL;
  g_autoptr (MvxLogContext) middle = NULL;
  g_auto (GStrv) names = NULL;

  mvx_log_tree_reset ();
  g_assert_null (mvx_log_tree_get ("a.b"));
  leaf = mvx_log_tree_configure ("a.b.c", NULL);
  again = mvx_log_tree_configure ("a.b.c", NULL);
  g_assert_true (leaf == again);
  middle = mvx_log_tree_get ("a.b");
  g_assert_nonnull (middle);
  g_assert_cmpstr (mvx_log_context_get_name (middle), ==, "a.b");
  g_assert_null (mvx_log_context_get_local_sinks (middle));
  names = mvx_log_tree_get_names ();
  g_assert_cmpuint (g_strv_length (names), ==, 4);
  g_assert_cmpstr (names[0], ==, "");
  g_assert_true (g_strv_contains ((const char *const *) names, "a"));
}

/* A reset drops all but the root; objects that are held go on working. */
static void
test_reset (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) root = mvx_log_tree_get ("");
  g_autoptr (MvxLogContext) held = capture_context ("held.one", sink);
  MvxLogSink *sinks[] = { MVX_LOG_SINK (sink) };
  g_auto (GStrv) names = NULL;

  mvx_log_context_set_sinks (root, sinks, 1, NULL);
  mvx_log_tree_reset ();
  names = mvx_log_tree_get_names ();
  g_assert_cmpuint (g_strv_length (names), ==, 1);
  g_assert_null (mvx_log_tree_get ("held.one"));
  g_assert_cmpint (mvx_log_context_get_level (held), ==, MVX_LOG_LEVEL_INFO);
  mvx_info (held, "still here");
  g_assert_cmpuint (sink->events->len, ==, 1);
  mvx_log_context_set_sinks (root, NULL, 0, NULL);
}

/* In use means: local to a registered context. */
static void
test_users (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) root = mvx_log_tree_get ("");
  g_autoptr (MvxLogContext) one G_GNUC_UNUSED = capture_context ("users.one", sink);
  g_autoptr (MvxLogContext) below G_GNUC_UNUSED = mvx_log_tree_configure ("users.one.below", NULL);
  MvxLogSink *sinks[] = { MVX_LOG_SINK (sink) };
  g_autoptr (GPtrArray) all = NULL;
  g_auto (GStrv) users = NULL;
  g_auto (GStrv) none = NULL;

  mvx_log_context_set_sinks (root, sinks, 1, NULL);
  users = mvx_log_tree_get_users (MVX_LOG_SINK (sink), NULL);
  g_assert_cmpuint (g_strv_length (users), ==, 2);
  g_assert_cmpstr (users[0], ==, "<root>");
  g_assert_cmpstr (users[1], ==, "users.one");
  all = mvx_log_tree_list_sinks ();
  g_assert_cmpuint (all->len, ==, 1);
  mvx_log_context_set_sinks (root, NULL, 0, NULL);
  mvx_log_tree_reset ();
  none = mvx_log_tree_get_users (MVX_LOG_SINK (sink), NULL);
  g_assert_cmpuint (g_strv_length (none), ==, 0);
}

static void
test_replace_sink (void)
{
  g_autoptr (CaptureSink) old = capture_sink_new ();
  g_autoptr (CaptureSink) other = capture_sink_new ();
  g_autoptr (CaptureSink) fresh = capture_sink_new ();
  g_autoptr (MvxLogContext) context = mvx_log_tree_configure ("replace", NULL);
  MvxLogSink *sinks[] = { MVX_LOG_SINK (other), MVX_LOG_SINK (old) };
  g_autoptr (GPtrArray) now = NULL;

  mvx_log_context_set_sinks (context, sinks, 2, NULL);
  mvx_log_tree_replace_sink (MVX_LOG_SINK (old), MVX_LOG_SINK (fresh));
  now = mvx_log_context_get_local_sinks (context);
  g_assert_cmpuint (now->len, ==, 2);
  g_assert_true (now->pdata[0] == (gpointer) other);
  g_assert_true (now->pdata[1] == (gpointer) fresh);
  mvx_info (context, "x");
  g_assert_cmpuint (old->events->len, ==, 0);
  g_assert_cmpuint (fresh->events->len, ==, 1);
  g_assert_cmpuint (G_OBJECT (old)->ref_count, ==, 1);
  mvx_log_context_reset_sinks (context, NULL);
}

/* What is listed gets what is listed, the others nothing, but they stay. */
static void
test_apply (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogEventPolicy) policy = mvx_log_pattern_policy_new (TRUE, NULL, 0, NULL);
  g_autoptr (MvxLogContext) root = mvx_log_tree_get ("");
  g_autoptr (MvxLogContext) old = capture_context ("apply.old", sink);
  g_autoptr (MvxLogContext) fresh = NULL;
  g_autoptr (MvxLogEventPolicy) got = NULL;
  MvxLogSink *sinks[] = { MVX_LOG_SINK (sink) };
  MvxLogContextSettings settings[] = {
    { .name = "apply.new.leaf",
      .has_level = TRUE,
      .level = MVX_LOG_LEVEL_DEBUG,
      .policy = policy,
      .error_policy = MVX_LOG_ERROR_POLICY_RAISE,
      .has_limits = TRUE,
      .limits = { 5, 6, 7 } },
    { .name = "", .has_sinks = TRUE, .sinks = sinks, .n_sinks = 1 },
  };
  g_autoptr (GPtrArray) kept = NULL;
  MvxLogLimits limits;

  mvx_log_tree_apply (settings, 2);
  g_assert_null (mvx_log_context_get_local_sinks (old));
  g_assert_cmpint (mvx_log_context_get_level (old), ==, MVX_LOG_LEVEL_INFO);
  fresh = mvx_log_tree_get ("apply.new.leaf");
  g_assert_cmpint (mvx_log_context_get_level (fresh), ==, MVX_LOG_LEVEL_DEBUG);
  g_assert_cmpint (mvx_log_context_get_error_policy (fresh), ==, MVX_LOG_ERROR_POLICY_RAISE);
  got = mvx_log_context_get_event_policy (fresh);
  g_assert_true (got == policy);
  mvx_log_context_get_limits (fresh, &limits);
  g_assert_cmpint (limits.max_string, ==, 5);
  g_assert_cmpint (limits.max_items, ==, 6);
  g_assert_cmpint (limits.max_depth, ==, 7);
  mvx_debug (fresh, "x");
  g_assert_cmpuint (sink->events->len, ==, 1);
  /* The root keeps its sinks if it is given none. */
  mvx_log_tree_apply (NULL, 0);
  kept = mvx_log_context_get_local_sinks (root);
  g_assert_cmpuint (kept->len, ==, 1);
  mvx_log_context_set_sinks (root, NULL, 0, NULL);
}

/* Settings are replaced while others log: nobody reads what is gone. */
typedef struct
{
  MvxLogContext *context;
  gint go_on;
} Swap;

static gpointer
swap_thread (gpointer data)
{
  Swap *swap = data;

  while (g_atomic_int_get (&swap->go_on))
    mvx_info (swap->context, "x {n}", "n", 1);
  return NULL;
}

static void
test_swap_while_logging (void)
{
  g_autoptr (MvxLogContext) context = mvx_log_tree_configure ("swap", NULL);
  Swap swap = { context, 1 };
  GThread *threads[3];

  for (guint i = 0; i < 3; i++)
    threads[i] = g_thread_new ("swap", swap_thread, &swap);
  for (guint i = 0; i < 500; i++)
    {
      g_autoptr (CaptureSink) sink = capture_sink_new ();
      MvxLogSink *sinks[] = { MVX_LOG_SINK (sink) };

      mvx_log_context_set_sinks (context, sinks, 1, NULL);
      g_thread_yield ();
      mvx_log_context_reset_sinks (context, NULL);
    }
  g_atomic_int_set (&swap.go_on, 0);
  for (guint i = 0; i < 3; i++)
    g_thread_join (threads[i]);
}

/* What is set on a context costs nothing but it and what is below it, however many others there are. */
static void
test_only_below (void)
{
  static const char *const others[] = { "", "below", "below.b", "below.b.x", "belowx" };
  static const char *const below[] = { "below.a", "below.a.x", "below.a.x.y", "below.a.z" };
  g_autoptr (MvxLogContext) leaf = mvx_log_tree_configure ("below.a.x.y", NULL);
  g_autoptr (MvxLogContext) context = mvx_log_tree_get ("below.a");
  MvxLogSettings *old_others[G_N_ELEMENTS (others)];
  MvxLogSettings *old_below[G_N_ELEMENTS (below)];

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    old_others[i] = mvx_log_settings_get (mvx_log_tree_find_node (others[i]));
  for (guint i = 0; i < G_N_ELEMENTS (below); i++)
    old_below[i] = mvx_log_settings_get (mvx_log_tree_find_node (below[i]));
  mvx_log_context_set_level (context, MVX_LOG_LEVEL_ERROR, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_assert_true (mvx_log_tree_find_node (others[i])->settings == old_others[i]);
      mvx_log_settings_unref (old_others[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (below); i++)
    {
      g_assert_true (mvx_log_tree_find_node (below[i])->settings != old_below[i]);
      g_assert_cmpint (mvx_log_tree_find_node (below[i])->settings->level, ==, MVX_LOG_LEVEL_ERROR);
      mvx_log_settings_unref (old_below[i]);
    }
  mvx_log_context_reset_level (context, NULL);
  g_assert_cmpint (mvx_log_context_get_level (leaf), ==, MVX_LOG_LEVEL_INFO);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tree/names", test_names);
  g_test_add_func ("/tree/ancestors", test_ancestors);
  g_test_add_func ("/tree/reset", test_reset);
  g_test_add_func ("/tree/users", test_users);
  g_test_add_func ("/tree/replace-sink", test_replace_sink);
  g_test_add_func ("/tree/apply", test_apply);
  g_test_add_func ("/tree/only-below", test_only_below);
  g_test_add_func ("/tree/swap-while-logging", test_swap_while_logging);
  return g_test_run ();
}

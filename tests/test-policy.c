/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/mvxlog.h>

static const MvxLogEventMeta full = {
  .context = "org.example.shop",
  .name = "order.paid",
  .entity_id = "o-17",
  .source_path = "src/shop/order.c",
  .source_function = "order_pay",
};
static const MvxLogEventMeta bare = { .context = "org.example.shop" };

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

static gboolean
ask (gboolean default_allow, const MvxLogPatternRule *rules, guint n_rules, const MvxLogEventMeta *meta)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogEventPolicy) policy = mvx_log_pattern_policy_new (default_allow, rules, n_rules, &error);

  g_assert_no_error (error);
  return mvx_log_event_policy_is_enabled (policy, meta, NULL);
}

static gboolean
denies (MvxLogPatternRule rule, const MvxLogEventMeta *meta)
{
  rule.allow = FALSE;
  return !ask (TRUE, &rule, 1, meta);
}

static void
test_default (void)
{
  g_assert_true (ask (TRUE, NULL, 0, &full));
  g_assert_false (ask (FALSE, NULL, 0, &full));
}

/* A rule without groups matches everything; an empty list is no restriction. */
static void
test_no_groups (void)
{
  const char *const empty[] = { NULL };

  g_assert_true (denies ((MvxLogPatternRule){ 0 }, &bare));
  g_assert_true (denies ((MvxLogPatternRule){ .names = empty, .events = empty }, &bare));
}

static void
test_first_match (void)
{
  const MvxLogPatternRule rules[] = {
    { .allow = TRUE, .names = LIST ("order.paid") },
    { .allow = FALSE, .names = LIST ("order.*") },
    { .allow = TRUE, .names = LIST ("*") },
  };
  MvxLogEventMeta meta = full;

  g_assert_true (ask (FALSE, rules, 3, &meta));
  meta.name = "order.made";
  g_assert_false (ask (FALSE, rules, 3, &meta));
  meta.name = "login";
  g_assert_true (ask (FALSE, rules, 3, &meta));
  meta.name = NULL;
  g_assert_false (ask (FALSE, rules, 3, &meta));
}

/* All groups, any pattern of a group. */
static void
test_and_or (void)
{
  g_assert_true (denies ((MvxLogPatternRule){ .names = LIST ("x", "order.*"), .entity_ids = LIST ("o-1?") }, &full));
  g_assert_false (denies ((MvxLogPatternRule){ .names = LIST ("order.*"), .entity_ids = LIST ("p-*") }, &full));
}

static void
test_groups (void)
{
  g_assert_true (denies ((MvxLogPatternRule){ .contexts = LIST ("org.*") }, &full));
  g_assert_true (denies ((MvxLogPatternRule){ .source_paths = LIST ("src*order.c") }, &full));
  g_assert_true (denies ((MvxLogPatternRule){ .source_functions = LIST ("order_[op]ay") }, &full));
  g_assert_true (denies ((MvxLogPatternRule){ .events = LIST ("org.example.shop.order.paid") }, &full));
  g_assert_false (denies ((MvxLogPatternRule){ .events = LIST ("ORG.*") }, &full));
}

/* What is absent never matches a restricted group, not even with a star. */
static void
test_absent (void)
{
  g_assert_false (denies ((MvxLogPatternRule){ .names = LIST ("*") }, &bare));
  g_assert_false (denies ((MvxLogPatternRule){ .entity_ids = LIST ("*") }, &bare));
  g_assert_false (denies ((MvxLogPatternRule){ .source_paths = LIST ("*") }, &bare));
  g_assert_false (denies ((MvxLogPatternRule){ .source_functions = LIST ("*") }, &bare));
  g_assert_false (denies ((MvxLogPatternRule){ .contexts = LIST ("*") }, &(MvxLogEventMeta){ .name = "n" }));
}

/* namespace.name; the name alone in the root; the namespace alone without a name. */
static void
test_key (void)
{
  MvxLogEventMeta root = { .context = "", .name = "start" };

  g_assert_true (denies ((MvxLogPatternRule){ .events = LIST ("start") }, &root));
  root.context = NULL;
  g_assert_true (denies ((MvxLogPatternRule){ .events = LIST ("start") }, &root));
  g_assert_true (denies ((MvxLogPatternRule){ .events = LIST ("org.example.shop") }, &bare));
  g_assert_false (denies ((MvxLogPatternRule){ .events = LIST ("org.example.shop.*") }, &bare));
}

static void
test_checked (void)
{
  const MvxLogPatternRule rules[] = { { .allow = TRUE }, { .names = LIST ("ok", "  ") } };
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_pattern_policy_new (TRUE, rules, 2, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, "Rule 2 has an empty pattern; use '*' to match everything that is there");
}

static void
test_stripped_and_copied (void)
{
  char pattern[] = "  order.* ";
  const char *names[] = { pattern, NULL };
  MvxLogPatternRule rule = { .names = names };
  g_autoptr (MvxLogEventPolicy) policy = mvx_log_pattern_policy_new (TRUE, &rule, 1, NULL);

  pattern[2] = 'x';
  names[0] = "nothing";
  g_assert_false (mvx_log_event_policy_is_enabled (policy, &full, NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy/default", test_default);
  g_test_add_func ("/policy/no-groups", test_no_groups);
  g_test_add_func ("/policy/first-match", test_first_match);
  g_test_add_func ("/policy/and-or", test_and_or);
  g_test_add_func ("/policy/groups", test_groups);
  g_test_add_func ("/policy/absent", test_absent);
  g_test_add_func ("/policy/key", test_key);
  g_test_add_func ("/policy/checked", test_checked);
  g_test_add_func ("/policy/stripped-and-copied", test_stripped_and_copied);
  return g_test_run ();
}

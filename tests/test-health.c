/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "forward-fixture.h"
#include "sink/members-private.h"

static MvxLogSinkHealth
health (guint i)
{
  return mvx_log_sink_get_health (MVX_LOG_SINK (members[i]));
}

static void
set_up (ForwardFixture *fixture, gconstpointer data)
{
  forward_set_up (fixture, &mvx_log_group_plugin);
}

static void
test_own (ForwardFixture *fixture, gconstpointer data)
{
  g_assert_cmpint (health (0), ==, MVX_LOG_SINK_HEALTH_UP);
  forward_set_health (0, MVX_LOG_SINK_HEALTH_RETRYING, 0);
  g_assert_cmpint (health (0), ==, MVX_LOG_SINK_HEALTH_RETRYING);
  forward_set_health (0, MVX_LOG_SINK_HEALTH_OPEN, G_MAXINT64);
  g_assert_cmpint (health (0), ==, MVX_LOG_SINK_HEALTH_OPEN);
  forward_set_health (0, MVX_LOG_SINK_HEALTH_OPEN, 1);
  g_assert_cmpint (health (0), ==, MVX_LOG_SINK_HEALTH_HALF_OPEN);
}

/* What a sink forwards to stands for it, over any number of steps; what it hands out beside its work does not. */
static void
test_members (ForwardFixture *fixture, gconstpointer data)
{
  static const char *const to_b[] = { "b", NULL };
  static const char *const to_b_and_c[] = { "b", "c", NULL };
  MvxLogSinkHost *other = mvx_log_sink_host_new ("other", NULL, NULL);
  MvxLogSinkHost *third = mvx_log_sink_host_new ("third", NULL, NULL);
  MvxLogSinkCommon *a = mvx_log_sink_common (MVX_LOG_SINK (members[0]));
  MvxLogSinkCommon *b = mvx_log_sink_common (MVX_LOG_SINK (members[1]));
  g_autoptr (MvxLogMembers) aside = mvx_log_members_new (other, to_b, TRUE, NULL);

  forward_set_health (1, MVX_LOG_SINK_HEALTH_DOWN, 0);
  a->members = mvx_log_members_ref (aside);
  g_assert_cmpint (health (0), ==, MVX_LOG_SINK_HEALTH_UP);
  g_clear_pointer (&a->members, mvx_log_members_unref);

  a->members = mvx_log_members_new (third, to_b_and_c, FALSE, NULL);
  g_assert_cmpint (health (0), ==, MVX_LOG_SINK_HEALTH_UP);
  mvx_log_sink_set_enabled (MVX_LOG_SINK (members[2]), FALSE);
  g_assert_cmpint (health (0), ==, MVX_LOG_SINK_HEALTH_DOWN);
  g_assert_false (mvx_log_sink_is_usable (MVX_LOG_SINK (members[0])));
  forward_set_health (1, MVX_LOG_SINK_HEALTH_UP, 0);
  g_assert_cmpint (health (0), ==, MVX_LOG_SINK_HEALTH_UP);

  /* A circle, which no file can make, ends. */
  b->members = mvx_log_members_ref (a->members);
  g_assert_cmpint (health (0), ==, MVX_LOG_SINK_HEALTH_UP);
  mvx_log_members_clear (a->members);
  g_assert_cmpint (health (0), ==, MVX_LOG_SINK_HEALTH_DOWN);
  mvx_log_members_clear (aside);
  mvx_log_sink_host_free (other);
  mvx_log_sink_host_free (third);
}

#define ADD(path, func) g_test_add ("/health/" path, ForwardFixture, NULL, set_up, func, forward_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("own", test_own);
  ADD ("members", test_members);
  return g_test_run ();
}

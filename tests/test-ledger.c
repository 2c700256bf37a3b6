/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "sink/ledger-private.h"

static void
test_class (void)
{
  g_assert_cmpint (mvx_log_ledger_class (MVX_LOG_LEVEL_TRACE), ==, MVX_LOG_LEVEL_CLASS_DEBUG);
  g_assert_cmpint (mvx_log_ledger_class (MVX_LOG_LEVEL_INFO - 1), ==, MVX_LOG_LEVEL_CLASS_DEBUG);
  g_assert_cmpint (mvx_log_ledger_class (MVX_LOG_LEVEL_INFO), ==, MVX_LOG_LEVEL_CLASS_INFO);
  g_assert_cmpint (mvx_log_ledger_class (MVX_LOG_LEVEL_NOTICE), ==, MVX_LOG_LEVEL_CLASS_INFO);
  g_assert_cmpint (mvx_log_ledger_class (MVX_LOG_LEVEL_WARNING), ==, MVX_LOG_LEVEL_CLASS_WARNING);
  g_assert_cmpint (mvx_log_ledger_class (MVX_LOG_LEVEL_ERROR), ==, MVX_LOG_LEVEL_CLASS_ERROR);
  g_assert_cmpint (mvx_log_ledger_class (MVX_LOG_LEVEL_CRITICAL), ==, MVX_LOG_LEVEL_CLASS_CRITICAL);
  g_assert_cmpint (mvx_log_ledger_class (G_MAXINT16), ==, MVX_LOG_LEVEL_CLASS_CRITICAL);
}

static gpointer
count_1000 (gpointer data)
{
  for (guint i = 0; i < 1000; i++)
    {
      mvx_log_ledger_refuse (data, MVX_LOG_LEVEL_ERROR, MVX_LOG_REASON_STATE);
      mvx_log_ledger_drop (data, MVX_LOG_LEVEL_DEBUG, MVX_LOG_REASON_STATE);
    }
  return NULL;
}

static void
test_threads (void)
{
  MvxLogCounters shared = { .high_water = 7 };
  MvxLogCounters c;
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("count", count_1000, &shared);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  mvx_log_ledger_read (&shared, &c);
  g_assert_cmpuint (c.refused[MVX_LOG_REASON_STATE], ==, 4000);
  g_assert_cmpuint (c.dropped[MVX_LOG_REASON_STATE], ==, 4000);
  g_assert_cmpuint (c.lost[MVX_LOG_LEVEL_CLASS_ERROR][MVX_LOG_REASON_STATE], ==, 4000);
  g_assert_cmpuint (c.lost[MVX_LOG_LEVEL_CLASS_DEBUG][MVX_LOG_REASON_STATE], ==, 4000);
  g_assert_cmpuint (c.high_water, ==, 7);
  g_assert_cmpmem (&c, sizeof c, &shared, sizeof shared);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/class", test_class);
  g_test_add_func ("/ledger/threads", test_threads);
  return g_test_run ();
}

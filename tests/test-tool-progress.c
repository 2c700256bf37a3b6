/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tool-progress.h"

static void
assert_line (guint64 done, guint64 total, const char *expected)
{
  const MvxToolProgress progress = { .what = "reading", .total = total, .done = done };
  g_autofree char *line = mvx_tool_progress_line (&progress);

  g_assert_cmpstr (line, ==, expected);
}

static void
test_line (void)
{
  assert_line (0, 100, "reading [..............................]   0 %");
  assert_line (50, 100, "reading [###############...............]  50 %");
  assert_line (99, 100, "reading [#############################.]  99 %");
  assert_line (100, 100, "reading [##############################] 100 %");
  /* More than was thought, and nothing at all. */
  assert_line (200, 100, "reading [##############################] 100 %");
  assert_line (0, 0, "reading [##############################] 100 %");
}

/* What is redirected gets nothing. */
static void
test_quiet (void)
{
  if (g_test_subprocess ())
    {
      MvxToolProgress progress;

      mvx_tool_progress_begin (&progress, "reading", 10);
      progress.since_us = 0;
      mvx_tool_progress_add (&progress, 5);
      mvx_tool_progress_end (&progress);
      g_assert_cmpuint (progress.done, ==, 5);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr_unmatched ("*reading*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tool-progress/line", test_line);
  g_test_add_func ("/tool-progress/quiet", test_quiet);
  return g_test_run ();
}

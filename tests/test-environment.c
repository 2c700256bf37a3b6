/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is read when the library is used first: each case is a process. */
#include <mvxlog/mvxlog.h>

#include "base/clock-private.h"

static void
use_clock (const char *value, MvxLogClockSource expected)
{
  g_autoptr (MvxLogContext) root = NULL;

  g_setenv ("MVXLOG_CLOCK", value, TRUE);
  root = mvx_log_get_root_context ();
  g_assert_cmpint (mvx_log_clock_source, ==, expected);
}

static void
clock_realtime (void)
{
  use_clock ("realtime", MVX_LOG_CLOCK_REALTIME);
}

static void
clock_coarse (void)
{
  use_clock ("coarse", MVX_LOG_CLOCK_COARSE);
}

/* As without the variable. */
static void
clock_usual (void)
{
  use_clock ("", mvx_log_clock_init (MVX_LOG_CLOCK_UNSET));
}

static void
clock_tsc (void)
{
  use_clock ("tsc", mvx_log_clock_init (MVX_LOG_CLOCK_UNSET));
}

static void
clock_unknown (void)
{
  use_clock ("sundial", mvx_log_clock_init (MVX_LOG_CLOCK_UNSET));
}

static void
test_clock (void)
{
  static const char *const good[] = { "realtime", "coarse", "usual", "tsc" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *path = g_strconcat ("/environment/clock/subprocess/", good[i], NULL);

      g_test_trap_subprocess (path, 0, 0);
      g_test_trap_assert_passed ();
      g_test_trap_assert_stderr ("");
    }
  g_test_trap_subprocess ("/environment/clock/subprocess/unknown", 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("mvxlog: MVXLOG_CLOCK: 'sundial' has no effect; use tsc, realtime or coarse\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/environment/clock", test_clock);
  g_test_add_func ("/environment/clock/subprocess/realtime", clock_realtime);
  g_test_add_func ("/environment/clock/subprocess/coarse", clock_coarse);
  g_test_add_func ("/environment/clock/subprocess/usual", clock_usual);
  g_test_add_func ("/environment/clock/subprocess/tsc", clock_tsc);
  g_test_add_func ("/environment/clock/subprocess/unknown", clock_unknown);
  return g_test_run ();
}

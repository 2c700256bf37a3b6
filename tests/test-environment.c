/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is read when the library is used first: each case is a process. */
#include <stdio.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include <mvxlog/mvxlog.h>

#include "base/clock-private.h"
#include "plugin/search-private.h"

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

#define SECURE_CHILD "--secure-child"

/* What a process with MVXLOG_LEVEL=debug makes of it. */
static int
secure_child (void)
{
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();

  g_print ("kernel=%d secure=%d debug=%d", getauxval (AT_SECURE) != 0, mvx_log_search_is_secure (),
           mvx_log_context_is_enabled (root, MVX_LOG_LEVEL_DEBUG));
  fflush (stdout);
  _exit (0); /* LeakSanitizer, which runs at exit, may not look at a process with other rights */
}

static char *
run_secure_child (const char *path)
{
  const char *argv[] = { path, SECURE_CHILD, NULL };
  g_auto (GStrv) env = g_environ_setenv (g_get_environ (), "MVXLOG_LEVEL", "debug", TRUE);
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  gint status = -1;

  g_spawn_sync (NULL, (char **) argv, env, 0, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  return output;
}

/* A copy of @program that changes its user. */
static void
make_secure (const char *program, const char *path)
{
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (program, &contents, &length, &error));
  g_assert_true (g_file_set_contents_full (path, contents, (gssize) length, 0, 0700, &error));
  g_assert_no_error (error);
  g_assert_cmpint (chown (path, 65534, 65534), ==, 0);
  g_assert_cmpint (g_chmod (path, 06755), ==, 0);
}

/* The environment of a program with raised privileges is that of whoever starts it. */
static void
test_level_secure (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *dir = NULL;
  g_autofree char *path = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *secure = NULL;

  if (geteuid () != 0 || program == NULL)
    {
      g_test_skip ("only root can make a program that changes its user");
      return;
    }
  plain = run_secure_child (program);
  g_assert_cmpstr (plain, ==, "kernel=0 secure=0 debug=1");
  dir = g_dir_make_tmp ("mvxlog-secure-XXXXXX", NULL);
  g_assert_nonnull (dir);
  g_assert_cmpint (g_chmod (dir, 0755), ==, 0);
  path = g_build_filename (dir, "program", NULL);
  make_secure (program, path);
  secure = run_secure_child (path);
  g_unlink (path);
  g_rmdir (dir);
  if (g_str_has_prefix (secure, "kernel=0"))
    g_test_skip ("the file system of temporary files has no programs that change their user");
  else
    g_assert_cmpstr (secure, ==, "kernel=1 secure=1 debug=0");
}

int
main (int argc, char **argv)
{
  if (argc == 2 && g_str_equal (argv[1], SECURE_CHILD))
    return secure_child ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/environment/clock", test_clock);
  g_test_add_func ("/environment/clock/subprocess/realtime", clock_realtime);
  g_test_add_func ("/environment/clock/subprocess/coarse", clock_coarse);
  g_test_add_func ("/environment/clock/subprocess/usual", clock_usual);
  g_test_add_func ("/environment/clock/subprocess/tsc", clock_tsc);
  g_test_add_func ("/environment/clock/subprocess/unknown", clock_unknown);
  g_test_add_func ("/environment/level/secure", test_level_secure);
  return g_test_run ();
}

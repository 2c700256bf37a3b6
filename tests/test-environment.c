/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is read when the library is used first: each case is a process. */
#include <stdio.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include <mvxlog/mvxlog.h>

#include "base/clock-private.h"
#include "front/environment-private.h"
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

/* Only what says no, in whatever case. */
static void
test_autoinit (void)
{
  static const struct
  {
    const char *value;
    gboolean wanted;
  } cases[] = {
    { NULL, TRUE },   { "", TRUE },     { "1", TRUE },      { "yes", TRUE },    { "true", TRUE },
    { "00", TRUE },   { "none", TRUE }, { "0", FALSE },     { "no", FALSE },    { "NO", FALSE },
    { "off", FALSE }, { "Off", FALSE }, { "false", FALSE }, { "FALSE", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      if (cases[i].value)
        g_setenv ("MVXLOG_AUTOINIT", cases[i].value, TRUE);
      else
        g_unsetenv ("MVXLOG_AUTOINIT");
      g_assert_cmpint (mvx_log_environment_wants_bootstrap (), ==, cases[i].wanted);
    }
  /* It is nobody's but the user's. */
  g_setenv ("MVXLOG_AUTOINIT", "0", TRUE);
  g_setenv ("MVXLOG_CLOCK", "coarse", TRUE);
  mvx_log_search_set_secure (TRUE);
  g_assert_true (mvx_log_environment_wants_bootstrap ());
  g_assert_cmpint (mvx_log_environment_get_clock (), ==, MVX_LOG_CLOCK_UNSET);
  mvx_log_search_set_secure (FALSE);
  g_assert_false (mvx_log_environment_wants_bootstrap ());
  g_assert_cmpint (mvx_log_environment_get_clock (), ==, MVX_LOG_CLOCK_COARSE);
  mvx_log_search_set_secure (-1);
  g_unsetenv ("MVXLOG_AUTOINIT");
  g_unsetenv ("MVXLOG_CLOCK");
}

static void
set_levels (void)
{
  g_autofree char *levels = NULL;

  g_setenv ("MVXLOG_LEVEL", " , warning,,org.example=debug,info,org.example.=info, =info,x=,", TRUE);
  levels = mvx_log_dup_levels ();
  g_assert_cmpstr (levels, ==, "warning,org.example=debug");
}

/* Commas too many do no harm, and what is wrong in one rule none to the others. */
static void
test_levels (void)
{
  g_test_trap_subprocess ("/environment/levels/subprocess", 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr (
      "mvxlog: MVXLOG_LEVEL: 'info' has no effect: the root has a level already\n"
      "mvxlog: MVXLOG_LEVEL: 'org.example.=info' has no effect: 'org.example.' is not a context name; use words of "
      "letters, digits, '-' and '_' that begin with a letter, joined by dots, such as org.example.shop, at most 255 "
      "characters\n"
      "mvxlog: MVXLOG_LEVEL: '=info' has no effect: there is no context before the '='; for the root write the level "
      "alone\n"
      "mvxlog: MVXLOG_LEVEL: 'x=' has no effect: Unknown level ''; use trace, debug, info, notice, warning, error, "
      "critical, off or a number\n");
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
  g_test_add_func ("/environment/autoinit", test_autoinit);
  g_test_add_func ("/environment/levels", test_levels);
  g_test_add_func ("/environment/levels/subprocess", set_levels);
  g_test_add_func ("/environment/level/secure", test_level_secure);
  return g_test_run ();
}

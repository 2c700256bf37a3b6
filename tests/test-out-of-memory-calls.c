/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each allocation that a call of the public API makes fails once, in a process of its own. It succeeds all the same, or
 * says what is wrong, or GLib ends the program as g_malloc() promises to; but nothing crashes or hangs, and nothing is
 * left half done. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "test-size.h"

#ifndef TEST_SIZE_SANITIZED

#include <glib/gstdio.h>

#include "malloc-rig.h"
#include "memory-calls.h"

#include "broken/fixture.h"
#include "memory-calls-config.h"
#include "memory-calls-context.h"
#include "memory-calls-delivery.h"
#include "memory-calls-event.h"
#include "memory-calls-sink.h"

/* More than any of them needs. */
#define N_POINTS 2000
/* Of each call without MVXLOG_TEST_LONG. */
#define N_SAMPLES 4
/* Much more than any of them takes; what hangs ends with a signal of its own. */
#define DEADLINE_S 100

static const struct
{
  const char *name;
  const MemoryCall *calls;
  guint n_calls;
} rooms[] = {
  { "config", config_calls, G_N_ELEMENTS (config_calls) },
  { "context", context_calls, G_N_ELEMENTS (context_calls) },
  { "delivery", delivery_calls, G_N_ELEMENTS (delivery_calls) },
  { "event", event_calls, G_N_ELEMENTS (event_calls) },
  { "sink", sink_calls, G_N_ELEMENTS (sink_calls) },
};

static const MemoryCall *
find_call (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (rooms); i++)
    for (guint j = 0; j < rooms[i].n_calls; j++)
      {
        g_autofree char *name = g_strdup_printf ("%s/%s", rooms[i].name, rooms[i].calls[j].name);

        if (g_str_equal (name, path))
          return &rooms[i].calls[j];
      }
  g_error ("There is no call '%s'", path);
}

/* The process with the failing allocation. */

static gint left = -1; /* atomic: how many more succeed, on whatever thread; negative: all do */
static gint n_asked;   /* atomic */
static gboolean armed; /* atomic */
static gboolean here_only;
static __thread gboolean here;

static gboolean
malloc_rig_fails (void)
{
  if (!g_atomic_int_get (&armed) || (here_only && !here))
    return FALSE;
  g_atomic_int_inc (&n_asked);
  if (g_atomic_int_get (&left) < 0 || g_atomic_int_add (&left, -1) != 0)
    return FALSE;
  errno = ENOMEM;
  return TRUE;
}

/* So that GLib's last words are seen, wherever events go. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  if (level & G_LOG_FLAG_FATAL || (level & G_LOG_LEVEL_MASK) == G_LOG_LEVEL_ERROR)
    for (gsize i = 0; i < n_fields; i++)
      if (g_str_equal (fields[i].key, "MESSAGE")
          && write (STDERR_FILENO, fields[i].value, strlen (fields[i].value)) < 0)
        return G_LOG_WRITER_UNHANDLED;
  return mvx_log_glib_writer (level, fields, n_fields, NULL);
}

static int
run_call (const MemoryCall *this, gint point, const char *directory, gboolean bridge)
{
  g_autoptr (GError) error = NULL;
  gboolean done;

  alarm (DEADLINE_S);
  world_begin (directory);
  if (bridge)
    g_log_set_writer_func (write_log, NULL, NULL);
  if (this->prepare)
    this->prepare ();
  /* GLib would wait for itself if its last words were its first ones: it holds a lock when g_once_init_enter() fails.
   */
  g_message ("ready");
  here = TRUE;
  here_only = this->logs;
  g_atomic_int_set (&left, point);
  g_atomic_int_set (&armed, TRUE);
  done = this->call (&error);
  g_atomic_int_set (&armed, FALSE);
  g_assert_true (done == (error == NULL));
  dprintf (STDOUT_FILENO, "%d %s\n", g_atomic_int_get (&n_asked), done ? "done" : error->message);
  if (this->check)
    this->check (done);
  world_check ();
  g_clear_error (&error);
  if (!done)
    this->call (&error);
  g_assert_no_error (error);
  if (this->check)
    this->check (TRUE);
  world_end ();
  return 0;
}

/* The test. */

static const char *program;

typedef struct
{
  guint calls;
  guint points;
  guint done;
  guint errors;
  guint glib;
  guint ours;
} Figures;

static Figures sum;

/* GLib ends programs that have no memory, and says so. */
static gboolean
is_end_by_glib (int status, const char *err)
{
  static const char *const words[]
      = { "failed to allocate", "GLib (gthread-posix.c): Unexpected error", "creating thread 'gmain'" };

  if (!WIFSIGNALED (status) || (WTERMSIG (status) != SIGTRAP && WTERMSIG (status) != SIGABRT))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (err, words[i]))
      return TRUE;
  return FALSE;
}

/* Returns how many allocations there were, as far as is known. */
static gint
try_point (const char *path, gint point, const char *bridge, Figures *figures)
{
  g_autofree char *text = g_strdup_printf ("%d", point);
  g_autofree char *directory = fixture_make_directory ();
  const char *argv[] = { program, "--point", path, text, directory, bridge, NULL };
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  int status;

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, 0, NULL, NULL, &out, &err, &status, NULL));
  fixture_remove (directory);
  figures->points++;
  if (status == 0 && strstr (out, " done\n"))
    figures->done++;
  else if (status == 0)
    figures->errors++;
  else if (is_end_by_glib (status, err))
    figures->glib++;
  else
    {
      figures->ours++;
      g_test_message ("%s at %d, %s: status %x: %s%s", path, point, bridge, (guint) status, out, err);
    }
  return status == 0 ? (gint) strtol (out, NULL, 10) : G_MAXINT;
}

/* Which thread comes first is not always the same, and so is how many there are. */
static void
try_points (const char *path, gboolean all, Figures *figures)
{
  const char *const bridges[] = { "plain", "bridge" };
  gint n = try_point (path, -1, "plain", figures);
  const gint step = MAX (1, n / (all ? N_POINTS : N_SAMPLES));

  for (gint i = 0; n < G_MAXINT && i * step < n; i++)
    for (gint j = 0; j < 2; j++)
      if (all || i % 2 == j)
        try_point (path, i * step, bridges[j], figures);
}

static void
test_call (gconstpointer data)
{
  const char *path = data;
  const gboolean logs = find_call (path)->logs;
  Figures figures = { 0 };

  try_points (path, logs || g_getenv ("MVXLOG_TEST_LONG"), &figures);
  g_test_message ("%s: %u points: %u done, %u errors, %u ends by GLib, %u failures of ours", path, figures.points,
                  figures.done, figures.errors, figures.glib, figures.ours);
  g_assert_cmpuint (figures.ours, ==, 0);
  if (logs)
    g_assert_cmpuint (figures.glib, ==, 0);
  sum.calls++;
  sum.points += figures.points;
  sum.done += figures.done;
  sum.errors += figures.errors;
  sum.glib += figures.glib;
}

int
main (int argc, char *argv[])
{
  int status;

  program = argv[0];
  if (argc == 6 && g_str_equal (argv[1], "--point"))
    return run_call (find_call (argv[2]), (gint) strtol (argv[3], NULL, 10), argv[4], g_str_equal (argv[5], "bridge"));
  g_test_init (&argc, &argv, NULL);
  g_setenv ("G_TEST_BUILDDIR", g_test_get_dir (G_TEST_BUILT), TRUE);
  g_setenv ("G_SLICE", "always-malloc", TRUE);
  g_setenv ("MVXLOG_AUTOINIT", "0", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (rooms); i++)
    for (guint j = 0; j < rooms[i].n_calls; j++)
      {
        char *path = g_strdup_printf ("%s/%s", rooms[i].name, rooms[i].calls[j].name);
        g_autofree char *full = g_strconcat ("/memory/calls/", path, NULL);

        g_test_add_data_func_full (full, path, test_call, g_free);
      }
  status = g_test_run ();
  g_print ("# %u calls, %u points: %u done, %u errors, %u ends by GLib\n", sum.calls, sum.points, sum.done, sum.errors,
           sum.glib);
  return status;
}

#else

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_message ("skipped: a sanitizer has an allocator of its own");
  return g_test_run ();
}

#endif

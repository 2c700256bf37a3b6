/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The marks that Sysprof records of a program: it runs as a child of the test, as under sysprof-cli. */
#include <string.h>

#include <glib/gstdio.h>
#include <sysprof-capture.h>
#include <sysprof.h>

#include <mvxlog/mvxlog.h>

MVX_LOG_CONTEXT (app, "org.example.app")

/* The program: one event, a flush, a reload. */
static int
be_child (const char *config)
{
  g_autoptr (GError) error = NULL;

  mvx_log_configure_from_file (config, &error);
  g_assert_no_error (error);
  mvx_info (app, "hello");
  g_assert_true (mvx_log_flush (-1, NULL));
  g_assert_true (mvx_log_reload (NULL));
  mvx_log_shutdown (-1, NULL);
  return 0;
}

static void
on_stopped (SysprofProfiler *profiler, GMainLoop *loop)
{
  g_main_loop_quit (loop);
}

static void
on_failed (SysprofProfiler *profiler, const GError *error, GMainLoop *loop)
{
  g_error ("%s", error->message);
}

static void
record (const char *capture, const char *const *argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (SysprofProfiler) profiler = sysprof_local_profiler_new ();
  g_autoptr (SysprofSource) control = SYSPROF_SOURCE (sysprof_control_source_new ());
  SysprofCaptureWriter *writer = sysprof_capture_writer_new (capture, 0);

  g_assert_nonnull (writer);
  sysprof_profiler_set_writer (profiler, writer);
  sysprof_profiler_set_whole_system (profiler, FALSE);
  sysprof_profiler_set_spawn (profiler, TRUE);
  sysprof_profiler_set_spawn_inherit_environ (profiler, TRUE);
  sysprof_profiler_set_spawn_argv (profiler, argv);
  sysprof_profiler_add_source (profiler, control);
  g_signal_connect (profiler, "stopped", G_CALLBACK (on_stopped), loop);
  g_signal_connect (profiler, "failed", G_CALLBACK (on_failed), loop);
  sysprof_profiler_start (profiler);
  g_main_loop_run (loop);
  sysprof_capture_writer_flush (writer);
  sysprof_capture_writer_unref (writer);
}

static gint
compare_marks (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* NAME: MESSAGE, for each mark of ours, sorted: every thread has a buffer of its own. */
static GStrv
read_marks (const char *capture)
{
  SysprofCaptureReader *reader = sysprof_capture_reader_new (capture);
  GPtrArray *marks = g_ptr_array_new ();
  SysprofCaptureFrameType type;

  g_assert_nonnull (reader);
  while (sysprof_capture_reader_peek_type (reader, &type))
    {
      const SysprofCaptureMark *mark;

      if (type != SYSPROF_CAPTURE_FRAME_MARK)
        {
          sysprof_capture_reader_skip (reader);
          continue;
        }
      mark = sysprof_capture_reader_read_mark (reader);
      g_assert_nonnull (mark);
      if (strcmp (mark->group, "mvxlog") == 0)
        {
          g_assert_cmpint (mark->duration, >=, 0);
          g_assert_cmpint (mark->frame.time, >, 0);
          g_ptr_array_add (marks, g_strdup_printf ("%s: %s", mark->name, mark->message));
        }
    }
  sysprof_capture_reader_unref (reader);
  g_ptr_array_sort (marks, compare_marks);
  g_ptr_array_add (marks, NULL);
  return (GStrv) g_ptr_array_free (marks, FALSE);
}

static void
test_marks (gconstpointer self)
{
  g_autofree char *folder = g_dir_make_tmp ("mvxlog-sysprof-XXXXXX", NULL);
  g_autofree char *config = g_build_filename (folder, "app.conf", NULL);
  g_autofree char *capture = g_build_filename (folder, "app.syscap", NULL);
  g_autofree char *reload = g_strdup_printf ("reload: %s: applied", config);
  g_auto (GStrv) marks = NULL;
  const char *const argv[] = { self, "--child", config, NULL };

  g_assert_true (
      g_file_set_contents (config, "[mvxlog]\nversion=1\n[sink out]\nplugin=stream\n[context]\nsinks=out\n", -1, NULL));
  record (capture, argv);
  marks = read_marks (capture);
  g_assert_cmpuint (g_strv_length (marks), ==, 3);
  g_assert_cmpstr (marks[0], ==, "dispatch: out: 1 events, result 1");
  /* The sink of the beginning is one, too. */
  g_assert_cmpstr (marks[1], ==, "flush: 2 sinks: delivered");
  g_assert_cmpstr (marks[2], ==, reload);
  g_remove (capture);
  g_remove (config);
  g_rmdir (folder);
}

/* Nobody records: nothing is counted, written or waited for. */
static void
test_none (gconstpointer self)
{
  g_assert_false (sysprof_collector_is_active ());
  mvx_info (app, "hello");
  g_assert_true (mvx_log_flush (-1, NULL));
}

int
main (int argc, char **argv)
{
  g_autofree char *self = g_canonicalize_filename (argv[0], NULL);

  if (argc == 3 && strcmp (argv[1], "--child") == 0)
    return be_child (argv[2]);
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/mark/sysprof", self, test_marks);
  g_test_add_data_func ("/mark/none", NULL, test_none);
  return g_test_run ();
}

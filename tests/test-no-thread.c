/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that can start no more threads: what needs one says so or does without, and nobody waits for ever. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "broken/fixture.h"
#include "capture-sink.h"
#include "test-size.h"

#define NO_THREAD "Error creating thread: Resource temporarily unavailable"

static char *runtime;   /* directory; set before there are threads */
static gint is_refused; /* atomic: no thread can be started */

#ifndef TEST_SIZE_SANITIZED /* which have a function of this name themselves */
int
pthread_create (pthread_t *thread, const pthread_attr_t *attributes, void *(*func) (void *), void *data)
{
  static gsize real;

  if (g_atomic_int_get (&is_refused))
    return EAGAIN;
  if (g_once_init_enter (&real))
    g_once_init_leave (&real, GPOINTER_TO_SIZE (dlsym (RTLD_NEXT, "pthread_create")));
  return ((int (*) (pthread_t *, const pthread_attr_t *, void *(*) (void *), void *)) GSIZE_TO_POINTER (real)) (
      thread, attributes, func, data);
}
#endif

static void
refuse_threads (gboolean refused)
{
  g_atomic_int_set (&is_refused, refused);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

/* GIO has a thread of its own, and ends the program if there is none when it is asked for the first time. */
static void
warm_up (void)
{
  g_autoptr (GAsyncResult) result = NULL;

  mvx_log_flush_async (-1, NULL, keep_result, &result);
  g_assert_true (mvx_log_flush_finish (wait_for (&result), NULL));
}

static void
test_flush (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  refuse_threads (TRUE);
  mvx_log_flush_async (-1, cancellable, keep_result, &result);
  refuse_threads (FALSE);
  g_assert_false (mvx_log_flush_finish (wait_for (&result), &error));
  g_assert_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  g_assert_cmpstr (error->message, ==, NO_THREAD);
  /* It is answered once. */
  g_cancellable_cancel (cancellable);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

/* Nothing was shut down. */
static void
test_shutdown (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) statement = NULL;
  g_autoptr (GError) error = NULL;

  refuse_threads (TRUE);
  mvx_log_shutdown_async (-1, NULL, keep_result, &result);
  refuse_threads (FALSE);
  g_assert_false (mvx_log_shutdown_finish (wait_for (&result), &statement, &error));
  g_assert_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  g_assert_cmpstr (error->message, ==, NO_THREAD);
  g_assert_null (statement);
  g_assert_true (mvx_log_has_sinks ());
}

/* Whether there is a writer already can only be found out on a thread; later there is one. */
static void
test_install (void)
{
  g_autoptr (GError) error = NULL;

  refuse_threads (TRUE);
  g_assert_false (mvx_log_install_glib_writer (&error));
  g_assert_false (mvx_log_install_glib_writer (NULL));
  refuse_threads (FALSE);
  g_assert_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  g_assert_cmpstr (error->message, ==, NO_THREAD);
  g_clear_error (&error);
  g_assert_true (mvx_log_install_glib_writer (&error));
  g_assert_no_error (error);
}

static void
write_message (GLogLevelFlags level, const char *message)
{
  const GLogField fields[] = { { "GLIB_DOMAIN", "no.thread", -1 }, { "MESSAGE", message, -1 } };

  mvx_log_glib_record (level, fields, G_N_ELEMENTS (fields));
}

/* A sink that works in the caller's thread gets no other one then. */
static void
test_detour (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("no.thread", sink);

  refuse_threads (TRUE);
  write_message (G_LOG_LEVEL_WARNING, "one");
  write_message (G_LOG_LEVEL_WARNING, "two");
  refuse_threads (FALSE);
  g_assert_cmpuint (sink->events->len, ==, 2);
  g_assert_cmpstr (mvx_log_event_get_verbatim_message (capture_last (sink)), ==, "two");
  /* The thread that comes now finds all of them, and only one to be done. */
  write_message (G_LOG_LEVEL_WARNING, "three");
  g_assert_cmpuint (sink->events->len, ==, 3);
  g_assert_cmpstr (mvx_log_event_get_verbatim_message (capture_last (sink)), ==, "three");
  mvx_log_context_reset_sinks (context, NULL);
}

/* Nobody can wait for the sinks with a deadline: the last words go past them. */
static void
test_fatal (void)
{
  static const char expected[] = "Z emergency: last words\n";
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("no.thread", sink);
  char text[256];
  int fds[2];
  int saved = dup (STDERR_FILENO);
  gssize n;

  g_assert_no_errno (pipe2 (fds, O_CLOEXEC));
  dup2 (fds[1], STDERR_FILENO);
  refuse_threads (TRUE);
  write_message (G_LOG_LEVEL_ERROR, "last words");
  refuse_threads (FALSE);
  dup2 (saved, STDERR_FILENO);
  close (saved);
  close (fds[1]);
  n = read (fds[0], text, sizeof text - 1);
  text[MAX (n, 0)] = '\0';
  close (fds[0]);
  g_assert_cmpuint (strlen (text), ==, strlen ("2026-11-28T23:12:51.293258058") + strlen (expected));
  g_assert_true (g_str_has_suffix (text, expected));
  g_assert_cmpuint (sink->events->len, ==, 1);
  g_assert_cmpint (mvx_log_event_get_level (capture_last (sink)), ==, MVX_LOG_LEVEL_CRITICAL);
  mvx_log_context_reset_sinks (context, NULL);
}

/* The configuration is in force without it, and no socket stays behind at which nobody answers. */
static void
test_status (void)
{
  static const char config[] = "[mvxlog]\nversion=1\nstatus=true\n";
  g_autofree char *socket = g_strdup_printf ("%s/mvxlog/%d.sock", runtime, (int) getpid ());
  g_autoptr (GError) error = NULL;

  capture_diag_begin ();
  refuse_threads (TRUE);
  mvx_log_configure_from_data (config, -1, "test", &error);
  refuse_threads (FALSE);
  g_assert_no_error (error);
  g_assert_cmpuint (capture_diag->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (capture_diag, 0), ==,
                   "[mvxlog] status=true: nobody can ask for the status of this program: " NO_THREAD);
  g_assert_cmpint (access (socket, F_OK), ==, -1);
  /* Said again when there are threads, it is done. */
  mvx_log_configure_from_data (config, -1, "test", &error);
  g_assert_no_error (error);
  g_assert_cmpint (access (socket, F_OK), ==, 0);
  g_assert_cmpuint (capture_diag->len, ==, 1);
  capture_diag_end ();
  g_assert_true (mvx_log_reset (NULL));
}

int
main (int argc, char *argv[])
{
  int status;

  runtime = fixture_make_directory ();
  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  g_setenv ("LC_ALL", "C", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK); /* a test's warnings are meant */
#ifdef TEST_SIZE_SANITIZED
  (void) warm_up, (void) test_flush, (void) test_shutdown, (void) test_install, (void) test_detour, (void) test_fatal;
  (void) test_status;
#else
  warm_up ();
  g_test_add_func ("/no-thread/flush", test_flush);
  g_test_add_func ("/no-thread/shutdown", test_shutdown);
  g_test_add_func ("/no-thread/install", test_install);
  g_test_add_func ("/no-thread/detour", test_detour);
  g_test_add_func ("/no-thread/fatal", test_fatal);
  g_test_add_func ("/no-thread/status", test_status);
#endif
  status = g_test_run ();
  fixture_remove (runtime);
  g_free (runtime);
  return status;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/operation-private.h"

#include <mvxlog/error.h>

static GError *
some_error (const char *message)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, message);
}

static void
test_success (void)
{
  g_autoptr (MvxLogOperation) operation = mvx_log_operation_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_operation_is_done (operation));
  mvx_log_operation_finish (operation, NULL);
  g_assert_true (mvx_log_operation_is_done (operation));
  g_assert_true (mvx_log_operation_wait (operation, -1, &error));
  g_assert_true (mvx_log_operation_wait (operation, 0, NULL));
  g_assert_no_error (error);
}

/* The first result wins. */
static void
test_first_wins (void)
{
  g_autoptr (MvxLogOperation) operation = mvx_log_operation_new (NULL);
  g_autoptr (GError) error = NULL;

  mvx_log_operation_finish (operation, some_error ("first"));
  mvx_log_operation_finish (operation, NULL);
  mvx_log_operation_finish (operation, some_error ("second"));
  for (guint i = 0; i < 2; i++)
    {
      g_clear_error (&error);
      g_assert_false (mvx_log_operation_wait (operation, -1, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
      g_assert_cmpstr (error->message, ==, "first");
    }
  g_assert_false (mvx_log_operation_wait (operation, -1, NULL));
}

static void
test_deadline (void)
{
  g_autoptr (MvxLogOperation) operation = mvx_log_operation_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_operation_wait (operation, 0, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "The sink has not finished by the deadline");
}

static void
test_own_thread (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (MvxLogOperation) operation = mvx_log_operation_new (context);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_main_context_acquire (context));
  g_assert_false (mvx_log_operation_wait (operation, -1, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
  g_assert_cmpstr (error->message, ==,
                   "Cannot wait for a sink on the sink's own thread; wait on another thread or asynchronously");
  /* A result that is there can be had anywhere. */
  mvx_log_operation_finish (operation, NULL);
  g_assert_true (mvx_log_operation_wait (operation, -1, NULL));
  g_main_context_release (context);
}

static gpointer
wait_thread (gpointer data)
{
  return GINT_TO_POINTER (mvx_log_operation_wait (data, -1, NULL));
}

static void
test_many_waiters (void)
{
  for (guint round = 0; round < 50; round++)
    {
      g_autoptr (MvxLogOperation) operation = mvx_log_operation_new (NULL);
      GThread *threads[4];

      for (guint i = 0; i < 4; i++)
        threads[i] = g_thread_new ("wait", wait_thread, operation);
      mvx_log_operation_finish (operation, NULL);
      for (guint i = 0; i < 4; i++)
        g_assert_true (GPOINTER_TO_INT (g_thread_join (threads[i])));
    }
}

typedef struct
{
  MvxLogOperation *operation;
  GMainLoop *loop;
  guint n_left;
  guint n_ok;
  guint n_called;
  GError *error;
} Waiters;

static void
on_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  Waiters *w = data;

  g_assert_null (source);
  g_clear_error (&w->error);
  if (mvx_log_operation_wait_finish (w->operation, result, &w->error))
    w->n_ok++;
  w->n_called++;
  if (--w->n_left == 0)
    g_main_loop_quit (w->loop);
}

static gpointer
finish_thread (gpointer data)
{
  mvx_log_operation_finish (data, NULL);
  return NULL;
}

static void
test_async (void)
{
  g_autoptr (MvxLogOperation) operation = mvx_log_operation_new (NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Waiters w = { .operation = operation, .loop = loop, .n_left = 3 };
  GThread *thread;

  mvx_log_operation_wait_async (operation, NULL, on_ready, &w);
  mvx_log_operation_wait_async (operation, NULL, on_ready, &w);
  thread = g_thread_new ("finish", finish_thread, operation);
  g_thread_join (thread);
  /* After the end, too, and never before the call returns. */
  mvx_log_operation_wait_async (operation, NULL, on_ready, &w);
  g_assert_cmpuint (w.n_called, ==, 0);
  g_main_loop_run (loop);
  g_assert_cmpuint (w.n_ok, ==, 3);
}

static void
test_async_error (void)
{
  g_autoptr (MvxLogOperation) operation = mvx_log_operation_new (NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Waiters w = { .operation = operation, .loop = loop, .n_left = 1 };

  mvx_log_operation_wait_async (operation, NULL, on_ready, &w);
  mvx_log_operation_finish (operation, some_error ("broken"));
  g_main_loop_run (loop);
  g_assert_cmpuint (w.n_ok, ==, 0);
  g_assert_cmpstr (w.error->message, ==, "broken");
  g_clear_error (&w.error);
}

/* Cancelling ends one waiter's waiting at once, not the operation. */
static void
test_async_cancel (void)
{
  g_autoptr (MvxLogOperation) operation = mvx_log_operation_new (NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Waiters w = { .operation = operation, .loop = loop, .n_left = 1 };

  mvx_log_operation_wait_async (operation, cancellable, on_ready, &w);
  g_cancellable_cancel (cancellable);
  g_main_loop_run (loop);
  g_assert_error (w.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&w.error);
  g_assert_false (mvx_log_operation_is_done (operation));
  mvx_log_operation_finish (operation, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (w.n_called, ==, 1);
}

/* A cancellable that is never used leaves nothing behind. */
static void
test_async_not_cancelled (void)
{
  g_autoptr (MvxLogOperation) operation = mvx_log_operation_new (NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Waiters w = { .operation = operation, .loop = loop, .n_left = 1 };
  GThread *thread;

  mvx_log_operation_wait_async (operation, cancellable, on_ready, &w);
  thread = g_thread_new ("finish", finish_thread, operation);
  g_main_loop_run (loop);
  g_thread_join (thread);
  g_assert_cmpuint (w.n_ok, ==, 1);
  g_cancellable_cancel (cancellable);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (w.n_called, ==, 1);
}

static void
test_boxed (void)
{
  g_autoptr (MvxLogOperation) operation = mvx_log_operation_new (NULL);
  MvxLogOperation *copy = g_boxed_copy (MVX_LOG_TYPE_OPERATION, operation);

  g_assert_true (copy == operation);
  g_boxed_free (MVX_LOG_TYPE_OPERATION, copy);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/operation/success", test_success);
  g_test_add_func ("/operation/first-wins", test_first_wins);
  g_test_add_func ("/operation/deadline", test_deadline);
  g_test_add_func ("/operation/own-thread", test_own_thread);
  g_test_add_func ("/operation/many-waiters", test_many_waiters);
  g_test_add_func ("/operation/async", test_async);
  g_test_add_func ("/operation/async-error", test_async_error);
  g_test_add_func ("/operation/async-cancel", test_async_cancel);
  g_test_add_func ("/operation/async-not-cancelled", test_async_not_cancelled);
  g_test_add_func ("/operation/boxed", test_boxed);
  return g_test_run ();
}

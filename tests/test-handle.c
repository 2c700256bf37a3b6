/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-sink.h"

MVX_LOG_CONTEXT (shop, "handle.shop")
MVX_LOG_CONTEXT (untouched, "handle.untouched")
MVX_LOG_CONTEXT (everything, "")
MVX_LOG_CONTEXT (bad, "not a name")

/* Looked up at the first use, whatever the level; then two loads. */
static void
test_resolve (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("handle.shop", sink);

  g_assert_true (shop[0].head.node == &mvx_log_unresolved_node);
  mvx_log (shop, MVX_LOG_LEVEL_NOTSET, "below the level");
  g_assert_false (shop[0].head.node->unresolved);
  g_assert_true (shop[0].head.node == context->head.node);
  g_assert_cmpuint (sink->events->len, ==, 0);
  mvx_info (shop, "x {n}", "n", 1);
  g_assert_cmpstr (mvx_log_event_get_context (capture_last (sink)), ==, "handle.shop");
  g_assert_true (mvx_log_handle_resolve ("handle.shop") == context->head.node);
}

/* Handles outlive a reset of the contexts. */
static void
test_reset (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = NULL;

  mvx_info (shop, "x");
  mvx_log_reset_contexts ();
  g_assert_false (mvx_log_has_context ("handle.shop"));
  context = capture_context ("handle.shop", sink);
  mvx_info (shop, "after");
  g_assert_cmpuint (sink->events->len, ==, 1);
}

static void
test_context (void)
{
  g_autoptr (MvxLogContext) context = mvx_log_handle_context (shop);
  g_autoptr (MvxLogContext) root = mvx_log_handle_context (everything);

  g_assert_cmpstr (mvx_log_context_get_name (context), ==, "handle.shop");
  g_assert_true (mvx_log_context_is_root (root));
}

static void
test_bind (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context G_GNUC_UNUSED = capture_context ("handle.shop", sink);
  g_autoptr (MvxLogContext) view = mvx_log_bind (shop, "id", 3);

  mvx_info (view, "x");
  capture_assert_fields (sink, "id=3");
}

/* A name that is none is told and stands for the root. */
static void
test_bad_name (void)
{
  g_autoptr (MvxLogContext) context = NULL;
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
  g_auto (GStrv) names = NULL;

  capture_diag_begin ();
  g_assert_true (mvx_log_handle_resolve ("not a name") == root->head.node);
  g_assert_cmpuint (capture_diag->len, ==, 1);
  capture_assert_diag (0,
                       "'not a name' is not a context name; use words of letters, digits, '-' and '_' that begin with "
                       "a letter, joined by dots, such as org.example.shop, at most 255 characters; its events go to "
                       "the root context");
  context = mvx_log_handle_context (bad);
  g_assert_true (mvx_log_context_is_root (context));
  names = mvx_log_get_context_names ();
  g_assert_false (g_strv_contains ((const char *const *) names, "not a name"));
  capture_diag_end ();
}

static gpointer
use_handle (gpointer data)
{
  MvxLogHandle *handle = data;

  mvx_info (handle, "x");
  return NULL;
}

static void
test_many_threads (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context G_GNUC_UNUSED = capture_context ("handle.many", sink);
  MvxLogHandle handle[1] = { { { &mvx_log_unresolved_node, NULL }, "handle.many" } };
  GThread *threads[8];

  for (guint i = 0; i < 8; i++)
    threads[i] = g_thread_new ("handle", use_handle, handle);
  for (guint i = 0; i < 8; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (sink->events->len, ==, 8);
}

/* The first use of a handle need not be a logging call. */
static void
test_bind_first (void)
{
  g_autoptr (MvxLogContext) view = NULL;

  g_assert_true (untouched->head.node->unresolved);
  view = mvx_log_bind (untouched, "a", 1);
  g_assert_false (untouched->head.node->unresolved);
  g_assert_cmpstr (mvx_log_context_get_name (view), ==, "handle.untouched");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/handle/resolve", test_resolve);
  g_test_add_func ("/handle/reset", test_reset);
  g_test_add_func ("/handle/context", test_context);
  g_test_add_func ("/handle/bind", test_bind);
  g_test_add_func ("/handle/bind-first", test_bind_first);
  g_test_add_func ("/handle/bad-name", test_bad_name);
  g_test_add_func ("/handle/many-threads", test_many_threads);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-sink.h"

static CaptureSink *sink;
static MvxLogContext *context;

static const MvxLogEvent *
event_at (guint i)
{
  g_assert_cmpuint (i, <, sink->events->len);
  return g_ptr_array_index (sink->events, i);
}

static void
begin_test (void)
{
  g_ptr_array_set_size (sink->events, 0);
}

#define assert_record(i, expected_level, expected_message)                                                             \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_assert_cmpint (mvx_log_event_get_level (event_at (i)), ==, expected_level);                                      \
    g_assert_cmpstr (mvx_log_event_get_verbatim_message (event_at (i)), ==, expected_message);                         \
  }                                                                                                                    \
  G_STMT_END

/* `task` is NUMBER@PATH. */
#define assert_key(i, number, path)                                                                                    \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *key_ = g_strdup_printf ("%u@%s", number, path);                                                   \
    g_assert_cmpstr (mvx_log_event_get_string (event_at (i), "task"), ==, key_);                                       \
  }                                                                                                                    \
  G_STMT_END

/* Begin and success records at INFO, records counted from 0, children from 1. */
static void
test_tree (void)
{
  g_autofree char *path = NULL;
  g_autofree char *one = NULL;
  g_autofree char *one_one = NULL;
  g_autofree char *two = NULL;

  begin_test ();
  {
    MVX_LOG_TASK (top, context, "install");
    path = g_strdup (mvx_log_task_get_path (top));
    g_assert_true (g_uuid_string_is_valid (path));
    {
      MVX_LOG_TASK (first, context, "download");
      {
        MVX_LOG_TASK (deep, context, "connect");
        one_one = g_strdup (mvx_log_task_get_path (deep));
      }
      mvx_info (context, "half");
      one = g_strdup (mvx_log_task_get_path (first));
    }
    {
      MVX_LOG_TASK (second, context, "unpack");
      two = g_strdup (mvx_log_task_get_path (second));
    }
  }
  mvx_info (context, "outside");
  g_assert_true (g_str_has_prefix (one, path) && g_str_equal (one + strlen (path), "/1"));
  g_assert_true (g_str_has_prefix (one_one, one) && g_str_equal (one_one + strlen (one), "/1"));
  g_assert_true (g_str_has_prefix (two, path) && g_str_equal (two + strlen (path), "/2"));
  g_assert_cmpuint (sink->events->len, ==, 10);
  assert_record (0, MVX_LOG_LEVEL_INFO, "install");
  assert_key (0, 0, path);
  assert_record (1, MVX_LOG_LEVEL_INFO, "download");
  assert_key (1, 0, one);
  assert_record (2, MVX_LOG_LEVEL_INFO, "connect");
  assert_key (2, 0, one_one);
  assert_record (3, MVX_LOG_LEVEL_INFO, "connect");
  assert_key (3, 1, one_one);
  assert_key (4, 1, one);
  assert_record (5, MVX_LOG_LEVEL_INFO, "download");
  assert_key (5, 2, one);
  assert_key (6, 0, two);
  assert_key (7, 1, two);
  assert_record (8, MVX_LOG_LEVEL_INFO, "install");
  assert_key (8, 1, path);
  g_assert_null (mvx_log_event_get_string (event_at (9), "task"));
}

static gboolean
unpack (gboolean watch, GError **error)
{
  MVX_LOG_TASK (task, context, "unpack {file}", "file", "a.tar");
  if (watch)
    mvx_log_task_watch (task, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "disk full");
  if (!watch)
    mvx_log_task_fail (task, error ? *error : NULL);
  return FALSE;
}

/* One record more, at ERROR, while the task is still in force; the error passes through. */
static void
test_failed (void)
{
  for (guint watch = 0; watch < 2; watch++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MvxLogTask) current = NULL;
      MvxLogValue value;

      begin_test ();
      g_assert_false (unpack (watch, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
      g_assert_cmpuint (sink->events->len, ==, 2);
      assert_record (1, MVX_LOG_LEVEL_ERROR, "FAILED unpack {file}");
      g_assert_true (g_str_has_prefix (mvx_log_event_get_string (event_at (1), "task"), "1@"));
      g_assert_cmpstr (mvx_log_event_get_string (event_at (1), "file"), ==, "a.tar");
      g_assert_true (mvx_log_event_get_field (event_at (1), "error", &value));
      g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_ERROR);
      current = mvx_log_task_get_current ();
      g_assert_null (current);
    }
}

/* Another message for success; an empty one is none. */
static void
test_success_message (void)
{
  begin_test ();
  {
    MVX_LOG_TASK (task, context, "count");
    mvx_log_task_set_success (task, "counted 5");
  }
  {
    MVX_LOG_TASK (task, context, "count");
    mvx_log_task_set_success (task, "");
  }
  {
    MVX_LOG_TASK (task, context, "count");
    mvx_log_task_set_success (task, "");
    mvx_log_task_fail (task, NULL);
  }
  {
    MVX_LOG_TASK (task, context, "count");
    mvx_log_task_set_success (task, "x");
    mvx_log_task_set_success (task, NULL);
  }
  g_assert_cmpuint (sink->events->len, ==, 7);
  assert_record (1, MVX_LOG_LEVEL_INFO, "counted 5");
  assert_record (2, MVX_LOG_LEVEL_INFO, "count");
  assert_record (4, MVX_LOG_LEVEL_ERROR, "FAILED count");
  assert_record (6, MVX_LOG_LEVEL_INFO, "count");
}

static void
assert_data (const char *a, const char *b, const char *c)
{
  mvx_info (context, "x");
  g_assert_cmpstr (mvx_log_event_get_string (capture_last (sink), "a"), ==, a);
  g_assert_cmpstr (mvx_log_event_get_string (capture_last (sink), "b"), ==, b);
  g_assert_cmpstr (mvx_log_event_get_string (capture_last (sink), "c"), ==, c);
}

static void
test_data_merged (void)
{
  MVX_LOG_TASK (outer, context, "outer", "a", "1", "b", "1");
  {
    MVX_LOG_TASK (inner, context, "inner", "b", "2", "c", "2");
    assert_data ("1", "2", "2");
  }
  assert_data ("1", "1", NULL);
}

/* Of the tasks the innermost only; what scopes give is not theirs. */
static void
test_data_innermost (void)
{
  MVX_LOG_SCOPED ("a", "scope");
  {
    MVX_LOG_TASK (outer, context, "outer", "b", "1");
    {
      MVX_LOG_TASK_WITH (inner, context, MVX_LOG_TASK_INNERMOST, "inner", "c", "2");
      assert_data ("scope", NULL, "2");
      mvx_log_task_bind (outer, "b", "late");
      assert_data ("scope", NULL, "2");
    }
    assert_data ("scope", "late", NULL);
  }
  assert_data ("scope", NULL, NULL);
}

static void
test_bind (void)
{
  begin_test ();
  {
    MVX_LOG_TASK (outer, context, "outer", "a", "1");
    {
      MVX_LOG_TASK (inner, context, "inner");
      g_autoptr (MvxLogScopeCapture) before = mvx_log_scope_capture ();

      mvx_log_task_bind (inner, "b", "2");
      assert_data ("1", "2", NULL);
      mvx_log_task_bind_variant (outer, g_variant_new_parsed ("{'a': <'3'>}"));
      assert_data ("3", "2", NULL);
      {
        MVX_LOG_IN_SCOPE (before);
        assert_data ("1", NULL, NULL);
      }
    }
    assert_data ("3", NULL, NULL);
  }
  /* The last record has it, too. */
  g_assert_cmpstr (mvx_log_event_get_string (capture_last (sink), "a"), ==, "3");
  assert_data (NULL, NULL, NULL);
}

static void
test_bind_elsewhere (void)
{
  g_autoptr (MvxLogTask) task = mvx_log_task_begin (context, 0, "over", NULL, 0);

  mvx_log_task_end (task);
  g_test_expect_message ("Mvxlog", G_LOG_LEVEL_CRITICAL, "*assertion 'found' failed*");
  mvx_log_task_bind (task, "a", "1");
  g_test_assert_expected_messages ();
}

static void
test_top_level (void)
{
  MVX_LOG_TASK (outer, context, "outer", "a", "1");
  {
    MVX_LOG_TASK_WITH (other, context, MVX_LOG_TASK_TOP_LEVEL, "other", "b", "2");
    g_assert_cmpuint (strlen (mvx_log_task_get_path (other)), ==, 36);
    g_assert_cmpstr (mvx_log_task_get_path (other), !=, mvx_log_task_get_path (outer));
    assert_data (NULL, "2", NULL);
  }
}

/* From one process to another and on. */
static void
test_across_processes (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  g_autofree char *next = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *trace = NULL;

  begin_test ();
  {
    MVX_LOG_TASK (task, context, "order");
    id = mvx_log_task_export (task);
    next = mvx_log_task_export (task);
    expected = g_strconcat (mvx_log_task_get_path (task), "/1", NULL);
    g_assert_cmpstr (id, ==, expected);
    g_assert_true (g_str_has_suffix (next, "/2"));
    trace = g_strdup (mvx_log_event_get_trace_id (capture_last (sink)));
  }
  {
    /* In the other process. */
    g_autoptr (MvxLogTask) task = mvx_log_task_import (context, 0, id, "deliver", NULL, 0, &error);
    g_autofree char *deeper = NULL;

    g_assert_no_error (error);
    g_assert_cmpstr (mvx_log_task_get_path (task), ==, id);
    assert_key (2, 0, id);
    g_assert_cmpstr (mvx_log_event_get_trace_id (capture_last (sink)), ==, trace);
    deeper = mvx_log_task_export (task);
    g_assert_true (g_str_has_suffix (deeper, "/1/1"));
    mvx_log_task_end (task);
    assert_key (3, 1, id);
  }
}

static void
test_import_refused (void)
{
#define UUID "6ba7b810-9dad-41d1-80b4-00c04fd430c8"
  static const char *const refused[]
      = { "",         "1",        UUID "/",      UUID "/0",           UUID "/01",
          UUID "//1", UUID "/1/", UUID "/-1",    UUID "/99999999999", UUID "/1 ",
          UUID "1",   "None/1",   UUID "/1\n/2", "\033[31m",          "6ba7b810-9dad-41d1-80b4-00c04fd430cg/1" };
  g_autoptr (GString) path = g_string_new (UUID);

  begin_test ();
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *message = g_strdup_printf (
          "'%s' is not the id of a task; use what mvx_log_task_export() gave the other process, a UUID "
          "and numbers such as " UUID "/1/3",
          refused[i]);

      g_assert_null (mvx_log_task_import_variant (context, 0, refused[i], "x", NULL, &error));
      g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
      g_assert_cmpstr (error->message, ==, message);
    }
  while (path->len <= 1024)
    g_string_append (path, "/1");
  g_assert_null (mvx_log_task_import (context, 0, path->str, "x", NULL, 0, NULL));
  g_assert_cmpuint (sink->events->len, ==, 0);
}

/* The tree's UUID is its trace, each task a span; inside a trace it is that one. */
static void
test_spans (void)
{
  g_autofree char *outer_span = NULL;

  begin_test ();
  {
    MVX_LOG_TASK (top, context, "top");
    g_auto (GStrv) parts = g_strsplit (mvx_log_task_get_path (top), "-", -1);
    g_autofree char *trace = g_strjoinv ("", parts);

    g_assert_cmpstr (mvx_log_event_get_trace_id (event_at (0)), ==, trace);
    outer_span = g_strdup (mvx_log_event_get_span_id (event_at (0)));
    {
      MVX_LOG_TASK (child, context, "child");
      g_assert_cmpstr (mvx_log_event_get_trace_id (event_at (1)), ==, trace);
      g_assert_cmpstr (mvx_log_event_get_span_id (event_at (1)), !=, outer_span);
      g_assert_cmpstr (mvx_log_event_get_string (event_at (1), "parent_span_id"), ==, outer_span);
    }
  }
  {
    MVX_LOG_IN_TRACE ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    MVX_LOG_TASK (task, context, "in a trace");
    g_assert_cmpstr (mvx_log_event_get_trace_id (capture_last (sink)), ==, "0af7651916cd43dd8448eb211c80319c");
  }
}

static gpointer
carried (gpointer capture)
{
  g_autoptr (MvxLogTask) nobody = mvx_log_task_get_current ();

  g_assert_null (nobody);
  for (guint i = 0; i < 100; i++)
    {
      MVX_LOG_IN_SCOPE (capture);
      MVX_LOG_TASK (child, context, "part");
    }
  return NULL;
}

/* Carried to other threads, children and records are counted without gap or double. */
static void
test_threads (void)
{
  GThread *threads[4];
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *next = NULL;

  begin_test ();
  {
    MVX_LOG_TASK (top, context, "top", "a", "1");
    g_autoptr (MvxLogScopeCapture) capture = mvx_log_scope_capture ();

    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
      threads[i] = g_thread_new ("part", carried, capture);
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
      g_thread_join (threads[i]);
    next = mvx_log_task_export (top);
    g_assert_true (g_str_has_suffix (next, "/401"));
  }
  g_assert_cmpuint (sink->events->len, ==, 2 + 2 * 400);
  for (guint i = 0; i < sink->events->len; i++)
    {
      g_assert_cmpstr (mvx_log_event_get_string (event_at (i), "a"), ==, "1");
      g_assert_true (g_hash_table_add (keys, g_strdup (mvx_log_event_get_string (event_at (i), "task"))));
    }
}

/* The program's own `task` field is left alone, and there is one only. */
static void
test_key_of_the_program (void)
{
  g_autoptr (MvxLogContext) view = mvx_log_bind (context, "task", "bound");

  MVX_LOG_TASK (task, context, "x");
  mvx_info (view, "x");
  g_assert_cmpuint (mvx_log_event_get_n_fields (capture_last (sink)), ==, 1);
  g_assert_true (g_str_has_prefix (mvx_log_event_get_string (capture_last (sink), "task"), "1@"));
  mvx_info (view, "x", "task", "call");
  capture_assert_fields (sink, "task=call");
  {
    MVX_LOG_SCOPED ("task", "scoped");
    mvx_info (view, "x");
    capture_assert_fields (sink, "task=scoped");
  }
}

static void
test_boxed (void)
{
  MvxLogTask *task = mvx_log_task_begin_variant (context, 0, "boxed", g_variant_new_parsed ("{'a': <'1'>}"));
  MvxLogTask *current = mvx_log_task_get_current ();
  MvxLogTask *copy = g_boxed_copy (MVX_LOG_TYPE_TASK, task);

  g_assert_true (current == task);
  assert_data ("1", NULL, NULL);
  mvx_log_task_unref (current);
  g_boxed_free (MVX_LOG_TYPE_TASK, task);
  mvx_log_task_end (copy);
  mvx_log_task_end (copy);
  mvx_log_task_fail (copy, NULL);
  assert_record (sink->events->len - 1, MVX_LOG_LEVEL_INFO, "boxed");
  g_boxed_free (MVX_LOG_TYPE_TASK, copy);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  sink = capture_sink_new ();
  context = capture_context ("task", sink);
  g_test_add_func ("/task/tree", test_tree);
  g_test_add_func ("/task/failed", test_failed);
  g_test_add_func ("/task/success-message", test_success_message);
  g_test_add_func ("/task/data-merged", test_data_merged);
  g_test_add_func ("/task/data-innermost", test_data_innermost);
  g_test_add_func ("/task/bind", test_bind);
  g_test_add_func ("/task/bind-elsewhere", test_bind_elsewhere);
  g_test_add_func ("/task/top-level", test_top_level);
  g_test_add_func ("/task/across-processes", test_across_processes);
  g_test_add_func ("/task/import-refused", test_import_refused);
  g_test_add_func ("/task/spans", test_spans);
  g_test_add_func ("/task/threads", test_threads);
  g_test_add_func ("/task/key-of-the-program", test_key_of_the_program);
  g_test_add_func ("/task/boxed", test_boxed);
  result = g_test_run ();
  mvx_log_context_set_sinks (context, NULL, 0, NULL);
  g_object_unref (sink);
  mvx_log_context_unref (context);
  return result;
}

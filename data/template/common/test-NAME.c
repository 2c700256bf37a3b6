/* SPDX-License-Identifier: @licence@ */
/* The plugin without a program around it: it is linked in statically. */
#include <string.h>

#include <glib/gstdio.h>

#include <mvxlog/mvxlog-test.h>

MVX_LOG_STATIC_PLUGIN_DECLARE (@ident@);

static MvxLogTestHost *
open_host (const char *path)
{
  g_autoptr (GError) error = NULL;
  MvxLogTestHost *host = mvx_log_test_host_new (&mvx_static_plugin_@ident@, "events",
                                                g_variant_new_parsed ("{'path': <%s>}", path), &error);

  g_assert_no_error (error);
  mvx_log_test_host_start (host, &error);
  g_assert_no_error (error);
  return host;
}

static void
assert_lines (const char *path, guint n_lines, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint n = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  for (const char *end = text; (end = strchr (end, '\n')); end++)
    n++;
  g_assert_cmpuint (n, ==, n_lines);
  g_assert_nonnull (strstr (text, part));
}

/* What is sent is in the file, also after somebody has moved the file away. */
static void
test_events (void)
{
  g_autoptr (MvxLogEvent) one = mvx_log_test_event_new ("shop", MVX_LOG_LEVEL_INFO, "sold {item}", "item", "tea");
  g_autoptr (MvxLogEvent) two = mvx_log_test_event_new ("shop", MVX_LOG_LEVEL_ERROR, "sold out");
  MvxLogEvent *events[] = { one, two };
  g_autofree char *folder = g_dir_make_tmp ("@name@-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "events.log", NULL);
  g_autofree char *moved = g_build_filename (folder, "events.log.1", NULL);
  g_autoptr (MvxLogTestHost) host = open_host (path);
  g_autoptr (GError) error = NULL;
  guint n_done;

  g_assert_cmpint (mvx_log_test_host_dispatch (host, events, 2, &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (n_done, ==, 2);
  assert_lines (path, 2, "\"message\":\"sold tea\"");

  g_assert_cmpint (g_rename (path, moved), ==, 0);
  g_assert_true (mvx_log_test_host_reopen (host, &error));
  g_assert_cmpint (mvx_log_test_host_dispatch (host, events + 1, 1, &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  assert_lines (path, 1, "\"message\":\"sold out\"");
  g_assert_true (mvx_log_test_host_stop (host, &error));
  g_remove (path);
  g_remove (moved);
  g_rmdir (folder);
}

/* While the destination is away, events stay in the queue. */
static void
test_retry (void)
{
  g_autoptr (MvxLogEvent) event = mvx_log_test_event_new ("shop", MVX_LOG_LEVEL_INFO, "sold {item}", "item", "tea");
  g_autofree char *folder = g_dir_make_tmp ("@name@-XXXXXX", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing", NULL);
  g_autofree char *path = g_build_filename (missing, "events.log", NULL);
  g_autoptr (MvxLogTestHost) host = open_host (path);
  g_autoptr (GError) error = NULL;
  guint n_done;

  g_assert_cmpint (mvx_log_test_host_dispatch (host, &event, 1, &n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpuint (n_done, ==, 0);
  g_clear_error (&error);

  g_assert_cmpint (g_mkdir (missing, 0755), ==, 0);
  g_assert_cmpint (mvx_log_test_host_dispatch (host, &event, 1, &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  assert_lines (path, 1, "sold tea");
  g_remove (path);
  g_rmdir (missing);
  g_rmdir (folder);
}

static void
test_no_path (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_test_host_new (&mvx_static_plugin_@ident@, "events", NULL, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/@name@/events", test_events);
  g_test_add_func ("/@name@/retry", test_retry);
  g_test_add_func ("/@name@/no-path", test_no_path);
  return g_test_run ();
}

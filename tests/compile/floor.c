/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls below the floor are not compiled in: not even a context that wants everything gets them. */
#define MVX_LOG_LEVEL_FLOOR MVX_LOG_LEVEL_WARNING
#define MVX_LOG_NO_SOURCE
#include <mvxlog/mvxlog.h>

MVX_LOG_CONTEXT (floored, "")

int
main (void)
{
  GError *error = NULL;
  MvxLogSink *sink = mvx_log_configure_sink ("memory", "memory", NULL, &error);
  MvxLogContext *root = mvx_log_get_root_context ();
  GPtrArray *events;
  int i = 0;

  g_assert_no_error (error);
  mvx_log_context_set_sinks (root, &sink, 1, &error);
  g_assert_no_error (error);
  mvx_log_context_set_level (root, MVX_LOG_LEVEL_NOTSET, &error);
  g_assert_no_error (error);
  mvx_info (floored, "below", "i", i++);
  mvx_warning (floored, "above", "i", i++);
  g_assert_cmpint (i, ==, 1);
  events = mvx_log_memory_sink_get_events (sink);
  g_assert_cmpuint (events->len, ==, 1);
  g_assert_null (mvx_log_event_get_file ((const MvxLogEvent *) g_ptr_array_index (events, 0)));
  g_assert_cmpuint (mvx_log_event_get_line ((const MvxLogEvent *) g_ptr_array_index (events, 0)), ==, 0);
  g_ptr_array_unref (events);
  mvx_log_context_unref (root);
  g_object_unref (sink);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/mvxlog.h>

MVX_LOG_CONTEXT (user, "org.example.user")

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = mvx_log_configure_sink ("memory", "memory", NULL, &error);
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
  g_autoptr (GPtrArray) events = NULL;

  g_assert_no_error (error);
  mvx_log_context_set_sinks (root, &sink, 1, &error);
  g_assert_no_error (error);
  mvx_info (user, "{n} subproject", "n", 1);
  events = mvx_log_memory_sink_get_events (sink);
  g_assert_cmpuint (events->len, ==, 1);
  return 0;
}

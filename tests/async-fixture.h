/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sinks in one state or another, what they are to answer, and what the diagnostics got to hear. */
#pragma once

#include "rig-sink.h"

static const MvxLogAsyncConfig config = { .name = "rig", .queue_max_size = 100000, .retry_min_us = 1000 };

static GPtrArray *diag;

G_GNUC_UNUSED static void
on_diag (gint level, const char *message, gpointer data)
{
  g_ptr_array_add (data, g_strdup (message));
}

G_GNUC_UNUSED static void
diag_clear (void)
{
  g_ptr_array_set_size (diag, 0);
}

G_GNUC_UNUSED static void
assert_diag (guint i, const char *text)
{
  g_assert_cmpuint (diag->len, >, i);
  g_assert_cmpstr (g_ptr_array_index (diag, i), ==, text);
}

G_GNUC_UNUSED static void
reply (RigSink *sink, const RigReply *answer)
{
  g_mutex_lock (&sink->mutex);
  g_queue_push_tail (&sink->replies, (gpointer) answer);
  g_mutex_unlock (&sink->mutex);
}

G_GNUC_UNUSED static RigSink *
make_virgin (void)
{
  return rig_sink_new (&config);
}

G_GNUC_UNUSED static RigSink *
make_running (void)
{
  RigSink *sink = make_virgin ();

  g_assert_true (start (sink, NULL));
  return sink;
}

G_GNUC_UNUSED static RigSink *
make_stopped (void)
{
  RigSink *sink = make_running ();

  g_assert_true (stop (sink, NULL));
  return sink;
}

G_GNUC_UNUSED static RigSink *
make_failed (void)
{
  RigSink *sink = make_virgin ();

  sink->starting_error = "no such server";
  g_assert_false (start (sink, NULL));
  return sink;
}

G_GNUC_UNUSED static void
assert_refused (RigSink *sink, gboolean ok, GError **error, const char *message)
{
  g_assert_false (ok);
  g_assert_error (*error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE);
  g_assert_cmpstr ((*error)->message, ==, message);
  g_clear_error (error);
}

/* With the diagnostics in diag. */
static int
run_tests (void)
{
  int result;

  diag = g_ptr_array_new_with_free_func (g_free);
  mvx_log_diag_set_func (on_diag, diag, NULL);
  result = g_test_run ();
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_ptr_array_unref (diag);
  return result;
}

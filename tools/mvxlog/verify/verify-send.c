/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verify/verify-send.h"

/* How long a plugin that says RETRY is offered the same events. */
#define MVX_VERIFY_SEND_PATIENCE_US (10 * G_USEC_PER_SEC)
#define MVX_VERIFY_SEND_PAUSE_MS 50

MvxLogTestHost *
mvx_verify_send_begin (MvxVerify *verify, GVariant *options, GError **error)
{
  g_autoptr (MvxLogTestHost) host = mvx_log_test_host_new_for_file (verify->path, "verify", options, error);

  if (host == NULL || !mvx_log_test_host_start (host, error))
    return NULL;
  return g_steal_pointer (&host);
}

GPtrArray *
mvx_verify_send_make (guint n_events)
{
  GPtrArray *events = g_ptr_array_new_full (n_events, (GDestroyNotify) mvx_log_event_free);

  for (guint i = 0; i < n_events; i++)
    g_ptr_array_add (events, mvx_log_test_event_new ("org.example.verify", MVX_LOG_LEVEL_INFO, "event {n}", "n", i));
  return events;
}

static gboolean
mvx_verify_send_on_pause (gpointer data)
{
  gboolean *over = data;

  *over = TRUE;
  return G_SOURCE_REMOVE;
}

/* As the library backs off: the plugin's own sources run meanwhile. */
static void
mvx_verify_send_pause (MvxLogTestHost *host)
{
  GMainContext *context = mvx_log_test_host_get_main_context (host);
  g_autoptr (GSource) timeout = g_timeout_source_new (MVX_VERIFY_SEND_PAUSE_MS);
  gboolean over = FALSE;

  g_source_set_callback (timeout, mvx_verify_send_on_pause, &over, NULL);
  g_source_attach (timeout, context);
  while (!over)
    g_main_context_iteration (context, TRUE);
}

MvxLogDispatchResult
mvx_verify_send (MvxLogTestHost *host, GPtrArray *events, GError **error)
{
  const gint64 deadline = g_get_monotonic_time () + MVX_VERIFY_SEND_PATIENCE_US;
  MvxLogEvent *const *batch = (MvxLogEvent *const *) events->pdata;
  guint n_left = events->len;

  while (TRUE)
    {
      g_autoptr (GError) reason = NULL;
      MvxLogDispatchResult result;
      guint n_done = 0;

      result = mvx_log_test_host_dispatch (host, batch, n_left, &n_done, &reason);
      if (result == MVX_LOG_DISPATCH_PENDING)
        result = mvx_log_test_host_wait_completed (host, deadline, &n_done, &reason);
      if (result != MVX_LOG_DISPATCH_RETRY || g_get_monotonic_time () >= deadline)
        {
          if (reason)
            g_propagate_error (error, g_steal_pointer (&reason));
          return result;
        }
      batch += n_done;
      n_left -= n_done;
      if (n_left == 0)
        return MVX_LOG_DISPATCH_OK;
      mvx_verify_send_pause (host);
    }
}

gboolean
mvx_verify_send_one (MvxLogTestHost *host, GError **error)
{
  g_autoptr (GPtrArray) events = mvx_verify_send_make (1);

  return mvx_verify_send (host, events, error) == MVX_LOG_DISPATCH_OK;
}

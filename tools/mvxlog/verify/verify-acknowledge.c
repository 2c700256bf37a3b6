/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plugins that acknowledge: every batch that is PENDING is completed, once, and forgotten when the plugin is stopped.
 */
#include "verify/verify-send.h"

static const guint mvx_verify_acknowledge_sizes[] = { 1, 10, 100 };

/* Stops while a batch is on its way. Its events are gone behind that, so that who touches them later is found out. */
static gboolean
mvx_verify_acknowledge_stop (MvxVerify *verify, GError **error)
{
  g_autoptr (MvxLogTestHost) host = mvx_verify_send_begin (verify, verify->options, error);
  g_autoptr (GPtrArray) events = mvx_verify_send_make (10);
  MvxLogDispatchResult result;
  guint n_done = 0;

  if (host == NULL)
    return FALSE;
  result = mvx_log_test_host_dispatch (host, (MvxLogEvent *const *) events->pdata, events->len, &n_done, error);
  g_clear_error (error);
  return result != MVX_LOG_DISPATCH_FAILED && mvx_log_test_host_stop (host, error);
}

MvxVerifyResult
mvx_verify_acknowledge (MvxVerify *verify)
{
  g_autoptr (MvxLogTestHost) host = NULL;
  g_autoptr (GError) error = NULL;

  if (!(verify->api->plugin->flags & MVX_LOG_PLUGIN_ACKNOWLEDGES))
    return mvx_verify_say (verify, MVX_VERIFY_SKIPPED, "it does not acknowledge");
  mvx_verify_doing ("create and on_starting");
  host = mvx_verify_send_begin (verify, verify->options, &error);
  if (host == NULL)
    return mvx_verify_failed (verify, "create and on_starting", error);
  for (guint i = 0; i < G_N_ELEMENTS (mvx_verify_acknowledge_sizes); i++)
    {
      const guint n_events = mvx_verify_acknowledge_sizes[i];
      g_autofree char *doing = g_strdup_printf ("a batch of %u event%s", n_events, n_events == 1 ? "" : "s");
      g_autoptr (GPtrArray) events = mvx_verify_send_make (n_events);

      mvx_verify_doing ("%s", doing);
      if (mvx_verify_send (host, events, &error) != MVX_LOG_DISPATCH_OK)
        return mvx_verify_failed (verify, doing, error);
    }
  mvx_verify_doing ("on_stopped");
  if (!mvx_log_test_host_stop (host, &error))
    return mvx_verify_failed (verify, "on_stopped", error);
  mvx_verify_doing ("on_stopped while a batch is pending");
  if (!mvx_verify_acknowledge_stop (verify, &error))
    return mvx_verify_failed (verify, "on_stopped while a batch is pending", error);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT,
                         "batches of 1, 10 and 100 are acknowledged once, and given up by a stop");
}

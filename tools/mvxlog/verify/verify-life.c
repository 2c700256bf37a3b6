/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An instance from create to destroy, in the orders that the contract allows. */
#include "verify/verify-send.h"

#define MVX_VERIFY_FLUSH_US (10 * G_USEC_PER_SEC)

MvxVerifyResult
mvx_verify_create (MvxVerify *verify)
{
  for (guint i = 0; i < 6; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MvxLogTestHost) host = NULL;

      mvx_verify_doing ("create");
      host = mvx_log_test_host_new_for_file (verify->path, "verify", verify->options, &error);
      if (host == NULL)
        return mvx_verify_failed (verify, "create", error);
      /* Every second one is destroyed without having been started. */
      mvx_verify_doing (i % 2 ? "on_starting" : "destroy");
      if (i % 2 && !mvx_log_test_host_start (host, &error))
        return mvx_verify_failed (verify, "on_starting", error);
      mvx_verify_doing (i % 2 ? "on_stopped and destroy without an event" : "destroy");
    }
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "created and destroyed without an event, started and not");
}

static gboolean
mvx_verify_hooks_all (MvxVerify *verify, MvxLogTestHost *host, const char **doing, GError **error)
{
  const MvxLogPlugin *plugin = verify->api->plugin;

  mvx_verify_doing ("%s", *doing = "on_starting");
  if (!mvx_log_test_host_start (host, error))
    return FALSE;
  mvx_verify_doing ("%s", *doing = "dispatch_core behind on_starting");
  if (!mvx_verify_send_one (host, error))
    return FALSE;
  mvx_verify_doing ("%s", *doing = "flush behind dispatch_core");
  if (!mvx_log_test_host_flush (host, g_get_monotonic_time () + MVX_VERIFY_FLUSH_US, error))
    return FALSE;
  mvx_verify_doing ("%s", *doing = "reopen");
  if (!mvx_log_test_host_reopen (host, error))
    return FALSE;
  mvx_verify_doing ("%s", *doing = "dispatch_core behind reopen");
  if (!mvx_verify_send_one (host, error))
    return FALSE;
  mvx_verify_doing ("%s", *doing = "reconfigure with the same options");
  if (plugin->reconfigure && !mvx_log_test_host_reconfigure (host, verify->options, error))
    return FALSE;
  mvx_verify_doing ("%s", *doing = "dispatch_core behind reconfigure");
  if (!mvx_verify_send_one (host, error))
    return FALSE;
  mvx_verify_doing ("%s", *doing = "on_stopped");
  return mvx_log_test_host_stop (host, error);
}

MvxVerifyResult
mvx_verify_hooks (MvxVerify *verify)
{
  const MvxLogPlugin *plugin = verify->api->plugin;
  g_autoptr (MvxLogTestHost) host = NULL;
  g_autoptr (GError) error = NULL;
  const char *doing = "create";

  host = mvx_log_test_host_new_for_file (verify->path, "verify", verify->options, &error);
  if (host == NULL || !mvx_verify_hooks_all (verify, host, &doing, &error))
    return mvx_verify_failed (verify, doing, error);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "in order: create%s dispatch_core%s%s%s%s destroy",
                         plugin->on_starting ? " on_starting" : "", plugin->flush ? " flush" : "",
                         plugin->reopen ? " reopen" : "", plugin->reconfigure ? " reconfigure" : "",
                         plugin->on_stopped ? " on_stopped" : "");
}

MvxVerifyResult
mvx_verify_restart (MvxVerify *verify)
{
  g_autoptr (MvxLogTestHost) host = NULL;
  g_autoptr (GError) error = NULL;

  mvx_verify_doing ("create");
  host = mvx_log_test_host_new_for_file (verify->path, "verify", verify->options, &error);
  if (host == NULL)
    return mvx_verify_failed (verify, "create", error);
  for (guint i = 0; i < 3; i++)
    {
      mvx_verify_doing (i == 0 ? "on_starting" : "on_starting after a stop");
      if (!mvx_log_test_host_start (host, &error))
        return mvx_verify_failed (verify, i == 0 ? "on_starting" : "on_starting after a stop", error);
      mvx_verify_doing (i == 0 ? "dispatch_core" : "dispatch_core after a restart");
      if (!mvx_verify_send_one (host, &error))
        return mvx_verify_failed (verify, i == 0 ? "dispatch_core" : "dispatch_core after a restart", error);
      mvx_verify_doing ("on_stopped");
      if (!mvx_log_test_host_stop (host, &error))
        return mvx_verify_failed (verify, "on_stopped", error);
    }
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "stopped and started twice, events in between");
}

/* A flush that is late already may fail, but has to come back; how long it took says nothing on a busy machine, so that
 * only one that does not come back within the time of a step is found. */
MvxVerifyResult
mvx_verify_flush (MvxVerify *verify)
{
  g_autoptr (GPtrArray) events = mvx_verify_send_make (10);
  g_autoptr (MvxLogTestHost) host = NULL;
  g_autoptr (GError) error = NULL;

  if (verify->api->plugin->flush == NULL)
    return mvx_verify_say (verify, MVX_VERIFY_SKIPPED, "it has no flush: it holds nothing back");
  mvx_verify_doing ("create and on_starting");
  host = mvx_verify_send_begin (verify, verify->options, &error);
  if (host == NULL || mvx_verify_send (host, events, &error) != MVX_LOG_DISPATCH_OK)
    return mvx_verify_failed (verify, "dispatch_core with 10 events", error);
  mvx_verify_doing ("flush with a deadline that is over");
  if (!mvx_log_test_host_flush (host, g_get_monotonic_time (), &error)
      && g_error_matches (error, MVX_LOG_TEST_ERROR, MVX_LOG_TEST_ERROR_CONTRACT))
    return mvx_verify_failed (verify, "flush with a deadline that is over", error);
  g_clear_error (&error);
  mvx_verify_doing ("flush with 10 seconds");
  if (!mvx_log_test_host_flush (host, g_get_monotonic_time () + MVX_VERIFY_FLUSH_US, &error))
    return mvx_verify_failed (verify, "flush with 10 seconds", error);
  if (!mvx_log_test_host_stop (host, &error))
    return mvx_verify_failed (verify, "on_stopped", error);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "comes back also when its deadline is over");
}

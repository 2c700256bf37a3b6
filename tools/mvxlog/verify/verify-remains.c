/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is left behind when an instance is gone. */
#include "verify/verify-proc.h"
#include "verify/verify-send.h"

#define MVX_VERIFY_LIVES 3

static gboolean
mvx_verify_remains_live (MvxVerify *verify, GError **error)
{
  g_autoptr (GPtrArray) events = mvx_verify_send_make (10);
  g_autoptr (MvxLogTestHost) host = mvx_verify_send_begin (verify, verify->options, error);

  return host && mvx_verify_send (host, events, error) == MVX_LOG_DISPATCH_OK
         && mvx_log_test_host_flush (host, g_get_monotonic_time () + 10 * G_USEC_PER_SEC, error)
         && mvx_log_test_host_stop (host, error);
}

/* The first life is not counted: what a library opens once for all stays. */
MvxVerifyResult
mvx_verify_remains (MvxVerify *verify)
{
  g_auto (MvxVerifyProc) before = { NULL, NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *more = NULL;

  mvx_verify_doing ("a whole life");
  if (!mvx_verify_remains_live (verify, &error))
    return mvx_verify_failed (verify, "a whole life", error);
  mvx_verify_proc_look (&before);
  for (guint i = 0; i < MVX_VERIFY_LIVES; i++)
    {
      mvx_verify_doing ("another life");
      if (!mvx_verify_remains_live (verify, &error))
        return mvx_verify_failed (verify, "another life", error);
    }
  mvx_verify_doing ("waiting for threads to end");
  more = mvx_verify_proc_more (&before, MVX_VERIFY_LIVES);
  if (more)
    return mvx_verify_say (verify, MVX_VERIFY_BROKEN, "%u instances left %s", MVX_VERIFY_LIVES, more);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "no threads and no descriptors remain of %u instances",
                         MVX_VERIFY_LIVES);
}

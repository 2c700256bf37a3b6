/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe: whether a destination can be reached is asked before there is a sink. */
#include "verify/verify-given.h"
#include "verify/verify-proc.h"

#define MVX_VERIFY_PROBE_US (10 * G_USEC_PER_SEC)

/* Says TRUE, or FALSE with a reason. FALSE here: it is broken, and said so. */
static gboolean
mvx_verify_probe_ask (MvxVerify *verify, const char *doing, gint64 deadline_us, gboolean *reached)
{
  g_autoptr (MvxLogOptions) options = NULL;
  g_autoptr (GError) error = NULL;

  mvx_verify_doing ("%s", doing);
  options = mvx_verify_given_parse (verify->api, verify->options, &error);
  if (options == NULL)
    {
      mvx_verify_failed (verify, "the given options", error);
      return FALSE;
    }
  *reached = verify->api->plugin->probe (options, deadline_us, &error);
  if (*reached == (error == NULL))
    {
      if (!*reached)
        g_string_printf (verify->text, "%s: %s", doing, error->message);
      return TRUE;
    }
  mvx_verify_say (verify, MVX_VERIFY_BROKEN,
                  *reached ? "%s: it succeeded and set an error: %s" : "%s: it failed and gave no reason", doing,
                  error ? error->message : "");
  return FALSE;
}

/* The destination is there, so that the answer must be yes; with no time left, it may be anything, but at once. */
MvxVerifyResult
mvx_verify_probe (MvxVerify *verify)
{
  g_auto (MvxVerifyProc) before = { NULL, NULL };
  g_autofree char *more = NULL;
  gboolean reached = FALSE;

  if (verify->api->plugin->probe == NULL)
    return mvx_verify_say (verify, MVX_VERIFY_SKIPPED, "it has no probe");
  if (!mvx_verify_probe_ask (verify, "probe", g_get_monotonic_time () + MVX_VERIFY_PROBE_US, &reached) || !reached)
    return MVX_VERIFY_BROKEN;
  mvx_verify_proc_look (&before);
  for (guint i = 0; i < 3; i++)
    if (!mvx_verify_probe_ask (verify, "probe with a deadline that is over", g_get_monotonic_time (), &reached)
        || !mvx_verify_probe_ask (verify, "probe again", g_get_monotonic_time () + MVX_VERIFY_PROBE_US, &reached))
      return MVX_VERIFY_BROKEN;
  mvx_verify_doing ("waiting for what probe has opened");
  more = mvx_verify_proc_more (&before, 3);
  if (more)
    return mvx_verify_say (verify, MVX_VERIFY_BROKEN, "probe left %s; it only asks", more);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "says that the destination is there, and leaves nothing");
}

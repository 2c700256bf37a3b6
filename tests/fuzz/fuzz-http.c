/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever answers instead of an HTTP server: every event has a fate, and every trouble says something. The input is a
 * letter for the profile, a status, Retry-After, Location and the body. */
#include "fuzz.h"

#include <stdlib.h>

#include "../../plugins/http/http-reply.h"

#define N_EVENTS 3

static void
check_text (const char *text)
{
  g_assert_nonnull (text);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_null (strchr (text, '\n'));
  g_assert_null (strstr (text, "s3cret"));
}

static void
check (const MvxHttpOptions *options, const MvxHttpAnswer *answer)
{
  MvxHttpFate fates[N_EVENTS] = { { MVX_LOG_DISPATCH_FAILED, NULL } };
  g_autoptr (GError) error = NULL;
  guint64 n_lost = 0;
  MvxLogDispatchResult result = mvx_http_reply_judge (options, answer, fates, N_EVENTS, &n_lost, &error);

  g_assert_true (result == MVX_LOG_DISPATCH_OK || result == MVX_LOG_DISPATCH_RETRY || result == MVX_LOG_DISPATCH_DROP);
  g_assert_true ((error != NULL) == (result != MVX_LOG_DISPATCH_OK || n_lost > 0));
  g_assert_cmpuint (n_lost, <=, N_EVENTS);
  if (error)
    check_text (error->message);
  for (guint i = 0; i < N_EVENTS && result == MVX_LOG_DISPATCH_OK; i++)
    {
      g_assert_true (fates[i].result == MVX_LOG_DISPATCH_OK || fates[i].result == MVX_LOG_DISPATCH_RETRY
                     || fates[i].result == MVX_LOG_DISPATCH_DROP);
      g_assert_true ((fates[i].result == MVX_LOG_DISPATCH_OK) == (fates[i].reason == NULL));
      if (fates[i].reason)
        check_text (fates[i].reason);
    }
  for (guint i = 0; i < N_EVENTS; i++)
    g_free (fates[i].reason);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  FuzzInput input = { (const char *) data, (const char *) data + size };
  g_auto (FuzzPart) profile = fuzz_take (&input);
  g_auto (FuzzPart) status = fuzz_take (&input);
  g_auto (FuzzPart) after = fuzz_take (&input);
  g_auto (FuzzPart) location = fuzz_take (&input);
  g_auto (FuzzPart) body = fuzz_take (&input);
  char *headers[] = { (char *) "X-Key: s3cret", NULL };
  const MvxHttpProfile profiles[] = { MVX_HTTP_JSON, MVX_HTTP_ECS, MVX_HTTP_OTLP };
  const MvxHttpOptions options = {
    .url = (char *) "http://h/",
    .profile = profiles[(guchar) profile.text[0] % G_N_ELEMENTS (profiles)],
    .framing = MVX_HTTP_BULK,
    .headers = headers,
  };
  const MvxHttpAnswer answer = {
    .status = (guint) strtoul (status.text, NULL, 10) % 700,
    .phrase = location.text,
    .location = location.len > 0 ? location.text : NULL,
    .body = body.text,
    .size = body.len,
  };
  gint64 seconds = mvx_http_reply_retry_after (after.text, 1795262400);

  g_assert_cmpint (seconds, >=, -1);
  g_assert_cmpint (seconds, <=, 3600);
  check (&options, &answer);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option table, and what the plugin does with values that nobody sane would give it. */
#include <string.h>

#include "verify/verify-given.h"

#define MVX_VERIFY_LONG_TEXT (64 * 1024)

/* An instance, or an error; both are an answer, unless the contract is broken. */
static gboolean
mvx_verify_options_try (MvxVerify *verify, GVariant *options, gboolean *made, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (MvxLogTestHost) host = mvx_log_test_host_new_for_file (verify->path, "verify", options, &reason);

  *made = host != NULL;
  if (!g_error_matches (reason, MVX_LOG_TEST_ERROR, MVX_LOG_TEST_ERROR_CONTRACT)
      && !g_error_matches (reason, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNEXPECTED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

MvxVerifyResult
mvx_verify_options (MvxVerify *verify)
{
  g_autoptr (MvxLogSinkDescriptor) given = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  for (const MvxLogOptionSpec *spec = verify->api->plugin->options; spec && spec->name; spec++, n++)
    if ((spec->flags & MVX_LOG_OPTION_REQUIRED) && !g_variant_lookup (verify->options, spec->name, "&s", NULL))
      return mvx_verify_say (verify, MVX_VERIFY_BROKEN, "it needs '%s' to be verified; give --options %s=VALUE",
                             spec->name, spec->name);
  given = mvx_verify_given_describe (verify->api, verify->options, &error);
  if (given == NULL)
    return mvx_verify_failed (verify, "build_descriptor with the given options", error);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "%u in the table, with defaults that it takes itself", n);
}

MvxVerifyResult
mvx_verify_required (MvxVerify *verify)
{
  g_autoptr (GVariant) required = mvx_verify_given_required (verify->api, verify->options);
  g_autoptr (GError) error = NULL;
  gboolean made = FALSE;
  guint n = 0;

  for (const MvxLogOptionSpec *spec = verify->api->plugin->options; spec && spec->name; spec++)
    if (spec->flags & MVX_LOG_OPTION_REQUIRED)
      {
        g_autoptr (GVariant) less = mvx_verify_given_with (verify->options, spec->name, NULL);

        n++;
        mvx_verify_doing ("create without '%s'", spec->name);
        if (!mvx_verify_options_try (verify, less, &made, &error))
          return mvx_verify_failed (verify, "create without a required option", error);
        if (made)
          return mvx_verify_say (verify, MVX_VERIFY_BROKEN, "it was created without '%s'", spec->name);
      }
  mvx_verify_doing ("create with nothing but the %u required options", n);
  if (!mvx_verify_options_try (verify, required, &made, &error))
    return mvx_verify_failed (verify, "create with nothing but the required options", error);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "%u required; refused without each, %s with no others", n,
                         made ? "created" : "refused with a reason");
}

/* No "..": what a path of garbage creates must stay in the folder that is removed afterwards. */
MvxVerifyResult
mvx_verify_garbage (MvxVerify *verify)
{
  g_autofree char *too_long = g_strnfill (MVX_VERIFY_LONG_TEXT, 'x');
  const char *texts[] = { "",   " ",    "\x01\x1b[31m\n",       "%s%n%99999s", "{}", ";;",    "-1",    "0",
                          "1e", "\t\"", "99999999999999999999", "nan",         "[[", "a=b=c", too_long };
  g_autoptr (GError) error = NULL;
  gboolean made = FALSE;
  guint n_made = 0;
  guint n = 0;

  for (const MvxLogOptionSpec *spec = verify->api->plugin->options; spec && spec->name; spec++)
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++, n++)
      {
        g_autoptr (GVariant) other = mvx_verify_given_with (verify->options, spec->name, texts[i]);

        mvx_verify_doing ("create with %s=%.20s", spec->name, texts[i]);
        if (!mvx_verify_options_try (verify, other, &made, &error))
          return mvx_verify_failed (verify, "create with garbage in an option", error);
        n_made += made;
      }
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "%u values, %u of them taken, the others refused with a reason", n,
                         n_made);
}

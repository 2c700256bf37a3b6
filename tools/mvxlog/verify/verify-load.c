/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Before the plugin runs: what it exports, and what the loader says. */
#include <string.h>

#include "verify/verify-check.h"
#include "verify/verify-elf.h"

static const char *const mvx_verify_four[] = { "build_descriptor", "create", "dispatch_core", "mvx_log_plugin", NULL };

MvxVerifyResult
mvx_verify_symbols (MvxVerify *verify)
{
  g_autofree char *reason = NULL;
  gboolean versioned = FALSE;
  g_auto (GStrv) names = mvx_verify_elf_exports (verify->path, &versioned, &reason);

  if (names == NULL)
    return mvx_verify_say (verify, MVX_VERIFY_BROKEN, "%s", reason);
  if (versioned)
    return mvx_verify_say (verify, MVX_VERIFY_BROKEN,
                           "its symbols have versions; the version script of a plugin has no name");
  for (guint i = 0; mvx_verify_four[i]; i++)
    if (!g_strv_contains ((const char *const *) names, mvx_verify_four[i]))
      return mvx_verify_say (verify, MVX_VERIFY_BROKEN,
                             "it does not export '%s' of its own; define it, with MVX_LOG_PLUGIN_COMPILATION defined "
                             "before <mvxlog/mvxlog.h>",
                             mvx_verify_four[i]);
  for (guint i = 0; names[i]; i++)
    if (!g_strv_contains (mvx_verify_four, names[i]))
      return mvx_verify_say (verify, MVX_VERIFY_BROKEN,
                             "it exports '%s', too; link it with the version script that "
                             "'pkg-config --variable=plugin_map mvxlog-1' names",
                             names[i]);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "exports the four of the contract and nothing else");
}

MvxVerifyResult
mvx_verify_load (MvxVerify *verify)
{
  g_autoptr (GError) error = NULL;

  verify->api = mvx_log_load_plugin_file (verify->path, &error);
  if (verify->api == NULL)
    return mvx_verify_say (verify, MVX_VERIFY_BROKEN, "%s", error->message);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "%s %s, plugin ABI %u.%u", verify->api->plugin->name,
                         verify->api->plugin->version, verify->api->plugin->abi >> 16,
                         verify->api->plugin->abi & 0xffff);
}

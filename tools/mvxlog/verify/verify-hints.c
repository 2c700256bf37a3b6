/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the author of a plugin does about a promise that is broken. */
#include <string.h>

#include "base/tool-i18n.h"
#include "verify/verify-run.h"

static const struct
{
  const char *check;
  const char *hint;
} mvx_verify_hints[] = {
  { "start", N_ ("name a folder that this user can write to in TMPDIR, and look whether processes can be started") },
  { "symbols",
    N_ ("build it as a shared module for this machine, and export nothing but mvx_log_plugin, build_descriptor, create "
        "and dispatch_core") },
  { "options",
    N_ ("take the defaults of the table as they stand there; what it needs beside them is given by --options") },
  { "descriptor", N_ ("make it of the options, all of them and nothing else, and open nothing") },
  { "required", N_ ("flag what create cannot do without as REQUIRED, and give everything else a default") },
  { "garbage", N_ ("check values in build_descriptor or create, and refuse what is wrong by an error with a reason") },
  { "probe",
    N_ ("say by the deadline whether the destination is there, why not if not, and close what was opened; verify it "
        "with a destination that is there") },
  { "create", N_ ("free in destroy what create has made, whether it was started or not") },
  { "acknowledge",
    N_ ("call mvx_log_sink_host_complete () once for each batch that was answered with PENDING, and with a reason "
        "unless it is OK") },
  { "events", N_ ("set *n_done to n_events with OK; answer RETRY or DROP, with a reason, for those behind *n_done") },
  { "strings", N_ ("take any bytes as text, and answer DROP, with a reason, for what cannot be written") },
  { "hooks", N_ ("take events after every hook, and give a reason when one fails") },
  { "restart", N_ ("undo in on_stopped what on_starting does, and nothing more: both are called again") },
  { "flush", N_ ("come back from flush at its deadline, with FALSE and a reason if something is left") },
  { "pair", N_ ("keep everything in the instance, or set the flag SINGLETON") },
  { "inside", N_ ("log nothing on threads of its own while it delivers") },
  { "library", N_ ("deliver on whatever thread dispatch_core is called, and count every event in *n_done") },
  { "remains", N_ ("join threads and close what was opened in on_stopped or destroy") },
  { "exit", N_ ("leave nothing behind that needs the plugin when the process ends, and free everything in destroy") },
};

const char *
mvx_verify_hint (const char *check)
{
  for (guint i = 0; i < G_N_ELEMENTS (mvx_verify_hints); i++)
    if (strcmp (mvx_verify_hints[i].check, check) == 0)
      return mvx_verify_hints[i].hint;
  return NULL;
}

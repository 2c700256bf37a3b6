/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading a plugin runs its constructors: it is done in a child process, so that one that crashes or hangs is a finding
 * and not the end of the scan. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The hidden subcommand of `mvxlog plugin` that the child runs. */
#define MVX_PLUGIN_SCAN_COMMAND "--describe-in-child"
#define MVX_PLUGIN_SCAN_FD 3

typedef struct
{
  gboolean ok;
  char    *text; /* what the child said: a description, or why the plugin is refused */
} MvxPluginScan;

/* @form: "json" or "text"; @what: a path or a name. */
void mvx_plugin_scan       (const char    *form,
                            const char    *what,
                            MvxPluginScan *scan);
void mvx_plugin_scan_clear (MvxPluginScan *scan);
/* "SIGSEGV"; NULL if it has no name here. */
const char *mvx_plugin_scan_signal (int number);
/* In the child. */
int  mvx_plugin_scan_child (const char    *form,
                            const char    *what);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxPluginScan, mvx_plugin_scan_clear)

G_END_DECLS

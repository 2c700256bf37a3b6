/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin as text and as JSON. It is loaded here: only in a child process (plugin-scan.h). */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct
{
  const MvxLogPlugin *plugin;
  char               *path; /* NULL: built in; the caller's to free */
} MvxPluginFound;

/* @what: a path if there is a '/' in it, else a name. */
gboolean mvx_plugin_describe_load (const char           *what,
                                   MvxPluginFound       *found,
                                   GError              **error);
/* One object in one line, without a newline. */
void     mvx_plugin_describe_json (const MvxPluginFound *found,
                                   GString              *out);
void     mvx_plugin_describe_text (const MvxPluginFound *found,
                                   GString              *out);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* `mvxlog plugin new`; @argv[0] is "new". The exit status. */
int mvx_plugin_new (int       argc,
                    char    **argv,
                    gboolean  json);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* `mvxlog plugin verify`; @argv[0] is "verify". The exit status. */
int mvx_plugin_verify (int       argc,
                       char    **argv,
                       gboolean  json);

G_END_DECLS

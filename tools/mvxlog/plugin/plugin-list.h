/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Prints all plugins; the exit status. */
int mvx_plugin_list (gboolean json);

G_END_DECLS

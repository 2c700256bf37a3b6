/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* g_print() and g_printerr() as events, a line each. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void mvx_log_glib_print_install (void);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who asks for the status of this process gets it, at a socket in the runtime directory of its user. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As [mvxlog] status= says. What cannot be done is told on the diagnostics. */
void mvx_log_status_server_set (gboolean wanted);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logging in a forked child. */
#pragma once

#include <mvxlog/sink.h>

G_BEGIN_DECLS

/* Once, while nothing of GLib can be locked by a thread that is gone: a child must not have to make anything. */
void mvx_log_child_prepare         (void);
/* How the configuration in force is applied again. */
void mvx_log_child_set_reload_func (gboolean (*func) (GError **error));

G_END_DECLS

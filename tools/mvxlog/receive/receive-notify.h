/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Word to the service manager, sd_notify(3): over NOTIFY_SOCKET, if there is one. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void mvx_receive_notify           (const char *state);
/* That of a reload begins with the time. */
void mvx_receive_notify_reloading (void);

G_END_DECLS

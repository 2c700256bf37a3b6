/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets that syslog comes from, by TCP and UDP. */
#pragma once

#include "receive/receive-address.h"
#include "receive/receive-hub.h"

G_BEGIN_DECLS

typedef struct _MvxReceiveSyslog MvxReceiveSyslog;

/* On the thread's default context. */
MvxReceiveSyslog *mvx_receive_syslog_open  (MvxReceiveHub           *hub,
                                            const MvxReceiveAddress *address,
                                            GError                 **error);
/* Takes what has come until then. */
void              mvx_receive_syslog_close (MvxReceiveSyslog        *self);

G_END_DECLS

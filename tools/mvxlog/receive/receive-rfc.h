/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A message of syslog, RFC 5424 or 3164, as an event. */
#pragma once

#include "receive/receive-event.h"

G_BEGIN_DECLS

/* @text needs no NUL. NULL, or what is wrong with it. */
const char *mvx_receive_rfc_read (MvxReceiveEvent *event,
                                  const char      *text,
                                  gsize            length,
                                  gint64           now_ns);

G_END_DECLS

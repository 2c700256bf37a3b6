/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A JSON object as an event: a line as our own renderer writes it, or a record of Python's logging as distlog sends it. */
#pragma once

#include "receive/receive-event.h"

G_BEGIN_DECLS

/* NULL, or what is wrong with it. */
const char *mvx_receive_json_read (MvxReceiveEvent *event,
                                   const char      *text,
                                   gsize            length);

G_END_DECLS

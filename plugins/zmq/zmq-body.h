/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event as the second part of a message. */
#pragma once

#include "zmq-options.h"

G_BEGIN_DECLS

/* (transfer full): free with g_free() */
guint8 *mvx_zmq_body_new (const MvxZmqOptions *options,
                          const MvxLogEvent   *event,
                          guint64              stream,
                          gsize               *size);

G_END_DECLS

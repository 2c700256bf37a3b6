/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may connect to the server's side of CURVE: ZeroMQ's authentication protocol (RFC 27), on a thread of its own, so that
 * nobody waits for whoever else is busy. `mvxlog receive` uses it, too. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MvxZmqZap MvxZmqZap;

/* On that thread: @key, in Z85, is none of those. */
typedef void (*MvxZmqZapRefused) (gpointer    data,
                                  const char *address,
                                  const char *key);

/* Is it 40 characters of Z85? */
gboolean   mvx_zmq_zap_is_key (const char         *text);
/* For all sockets of @context that are made after it; @keys: in Z85. */
MvxZmqZap *mvx_zmq_zap_new    (gpointer            context,
                               const char *const  *keys,
                               MvxZmqZapRefused    refused,
                               gpointer            data,
                               GError            **error);
/* Behind zmq_ctx_term(), which ends the thread. */
void       mvx_zmq_zap_free   (MvxZmqZap          *self);

G_END_DECLS

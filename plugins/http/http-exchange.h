/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One request and the answer to it, on the thread's default context: bounded in time and size. */
#pragma once

#include "http-reply.h"
#include "http-session.h"

G_BEGIN_DECLS

typedef struct _MvxHttpExchange MvxHttpExchange;

/* Either is set, and both are borrowed. */
typedef void (*MvxHttpExchangeFunc) (const MvxHttpAnswer *answer,
                                     const GError        *error,
                                     gpointer             data);

/* @session must live until @func was called, which happens once, and never in here; the exchange is gone afterwards.
 * @cancellable: may be cancelled on any thread; nullable. */
MvxHttpExchange *mvx_http_exchange_new    (MvxHttpSession      *session,
                                           SoupMessage         *message,
                                           gsize                limit,
                                           gint64               timeout_us,
                                           GCancellable        *cancellable,
                                           MvxHttpExchangeFunc  func,
                                           gpointer             data);
/* @func is called soon. */
void             mvx_http_exchange_cancel (MvxHttpExchange     *self);

G_END_DECLS

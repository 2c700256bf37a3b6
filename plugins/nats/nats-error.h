/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an answer of a server means for an event, and for whoever reads of it. */
#pragma once

#include <nats/nats.h>

#include "nats-options.h"

G_BEGIN_DECLS

/* Of JetStream, by the list of the server's errors. */
#define MVX_NATS_JS_OTHER_STREAM 10060
#define MVX_NATS_JS_NOT_ENABLED 10076

/* A code is 0, a natsStatus, or an error of JetStream, which are above these. */
typedef struct
{
  int      code;
  char    *said;      /* NULL: nothing beside that */
  gboolean duplicate; /* it has had the event before */
} MvxNatsAnswer;

void                 mvx_nats_answer_read  (MvxNatsAnswer         *self,
                                            natsMsg               *reply);
void                 mvx_nats_answer_clear (MvxNatsAnswer         *self);
/* RETRY, or DROP if it will never take the event. @said: (nullable). */
MvxLogDispatchResult mvx_nats_error_judge  (const MvxNatsOptions  *options,
                                            int                    code,
                                            const char            *said,
                                            GError               **error);
/* Of a call that has failed on this thread, or what is known of it. */
const char          *mvx_nats_error_said   (natsStatus             status);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxNatsAnswer, mvx_nats_answer_clear)

G_END_DECLS

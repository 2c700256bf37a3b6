/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers that tell of single events: those to _bulk, and partial success of OTLP. */
#pragma once

#include "http-reply.h"

G_BEGIN_DECLS

/* OK, or RETRY: it is no answer to such a request. */
MvxLogDispatchResult mvx_http_items_read_bulk    (const MvxHttpOptions *options,
                                                  const MvxHttpAnswer  *answer,
                                                  MvxHttpFate          *fates,
                                                  guint                 n_events,
                                                  GError              **error);
/* OK, and if the server has refused @n_lost of the events, the error tells why. RETRY: it is no answer of OTLP. */
MvxLogDispatchResult mvx_http_items_read_partial (const MvxHttpOptions *options,
                                                  const MvxHttpAnswer  *answer,
                                                  MvxHttpFate          *fates,
                                                  guint                 n_events,
                                                  guint64              *n_lost,
                                                  GError              **error);

G_END_DECLS

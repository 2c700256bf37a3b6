/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A batch on its way: requests, one after the other, until each of its events is settled, or has to wait. */
#pragma once

#include "http-body.h"
#include "http-exchange.h"

G_BEGIN_DECLS

/* What the batches of a sink share. */
typedef struct
{
  MvxLogSinkHost *host;
  MvxHttpOptions *options;
  MvxHttpBody     body;
  MvxHttpSession *session; /* NULL: the next request makes it */
  GPtrArray      *jobs;
  GHashTable     *settled; /* events of batches that come again: what they are known by, and why they were refused or "" */
  gint64 not_before_us;    /* the server wants to be left alone until then */
  gint64 last_request_us;
  gboolean stopping;
} MvxHttpLine;

/* What dispatch_core answers. */
MvxLogDispatchResult mvx_http_job_start      (MvxHttpLine        *line,
                                              MvxLogEvent *const *events,
                                              guint               n_events,
                                              guint              *n_done,
                                              GError            **error);
/* Waits until none is on its way. With @cancel, or if it waits for its time, its events are to be offered again. */
void                 mvx_http_job_end_all    (MvxHttpLine        *line,
                                              gboolean            cancel);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server answers, and what that means for the events of the request. Nothing here touches a network. */
#pragma once

#include "http-options.h"

G_BEGIN_DECLS

typedef struct
{
  guint       status;
  const char *phrase;      /* nullable */
  const char *location;    /* nullable: where it would rather be asked */
  const char *retry_after; /* nullable: the header */
  const char *body;
  gsize       size;
} MvxHttpAnswer;

/* Of one event: OK, RETRY, or DROP with the reason. */
typedef struct
{
  MvxLogDispatchResult result;
  char                *reason;
} MvxHttpFate;

/* OK: each of the @n_events has its fate. RETRY: all of them wait. DROP: at least one of them can never be delivered, and
 * the server does not say which. @n_lost: events that the server has thrown away without saying which. */
MvxLogDispatchResult mvx_http_reply_judge       (const MvxHttpOptions *options,
                                                 const MvxHttpAnswer  *answer,
                                                 MvxHttpFate          *fates,
                                                 guint                 n_events,
                                                 guint64              *n_lost,
                                                 GError              **error);
/* Seconds from @now, in seconds since 1970, and at most an hour; -1 if the server does not say. */
gint64               mvx_http_reply_retry_after (const char           *text,
                                                 gint64                now);
/* What the server says, for people: one line without the secrets of @options. */
char                *mvx_http_reply_quote       (const MvxHttpOptions *options,
                                                 const char           *text,
                                                 gsize                 size);
/* Most bytes that an answer to @n_events can have. */
gsize                mvx_http_reply_limit       (guint                 n_events);

G_END_DECLS

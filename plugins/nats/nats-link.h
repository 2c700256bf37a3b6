/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection to a server, from the attempt to its end; then another one has to be made. It is connected in a thread of
 * its own, for a name may be resolved as long as it takes; everything else happens on the thread of a main context. */
#pragma once

#include "nats-error.h"

G_BEGIN_DECLS

typedef struct _MvxNatsLink MvxNatsLink;

typedef struct
{
  /* The link can be freed in there, and in ended. */
  void (*opened)  (gpointer       data);
  /* To the event with this token. */
  void (*replied) (const char    *token,
                   natsMsg       *reply,
                   gpointer       data);
  /* It is no more, or the server does not allow something: code and words are for mvx_nats_error_judge(). */
  void (*ended)   (int            code,
                   const char    *said,
                   gpointer       data);
} MvxNatsLinkFuncs;

/* @name: what the server calls it */
MvxNatsLink *mvx_nats_link_new     (const MvxNatsOptions    *options,
                                    const char              *name,
                                    GMainContext            *context,
                                    const MvxNatsLinkFuncs  *funcs,
                                    gpointer                 data,
                                    GError                 **error);
void         mvx_nats_link_free    (MvxNatsLink             *self);
gboolean     mvx_nats_link_is_open (const MvxNatsLink       *self);
natsStatus   mvx_nats_link_send    (MvxNatsLink             *self,
                                    const MvxNatsOptions    *options,
                                    const MvxLogEvent       *event,
                                    const char              *token);

/* (transfer full): for natsConnection_Connect(); NULL with @error */
natsOptions *mvx_nats_link_options (const MvxNatsOptions    *options,
                                    const char              *name,
                                    GError                 **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libnats calls back on threads of its own becomes letters, which are read on the thread of a main context. libnats
 * does not say when it calls back for the last time: so it knows an address, and letters to one that is gone are burnt. */
#pragma once

#include <mvxlog/mvxlog.h>
#include <nats/nats.h>

G_BEGIN_DECLS

typedef struct _MvxNatsMailbox MvxNatsMailbox;

typedef enum
{
  MVX_NATS_LETTER_CONNECTED, /* connection */
  MVX_NATS_LETTER_FAILED,    /* status and text: there will be no connection */
  MVX_NATS_LETTER_REPLY,     /* message */
  MVX_NATS_LETTER_REFUSED,   /* status and text: the server does not allow something */
  MVX_NATS_LETTER_CLOSED     /* status and text: the connection is no more */
} MvxNatsLetterKind;

/* What it does not take out of a letter, the mailbox destroys. */
typedef struct
{
  MvxNatsLetterKind  kind;
  natsStatus         status;
  char              *text;
  natsConnection    *connection;
  natsMsg           *message;
} MvxNatsLetter;

/* The mailbox can be freed in there. */
typedef void (*MvxNatsLetterFunc) (MvxNatsLetter *letter,
                                   gpointer       data);

MvxNatsMailbox *mvx_nats_mailbox_new         (GMainContext         *context,
                                              MvxNatsLetterFunc     func,
                                              gpointer              data);
void            mvx_nats_mailbox_free        (MvxNatsMailbox       *self);
/* For closures; it is never used twice. */
gpointer        mvx_nats_mailbox_get_address (const MvxNatsMailbox *self);

/* From any thread. Takes over what is in the letter. */
void            mvx_nats_mailbox_post        (gpointer              address,
                                              MvxNatsLetter         letter);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection to a server that answers nothing, by whatever transport. */
#pragma once

#include <gio/gio.h>

#include "tls.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_LINK_UNIX, /* datagrams, or a stream if that is what listens there */
  MVX_LINK_UDP,
  MVX_LINK_TCP,
  MVX_LINK_TLS
} MvxLinkTransport;

typedef struct
{
  MvxLinkTransport transport;
  char            *path;
  char            *host;
  guint16          port;
  char            *address;    /* the same for people: tls://loghost:6514, or a path */
  MvxTlsOptions    tls;
  const char      *who;        /* "syslog server" */
  const char      *who_first;  /* the same where a sentence begins */
  gboolean         is_counted; /* on a stream, a message has its length in front; else a NUL behind it */

  /* Reloadable. */
  gint64           timeout_us;
  gsize            resend;     /* bytes */
} MvxLinkOptions;

/* For MVX_LINK_UNIX: the option path. */
gboolean mvx_link_options_read_path  (MvxLinkOptions       *self,
                                      MvxLogOptions        *options,
                                      GError              **error);
/* For the others: host and port. */
gboolean mvx_link_options_read_host  (MvxLinkOptions       *self,
                                      MvxLogOptions        *options,
                                      const char           *scheme,
                                      guint16               usual_port,
                                      GError              **error);
/* timeout, resend-size, and those of TLS. */
gboolean mvx_link_options_read       (MvxLinkOptions       *self,
                                      MvxLogOptions        *options,
                                      GError              **error);
/* Are the files of TLS there? */
gboolean mvx_link_options_check      (const MvxLinkOptions *self,
                                      GError              **error);
void     mvx_link_options_clear      (MvxLinkOptions       *self);

typedef struct
{
  GSocket      *socket;     /* NULL: not connected */
  GIOStream    *stream;     /* what bytes are written to; NULL for datagrams */
  GCancellable *cancellable; /* the sink's, borrowed */
  guint         n_addresses; /* UDP: how many the host has, */
  guint         turn;        /* which of them it is now, */
  guint         n_refused;   /* and how many have said since the last success that nobody listens */
  gsize         n_unacked;   /* TCP: when it was closed, bytes that the other side had not acknowledged */
} MvxLink;

gboolean mvx_link_open        (MvxLink              *self,
                               const MvxLinkOptions *options,
                               gint64                deadline_us,
                               GError              **error);
/* How many of the bytes that were written are on their way, for all that the kernel knows; 0 for a local socket. */
gsize    mvx_link_get_unacked (const MvxLink        *self);
/* At once. */
void     mvx_link_close       (MvxLink              *self);
/* UDP: nobody listens at the present address. TRUE: there is another one to try. */
gboolean mvx_link_try_other   (MvxLink              *self);
/* Has the server not hung up? Reads what it may have sent, which nobody expects. */
gboolean mvx_link_is_alive    (MvxLink              *self);
/* Says good-bye and waits until the server has hung up, too: then it has read everything. FALSE: it did not in time. */
gboolean mvx_link_finish      (MvxLink              *self,
                               gint64                deadline_us);
/* Until the socket, or the stream, can be read or written. */
gboolean mvx_link_wait        (MvxLink              *self,
                               GIOCondition          condition,
                               gint64                deadline_us,
                               GError              **error);

G_END_DECLS

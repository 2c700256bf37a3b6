/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where to listen: [pull+|sub+]tcp://HOST:PORT, [pull+|sub+]ipc:///PATH, syslog+tcp://HOST:PORT, syslog+udp://HOST:PORT. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_RECEIVE_PULL,
  MVX_RECEIVE_SUB,
  MVX_RECEIVE_SYSLOG_TCP,
  MVX_RECEIVE_SYSLOG_UDP
} MvxReceiveKind;

typedef struct
{
  MvxReceiveKind kind;
  const char    *endpoint; /* for ZeroMQ, inside the text */
  char          *host;     /* for syslog; "*" for all */
  guint16        port;
} MvxReceiveAddress;

/* @text must outlive it. */
gboolean mvx_receive_address_parse (MvxReceiveAddress *address,
                                    const char        *text,
                                    GError           **error);
void     mvx_receive_address_clear (MvxReceiveAddress *address);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxReceiveAddress, mvx_receive_address_clear)

G_END_DECLS

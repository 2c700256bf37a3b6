/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A message per datagram, by UDP (RFC 5426) or to a local socket. */
#pragma once

#include "syslog-link.h"

G_BEGIN_DECLS

/* As many as are sent in one call. */
#define MVX_SYSLOG_DATAGRAM_BATCH 64

/* @ends: where each message ends. @n_sent went out, also if it fails. */
gboolean mvx_syslog_datagram_send (MvxSyslogLink          *link,
                                   const MvxSyslogOptions *options,
                                   const guint8           *data,
                                   const gsize            *ends,
                                   guint                   n,
                                   guint                  *n_sent,
                                   GError                **error);

G_END_DECLS

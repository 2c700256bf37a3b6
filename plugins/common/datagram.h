/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A message per datagram, by UDP or to a local socket. */
#pragma once

#include "link.h"

G_BEGIN_DECLS

/* As many as are sent in one call. */
#define MVX_DATAGRAM_BATCH 64

/* @ends: where each message ends. @n_sent went out, also if it fails. */
gboolean mvx_datagram_send (MvxLink              *link,
                            const MvxLinkOptions *options,
                            const guint8         *data,
                            const gsize          *ends,
                            guint                 n,
                            guint                *n_sent,
                            GError              **error);

G_END_DECLS

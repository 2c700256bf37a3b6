/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way to journald: one datagram per entry, many in one call of the kernel, what is too large in a sealed memfd. */
#pragma once

#include <sys/uio.h>

#include <gio/gio.h>

#include "journald-options.h"

G_BEGIN_DECLS

/* As many entries as are sent in one call. */
#define MVX_JOURNALD_SOCKET_BATCH 64

typedef struct
{
  int      fd;     /* -1: not connected */
  guint64  n_reconnects;
  guint64  n_large; /* entries that went as memfd */
} MvxJournaldSocket;

#define MVX_JOURNALD_SOCKET_INIT { .fd = -1 }

/* Connects anew. */
gboolean mvx_journald_socket_connect (MvxJournaldSocket        *self,
                                      const MvxJournaldOptions *options,
                                      GError                  **error);
void     mvx_journald_socket_close   (MvxJournaldSocket        *self);
/* Connects if need be. @n_sent entries went out, also if it fails. */
gboolean mvx_journald_socket_send    (MvxJournaldSocket        *self,
                                      const MvxJournaldOptions *options,
                                      GCancellable             *cancellable,
                                      struct iovec             *entries,
                                      guint                     n_entries,
                                      guint                    *n_sent,
                                      GError                  **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For plugins whose library would look a name up by itself, and wait for as long as that takes, or for a socket without
 * end. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Addresses, for g_resolver_free_addresses(). */
GList   *mvx_lookup_host (const char    *host,
                          GCancellable  *cancellable,
                          gint64         deadline_us,
                          gint64         timeout_us,
                          GError       **error);
/* Until the socket is ready; also if a signal comes. */
gboolean mvx_lookup_wait (int            fd,
                          GIOCondition   condition,
                          GCancellable  *cancellable,
                          gint64         deadline_us,
                          GError       **error);

G_END_DECLS

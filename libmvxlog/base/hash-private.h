/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hash that nobody outside can aim: what programs log is often somebody else's data. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* SipHash-2-4 (Aumasson and Bernstein, 2012) of @len bytes under a key of this process; @seed goes in first, so that
 * hashes can be chained. */
guint64 mvx_log_hash (guint64       seed,
                      gconstpointer data,
                      gsize         len);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CRC-32C (Castagnoli), as iSCSI and ext4 use it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The sum of @len bytes behind those whose sum is @crc; 0 at the beginning. Any thread. */
guint32 mvx_log_crc32c       (guint32       crc,
                              gconstpointer data,
                              gsize         len);
/* The same without the processor's instruction, for whoever has none, and for tests. */
guint32 mvx_log_crc32c_table (guint32       crc,
                              gconstpointer data,
                              gsize         len);

G_END_DECLS

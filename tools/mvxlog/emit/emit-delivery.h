/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Has everything arrived? And: not faster than the sinks' queues can take it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint64  timeout_us;
  guint64 window;       /* events between two flushes */
  guint64 window_bytes;
  guint64 n;            /* since the last flush */
  guint64 bytes;
  guint64 n_submitted;
  guint64 n_refused;
  GError *first;        /* why */
} MvxEmitDelivery;

/* Looks at the queues of the configured sinks. */
void     mvx_emit_delivery_init    (MvxEmitDelivery *delivery,
                                    gint64           timeout_us);
void     mvx_emit_delivery_clear   (MvxEmitDelivery *delivery);
/* Before an event of @bytes is logged. FALSE: the sinks did not take the earlier ones in time. */
gboolean mvx_emit_delivery_pace    (MvxEmitDelivery *delivery,
                                    gsize            bytes);
/* An event was not taken. Takes @error (nullable). */
void     mvx_emit_delivery_refused (MvxEmitDelivery *delivery,
                                    GError          *error);
/* Waits for the rest and says what is wrong; the exit status. */
int      mvx_emit_delivery_finish  (MvxEmitDelivery *delivery);

G_END_DECLS

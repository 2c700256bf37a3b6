/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The event that tells of lost ones, in the sink that has lost them. */
#pragma once

#include "async/queue-private.h"

G_BEGIN_DECLS

typedef struct
{
  const char       *sink;
  const MvxLogLoss *loss;
  const char       *reason;
  const char       *why;       /* as the sink said; nullable */
  guint64           first_seq; /* 0: they have no numbers */
  guint64           last_seq;
  const char       *stream;    /* NULL: the sink's */
} MvxLogLossTale;

/* (transfer full) */
MvxLogEvent *mvx_log_loss_tale_to_event (const MvxLogLossTale *tale);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a spool hands out: events to be delivered, and word of what was lost. */
#pragma once

#include "durable/frame-private.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_SPOOL_LOSS_OLDEST,  /* removed to make room */
  MVX_LOG_SPOOL_LOSS_DAMAGED, /* cannot be read */
  MVX_LOG_SPOOL_LOSS_MISSING, /* somebody has removed the segment */
  MVX_LOG_N_SPOOL_LOSSES
} MvxLogSpoolLossReason;

typedef struct
{
  MvxLogStreamId        stream;
  MvxLogSpoolLossReason reason;
  guint64               first_seq;
  guint64               n;
} MvxLogSpoolLoss;

/* Up to as many events as were asked for, all of one stream. */
typedef struct
{
  guint64       seq;
  guint32       size;
  const guint8 *bytes;
} MvxLogSpoolItem;

typedef struct
{
  MvxLogStreamId   stream;
  gboolean         adopted; /* of a process that is gone */
  guint            n;
  MvxLogSpoolItem *items;
  guint8          *bytes;   /* of all items */
} MvxLogSpoolBatch;

void mvx_log_spool_batch_free (MvxLogSpoolBatch *batch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogSpoolBatch, mvx_log_spool_batch_free)

G_END_DECLS

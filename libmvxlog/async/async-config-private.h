/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/sink.h>

#include "durable/spool-private.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_DELIVERY_QUEUE,
  MVX_LOG_DELIVERY_SPOOL
} MvxLogDelivery;

typedef enum
{
  MVX_LOG_SPOOL_WRITE_WORKER,
  MVX_LOG_SPOOL_WRITE_THROUGH
} MvxLogSpoolWrite;

typedef enum
{
  MVX_LOG_SPOOL_OVERFLOW_DROP_OLDEST,
  MVX_LOG_SPOOL_OVERFLOW_DROP_NEWEST,
  MVX_LOG_SPOOL_OVERFLOW_BLOCK
} MvxLogSpoolOverflow;

/* The settings of the runtime; the common options of every ASYNC plugin. Zero members mean the default. */
typedef struct
{
  const char    *name;              /* of the sink, for the thread, diagnostics and loss summaries */
  gint64         queue_max_size;    /* events, default 10000 */
  guint64        queue_max_bytes;   /* default 64 MiB */
  guint32        max_record;        /* bytes, default 64 KiB */
  MvxLogOverflow overflow;
  gint64         block_timeout_us;  /* for BLOCK, default 1 s, -1 for ever */
  guint          batch_max;         /* events, default 256 */
  guint          max_in_flight;     /* PENDING batches, default 1 */
  gint64         linger_us;         /* default 20 ms */
  gboolean       lazy;              /* sleep=lazy: a timer instead of deep sleep */
  gint64         retry_min_us;      /* default 100 ms */
  gint64         retry_max_us;      /* default 30 s */
  gint64         retry_age_us;      /* give up after, default 0: never */
  guint          retry_count;       /* attempts behind the first, default 0: no limit */
  guint          breaker_failures;  /* in a row that open the circuit, default 0: never */
  gint64         breaker_pause_us;  /* first rest, default 5 s; never more than retry_max_us */
  gint64         drain_timeout_us;  /* stop and terminate, default 5 s */

  gboolean       crash_ring;
  const char    *crash_ring_dir;    /* of all sinks and programs; nullable */

  MvxLogDelivery delivery;          /* the rest only with SPOOL */
  const char    *spool_dir;         /* of all sinks and programs */
  MvxLogSpoolSync sync;
  gint64         sync_interval_us;  /* default 1 s */
  MvxLogSpoolWrite write;
  guint64        spool_max_bytes;   /* default 1 GiB */
  guint64        spool_keep_free;   /* MVX_LOG_SPOOL_KEEP_FREE_AUTO */
  MvxLogSpoolOverflow spool_overflow;
} MvxLogAsyncConfig;

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "async/loss-tale-private.h"
#include "base/clock-private.h"
#include "event/event-private.h"

MvxLogEvent *
mvx_log_loss_tale_to_event (const MvxLogLossTale *tale)
{
  const MvxLogLoss *loss = tale->loss;
  MvxLogField fields[9] = {
    { "sink", MVX_LOG_KIND_STRING, -1, { .s = tale->sink } },
    { "reason", MVX_LOG_KIND_STRING, -1, { .s = tale->reason } },
    { "count", MVX_LOG_KIND_UINT64, -1, { .u = loss->count } },
  };
  guint n = 3;

  if (loss->first_ns > 0)
    {
      fields[n++] = (MvxLogField){ "first", MVX_LOG_KIND_TIME, -1, { .i = loss->first_ns } };
      fields[n++] = (MvxLogField){ "last", MVX_LOG_KIND_TIME, -1, { .i = loss->last_ns } };
    }
  if (tale->first_seq > 0)
    {
      fields[n++] = (MvxLogField){ "first_seq", MVX_LOG_KIND_UINT64, -1, { .u = tale->first_seq } };
      fields[n++] = (MvxLogField){ "last_seq", MVX_LOG_KIND_UINT64, -1, { .u = tale->last_seq } };
    }
  if (tale->stream)
    fields[n++] = (MvxLogField){ "stream", MVX_LOG_KIND_STRING, -1, { .s = tale->stream } };
  if (tale->why)
    fields[n++] = (MvxLogField){ "why", MVX_LOG_KIND_STRING, -1, { .s = tale->why } };
  return mvx_log_event_new ("mvxlog", MVX_LOG_LEVEL_WARNING, mvx_log_clock_now_ns (), "{count} events lost: {reason}",
                            fields, n);
}

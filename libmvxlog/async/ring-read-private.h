/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a process that is gone has left in its crash ring. Files are read, not mapped: whoever could cut them off meanwhile
 * would end the program. */
#pragma once

#include "durable/spool-home-private.h"
#include "event/event-private.h"

G_BEGIN_DECLS

/* A lane of it, and how far it has been delivered. */
typedef struct
{
  MvxLogSpoolHome *home;    /* borrowed */
  guint32          slot;
  guint64          taken;   /* by the sink of the process that is gone */
  guint64          settled;
  gboolean         dirty;   /* that is not in the file yet */
} MvxLogRingLane;

typedef struct
{
  MvxLogEvent     *event;
  MvxLogRingLane  *lane;    /* borrowed */
  guint64          ordinal; /* in the lane, from 1 */
  gboolean         again;   /* the sink had it: it may have been delivered */
} MvxLogRingItem;

/* Appends the lanes of @home to @lanes (of MvxLogRingLane), and what has been accepted and not settled in them to @items (of
 * MvxLogRingItem, owned by the caller). Adds to @n_damaged how many places cannot be read. */
gboolean mvx_log_ring_read         (MvxLogSpoolHome *home,
                                    GPtrArray       *lanes,
                                    GArray          *items,
                                    guint64         *n_damaged,
                                    GError         **error);
/* Writes how far @lane is settled. */
gboolean mvx_log_ring_lane_write   (MvxLogRingLane  *lane);
/* Removes the files of @home, and itself. FALSE: something else is in it. */
gboolean mvx_log_ring_remove       (MvxLogSpoolHome *home);

G_END_DECLS

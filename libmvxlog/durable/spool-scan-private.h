/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads one segment file from front to back and finds its way again behind damage. Does not change it, has no state but its
 * own: the mvxlog tool uses it, too. */
#pragma once

#include "durable/frame-private.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_SCAN_FRAME,  /* the next good one */
  MVX_LOG_SCAN_END,    /* no more */
  MVX_LOG_SCAN_ERROR   /* of the disk; nothing is known of the rest */
} MvxLogScanStep;

typedef struct
{
  int                 fd;
  guint32             seed;
  MvxLogSegmentHeader header;
  guint64             offset;     /* where the next frame would be */
  MvxLogFrameHeader   frame;      /* of the latest one */
  guint64             frame_at;   /* where it begins */
  guint8             *payload;    /* its bytes */
  gsize               allocated;
  guint64             n_damaged;  /* places that were skipped */
  guint64             skipped;    /* bytes of these, but not what follows the last frame */
  guint64             torn;       /* bytes other than zeros behind the last good frame; known at the end */
  guint64             known_next; /* frames that cannot be read have told of numbers below this; 0 for nothing */
} MvxLogScan;

/* Takes @fd, a file of @stream with @id in its name. A damaged header is no reason not to look: name and directory tell what
 * frames begin with. NULL: whatever the header says, which must be valid then. Frames can be read of VALID and DAMAGED. */
MvxLogHeaderState
               mvx_log_scan_init  (MvxLogScan           *self,
                                   int                   fd,
                                   const MvxLogStreamId *stream,
                                   guint64               id);
void           mvx_log_scan_clear (MvxLogScan         *self);
/* Looks no further than @limit, the end of what has been written to a file that is still being written (G_MAXUINT64: to its
 * end). At END it can be called again when there is more. errno is set at ERROR. */
MvxLogScanStep mvx_log_scan_next  (MvxLogScan         *self,
                                   guint64             limit);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxLogScan, mvx_log_scan_clear)

G_END_DECLS

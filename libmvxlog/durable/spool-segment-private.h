/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A segment file that is being written. A file that has failed once is never written or synced again: nobody knows what the
 * kernel has dropped of it. */
#pragma once

#include "durable/frame-private.h"

G_BEGIN_DECLS

typedef struct
{
  gatomicrefcount     ref_count;
  int                 fd;
  MvxLogSegmentHeader header;
  guint32             seed;
  guint64             size;      /* written: where the next frame begins */
  guint64             synced;    /* of this known to be on the disk */
  guint64             capacity;  /* bytes that frames may fill */
  guint64             last_seq;  /* of the last entry in it, if it has any */
  gboolean            reserved;  /* its space is allocated */
} MvxLogSpoolSegment;

/* "%016x.seg" */
#define MVX_LOG_SEGMENT_NAME 21

void                mvx_log_segment_name          (guint64             id,
                                                   char                name[MVX_LOG_SEGMENT_NAME]);
gboolean            mvx_log_segment_parse_name    (const char         *name,
                                                   guint64            *id);

/* Makes the file, with @reserve reserves @capacity bytes if the disk has them, writes the header and, with @sync, makes both it and its
 * name in @dir durable. A file that it cannot finish is removed. NULL with errno. */
MvxLogSpoolSegment *mvx_log_spool_segment_new     (int                        dir,
                                                   const char                *name,
                                                   const MvxLogSegmentHeader *header,
                                                   guint64                    capacity,
                                                   gboolean                   reserve,
                                                   gboolean                   sync);
MvxLogSpoolSegment *mvx_log_spool_segment_ref     (MvxLogSpoolSegment        *self);
void                mvx_log_spool_segment_unref   (MvxLogSpoolSegment        *self);
/* Of a prepared segment: numbers begin later than was thought. FALSE with errno. */
gboolean            mvx_log_spool_segment_restart (MvxLogSpoolSegment        *self,
                                                   guint64                    first_seq);
/* Does a frame of @size payload bytes fit? */
gboolean            mvx_log_spool_segment_fits    (const MvxLogSpoolSegment  *self,
                                                   gsize                      size);
/* FALSE with errno; the segment has to be given up then. */
gboolean            mvx_log_spool_segment_append  (MvxLogSpoolSegment        *self,
                                                   gconstpointer              payload,
                                                   gsize                      size,
                                                   guint32                    n,
                                                   guint64                    first_seq);
/* Cuts off what is not filled, so that the space is free again. Failing to do so is no harm. */
void                mvx_log_spool_segment_seal    (MvxLogSpoolSegment        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogSpoolSegment, mvx_log_spool_segment_unref)

G_END_DECLS

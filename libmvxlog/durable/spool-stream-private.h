/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The segments of one stream, from the writer's end to the last acknowledged event: the own one, or one that was adopted. */
#pragma once

#include "durable/spool-ack-private.h"
#include "durable/spool-batch-private.h"
#include "durable/spool-home-private.h"
#include "durable/spool-scan-private.h"

G_BEGIN_DECLS

typedef struct
{
  guint64  id;
  guint64  end_seq; /* behind its last entry, if it is done */
  guint64  sure;    /* what is missing before this is lost; what is behind it was, or will be, written to a later one again */
  guint64  bytes;   /* on the disk, or reserved */
  gboolean done;    /* nothing will be added, and end_seq is known */
} MvxLogSpoolTrack;

typedef struct
{
  guint64 first;
  guint64 end;
} MvxLogSpoolGap;

/* What all streams of a spool share. */
typedef struct
{
  GMutex  mutex;
  guint64 acked;
  guint64 lost[MVX_LOG_N_SPOOL_LOSSES];
  guint64 n_damaged;
  guint64 n_quarantined;
  GQueue  losses; /* of MvxLogSpoolLoss: untold */
} MvxLogSpoolTally;

typedef struct
{
  MvxLogSpoolHome  *home;
  MvxLogSpoolTally *tally;
  gboolean          adopted;

  /* tally->mutex */
  GArray           *tracks;    /* of MvxLogSpoolTrack, in order */
  GArray           *gaps;      /* of MvxLogSpoolGap, in order: lost, not before next_ack */
  guint64           live_id;   /* the segment that is being written, 0 for none */
  guint64           live_size; /* how far */
  guint64           next_ack;  /* 0: where it begins is not known yet */
  guint64           next_read;
  guint64           end_seq;   /* behind the last entry */
  guint64           scan_id;   /* the segment that is being read, or was last */
  guint64           rewrite_seq; /* events from this one on will be written again, 0 for none */
  guint64           n_changes; /* gaps found since the acknowledgement was written */

  /* who reads */
  MvxLogAck         ack;
  int               ack_fd;
  guint64           ack_synced; /* next_seq that is on the disk */
  MvxLogScan        scan;
  gboolean          scanning;
  gsize             at;        /* of the next entry in the scan's frame; G_MAXSIZE: no frame */
  guint32           index;     /* its number in the frame */
  guint64           n_damaged; /* of the scan's told */
  guint             n_frames;  /* in this segment */
  guint             n_failures;
  guint64           return_id; /* while a later segment is looked into: the one to go on with then */
  guint64           tried_id;  /* the last one that was, for what is missing at tried_seq */
  guint64           tried_seq;
  MvxLogSpoolLossReason reason; /* why what is missing now is missing */
} MvxLogSpoolStream;

/* Take @home. @first_seq: where the numbers begin. */
MvxLogSpoolStream *mvx_log_spool_stream_new         (MvxLogSpoolHome       *home,
                                                     MvxLogSpoolTally      *tally,
                                                     guint64                first_seq);
/* Writes down with what a new stream begins, so that the disk has a place for the acknowledgement as long as it has any. */
gboolean           mvx_log_spool_stream_begin       (MvxLogSpoolStream     *self,
                                                     gboolean               sync,
                                                     GError               **error);
/* With what is in its directory; reads the last segment. */
MvxLogSpoolStream *mvx_log_spool_stream_new_adopted (MvxLogSpoolHome       *home,
                                                     MvxLogSpoolTally      *tally,
                                                     GError               **error);
/* Leaves all files as they are. */
void               mvx_log_spool_stream_free        (MvxLogSpoolStream     *self);

/* The number with which a segment begins, 0 if it does not say. */
guint64            mvx_log_spool_stream_get_begin   (MvxLogSpoolStream     *self,
                                                     guint64                id);
/* The first of the numbers from @first on, and before @end, that is in a segment, which has those up to before @until
 * (nullable), too; @end if none is. */
guint64            mvx_log_spool_stream_seek        (MvxLogSpoolStream     *self,
                                                     guint64                id,
                                                     guint64                first,
                                                     guint64                end,
                                                     guint64               *until);

/* With the mutex held: */
MvxLogSpoolTrack  *mvx_log_spool_stream_find        (MvxLogSpoolStream     *self,
                                                     guint64                id);
void               mvx_log_spool_stream_add         (MvxLogSpoolStream     *self,
                                                     guint64                id,
                                                     guint64                bytes);
void               mvx_log_spool_stream_finish      (MvxLogSpoolStream     *self,
                                                     guint64                id,
                                                     guint64                end_seq,
                                                     guint64                bytes);
/* Events from @first to before @end are lost, but for those that are known to be. */
void               mvx_log_spool_stream_lose        (MvxLogSpoolStream     *self,
                                                     MvxLogSpoolLossReason  reason,
                                                     guint64                first,
                                                     guint64                end);
/* Removes the oldest segment of which nothing has been read that may yet be delivered; FALSE if there is none but the live
 * one. */
gboolean           mvx_log_spool_stream_drop_oldest (MvxLogSpoolStream     *self);
guint64            mvx_log_spool_stream_get_bytes   (MvxLogSpoolStream     *self);
guint64            mvx_log_spool_stream_get_pending (MvxLogSpoolStream     *self);
/* The first number from @seq on that is not lost. */
guint64            mvx_log_spool_stream_skip_gaps   (MvxLogSpoolStream     *self,
                                                     guint64                seq);
gboolean           mvx_log_spool_stream_ack         (MvxLogSpoolStream     *self,
                                                     guint64                seq);

/* By who reads, without the mutex: writes the acknowledgement down, @sync as often as @window events, and removes the
 * segments that are done with. TRUE: some were. */
gboolean           mvx_log_spool_stream_tidy        (MvxLogSpoolStream     *self,
                                                     guint64                window);
/* Is there nothing left, and has everything been read? */
gboolean           mvx_log_spool_stream_is_over     (MvxLogSpoolStream     *self);

G_END_DECLS

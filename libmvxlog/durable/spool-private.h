/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store behind delivery=spool: a stream of segment files that this process writes, and the streams of processes that are
 * gone. What it holds is bytes; spool-entry-private.h makes them of events.
 *
 * The way of an event: append() → it is in a file (it survives the end of the process) → durable, at once or with the next
 * sync() (it survives the end of the machine) → read() → delivered → ack() → its segment is removed. Whoever crashes in
 * between delivers again what he had not acknowledged, with the same (stream, seq).
 *
 * All functions are thread-safe, but read(), rewind() and free(), which are for one thread at a time. In a child of fork() all
 * of them fail with G_IO_ERROR_CLOSED; the child may only free what it has inherited, which touches no file. */
#pragma once

#include "durable/spool-batch-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogSpool MvxLogSpool;

typedef enum
{
  MVX_LOG_SPOOL_SYNC_INTERVAL, /* every interval_us or interval_bytes, whichever comes first */
  MVX_LOG_SPOOL_SYNC_NONE,     /* never: what the kernel has survives a crash of the program, not of the machine */
  MVX_LOG_SPOOL_SYNC_BATCH     /* append() returns when it is on the disk */
} MvxLogSpoolSync;

#define MVX_LOG_SPOOL_KEEP_FREE_AUTO G_MAXUINT64 /* 5 % of the file system or 256 MiB, whichever is less */

typedef struct
{
  const char     *directory;      /* DIRECTORY of spool-home: one for each sink */
  MvxLogSpoolSync sync;
  gint64          interval_us;    /* 0: 1 s */
  guint64         interval_bytes; /* 0: 256 KiB */
  guint64         max_bytes;      /* of this process's segments, and of those that it has adopted; 0: 1 GiB */
  guint64         segment_bytes;  /* 0: 8 MiB, or an eighth of max_bytes if that is less */
  guint64         keep_free;
  gboolean        drop_oldest;    /* when full: remove the oldest segment, rather than refuse */
  gint64          retry_us;       /* how long a disk that had no space or failed is left alone; 0: 250 ms, -1: not at all */
  guint64         first_seq;      /* tests: where numbers begin; 0: 1 */
  guint64         first_id;       /* likewise of segments */
} MvxLogSpoolConfig;

typedef struct
{
  guint64 appended;     /* events taken */
  guint64 acked;        /* of the own stream and of adopted ones */
  guint64 pending;      /* not acknowledged nor lost, in the own stream */
  guint64 adopted;      /* the same in adopted ones: an upper bound until all of their files have been read */
  guint64 lost[MVX_LOG_N_SPOOL_LOSSES];
  guint64 next_seq;     /* the number of the next event */
  guint64 durable_seq;  /* events below this are on the disk */
  guint64 bytes;        /* that the files take up, reserved space included */
  guint   n_segments;
  guint   n_adopted;    /* streams */
  guint64 n_syncs;
  guint64 n_sealed;     /* segments given up for an error */
  guint64 n_damaged;    /* places in files that were skipped */
  guint64 n_quarantined;
} MvxLogSpoolStats;

/* Makes a stream of its own and adopts those whose processes are gone. NULL with a G_IO_ERROR that names what failed. */
MvxLogSpool      *mvx_log_spool_new        (const MvxLogSpoolConfig *config,
                                            GError                 **error);
/* Syncs, writes the acknowledgement, and removes the stream if everything in it is acknowledged; what is not waits for the
 * next process. In a child of fork() it closes the files only. */
void              mvx_log_spool_free       (MvxLogSpool             *self);
const MvxLogStreamId *
                  mvx_log_spool_get_stream (MvxLogSpool             *self);

/* Appends @n entries (of mvx_log_entry_put() or mvx_log_spool_entry_put()), @size bytes in all. Returns how many were taken,
 * from the front; if these are fewer, the error is G_IO_ERROR_NO_SPACE for quota, keep-free and a full disk (come again,
 * when ack() has made room or retry_us is over), or another G_IO_ERROR for a disk that fails. The first one has number
 * @first_seq, the others follow it. With sync=batch they are durable then. */
guint             mvx_log_spool_append     (MvxLogSpool             *self,
                                            gconstpointer            entries,
                                            gsize                    size,
                                            guint                    n,
                                            guint64                 *first_seq,
                                            GError                 **error);
/* Makes everything durable that was appended before. With sync=interval whoever appends calls it for events of CRITICAL and
 * above, and when they are due; appenders are not held up meanwhile. */
gboolean          mvx_log_spool_sync       (MvxLogSpool             *self,
                                            GError                 **error);
/* When sync() is due, by g_get_monotonic_time(); 0: now, -1: nothing waits for it. */
gint64            mvx_log_spool_get_due    (MvxLogSpool             *self);
/* In idle time: makes the next segment, so that no append has to wait for that. */
void              mvx_log_spool_prepare    (MvxLogSpool             *self);

/* The next @max events or fewer that have not been read, adopted streams first; NULL if there are none at present, or with
 * an error of the disk. Reading goes on behind them. */
MvxLogSpoolBatch *mvx_log_spool_read       (MvxLogSpool             *self,
                                            guint                    max,
                                            GError                 **error);
/* Everything of @stream up to and including @seq has been delivered, or given up. Files that are done with are removed. */
void              mvx_log_spool_ack        (MvxLogSpool             *self,
                                            const MvxLogStreamId    *stream,
                                            guint64                  seq);
/* Reading begins again with what is not acknowledged. */
void              mvx_log_spool_rewind     (MvxLogSpool             *self);
/* The next thing that was lost and has not been told of, which may be a part of what is in the stats. */
gboolean          mvx_log_spool_take_loss  (MvxLogSpool             *self,
                                            MvxLogSpoolLoss         *loss);
void              mvx_log_spool_get_stats  (MvxLogSpool             *self,
                                            MvxLogSpoolStats        *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogSpool, mvx_log_spool_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the spool share. */
#pragma once

#include <sys/types.h>

#include "durable/spool-private.h"
#include "durable/spool-segment-private.h"
#include "durable/spool-stream-private.h"

G_BEGIN_DECLS

struct _MvxLogSpool
{
  MvxLogSpoolConfig   config;    /* with defaults filled in */
  pid_t               pid;
  guint64             boot;
  MvxLogSpoolTally    tally;     /* its mutex protects everything that has no other owner */

  MvxLogSpoolStream  *own;
  GPtrArray          *adopted;   /* of MvxLogSpoolStream; changed by who reads, with the mutex */
  GMutex              reading;   /* held by who reads, before the mutex: cursors, acknowledgements */

  guint64             next_id;
  guint64             first_seq;
  MvxLogSpoolSegment *segment;   /* that is being written, NULL before the first event and after an error */
  MvxLogSpoolSegment *prepared;  /* the next one, or NULL */
  gboolean            preparing;

  GMutex              syncing;   /* held by who syncs, before the mutex */
  GPtrArray          *unsynced;  /* full segments that have yet to be synced */
  MvxLogBuffer        kept;      /* what has been written since, to be written again if that fails */
  guint64             kept_seq;  /* the first number in it */
  gboolean            broken;    /* that has to be done */
  guint64             epoch;     /* times that it had to be done */
  guint64             durable_seq;
  gint64              due;       /* monotonic, -1: nothing waits */
  gint64              retry_at;  /* monotonic: the disk is left alone until then */
  GError             *why;

  guint64             n_syncs;
  guint64             n_sealed;
};

/* In the child of a fork() the spool is its parent's. */
gboolean mvx_log_spool_check_owner (MvxLogSpool  *self,
                                    GError      **error);
/* With the mutex held: all files, the prepared one included. */
guint64  mvx_log_spool_count_bytes (MvxLogSpool  *self);

G_END_DECLS

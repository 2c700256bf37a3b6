/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The spool of a sink with delivery=spool, between what takes events from the lanes and what hands them to the sink.
 * Opened when the sink starts, closed when it has stopped. For the worker, but for what says otherwise.
 */
#pragma once

#include "async/flight-private.h"
#include "async/queue-private.h"
#include "durable/spool-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogSpooler MvxLogSpooler;

/* Lives as long as the sink. */
MvxLogSpooler *mvx_log_spooler_new         (const MvxLogAsyncConfig *config,
                                            MvxLogQueue             *queue);
void           mvx_log_spooler_free        (MvxLogSpooler           *self);
gboolean       mvx_log_spooler_open        (MvxLogSpooler           *self,
                                            GError                 **error);
/* What is not delivered stays on disk, for the next one who opens it. */
void           mvx_log_spooler_close       (MvxLogSpooler           *self);
gboolean       mvx_log_spooler_is_open     (MvxLogSpooler           *self);

/* Puts the events of @batch that are not done into the spool, from the first on; returns how many. If these are not all,
 * @error says why: G_IO_ERROR_NO_SPACE, or what the disk says. */
guint          mvx_log_spooler_append      (MvxLogSpooler           *self,
                                            const MvxLogFlight       *batch,
                                            GError                 **error);
/* Any thread: the same for one event, with spool-write=through. FALSE without an error: the spool is not open. */
gboolean       mvx_log_spooler_write       (MvxLogSpooler           *self,
                                            const MvxLogEvent       *event,
                                            GError                 **error);
/* The next events into an empty batch; it stays empty if there are none. */
gboolean       mvx_log_spooler_fill        (MvxLogSpooler           *self,
                                            MvxLogFlight             *batch,
                                            GError                 **error);
/* The next @n events of @batch have been delivered, or given up. */
void           mvx_log_spooler_acknowledge (MvxLogSpooler           *self,
                                            const MvxLogFlight       *batch,
                                            guint                    n);
/* Event @i of @batch will never be delivered: it becomes a dead letter, before it is acknowledged. @reason: unless one was
 * noted for this event; nullable. */
void           mvx_log_spooler_bury        (MvxLogSpooler           *self,
                                            const MvxLogFlight       *batch,
                                            guint                    i,
                                            const char              *reason);
/* Any thread: why the sink rejects @event of a batch that it has. */
void           mvx_log_spooler_note_reason (MvxLogSpooler           *self,
                                            const MvxLogEvent       *event,
                                            const char              *reason);
/* Batches that were filled and not acknowledged come again. */
void           mvx_log_spooler_rewind      (MvxLogSpooler           *self);

/* Makes everything durable. FALSE: @n events are not, maybe. */
gboolean       mvx_log_spooler_sync        (MvxLogSpooler           *self,
                                            guint64                 *n,
                                            GError                 **error);
/* Does so if it is time, and tells when it will be: g_get_monotonic_time(), -1 for never. */
gint64         mvx_log_spooler_tick        (MvxLogSpooler           *self);
/* There is time to make the next file. */
void           mvx_log_spooler_prepare     (MvxLogSpooler           *self);
/* The next loss that was not told of. */
gboolean       mvx_log_spooler_take_loss   (MvxLogSpooler           *self,
                                            MvxLogSpoolLoss         *loss);
/* Any thread: what its files take up; 0 if it is not open. */
guint64        mvx_log_spooler_get_bytes   (MvxLogSpooler           *self);
/* Any thread: what is on disk, and what has come from former processes, which counts as accepted. */
void           mvx_log_spooler_count       (MvxLogSpooler           *self,
                                            MvxLogCounters          *counters);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogSpooler, mvx_log_spooler_free)

G_END_DECLS

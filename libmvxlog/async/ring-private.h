/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The crash ring of a queue: its lanes and segments lie in files of a directory that only this process uses, mapped. What
 * a logging call writes is then in the page cache as soon as it is written, and outlives a process that is killed, at the
 * cost of memory. The directory is a stream of durable/spool-home, so that its lock says whether the process lives:
 *
 *   DIRECTORY/STREAM/names          what numbers in records mean: async/ring-names
 *   DIRECTORY/STREAM/%08x.lane      a MvxLogLane as it is
 *   DIRECTORY/STREAM/%08x.segment   a MvxLogSegment with its data
 *
 * Nothing is written for the ring's sake but by who makes something new. The marks that a reader goes by are those that
 * the worker goes by: a record is whole once `position` is behind it, and done with once `settled` counts it. A process
 * that is killed stops between two of its instructions, so what was stored before in the order of the program is there.
 *
 * Files are mapped here, and nowhere else: nobody else can enter the directory (0700, of this user), files are new
 * (O_EXCL), and all their space is there before they are mapped, so that neither a full disk nor a file that somebody cuts
 * off ends the program (SIGBUS). Thread-safe. In a child of fork() there is no ring. */
#pragma once

#include "durable/spool-home-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogRing MvxLogRing;

#define MVX_LOG_RING_LANE "lane"
#define MVX_LOG_RING_SEGMENT "segment"

/* (transfer full): the directory of the rings of @sink; @dir (nullable) is crash-ring-dir. NULL: there is none. */
char       *mvx_log_ring_place     (const char *dir,
                                    const char *sink);
/* The same for who is @user in @environment. */
char       *mvx_log_ring_place_in  (char      **environment,
                                    guint       user,
                                    const char *program);
/* Does @directory, which is made if need be, belong to this user alone? */
gboolean    mvx_log_ring_check     (const char *directory,
                                    GError    **error);
/* The same for what is open, so that it cannot be another one by now. */
gboolean    mvx_log_ring_check_home (MvxLogSpoolHome *home,
                                    GError    **error);

/* @lane_size and @segment_size tell a reader whether it knows what lies there. */
MvxLogRing *mvx_log_ring_new       (const char *directory,
                                    gsize       lane_size,
                                    gsize       segment_size,
                                    GError    **error);
/* Zeroed memory of a new file %08x.KIND, of which a child of fork() keeps the first @head bytes. NULL: there is no room. */
gpointer    mvx_log_ring_map       (MvxLogRing *self,
                                    const char *kind,
                                    gsize       size,
                                    gsize       head,
                                    guint32    *slot);
void        mvx_log_ring_unmap     (MvxLogRing *self,
                                    gpointer    address);
/* (transfer full) (nullable): what is not protected, and has not been told yet. */
char       *mvx_log_ring_take_problem (MvxLogRing *self);
/* Nothing that is in it is wanted any more: all files go. Memory stays until it is unmapped. */
void        mvx_log_ring_retire    (MvxLogRing *self);
void        mvx_log_ring_free      (MvxLogRing *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories of a spool. DIRECTORY/STREAM/ belongs to one process, which holds the lock in it as long as it lives:
 *
 *   DIRECTORY/lock               held for a moment by who makes or adopts a stream
 *   DIRECTORY/STREAM/lock        held by whose it is
 *   DIRECTORY/STREAM/%016x.seg   segments; NAME.bad: what could not be read
 *   DIRECTORY/STREAM/ack         how far it has been delivered
 *   DIRECTORY/dead/STREAM-%016x.seg  dead letters
 */
#pragma once

#include "durable/frame-private.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogStreamId stream;
  char          *path;    /* DIRECTORY/STREAM, for messages */
  int            root;    /* DIRECTORY */
  int            fd;
  int            lock;    /* -1: opened without */
} MvxLogSpoolHome;

/* A new stream in @directory, which is made if it is not there. */
MvxLogSpoolHome *mvx_log_spool_home_new      (const char       *directory,
                                              GError          **error);
/* Streams of @directory whose process is gone, locked; an empty array if there are none. (element-type MvxLogSpoolHome) */
GPtrArray       *mvx_log_spool_home_adopt    (const char       *directory,
                                              GError          **error);
/* Any stream. With @lock it is locked, and the error is G_IO_ERROR_BUSY if it belongs to a process that lives. */
MvxLogSpoolHome *mvx_log_spool_home_open     (const char       *directory,
                                              const char       *stream,
                                              gboolean          lock,
                                              GError          **error);
/* Names of all streams in @directory, sorted. */
GStrv            mvx_log_spool_home_list     (const char       *directory,
                                              GError          **error);
/* Does a process that lives have it? */
gboolean         mvx_log_spool_home_is_live  (const char       *directory,
                                              const char       *stream);
/* Ids of its segments in order. (element-type guint64) */
GArray          *mvx_log_spool_home_segments (MvxLogSpoolHome  *self,
                                              GError          **error);
/* Makes the directory again after somebody has removed it, under the same name, and locks it. */
gboolean         mvx_log_spool_home_restore  (MvxLogSpoolHome  *self,
                                              GError          **error);
/* NAME becomes NAME.bad. */
gboolean         mvx_log_spool_home_quarantine (MvxLogSpoolHome *self,
                                              const char       *name);
/* Removes the directory with lock and acknowledgement; FALSE if something else is in it, or not empty. */
gboolean         mvx_log_spool_home_remove   (MvxLogSpoolHome  *self);
void             mvx_log_spool_home_free     (MvxLogSpoolHome  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogSpoolHome, mvx_log_spool_home_free)

G_END_DECLS

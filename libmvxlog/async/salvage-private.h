/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The crash rings that killed processes have left in a directory, taken over: their locks are held, and their events are
 * handed out in the order of time. What has been acknowledged is noted in the rings, so that whoever is killed meanwhile
 * leaves the rest. For one thread at a time. */
#pragma once

#include "event/event-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogSalvage MvxLogSalvage;

/* NULL without an error: nobody has left anything there. Rings with nothing in them are removed, unless @keep. @n_damaged:
 * places that cannot be read. */
MvxLogSalvage *mvx_log_salvage_new         (const char    *directory,
                                            gboolean       keep,
                                            guint64       *n_damaged,
                                            GError       **error);
/* (transfer none): the next one, which lives until it is acknowledged; NULL: there are no more. */
MvxLogEvent   *mvx_log_salvage_take        (MvxLogSalvage *self);
/* How many of the last @n that were taken may have been delivered before. */
guint          mvx_log_salvage_count_again (MvxLogSalvage *self,
                                            guint          n);
/* The next @n that were taken are delivered, or given up. With the last one all files are removed. */
void           mvx_log_salvage_acknowledge (MvxLogSalvage *self,
                                            guint          n);
/* How many have not been acknowledged. */
guint64        mvx_log_salvage_count       (MvxLogSalvage *self);
void           mvx_log_salvage_free        (MvxLogSalvage *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogSalvage, mvx_log_salvage_free)

G_END_DECLS

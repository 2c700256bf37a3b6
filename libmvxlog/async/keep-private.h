/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events that a sink keeps for later, once more in a crash ring of its own: what killed processes had kept can be
 * salvaged from there. A lane that nobody drains. For one thread at a time. */
#pragma once

#include "event/event-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogKeep MvxLogKeep;

MvxLogKeep *mvx_log_keep_new  (const char        *directory,
                               GError           **error);
/* One more, a copy that was made to be kept. FALSE: there is no room, and what is in it has a hole. */
gboolean    mvx_log_keep_add  (MvxLogKeep        *self,
                               const MvxLogEvent *event,
                               GError           **error);
/* The oldest @n have been delivered, or forgotten. */
void        mvx_log_keep_drop (MvxLogKeep        *self,
                               guint              n);
/* Nothing in it is wanted any more. */
void        mvx_log_keep_free (MvxLogKeep        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogKeep, mvx_log_keep_free)

G_END_DECLS

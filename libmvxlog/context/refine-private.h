/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event that is put together, on its way to the sinks: as it is, or as a draft if anybody may want it otherwise. */
#pragma once

#include "context/compose-private.h"
#include "sink/shape-private.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogEvent event; /* has the draft, if there is one */
  MvxLogDraft draft;
} MvxLogRefined;

/* Runs the context's processors if there are any. What is not DONE is counted as filtered by every sink that would have
 * got it; FAILED sets @error. */
MvxLogShapeResult  mvx_log_refine       (MvxLogRefined        *refined,
                                         MvxLogThread         *thread,
                                         const MvxLogSettings *settings,
                                         const MvxLogParts    *parts,
                                         const MvxLogRecord   *record,
                                         gint64                time_ns,
                                         GError              **error);
void               mvx_log_refined_clear (MvxLogRefined       *refined);
/* Message for the diagnostics, without what any of the sinks must not see. */
char              *mvx_log_refine_message (const MvxLogSettings *settings,
                                           const MvxLogParts    *parts);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxLogRefined, mvx_log_refined_clear)

G_END_DECLS

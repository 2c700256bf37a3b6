/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Policies that count: rate limit, sampling, suppression of repeats. What is counted by callsite takes no lock and, once
 * held back, writes nothing but one counter of that callsite; what is counted by content is looked at after capture.
 */
#pragma once

#include <mvxlog/policy.h>

#include "context/throttle-rule-private.h"
#include "event/callsite-private.h"

G_BEGIN_DECLS

#define MVX_LOG_TYPE_THROTTLE (mvx_log_throttle_get_type ())
G_DECLARE_FINAL_TYPE (MvxLogThrottle, mvx_log_throttle, MVX_LOG, THROTTLE, GObject)

/* Whether @policy can be asked with mvx_log_throttle_holds_back(). */
MvxLogThrottle *mvx_log_throttle_of_callsites (MvxLogEventPolicy    *policy);
/* Inside the region: TRUE if the event is held back, and has been counted as that; outside of it
 * mvx_log_summary_timer_check() is to follow. FALSE: nothing has happened. */
gboolean        mvx_log_throttle_holds_back   (MvxLogThrottle       *self,
                                               gpointer              node,
                                               const char           *context,
                                               gint                  level,
                                               const MvxLogCallsite *site);
/* Makes summaries out of all that any policy has held back up to now. */
void            mvx_log_throttle_collect_all  (void);
/* Out of what windows held back that are over. Returns when the next will be, as of mvx_log_clock_steady_ms(). */
guint64         mvx_log_throttle_collect_due  (void);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The single moves of applying a plan, and their way back. */
#pragma once

#include "config/steps-private.h"

G_BEGIN_DECLS

/* In contexts and groups; afterwards no logging call uses @old any more. */
void     mvx_log_changeover_everywhere  (MvxLogRegistry *registry,
                                         MvxLogSink     *old,
                                         MvxLogSink     *replacement);
/* Stops a sink for good; what it could not deliver is said as a diagnostic. */
void     mvx_log_changeover_terminate   (const char     *name,
                                         MvxLogSink     *sink,
                                         MvxLogOptions  *options);
/* Makes the new sink and registers it. */
gboolean mvx_log_changeover_make        (MvxLogRegistry *registry,
                                         MvxLogStep     *step,
                                         GError        **error);
/* Puts a holder in the place of the old sink and stops that. */
void     mvx_log_changeover_take_down   (MvxLogRegistry *registry,
                                         MvxLogStep     *step);
gboolean mvx_log_changeover_reconfigure (MvxLogRegistry *registry,
                                         MvxLogStep     *step,
                                         GError        **error);
/* Undoes all of these, in reverse order. */
void     mvx_log_changeover_roll_back   (MvxLogRegistry *registry,
                                         GPtrArray      *steps);

/* Gives @sink the shape that is planned; a filter function that the program has set on @old stays. */
void     mvx_log_changeover_shape       (MvxLogSink           *sink,
                                         MvxLogSink           *old,
                                         const MvxLogPlanSink *want);

G_END_DECLS

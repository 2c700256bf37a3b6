/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "config/plan-private.h"
#include "sink/registry-private.h"

G_BEGIN_DECLS

/* What goes with the plan: called when that is in force, before anybody else may apply another one. */
typedef void (*MvxLogAppliedFunc) (const MvxLogPlan *plan,
                                   gconstpointer     data);

/* Makes the sinks and contexts be as planned, or leaves everything as it is: APPLY_FAILED with the place in the file
 * and the cause. Sinks that are not in the plan go if an earlier file made them; those made by API calls stay. Nothing
 * that is logged meanwhile is lost. Two threads at once take turns; from within a plugin's create it is refused. */
gboolean mvx_log_config_apply (MvxLogPlan         *plan,
                               MvxLogRegistry     *registry,
                               MvxLogAppliedFunc   applied,
                               gconstpointer       data,
                               GError            **error);
/* Names of the sinks that no configuration file has made: those that a file may name without defining them, for
 * mvx_log_plan_load_file(). (transfer full) */
char   **mvx_log_config_known_sinks (MvxLogRegistry *registry);

G_END_DECLS

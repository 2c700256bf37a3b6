/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "config/plan-private.h"
#include "sink/registry-private.h"

G_BEGIN_DECLS

/* A turn: one thread's way from the files to what is in force, so that of two that configure at once the later one has
 * read what is there by then. FALSE, WOULD_DEADLOCK: the caller is in one, within a plugin's create. */
gboolean mvx_log_config_begin (GError            **error);
void     mvx_log_config_end   (void);
/* In a turn. Makes the sinks and contexts be as planned, or leaves everything as it is: APPLY_FAILED with the place in the
 * file and the cause. Sinks that are not in the plan go if an earlier file made them; those made by API calls stay. Nothing
 * that is logged meanwhile is lost. */
gboolean mvx_log_config_apply (MvxLogPlan         *plan,
                               MvxLogRegistry     *registry,
                               GError            **error);
/* Names of the sinks that no configuration file has made: those that a file may name without defining them, for
 * mvx_log_plan_load_file(). (transfer full) */
char   **mvx_log_config_known_sinks (MvxLogRegistry *registry);

G_END_DECLS

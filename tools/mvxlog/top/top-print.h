/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What programs have said of their sinks: for people, for scripts, and for Prometheus. */
#pragma once

#include "top/top-rate.h"

G_BEGIN_DECLS

/* A line for the program and one for each sink. @sinks and @all: of mvx_top_get_rates(). */
void mvx_top_print_table      (GString              *out,
                               const MvxTopProgram  *program,
                               const MvxTopRates    *sinks,
                               const MvxTopRates    *all);
/* What it has said, and what has been computed of it. */
void mvx_top_print_json       (GString              *out,
                               const MvxTopProgram  *program,
                               const MvxTopRates    *sinks,
                               const MvxTopRates    *all);
/* Text exposition format 0.0.4 of all @programs (MvxTopProgram); @silent (gint): of these processes there is no answer. */
void mvx_top_print_prometheus (GString              *out,
                               const GPtrArray      *programs,
                               const GArray         *silent);

G_END_DECLS

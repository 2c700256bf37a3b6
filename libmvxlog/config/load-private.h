/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From files to a plan. */
#pragma once

#include "config/plan-private.h"

G_BEGIN_DECLS

/* @path and PATH.d/ *.conf in byte order. @known_sinks (nullable): sinks made by API calls, which the file may name.
 * Errors: NOT_FOUND, UNREADABLE, UNTRUSTED, and INVALID with every problem (config/problem-private.h). */
MvxLogPlan *mvx_log_plan_load_file (const char         *path,
                                    const char *const  *known_sinks,
                                    GError            **error);
/* Bytes instead of a file; @origin stands for its path in messages. @length: -1 if NUL-terminated. */
MvxLogPlan *mvx_log_plan_load_data (const char         *data,
                                    gssize              length,
                                    const char         *origin,
                                    const char *const  *known_sinks,
                                    GError            **error);

G_END_DECLS

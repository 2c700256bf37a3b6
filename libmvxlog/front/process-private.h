/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What there is once in a process. */
#pragma once

#include "sink/registry-private.h"

G_BEGIN_DECLS

/* Once, before anything else. */
void            mvx_log_process_begin        (void);
/* NULL if the library has not been used yet. */
MvxLogRegistry *mvx_log_process_get_registry (void);
/* A forked child has none of our threads: what they hold is the parent's to deliver. */
gboolean        mvx_log_process_is_child     (void);
/* Whether there is anything to end: not in a child that has only inherited sinks. */
gboolean        mvx_log_process_has_own_sinks (void);
/* Those with a name, and those that contexts were given directly; of this process only. (transfer full) */
GPtrArray      *mvx_log_process_list_sinks   (void);
/* Called before the sinks are ended, by whoever still has something to log. */
void            mvx_log_process_set_farewell (void (*func) (void));
void            mvx_log_process_say_farewell (void);

G_END_DECLS

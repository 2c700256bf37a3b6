/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine spares a logging call, in one word, which the call reads once. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_MACHINE_BARRIER = 1 << 0, /* membarrier(2) puts a fence into all threads, so that none has to do it itself */
  MVX_LOG_MACHINE_TICKS = 1 << 1    /* stamps are taken from the processor's counter */
} MvxLogMachine;

extern guint mvx_log_machine; /* atomic, relaxed */

static inline gboolean
mvx_log_machine_has (MvxLogMachine what)
{
  return (__atomic_load_n (&mvx_log_machine, __ATOMIC_RELAXED) & what) == what;
}

static inline gboolean
mvx_log_machine_has_all (void)
{
  return __atomic_load_n (&mvx_log_machine, __ATOMIC_RELAXED) == (MVX_LOG_MACHINE_BARRIER | MVX_LOG_MACHINE_TICKS);
}

void mvx_log_machine_set (MvxLogMachine what,
                          gboolean      has);

G_END_DECLS

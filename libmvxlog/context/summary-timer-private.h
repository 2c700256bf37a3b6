/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Has what policies have held back told when its time is over, even if the program says nothing more: by a thread that
 * exists only while there is something to wait for.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Atomic, relaxed: a time that the thread does not know of yet, as of mvx_log_clock_steady_ms(); never if G_MAXUINT64. */
extern guint64 mvx_log_summary_timer_wanted;

/* Somebody has to look at @due, 0 for at once. Waits for nothing and takes no lock, so that it can be called inside the
 * region; outside of it mvx_log_summary_timer_check() has to follow. */
void mvx_log_summary_timer_want (guint64 due);
void mvx_log_summary_timer_set  (void);
/* Has it look again now: the clock was turned, or nothing is held back any more. */
void mvx_log_summary_timer_wake (void);
/* Waits until @deadline_us for what it is logging just now. */
void mvx_log_summary_timer_settle (gint64 deadline_us);
/* Returns when there is no such thread. For tests. */
void mvx_log_summary_timer_join (void);

static inline void
mvx_log_summary_timer_check (void)
{
  if (G_UNLIKELY (__atomic_load_n (&mvx_log_summary_timer_wanted, __ATOMIC_RELAXED) != G_MAXUINT64))
    mvx_log_summary_timer_set ();
}

/* Logs what is due; of submit.c. Returns when something will be next. */
guint64 mvx_log_submit_due_summaries (void);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "suppressed N events like …": what policies have held back, until somebody logs it. Policies cannot do that
 * themselves, as they run inside logging calls.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64     n;        /* events held back */
  guint64     ms;       /* in this time */
  gint        level;
  gpointer    node;     /* of the context that asked; NULL if none did */
  const char *context;  /* interned: what they stood under */
  const char *file;     /* immortal, nullable */
  const char *function; /* immortal, nullable */
  guint       line;
  char       *like;     /* what they said; the callsite's template if they come from one place */
} MvxLogSummary;

/* Of the thread: the node of the context whose policy is being asked. */
extern __thread gpointer mvx_log_summary_origin;

extern gint mvx_log_summary_waiting; /* atomic, relaxed: a hint */

/* Has @summary logged by the next call that can. Takes what it holds. */
void    mvx_log_summary_push (const MvxLogSummary *summary);
/* All that wait, in order; empty if there are none. Elements are freed with mvx_log_summary_free(). */
GQueue *mvx_log_summary_take (void);
void    mvx_log_summary_free (MvxLogSummary       *summary);

static inline gboolean
mvx_log_summary_is_waiting (void)
{
  return G_UNLIKELY (__atomic_load_n (&mvx_log_summary_waiting, __ATOMIC_RELAXED));
}

G_END_DECLS

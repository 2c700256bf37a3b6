/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/linehead-private.h"

__thread MvxLogLineHead *mvx_log_linehead_of_thread __attribute__ ((tls_model ("initial-exec")));

static void
mvx_log_linehead_free (gpointer data)
{
  /* Another destructor of the thread may still render. */
  mvx_log_linehead_of_thread = NULL;
  g_free (data);
}

static GPrivate mvx_log_linehead_private = G_PRIVATE_INIT (mvx_log_linehead_free);

guint64
mvx_log_linehead_new_owner (void)
{
  static guint64 last;

  return __atomic_add_fetch (&last, 1, __ATOMIC_RELAXED);
}

MvxLogLineHead *
mvx_log_linehead_make (void)
{
  mvx_log_linehead_of_thread = g_new0 (MvxLogLineHead, MVX_LOG_LINEHEAD_SLOTS);
  g_private_set (&mvx_log_linehead_private, mvx_log_linehead_of_thread);
  return mvx_log_linehead_of_thread;
}

void
mvx_log_linehead_begin (MvxLogLineHead *head, guint64 owner, const MvxLogEvent *event)
{
  guint32 rest;

  mvx_log_calendar_split (event->time_ns, &rest);
  head->owner = mvx_log_calendar_has_whole_second (event->time_ns) ? owner : 0; /* else for once only */
  head->start = (guint64) event->time_ns - rest;
  /* Before the name is asked for: a newer name then at worst counts as an older one, and is asked for again. */
  head->levels = mvx_log_level_get_generation ();
  head->context = event->record->context;
  head->thread = event->record->thread;
  head->level = event->record->level;
  head->fraction = MVX_LOG_LINEHEAD_NO_FRACTION;
  head->len = head->tail_len = 0;
}

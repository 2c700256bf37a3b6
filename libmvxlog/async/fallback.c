/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "async/fallback-private.h"
#include "base/diag-private.h"
#include "sink/members-private.h"

gboolean
mvx_log_fallback_exists (MvxLogDispatcher *self)
{
  return self->common && self->common->members && mvx_log_members_are_aside (self->common->members);
}

/* As its user. */
static MvxLogSink *
mvx_log_fallback_use (MvxLogDispatcher *self)
{
  return mvx_log_fallback_exists (self) ? mvx_log_members_use (self->common->members, 0) : NULL;
}

char *
mvx_log_fallback_dup_name (MvxLogDispatcher *self)
{
  MvxLogSink *fallback = mvx_log_fallback_use (self);
  char *name = fallback ? mvx_log_sink_dup_name (fallback) : NULL;

  if (fallback)
    mvx_log_members_end_use (fallback);
  return name;
}

guint
mvx_log_fallback_take (MvxLogDispatcher *self, MvxLogFlight *batch)
{
  MvxLogSink *fallback = mvx_log_fallback_use (self);
  g_autoptr (GError) error = NULL;
  guint n = 0;

  if (fallback == NULL)
    return 0;
  while (batch->done + n < batch->n && mvx_log_sink_log_handed_on (fallback, batch->events[batch->done + n], &error))
    n++;
  mvx_log_members_end_use (fallback);
  if (error)
    mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Sink '%s' rests, and its fallback does not take its events either: %s",
                  self->name, error->message);
  return n;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "async/divert-private.h"
#include "async/settle-private.h"
#include "base/diag-private.h"
#include "sink/members-private.h"

gboolean
mvx_log_divert_is_possible (MvxLogDispatcher *self)
{
  return self->common && self->common->members && mvx_log_members_are_aside (self->common->members);
}

gboolean
mvx_log_divert_is_due (MvxLogDispatcher *self, gint64 now)
{
  return self->open && now < self->probe_at && mvx_log_divert_is_possible (self);
}

char *
mvx_log_divert_dup_name (MvxLogDispatcher *self)
{
  MvxLogSink *fallback = mvx_log_divert_is_possible (self) ? mvx_log_members_use (self->common->members, 0) : NULL;
  char *name = fallback ? mvx_log_sink_dup_name (fallback) : NULL;

  if (fallback)
    mvx_log_members_end_use (fallback);
  return name;
}

void
mvx_log_divert_batch (MvxLogDispatcher *self, MvxLogBatch *batch)
{
  MvxLogSink *fallback = mvx_log_divert_is_possible (self) ? mvx_log_members_use (self->common->members, 0) : NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  if (fallback == NULL)
    return;
  while (batch->done + n < batch->n
         && mvx_log_sink_log_handed_on (fallback, batch->events[batch->done + n], error ? NULL : &error))
    n++;
  mvx_log_members_end_use (fallback);
  mvx_log_settle_divert (self, batch, n);
  if (batch->done < batch->n)
    mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Sink '%s' rests, and its fallback does not take its events either: %s",
                  self->name, error ? error->message : "no reason given");
}

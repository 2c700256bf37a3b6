/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/salvage-private.h"

#include <mvxlog/level.h>

#include "async/ring-private.h"
#include "async/ring-read-private.h"
#include "base/diag-private.h"

struct _MvxLogSalvage
{
  GPtrArray *homes; /* that could be read */
  GPtrArray *lanes; /* of MvxLogRingLane */
  GArray *items;    /* of MvxLogRingItem, by time */
  guint next;
  guint acked;
};

/* Within a lane time stamps never run backwards for the sort, whatever the clock did. */
static void
mvx_log_salvage_smooth (GArray *items, guint from)
{
  for (guint i = from + 1; i < items->len; i++)
    {
      const MvxLogRingItem *before = &g_array_index (items, MvxLogRingItem, i - 1);
      const MvxLogRingItem *item = &g_array_index (items, MvxLogRingItem, i);

      if (before->lane == item->lane)
        item->event->time_ns = MAX (item->event->time_ns, before->event->time_ns);
    }
}

static gint
mvx_log_salvage_compare (gconstpointer a, gconstpointer b)
{
  const MvxLogRingItem *x = a;
  const MvxLogRingItem *y = b;

  if (x->event->time_ns != y->event->time_ns)
    return x->event->time_ns < y->event->time_ns ? -1 : 1;
  if (x->lane->home != y->lane->home)
    return strcmp (x->lane->home->path, y->lane->home->path);
  if (x->lane != y->lane)
    return x->lane->slot < y->lane->slot ? -1 : 1;
  return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

static void
mvx_log_salvage_clear_item (gpointer item)
{
  g_clear_pointer (&((MvxLogRingItem *) item)->event, mvx_log_event_free);
}

/* What cannot be read stays where it is. The own ring is not among them: its lock is held. */
static void
mvx_log_salvage_add (MvxLogSalvage *self, MvxLogSpoolHome *home, guint64 *n_damaged)
{
  g_autoptr (GError) error = NULL;
  guint from = self->items->len;

  if (mvx_log_ring_check_home (home, &error) && mvx_log_ring_read (home, self->lanes, self->items, n_damaged, &error))
    {
      mvx_log_salvage_smooth (self->items, from);
      g_ptr_array_add (self->homes, home);
      return;
    }
  mvx_log_diag (MVX_LOG_LEVEL_WARNING, "%s", error->message);
  mvx_log_spool_home_free (home);
}

static void
mvx_log_salvage_finish (MvxLogSalvage *self)
{
  for (guint i = 0; i < self->homes->len; i++)
    mvx_log_ring_remove (g_ptr_array_index (self->homes, i));
  g_ptr_array_set_size (self->homes, 0);
}

MvxLogSalvage *
mvx_log_salvage_new (const char *directory, gboolean keep, guint64 *n_damaged, GError **error)
{
  g_autoptr (MvxLogSalvage) self = NULL;
  g_autoptr (GPtrArray) homes = NULL;

  *n_damaged = 0;
  if (!mvx_log_ring_check (directory, error))
    return NULL;
  homes = mvx_log_spool_home_adopt (directory, error);
  if (homes == NULL || homes->len == 0)
    return NULL;
  self = g_new0 (MvxLogSalvage, 1);
  self->homes = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_spool_home_free);
  self->lanes = g_ptr_array_new_with_free_func (g_free);
  self->items = g_array_new (FALSE, FALSE, sizeof (MvxLogRingItem));
  g_array_set_clear_func (self->items, mvx_log_salvage_clear_item);
  while (homes->len > 0)
    mvx_log_salvage_add (self, g_ptr_array_steal_index (homes, 0), n_damaged);
  g_array_sort (self->items, mvx_log_salvage_compare);
  if (*n_damaged > 0)
    mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Places that cannot be read in the crash rings of '%s': %" G_GUINT64_FORMAT,
                  directory, *n_damaged);
  if (self->items->len > 0)
    return g_steal_pointer (&self);
  if (!keep)
    mvx_log_salvage_finish (self);
  return NULL;
}

MvxLogEvent *
mvx_log_salvage_take (MvxLogSalvage *self)
{
  return self->next < self->items->len ? g_array_index (self->items, MvxLogRingItem, self->next++).event : NULL;
}

guint
mvx_log_salvage_count_again (MvxLogSalvage *self, guint n)
{
  guint n_again = 0;

  for (guint i = self->next - n; i < self->next; i++)
    n_again += g_array_index (self->items, MvxLogRingItem, i).again;
  return n_again;
}

void
mvx_log_salvage_acknowledge (MvxLogSalvage *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      MvxLogRingItem *item = &g_array_index (self->items, MvxLogRingItem, self->acked++);

      item->lane->settled = item->ordinal;
      item->lane->dirty = TRUE;
      mvx_log_salvage_clear_item (item);
    }
  if (self->acked == self->items->len)
    {
      mvx_log_salvage_finish (self);
      return;
    }
  for (guint i = 0; i < self->lanes->len; i++)
    {
      MvxLogRingLane *lane = g_ptr_array_index (self->lanes, i);

      if (lane->dirty)
        mvx_log_ring_lane_write (lane);
    }
}

guint64
mvx_log_salvage_count (MvxLogSalvage *self)
{
  return self->items->len - self->acked;
}

void
mvx_log_salvage_free (MvxLogSalvage *self)
{
  g_array_unref (self->items);
  g_ptr_array_unref (self->lanes);
  g_ptr_array_unref (self->homes);
  g_free (self);
}

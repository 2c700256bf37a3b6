/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <unistd.h>

#include "base/atfork-private.h"
#include "base/emergency-private.h"

static GMutex mvx_log_emergency_mutex; /* who writes to the slots */

/* What the parent has open for itself is not kept open here. */
static void
mvx_log_emergency_fork (MvxLogForkStage stage)
{
  for (guint i = 0; i < MVX_LOG_EMERGENCY_MAX_FDS && stage == MVX_LOG_FORK_CHILD; i++)
    {
      MvxLogEmergencySlot old = mvx_log_emergency_slots[i];

      mvx_log_emergency_slots[i] = (MvxLogEmergencySlot){ .fd = -1 };
      if (old.own > 0)
        close (old.own);
    }
}

MVX_LOG_FORK_LOCK (EMERGENCY, &mvx_log_emergency_mutex, mvx_log_emergency_fork);

static int
mvx_log_emergency_find_free (void)
{
  for (int i = 0; i < MVX_LOG_EMERGENCY_MAX_FDS; i++)
    if (mvx_log_emergency_slots[i].fd <= 0)
      return i;
  return -1;
}

/* The number stays, and means the new file from one moment to the next. */
static gboolean
mvx_log_emergency_point (MvxLogEmergencySlot *slot, int fd)
{
  if (slot->own > 0)
    return dup3 (fd, slot->own, O_CLOEXEC) >= 0;
  slot->own = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  if (slot->own < 0)
    slot->own = 0;
  return slot->own > 0;
}

/* The file can go, also from its disk; the number is kept for the next one. */
static void
mvx_log_emergency_let_go (MvxLogEmergencySlot *slot)
{
  int null = open ("/dev/null", O_WRONLY | O_CLOEXEC);

  __atomic_store_n (&slot->fd, -1, __ATOMIC_RELEASE);
  if (null < 0)
    return;
  dup3 (null, slot->own, O_CLOEXEC);
  close (null);
}

int
mvx_log_emergency_offer (int slot, int fd, gboolean json)
{
  MvxLogEmergencySlot *it;

  g_mutex_lock (&mvx_log_emergency_mutex);
  if (slot < 0 && fd >= 0)
    slot = mvx_log_emergency_find_free ();
  it = slot >= 0 ? &mvx_log_emergency_slots[slot] : NULL;
  if (it && fd >= 0 && mvx_log_emergency_point (it, fd))
    {
      __atomic_store_n (&it->generation, mvx_log_fork_generation, __ATOMIC_RELAXED);
      __atomic_store_n (&it->json, json, __ATOMIC_RELAXED);
      __atomic_store_n (&it->fd, it->own, __ATOMIC_RELEASE);
    }
  else
    {
      if (it && it->own > 0)
        mvx_log_emergency_let_go (it);
      slot = -1;
    }
  g_mutex_unlock (&mvx_log_emergency_mutex);
  return slot;
}

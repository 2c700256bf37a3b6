/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>

#include "base/atfork-private.h"

guint mvx_log_fork_generation;

/* The linker's names; with an asm label gcc would forget that they are hidden. */
extern const MvxLogForkEntry __start_mvx_log_fork[] __attribute__ ((visibility ("hidden")));
extern const MvxLogForkEntry __stop_mvx_log_fork[] __attribute__ ((visibility ("hidden")));

/* In the order of taking. Programs that link some of the rooms statically have some of the locks. */
static const MvxLogForkEntry *mvx_log_fork_entries[MVX_LOG_N_LOCKS];
static guint mvx_log_fork_n_entries;

static void
mvx_log_fork_prepare (void)
{
  for (guint i = 0; i < mvx_log_fork_n_entries; i++)
    {
      const MvxLogForkEntry *entry = mvx_log_fork_entries[i];

      if (entry->mutex)
        g_mutex_lock (entry->mutex);
      if (entry->also)
        entry->also (MVX_LOG_FORK_PREPARE);
    }
}

static void
mvx_log_fork_release (MvxLogForkStage stage)
{
  for (guint i = mvx_log_fork_n_entries; i-- > 0;)
    {
      const MvxLogForkEntry *entry = mvx_log_fork_entries[i];

      if (entry->also)
        entry->also (stage);
      if (entry->mutex)
        g_mutex_unlock (entry->mutex);
    }
}

static void
mvx_log_fork_in_parent (void)
{
  mvx_log_fork_release (MVX_LOG_FORK_PARENT);
}

/* There is one thread, and nothing of GLib but its mutexes is used: another thread may have held GLib's locks. */
static void
mvx_log_fork_in_child (void)
{
  mvx_log_fork_generation++;
  mvx_log_fork_release (MVX_LOG_FORK_CHILD);
}

/* When the library is loaded: handlers of a program that is loaded later are called with our locks free. */
__attribute__ ((constructor)) static void
mvx_log_fork_register (void)
{
  for (guint lock = 0; lock < MVX_LOG_N_LOCKS; lock++)
    for (const MvxLogForkEntry *entry = __start_mvx_log_fork; entry < __stop_mvx_log_fork; entry++)
      if (entry->lock == lock)
        mvx_log_fork_entries[mvx_log_fork_n_entries++] = entry;
  pthread_atfork (mvx_log_fork_prepare, mvx_log_fork_in_parent, mvx_log_fork_in_child);
}

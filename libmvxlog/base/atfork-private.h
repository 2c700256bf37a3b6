/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What fork(2) needs to know of the library. All locks that there are once in a process are taken before a fork, so that
 * the child finds them free and what they protect whole. Everything that belongs to a sink stays as it was at that
 * moment, locked perhaps, and is not touched in the child: such a sink is of another generation (sink/fork.c).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In the order in which they may be nested; each is held for some lines of our own code, never over foreign one. */
typedef enum
{
  MVX_LOG_LOCK_GLIB_INSTALL,
  MVX_LOG_LOCK_CRASH,
  MVX_LOG_LOCK_STATUS,
  MVX_LOG_LOCK_CONFIGURE,
  MVX_LOG_LOCK_APPLY,
  MVX_LOG_LOCK_GLIB_DOMAIN,
  MVX_LOG_LOCK_GLIB_FATAL,
  MVX_LOG_LOCK_GLIB_STDOUT,
  MVX_LOG_LOCK_GLIB_STDERR,
  MVX_LOG_LOCK_PROCESS,
  MVX_LOG_LOCK_THROTTLE_LIST,
  MVX_LOG_LOCK_TREE,
  MVX_LOG_LOCK_HOLD,
  MVX_LOG_LOCK_SUMMARY,
  MVX_LOG_LOCK_SUMMARY_TIMER,
  MVX_LOG_LOCK_MODULE,
  MVX_LOG_LOCK_PLUGIN,
  MVX_LOG_LOCK_SEARCH,
  MVX_LOG_LOCK_QUEUE_NUMBERS,
  MVX_LOG_LOCK_LAST_CALL,
  MVX_LOG_LOCK_MEMORY,
  MVX_LOG_LOCK_PROCESSOR,
  MVX_LOG_LOCK_SINK_UNUSED,
  MVX_LOG_LOCK_CHILD,
  MVX_LOG_LOCK_SINK_COMMONS,
  MVX_LOG_LOCK_PAYLOAD,
  MVX_LOG_LOCK_LEVEL,
  MVX_LOG_LOCK_CALLSITE,
  MVX_LOG_LOCK_SYMBOL,
  MVX_LOG_LOCK_RING,
  MVX_LOG_LOCK_DISK,
  MVX_LOG_LOCK_EVENT_ID,
  MVX_LOG_LOCK_THREADS,
  MVX_LOG_LOCK_ERROR_HOOKS,
  MVX_LOG_LOCK_CLOCK,
  MVX_LOG_LOCK_CALENDAR,
  MVX_LOG_LOCK_EMERGENCY,
  MVX_LOG_LOCK_DIAG,
  MVX_LOG_N_LOCKS
} MvxLogLock;

typedef enum
{
  MVX_LOG_FORK_PREPARE,
  MVX_LOG_FORK_PARENT,
  MVX_LOG_FORK_CHILD
} MvxLogForkStage;

typedef struct
{
  MvxLogLock   lock;
  GMutex      *mutex;                   /* nullable */
  void       (*also) (MvxLogForkStage); /* nullable; with the mutex: takes what hangs on it and lets it go again. A child
                                           forgets there what is its parent's to do */
} MvxLogForkEntry;

/* How many forks lie between the process that loaded the library and this one. Changes while there is one thread. */
extern guint mvx_log_fork_generation;

/* Beside the definition of the mutex. The linker makes the table: no room has to be initialised for its lock to be known. */
#define MVX_LOG_FORK_LOCK(NAME, mutex, also)                                                                           \
  static const MvxLogForkEntry mvx_log_fork_entry_##NAME                                                               \
      __attribute__ ((section ("mvx_log_fork"), used, aligned (8)))                                                    \
      = { MVX_LOG_LOCK_##NAME, (mutex), (also) }

G_END_DECLS

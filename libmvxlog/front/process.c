/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include "front/process-private.h"

static MvxLogRegistry *mvx_log_process_registry; /* atomic */
static pid_t mvx_log_process_pid;
static gpointer mvx_log_process_farewell; /* atomic */

void
mvx_log_process_begin (void)
{
  mvx_log_process_pid = getpid ();
  g_atomic_pointer_set (&mvx_log_process_registry, mvx_log_registry_new ());
}

MvxLogRegistry *
mvx_log_process_get_registry (void)
{
  return g_atomic_pointer_get (&mvx_log_process_registry);
}

gboolean
mvx_log_process_is_child (void)
{
  return getpid () != mvx_log_process_pid;
}

void
mvx_log_process_set_farewell (void (*func) (void))
{
  g_atomic_pointer_set (&mvx_log_process_farewell, (gpointer) func);
}

void
mvx_log_process_say_farewell (void)
{
  void (*func) (void) = (void (*) (void)) g_atomic_pointer_get (&mvx_log_process_farewell);

  if (func)
    func ();
}

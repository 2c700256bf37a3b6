/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/machine-private.h"

guint mvx_log_machine;

void
mvx_log_machine_set (MvxLogMachine what, gboolean has)
{
  if (has)
    __atomic_fetch_or (&mvx_log_machine, what, __ATOMIC_SEQ_CST);
  else
    __atomic_fetch_and (&mvx_log_machine, ~(guint) what, __ATOMIC_SEQ_CST);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "dispatch-unknown"
#define BROKEN_NO_DISPATCH_CORE
#include "misbehaving.h"

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  *n_done = n_events;
  return (MvxLogDispatchResult) 42;
}

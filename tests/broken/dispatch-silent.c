/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "dispatch-silent"
#define BROKEN_NO_DISPATCH_CORE
#include "misbehaving.h"

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  *n_done = 0;
  return MVX_LOG_DISPATCH_RETRY;
}

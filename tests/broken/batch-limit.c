/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes a hundred events and says that was all. */
#define BROKEN_NAME "batch-limit"
#define BROKEN_NO_DISPATCH_CORE
#include "misbehaving.h"

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  *n_done = MIN (n_events, 100);
  return MVX_LOG_DISPATCH_OK;
}

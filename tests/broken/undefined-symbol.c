/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "undefined-symbol"
#define BROKEN_NO_DISPATCH_CORE
#include "broken.h"

extern void broken_defined_nowhere (void);

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  broken_defined_nowhere ();
  *n_done = n_events;
  return MVX_LOG_DISPATCH_OK;
}

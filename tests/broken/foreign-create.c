/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forgets to export create; one is found in a library that it depends on. */
#define BROKEN_NAME "foreign-create"
#define BROKEN_NO_CREATE
#define BROKEN_NO_DISPATCH_CORE
#include "broken.h"

extern int broken_helper_touch (void);

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  *n_done = n_events + (guint) broken_helper_touch ();
  return MVX_LOG_DISPATCH_OK;
}

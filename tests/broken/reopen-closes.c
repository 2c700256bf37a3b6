/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Closes at reopen and does not open again. */
#define BROKEN_NAME "reopen-closes"
#define BROKEN_NO_DISPATCH_CORE
#define BROKEN_HOOKS .reopen = broken_reopen
#include <mvxlog/mvxlog.h>

static gboolean
broken_reopen (gpointer instance, GError **error)
{
  *(int *) instance = 1;
  return TRUE;
}

#include "misbehaving.h"

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  *n_done = 0;
  if (*(int *) instance == 1)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "it is closed");
      return MVX_LOG_DISPATCH_FAILED;
    }
  *n_done = n_events;
  return MVX_LOG_DISPATCH_OK;
}

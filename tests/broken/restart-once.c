/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Can be started once in its life. */
#define BROKEN_NAME "restart-once"
#define BROKEN_HOOKS .on_starting = broken_on_starting
#include <mvxlog/mvxlog.h>

static gboolean
broken_on_starting (gpointer instance, GError **error)
{
  if ((*(int *) instance)++ == 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "it was started before");
  return FALSE;
}

#include "misbehaving.h"

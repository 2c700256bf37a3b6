/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps what belongs to an instance in a variable of the file. */
#define BROKEN_NAME "one-only"
#define BROKEN_NO_CREATE
#define BROKEN_NO_DISPATCH_CORE
#include "misbehaving.h"

static gpointer broken_instance;

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  return broken_instance = g_new0 (int, 1);
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  *n_done = 0;
  if (instance != broken_instance)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "this is another instance");
      return MVX_LOG_DISPATCH_FAILED;
    }
  *n_done = n_events;
  return MVX_LOG_DISPATCH_OK;
}

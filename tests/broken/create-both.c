/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "create-both"
#define BROKEN_NO_CREATE
#include "misbehaving.h"

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "an error and an instance");
  return g_new0 (int, 1);
}

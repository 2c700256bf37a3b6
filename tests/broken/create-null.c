/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "create-null"
#define BROKEN_NO_CREATE
#include "misbehaving.h"

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  return NULL;
}

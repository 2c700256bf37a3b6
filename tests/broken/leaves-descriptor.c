/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens for each instance, and never closes. */
#define BROKEN_NAME "leaves-descriptor"
#define BROKEN_HOOKS .on_starting = broken_on_starting
#include <fcntl.h>

#include <mvxlog/mvxlog.h>

static gboolean
broken_on_starting (gpointer instance, GError **error)
{
  g_assert_cmpint (open ("/dev/null", O_RDONLY | O_CLOEXEC), >=, 0);
  return TRUE;
}

#include "misbehaving.h"

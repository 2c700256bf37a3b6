/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A size that ends in the middle of a hook. */
#define BROKEN_NAME "half-pointer"
#define BROKEN_SIZE (MVX_LOG_PLUGIN_MIN_SIZE + sizeof (gpointer) + 3)
#define BROKEN_HOOKS .on_starting = broken_mine, .on_stopped = broken_mine,

#include <mvxlog/mvxlog.h>

static gboolean
broken_mine (gpointer instance, GError **error)
{
  return TRUE;
}

#include "broken.h"

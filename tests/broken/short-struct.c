/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Built with an older, shorter header: what lies behind its structure is not its own. */
#define BROKEN_NAME "short-struct"
#define BROKEN_SIZE MVX_LOG_PLUGIN_MIN_SIZE
#define BROKEN_HOOKS .on_starting = broken_not_mine, .reopen = broken_not_mine,

#include <mvxlog/mvxlog.h>

static gboolean
broken_not_mine (gpointer instance, GError **error)
{
  g_error ("read beyond struct_size");
  return FALSE;
}

#include "broken.h"

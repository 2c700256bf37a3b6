/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Says no, and not why. */
#define BROKEN_NAME "probe-silent"
#define BROKEN_HOOKS .probe = broken_probe
#include <mvxlog/mvxlog.h>

static gboolean
broken_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  return FALSE;
}

#include "misbehaving.h"

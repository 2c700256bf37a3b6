/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cannot reach what is there. */
#define BROKEN_NAME "probe-away"
#define BROKEN_HOOKS .probe = broken_probe
#include <mvxlog/mvxlog.h>

static gboolean
broken_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE, "nobody answers");
  return FALSE;
}

#include "misbehaving.h"

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Leaves open what it has asked. */
#define BROKEN_NAME "probe-opens"
#define BROKEN_HOOKS .probe = broken_probe
#include <fcntl.h>

#include <mvxlog/mvxlog.h>

static gboolean
broken_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  return open ("/dev/null", O_RDONLY | O_CLOEXEC) >= 0;
}

#include "misbehaving.h"

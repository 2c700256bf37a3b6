/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens something in order to describe it. */
#define BROKEN_NAME "descriptor-opens"
#define BROKEN_NO_BUILD_DESCRIPTOR
#include <fcntl.h>

#include "misbehaving.h"

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  static int n_calls;

  if (n_calls++ == 3)
    g_assert_cmpint (open ("/dev/null", O_RDONLY | O_CLOEXEC), >=, 0);
  return mvx_log_sink_descriptor_new (BROKEN_NAME, NULL, NULL);
}

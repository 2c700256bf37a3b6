/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Another descriptor with every call. */
#define BROKEN_NAME "descriptor-counts"
#define BROKEN_NO_BUILD_DESCRIPTOR
#include "misbehaving.h"

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  static guint n_calls;

  return mvx_log_sink_descriptor_new (BROKEN_NAME, g_variant_new_uint32 (n_calls++), NULL);
}

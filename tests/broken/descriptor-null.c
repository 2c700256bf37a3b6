/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "descriptor-null"
#define BROKEN_NO_BUILD_DESCRIPTOR
#include "misbehaving.h"

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  return NULL;
}

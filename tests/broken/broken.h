/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A well-formed plugin, but for what the including file defines first. Includes nothing of the library but its headers,
 * so that it loads into a program that has the library linked in statically. */
#pragma once

#ifndef MVX_LOG_PLUGIN_COMPILATION
#define MVX_LOG_PLUGIN_COMPILATION
#endif
#include <mvxlog/mvxlog.h>

#ifndef BROKEN_MAGIC
#define BROKEN_MAGIC MVX_LOG_PLUGIN_MAGIC
#endif
#ifndef BROKEN_ABI
#define BROKEN_ABI MVX_LOG_PLUGIN_ABI
#endif
#ifndef BROKEN_SIZE
#define BROKEN_SIZE sizeof (MvxLogPlugin)
#endif
#ifndef BROKEN_FLAGS
#define BROKEN_FLAGS 0
#endif
#ifndef BROKEN_VERSION
#define BROKEN_VERSION "1.0"
#endif
#ifndef BROKEN_SUMMARY
#define BROKEN_SUMMARY "For tests of the loader"
#endif
#ifndef BROKEN_LICENCE
#define BROKEN_LICENCE "LGPL-2.1-or-later"
#endif
#ifndef BROKEN_OPTIONS
#define BROKEN_OPTIONS NULL
#endif
#ifndef BROKEN_DESTROY
#define BROKEN_DESTROY broken_destroy
static void
broken_destroy (gpointer instance)
{
}
#endif

#define BROKEN_OPTION_END { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } }

#ifndef BROKEN_NO_DATA
const MvxLogPlugin mvx_log_plugin = {
  .magic = BROKEN_MAGIC,
  .abi = BROKEN_ABI,
  .struct_size = BROKEN_SIZE,
  .flags = BROKEN_FLAGS,
  .name = BROKEN_NAME,
  .version = BROKEN_VERSION,
  .summary = BROKEN_SUMMARY,
  .licence = BROKEN_LICENCE,
  .options = BROKEN_OPTIONS,
  .destroy = BROKEN_DESTROY,
#ifdef BROKEN_HOOKS
  BROKEN_HOOKS
#endif
};
#endif

#ifndef BROKEN_NO_BUILD_DESCRIPTOR
MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options,
                  GError       **error)
{
  return NULL;
}
#endif

#ifndef BROKEN_NO_CREATE
gpointer
create (MvxLogOptions  *options,
        MvxLogSinkHost *host,
        GError        **error)
{
  return NULL;
}
#endif

#ifndef BROKEN_NO_DISPATCH_CORE
MvxLogDispatchResult
dispatch_core (gpointer            instance,
               MvxLogEvent *const *events,
               guint               n_events,
               guint              *n_done,
               GError            **error)
{
  *n_done = n_events;
  return MVX_LOG_DISPATCH_OK;
}
#endif

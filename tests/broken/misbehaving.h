/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin that keeps the contract, but for what the including file defines first. Needs the library. */
#pragma once

#ifndef MVX_LOG_PLUGIN_COMPILATION
#define MVX_LOG_PLUGIN_COMPILATION
#endif
#include <mvxlog/mvxlog.h>

#ifndef BROKEN_FLAGS
#define BROKEN_FLAGS 0
#endif

static void
broken_destroy (gpointer instance)
{
  g_free (instance);
}

MVX_LOG_PLUGIN_DEFINE (BROKEN_NAME,
                       "1.0",
                       "For tests of the wrapper",
                       "LGPL-2.1-or-later",
                       BROKEN_FLAGS,
                       NULL,
                       broken_destroy);

#ifndef BROKEN_NO_BUILD_DESCRIPTOR
MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options,
                  GError       **error)
{
  return mvx_log_sink_descriptor_new (BROKEN_NAME, NULL, NULL);
}
#endif

#ifndef BROKEN_NO_CREATE
gpointer
create (MvxLogOptions  *options,
        MvxLogSinkHost *host,
        GError        **error)
{
  return g_new0 (int, 1);
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

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

#ifndef BROKEN_OPTIONS
#define BROKEN_OPTIONS NULL
#endif
#ifndef BROKEN_HOOKS
#define BROKEN_HOOKS
#endif

#define BROKEN_OPTION(NAME, DEFAULT)                                                                                   \
  {                                                                                                                    \
    NAME, MVX_LOG_OPTION_STRING, 0, DEFAULT, 0, 0, NULL, "For tests",                                                  \
    {                                                                                                                  \
      NULL, NULL                                                                                                       \
    }                                                                                                                  \
  }
#define BROKEN_OPTION_END                                                                                              \
  {                                                                                                                    \
    NULL, 0, 0, NULL, 0, 0, NULL, NULL,                                                                                \
    {                                                                                                                  \
      NULL, NULL                                                                                                       \
    }                                                                                                                  \
  }

#ifndef BROKEN_NO_DESTROY
static void
broken_destroy (gpointer instance)
{
  g_free (instance);
}
#endif

MVX_LOG_PLUGIN_DEFINE (BROKEN_NAME,
                       "1.0",
                       "For tests of the wrapper",
                       "LGPL-2.1-or-later",
                       BROKEN_FLAGS,
                       BROKEN_OPTIONS,
                       broken_destroy,
                       BROKEN_HOOKS);

#ifndef BROKEN_NO_BUILD_DESCRIPTOR
MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (GVariant) all = mvx_log_options_to_variant (options);

  return mvx_log_sink_descriptor_new (BROKEN_NAME, NULL, all);
}
#endif

#ifndef BROKEN_NO_CREATE
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  return g_new0 (int, 1);
}
#endif

#ifndef BROKEN_NO_DISPATCH_CORE
MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  *n_done = n_events;
  return MVX_LOG_DISPATCH_OK;
}
#endif

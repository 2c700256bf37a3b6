/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Discards what it gets: for switching a destination off, and for measuring what is before the sinks. */
#include "sink/builtin-private.h"

static MvxLogSinkDescriptor *
mvx_log_null_build_descriptor (MvxLogOptions *options, GError **error)
{
  return mvx_log_sink_descriptor_new ("null", NULL, NULL);
}

static gpointer
mvx_log_null_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  return host;
}

static MvxLogDispatchResult
mvx_log_null_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  *n_done = n_events;
  return MVX_LOG_DISPATCH_OK;
}

static void
mvx_log_null_destroy (gpointer instance)
{
}

static const MvxLogPlugin mvx_log_null_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .name = "null",
  .version = MVX_LOG_VERSION_S,
  .summary = "Discards events",
  .licence = "LGPL-2.1-or-later",
  .destroy = mvx_log_null_destroy,
};

const MvxLogStaticPlugin mvx_log_null_plugin = {
  &mvx_log_null_data,
  mvx_log_null_build_descriptor,
  mvx_log_null_create,
  mvx_log_null_dispatch,
};

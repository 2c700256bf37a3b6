/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hands events to several sinks in turn, past those that cannot deliver. */
#include "sink/forward-private.h"

typedef struct
{
  MvxLogForward forward; /* first: the common hooks take it for the instance */
  guint next;            /* whose turn it is */
} MvxLogRoundrobin;

static const MvxLogOptionSpec mvx_log_roundrobin_options[] = {
  MVX_LOG_FORWARD_SINKS_OPTION ("Names of the sinks that share the events, separated by ';'"),
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static MvxLogSinkDescriptor *
mvx_log_roundrobin_build_descriptor (MvxLogOptions *options, GError **error)
{
  return mvx_log_forward_describe_sinks ("roundrobin", options, error);
}

static gpointer
mvx_log_roundrobin_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  g_autofree MvxLogRoundrobin *self = g_new0 (MvxLogRoundrobin, 1);

  if (!mvx_log_forward_init (&self->forward, "roundrobin", host, mvx_log_options_get_strv (options, "sinks"), error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
mvx_log_roundrobin_destroy (gpointer instance)
{
  MvxLogRoundrobin *self = instance;

  mvx_log_forward_clear (&self->forward);
  g_free (self);
}

static MvxLogDispatchResult
mvx_log_roundrobin_dispatch (gpointer instance,
                             MvxLogEvent *const *events,
                             guint n_events,
                             guint *n_done,
                             GError **error)
{
  MvxLogRoundrobin *self = instance;

  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      gint index = mvx_log_forward_to_one (&self->forward, self->next, events[*n_done], error);

      if (index < 0)
        return MVX_LOG_DISPATCH_RETRY;
      self->next = (guint) index + 1;
    }
  return MVX_LOG_DISPATCH_OK;
}

static const MvxLogPlugin mvx_log_roundrobin_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .name = "roundrobin",
  .version = MVX_LOG_VERSION_S,
  .summary = "Hands events to several sinks in turn",
  .licence = "LGPL-2.1-or-later",
  .options = mvx_log_roundrobin_options,
  .destroy = mvx_log_roundrobin_destroy,
  .flush = mvx_log_forward_flush,
  .reopen = mvx_log_forward_reopen,
  .reconfigure = mvx_log_forward_reconfigure,
};

const MvxLogStaticPlugin mvx_log_roundrobin_plugin = {
  &mvx_log_roundrobin_data,
  mvx_log_roundrobin_build_descriptor,
  mvx_log_roundrobin_create,
  mvx_log_roundrobin_dispatch,
};

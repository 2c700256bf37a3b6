/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hands every event to several sinks, each with its own level, queue and ledger. */
#include "sink/forward-private.h"

static const MvxLogOptionSpec mvx_log_group_options[] = {
  MVX_LOG_FORWARD_SINKS_OPTION ("Names of the member sinks, separated by ';'"),
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static MvxLogSinkDescriptor *
mvx_log_group_build_descriptor (MvxLogOptions *options, GError **error)
{
  return mvx_log_forward_describe_sinks ("group", options, error);
}

static gpointer
mvx_log_group_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  g_autofree MvxLogForward *self = g_new0 (MvxLogForward, 1);

  if (!mvx_log_forward_init (self, "group", host, mvx_log_options_get_strv (options, "sinks"), error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
mvx_log_group_destroy (gpointer instance)
{
  mvx_log_forward_clear (instance);
  g_free (instance);
}

/* Delivered means: every member took it. If some did not, the event is dropped in the group's own ledger, and the
 * members' ledgers tell who has it; if nobody did, the group refuses it. */
static MvxLogDispatchResult
mvx_log_group_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxLogDispatchResult result = MVX_LOG_DISPATCH_OK;

  *n_done = 0;
  for (guint i = 0; i < n_events; i++)
    {
      guint n_failed;
      guint n_all;

      if (!mvx_log_forward_to_all (instance, events[i], &n_failed, &n_all, result == MVX_LOG_DISPATCH_OK ? error : NULL)
          && result == MVX_LOG_DISPATCH_OK)
        result = n_failed == n_all && n_events == 1 ? MVX_LOG_DISPATCH_RETRY : MVX_LOG_DISPATCH_DROP;
      if (result == MVX_LOG_DISPATCH_OK)
        (*n_done)++;
    }
  return result;
}

static const MvxLogPlugin mvx_log_group_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .name = "group",
  .version = MVX_LOG_VERSION_S,
  .summary = "Hands every event to several sinks",
  .licence = "LGPL-2.1-or-later",
  .options = mvx_log_group_options,
  .destroy = mvx_log_group_destroy,
  .flush = mvx_log_forward_flush,
  .reopen = mvx_log_forward_reopen,
  .reconfigure = mvx_log_forward_reconfigure,
};

const MvxLogStaticPlugin mvx_log_group_plugin = {
  &mvx_log_group_data,
  mvx_log_group_build_descriptor,
  mvx_log_group_create,
  mvx_log_group_dispatch,
};

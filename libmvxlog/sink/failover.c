/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hands every event to the first of several sinks that can deliver, and to the first of all again when it can. */
#include <mvxlog/level.h>

#include "sink/forward-private.h"

typedef struct
{
  MvxLogForward forward; /* first: the common hooks take it for the instance */
  gint last;             /* who takes the events */
} MvxLogFailover;

static const MvxLogOptionSpec mvx_log_failover_options[] = {
  MVX_LOG_FORWARD_SINKS_OPTION ("Names of the sinks, the preferred one first, separated by ';'"),
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static MvxLogSinkDescriptor *
mvx_log_failover_build_descriptor (MvxLogOptions *options, GError **error)
{
  return mvx_log_forward_describe_sinks ("failover", options, error);
}

static gpointer
mvx_log_failover_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  g_autofree MvxLogFailover *self = g_new0 (MvxLogFailover, 1);

  if (!mvx_log_forward_init (&self->forward, "failover", host, mvx_log_options_get_strv (options, "sinks"), error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
mvx_log_failover_destroy (gpointer instance)
{
  MvxLogFailover *self = instance;

  mvx_log_forward_clear (&self->forward);
  g_free (self);
}

static void
mvx_log_failover_tell (MvxLogFailover *self, gint index, MvxLogSink *member)
{
  g_autofree char *name = mvx_log_sink_dup_name (member);

  mvx_log_sink_host_count (self->forward.host, "switches", 1);
  mvx_log_sink_host_diagnosef (self->forward.host, index > self->last ? MVX_LOG_LEVEL_WARNING : MVX_LOG_LEVEL_NOTICE,
                               index > self->last ? "events go to '%s' now: those before it cannot deliver"
                                                  : "events go to '%s' again",
                               name ? name : "unnamed");
}

/* An administrator wants to know where events go. One that probes a circuit says nothing yet. */
static void
mvx_log_failover_note (MvxLogFailover *self, gint index)
{
  MvxLogSink *member = index != self->last ? mvx_log_members_use (self->forward.members, (guint) index) : NULL;

  if (member == NULL)
    return;
  if (index > self->last || mvx_log_sink_get_health (member) == MVX_LOG_SINK_HEALTH_UP)
    {
      mvx_log_failover_tell (self, index, member);
      self->last = index;
    }
  mvx_log_members_end_use (member);
}

static MvxLogDispatchResult
mvx_log_failover_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxLogFailover *self = instance;

  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      gint index = mvx_log_forward_to_one (&self->forward, 0, events[*n_done], error);

      if (index < 0)
        return MVX_LOG_DISPATCH_RETRY;
      mvx_log_failover_note (self, index);
    }
  return MVX_LOG_DISPATCH_OK;
}

static const MvxLogPlugin mvx_log_failover_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .name = "failover",
  .version = MVX_LOG_VERSION_S,
  .summary = "Hands every event to the first of several sinks that can deliver",
  .licence = "LGPL-2.1-or-later",
  .options = mvx_log_failover_options,
  .destroy = mvx_log_failover_destroy,
  .flush = mvx_log_forward_flush,
  .reopen = mvx_log_forward_reopen,
  .reconfigure = mvx_log_forward_reconfigure,
};

const MvxLogStaticPlugin mvx_log_failover_plugin = {
  &mvx_log_failover_data,
  mvx_log_failover_build_descriptor,
  mvx_log_failover_create,
  mvx_log_failover_dispatch,
};

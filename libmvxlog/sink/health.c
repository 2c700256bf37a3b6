/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sink/members-private.h"
#include "sink/sink-private.h"

/* A file with deeper ones is refused; an end in any case. */
#define MVX_LOG_HEALTH_DEPTH 32

void
mvx_log_sink_set_health (MvxLogSinkCommon *common, MvxLogSinkHealth health, gint64 probe_us)
{
  /* The time first, so that whoever sees OPEN (acquire) sees it. */
  __atomic_store_n (&common->probe_us, probe_us, __ATOMIC_RELAXED);
  __atomic_store_n (&common->health, (gint) health, __ATOMIC_RELEASE);
}

gint64
mvx_log_sink_get_probe_time (MvxLogSinkCommon *common)
{
  if (__atomic_load_n (&common->health, __ATOMIC_ACQUIRE) != MVX_LOG_SINK_HEALTH_OPEN)
    return 0;
  return __atomic_load_n (&common->probe_us, __ATOMIC_RELAXED);
}

static gboolean mvx_log_health_is_usable (MvxLogSink *sink, guint depth);

static MvxLogSinkHealth
mvx_log_health_of_members (MvxLogMembers *members, guint depth)
{
  g_autoptr (GPtrArray) list = mvx_log_members_list (members);

  for (guint i = 0; i < list->len; i++)
    if (mvx_log_health_is_usable (g_ptr_array_index (list, i), depth + 1))
      return MVX_LOG_SINK_HEALTH_UP;
  return MVX_LOG_SINK_HEALTH_DOWN;
}

/* Nobody has to wake up for a circuit to become half-open. */
static MvxLogSinkHealth
mvx_log_health_of (MvxLogSinkCommon *common, guint depth)
{
  MvxLogSinkHealth health = (MvxLogSinkHealth) __atomic_load_n (&common->health, __ATOMIC_ACQUIRE);

  if (health == MVX_LOG_SINK_HEALTH_OPEN
      && g_get_monotonic_time () >= __atomic_load_n (&common->probe_us, __ATOMIC_RELAXED))
    return MVX_LOG_SINK_HEALTH_HALF_OPEN;
  if (health == MVX_LOG_SINK_HEALTH_UP && common->members && !mvx_log_members_are_aside (common->members)
      && depth < MVX_LOG_HEALTH_DEPTH)
    return mvx_log_health_of_members (common->members, depth);
  return health;
}

static gboolean
mvx_log_health_is_usable (MvxLogSink *sink, guint depth)
{
  MvxLogSinkCommon *common = mvx_log_sink_common (sink);
  MvxLogSinkHealth health;

  if (!g_atomic_int_get (&common->enabled))
    return FALSE;
  health = mvx_log_health_of (common, depth);
  return health == MVX_LOG_SINK_HEALTH_UP || health == MVX_LOG_SINK_HEALTH_HALF_OPEN;
}

gboolean
mvx_log_sink_is_usable (MvxLogSink *sink)
{
  return mvx_log_health_is_usable (sink, 0);
}

/**
 * mvx_log_sink_get_health:
 * @sink: a sink
 *
 * Tells whether the sink can deliver at this moment. A sink that delivers in the caller's thread is UP until it goes
 * offline: whether it delivers is what [method@MvxLog.Sink.log] says of each event. A sink that forwards is UP while
 * one of its members is, and DOWN otherwise. Thread-safe.
 *
 * Returns: its health
 *
 * Since: 1.0
 */
MvxLogSinkHealth
mvx_log_sink_get_health (MvxLogSink *sink)
{
  g_return_val_if_fail (MVX_LOG_IS_SINK (sink), MVX_LOG_SINK_HEALTH_DOWN);

  return mvx_log_health_of (mvx_log_sink_common (sink), 0);
}

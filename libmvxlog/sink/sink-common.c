/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "base/atfork-private.h"
#include "base/quiesce-private.h"
#include "sink/members-private.h"
#include "sink/shape-private.h"
#include "sink/sink-private.h"

/* Those who wait until a sink is out of use; hardly ever any, so one condition serves all. */
static GMutex mvx_log_sink_unused_mutex;
MVX_LOG_FORK_LOCK (SINK_UNUSED, &mvx_log_sink_unused_mutex, NULL);
static GCond mvx_log_sink_unused;
static gint mvx_log_sink_n_waiting; /* atomic */

/* Of each sink, as in its data: of those of the parent a child reads it here, for a thread that the child does not have
 * may have had GLib's lock on that. */
static GMutex mvx_log_sink_commons_mutex;
MVX_LOG_FORK_LOCK (SINK_COMMONS, &mvx_log_sink_commons_mutex, NULL);
static GHashTable *mvx_log_sink_commons; /* sink to MvxLogSinkCommon */

static void (*mvx_log_sink_changed) (MvxLogSink *sink, gboolean shape); /* atomic */
static gint mvx_log_sink_default_level = MVX_LOG_LEVEL_INFO;            /* atomic */

static void
mvx_log_sink_common_free (gpointer data)
{
  MvxLogSinkCommon *common = data;

  g_mutex_lock (&mvx_log_sink_commons_mutex);
  g_hash_table_remove (mvx_log_sink_commons, common->sink);
  g_mutex_unlock (&mvx_log_sink_commons_mutex);
  g_clear_pointer (&common->shape, mvx_log_shape_unref);
  g_clear_pointer (&common->members, mvx_log_members_unref);
  g_mutex_clear (&common->mutex);
  g_free (common->name);
  g_free (common);
}

static MvxLogSinkCommon *
mvx_log_sink_common_new (MvxLogSink *sink)
{
  MvxLogSinkCommon *common = g_new0 (MvxLogSinkCommon, 1);

  common->sink = sink;
  common->level = MVX_LOG_SINK_LEVEL_UNSET;
  common->enabled = TRUE;
  common->generation = mvx_log_fork_generation;
  g_mutex_init (&common->mutex);
  return common;
}

/* Made if need be, of which *@is_new tells: then it has to become the sink's. */
static MvxLogSinkCommon *
mvx_log_sink_common_find (MvxLogSink *sink, gboolean *is_new)
{
  MvxLogSinkCommon *common;

  g_mutex_lock (&mvx_log_sink_commons_mutex);
  if (mvx_log_sink_commons == NULL)
    mvx_log_sink_commons = g_hash_table_new (NULL, NULL);
  common = g_hash_table_lookup (mvx_log_sink_commons, sink);
  *is_new = common == NULL;
  if (*is_new)
    {
      common = mvx_log_sink_common_new (sink);
      g_hash_table_insert (mvx_log_sink_commons, sink, common);
    }
  g_mutex_unlock (&mvx_log_sink_commons_mutex);
  return common;
}

MvxLogSinkCommon *
mvx_log_sink_common (MvxLogSink *sink)
{
  static GQuark quark;
  MvxLogSinkCommon *common = NULL;
  gboolean is_new;

  if (G_UNLIKELY (g_atomic_int_get (&quark) == 0))
    g_atomic_int_set (&quark, g_quark_from_static_string ("mvx-log-sink-common"));
  if (G_LIKELY (mvx_log_fork_generation == 0))
    common = g_object_get_qdata (G_OBJECT (sink), quark);
  if (G_LIKELY (common != NULL))
    return common;
  common = mvx_log_sink_common_find (sink, &is_new);
  if (is_new)
    g_object_set_qdata_full (G_OBJECT (sink), quark, common, mvx_log_sink_common_free);
  return common;
}

static gint
mvx_log_sink_common_level (const MvxLogSinkCommon *common)
{
  gint level = g_atomic_int_get (&common->level);

  return level == MVX_LOG_SINK_LEVEL_UNSET ? g_atomic_int_get (&mvx_log_sink_default_level) : level;
}

gint
mvx_log_sink_threshold (const MvxLogSinkCommon *common)
{
  return g_atomic_int_get (&common->enabled) ? mvx_log_sink_common_level (common) : MVX_LOG_LEVEL_OFF;
}

void
mvx_log_sink_begin_use (MvxLogSinkCommon *common)
{
  g_atomic_int_inc (&common->users);
}

void
mvx_log_sink_end_use (MvxLogSinkCommon *common)
{
  /* Both are full fences: either the waiter is seen here, or it sees that this was the last. */
  if (!g_atomic_int_dec_and_test (&common->users) || g_atomic_int_get (&mvx_log_sink_n_waiting) == 0)
    return;
  g_mutex_lock (&mvx_log_sink_unused_mutex);
  g_cond_broadcast (&mvx_log_sink_unused);
  g_mutex_unlock (&mvx_log_sink_unused_mutex);
}

gboolean
mvx_log_sink_wait_unused (MvxLogSink *sink, gint64 deadline_us)
{
  MvxLogSinkCommon *common = mvx_log_sink_common (sink);
  gboolean in_time = TRUE;

  /* From inside a sink, the caller's own logging call may be the user. */
  if (mvx_log_thread_get ()->depth > 0)
    return FALSE;
  /* Users that forked away never come back. */
  if (mvx_log_sink_is_inherited (common))
    return TRUE;
  g_mutex_lock (&mvx_log_sink_unused_mutex);
  g_atomic_int_inc (&mvx_log_sink_n_waiting);
  while (g_atomic_int_get (&common->users) > 0 && in_time)
    {
      if (deadline_us < 0)
        g_cond_wait (&mvx_log_sink_unused, &mvx_log_sink_unused_mutex);
      else
        in_time = g_cond_wait_until (&mvx_log_sink_unused, &mvx_log_sink_unused_mutex, deadline_us);
    }
  g_atomic_int_add (&mvx_log_sink_n_waiting, -1);
  g_mutex_unlock (&mvx_log_sink_unused_mutex);
  return in_time;
}

void
mvx_log_sink_set_changed_func (void (*func) (MvxLogSink *sink, gboolean shape))
{
  g_atomic_pointer_set (&mvx_log_sink_changed, func);
}

static void
mvx_log_sink_notify (MvxLogSink *sink, gboolean shape)
{
  void (*changed) (MvxLogSink * sink, gboolean shape) = g_atomic_pointer_get (&mvx_log_sink_changed);

  if (changed)
    changed (sink, shape);
}

static void
mvx_log_sink_store (MvxLogSink *sink, gint *word, gint value)
{
  g_atomic_int_set (word, value);
  mvx_log_sink_notify (sink, FALSE);
}

MvxLogShape *
mvx_log_sink_ref_shape (MvxLogSinkCommon *common)
{
  MvxLogShape *shape;

  if (G_LIKELY (g_atomic_pointer_get (&common->shape) == NULL))
    return NULL;
  g_mutex_lock (&common->mutex);
  shape = common->shape ? mvx_log_shape_ref (common->shape) : NULL;
  g_mutex_unlock (&common->mutex);
  return shape;
}

void
mvx_log_sink_take_shape (MvxLogSink *sink, MvxLogShape *shape)
{
  MvxLogSinkCommon *common = mvx_log_sink_common (sink);
  g_autoptr (MvxLogShape) old = NULL;
  gboolean same;

  g_mutex_lock (&common->mutex);
  old = common->shape;
  same = old == shape;
  g_atomic_pointer_set (&common->shape, shape);
  g_mutex_unlock (&common->mutex);
  if (!same)
    mvx_log_sink_notify (sink, TRUE);
}

void
mvx_log_sink_count_filtered (MvxLogSinkCommon *common)
{
  __atomic_fetch_add (&common->filtered, 1, __ATOMIC_RELAXED);
}

void
mvx_log_sink_set_default_level (gint level)
{
  mvx_log_sink_store (NULL, &mvx_log_sink_default_level, level);
}

void
mvx_log_sink_reset_level (MvxLogSink *sink)
{
  mvx_log_sink_store (sink, &mvx_log_sink_common (sink)->level, MVX_LOG_SINK_LEVEL_UNSET);
}

/**
 * mvx_log_sink_get_level:
 * @sink: a sink
 *
 * The least level that the sink takes; lesser events pass it by and are not counted. Thread-safe.
 *
 * Returns: the level; %MVX_LOG_LEVEL_INFO unless it was set or level rules ask for more
 *
 * Since: 1.0
 */
gint
mvx_log_sink_get_level (MvxLogSink *sink)
{
  g_return_val_if_fail (MVX_LOG_IS_SINK (sink), MVX_LOG_LEVEL_INFO);

  return mvx_log_sink_common_level (mvx_log_sink_common (sink));
}

/**
 * mvx_log_sink_set_level:
 * @sink: a sink
 * @level: the least level that it takes; %MVX_LOG_LEVEL_NOTSET for all, %MVX_LOG_LEVEL_OFF for none
 *
 * Sets the level of a running sink. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_sink_set_level (MvxLogSink *sink, gint level)
{
  g_return_if_fail (MVX_LOG_IS_SINK (sink));

  mvx_log_sink_store (sink, &mvx_log_sink_common (sink)->level, level);
}

/**
 * mvx_log_sink_get_enabled:
 * @sink: a sink
 *
 * Tells whether the sink takes events at all. Thread-safe.
 *
 * Returns: %TRUE unless it was disabled
 *
 * Since: 1.0
 */
gboolean
mvx_log_sink_get_enabled (MvxLogSink *sink)
{
  g_return_val_if_fail (MVX_LOG_IS_SINK (sink), FALSE);

  return g_atomic_int_get (&mvx_log_sink_common (sink)->enabled);
}

/**
 * mvx_log_sink_set_enabled:
 * @sink: a sink
 * @enabled: whether it takes events
 *
 * Switches a running sink off and on; its level and everything else is kept. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_sink_set_enabled (MvxLogSink *sink, gboolean enabled)
{
  g_return_if_fail (MVX_LOG_IS_SINK (sink));

  mvx_log_sink_store (sink, &mvx_log_sink_common (sink)->enabled, enabled != FALSE);
}

/**
 * mvx_log_sink_dup_name:
 * @sink: a sink
 *
 * The name under which the sink was configured. Thread-safe.
 *
 * Returns: (nullable) (transfer full): the name, or %NULL if it has none
 *
 * Since: 1.0
 */
char *
mvx_log_sink_dup_name (MvxLogSink *sink)
{
  MvxLogSinkCommon *common;
  char *name;

  g_return_val_if_fail (MVX_LOG_IS_SINK (sink), NULL);

  common = mvx_log_sink_common (sink);
  g_mutex_lock (&common->mutex);
  name = g_strdup (common->name);
  g_mutex_unlock (&common->mutex);
  return name;
}

void
mvx_log_sink_set_name (MvxLogSink *sink, const char *name)
{
  MvxLogSinkCommon *common = mvx_log_sink_common (sink);

  g_mutex_lock (&common->mutex);
  g_free (common->name);
  common->name = g_strdup (name);
  g_mutex_unlock (&common->mutex);
}

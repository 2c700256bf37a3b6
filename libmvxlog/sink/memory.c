/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps the last events, for tests and for programs that show what they logged. */
#include <mvxlog/memory.h>

#include "sink/builtin-private.h"
#include "sink/options-private.h"

typedef struct
{
  GMutex mutex;
  GQueue events; /* of owned MvxLogEvent, oldest first */
  guint max;
} MvxLogMemory;

/* Instances that are not destroyed. A query may come while the sink is being closed: it takes its reference here. */
static GMutex mvx_log_memory_mutex;
static GHashTable *mvx_log_memory_live;

static const MvxLogOptionSpec mvx_log_memory_options[] = {
  { "max-events",
    MVX_LOG_OPTION_INT64,
    MVX_LOG_OPTION_RELOADABLE,
    "10000",
    1,
    100000000,
    NULL,
    "How many events to keep; older ones are forgotten",
    { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static MvxLogSinkDescriptor *
mvx_log_memory_build_descriptor (MvxLogOptions *options, GError **error)
{
  static const char *const names[] = { "max-events", NULL };

  return mvx_log_sink_descriptor_new ("memory", NULL, mvx_log_options_pick (options, names));
}

static gpointer
mvx_log_memory_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  MvxLogMemory *self = g_atomic_rc_box_new0 (MvxLogMemory);

  g_mutex_init (&self->mutex);
  g_queue_init (&self->events);
  self->max = (guint) mvx_log_options_get_int64 (options, "max-events");
  g_mutex_lock (&mvx_log_memory_mutex);
  if (mvx_log_memory_live == NULL)
    mvx_log_memory_live = g_hash_table_new (NULL, NULL);
  g_hash_table_add (mvx_log_memory_live, self);
  g_mutex_unlock (&mvx_log_memory_mutex);
  return self;
}

static void
mvx_log_memory_clear_instance (gpointer instance)
{
  MvxLogMemory *self = instance;

  g_queue_clear_full (&self->events, (GDestroyNotify) mvx_log_event_free);
  g_mutex_clear (&self->mutex);
}

static void
mvx_log_memory_unref (MvxLogMemory *self)
{
  g_atomic_rc_box_release_full (self, mvx_log_memory_clear_instance);
}

static void
mvx_log_memory_destroy (gpointer instance)
{
  g_mutex_lock (&mvx_log_memory_mutex);
  g_hash_table_remove (mvx_log_memory_live, instance);
  g_mutex_unlock (&mvx_log_memory_mutex);
  mvx_log_memory_unref (instance);
}

/* With the instance's lock held. */
static void
mvx_log_memory_trim (MvxLogMemory *self)
{
  while (self->events.length > self->max)
    mvx_log_event_free (g_queue_pop_head (&self->events));
}

static MvxLogDispatchResult
mvx_log_memory_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxLogMemory *self = instance;

  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      MvxLogEvent *copy = mvx_log_event_copy (events[*n_done]);

      g_mutex_lock (&self->mutex);
      g_queue_push_tail (&self->events, copy);
      mvx_log_memory_trim (self);
      g_mutex_unlock (&self->mutex);
    }
  return MVX_LOG_DISPATCH_OK;
}

static gboolean
mvx_log_memory_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxLogMemory *self = instance;

  g_mutex_lock (&self->mutex);
  self->max = (guint) mvx_log_options_get_int64 (options, "max-events");
  mvx_log_memory_trim (self);
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

/* The live instance behind a sink (transfer full), or NULL. The plugin floor sets the key on every sink it wraps; what
 * is not among the live ones belongs to another plugin or is gone. */
static MvxLogMemory *
mvx_log_memory_ref_instance (MvxLogSink *sink)
{
  gpointer instance = g_object_get_data (G_OBJECT (sink), "mvx-log-plugin-instance");
  MvxLogMemory *self = NULL;

  g_mutex_lock (&mvx_log_memory_mutex);
  if (instance && mvx_log_memory_live && g_hash_table_contains (mvx_log_memory_live, instance))
    self = g_atomic_rc_box_acquire (instance);
  g_mutex_unlock (&mvx_log_memory_mutex);
  return self;
}

/**
 * mvx_log_memory_sink_get_events:
 * @sink: a sink of the built-in plugin `memory`
 *
 * The events that the sink holds at this moment, oldest first. Thread-safe.
 *
 * Returns: (nullable) (transfer full) (element-type MvxLogEvent): a new array that owns its events, or %NULL if @sink
 *   belongs to another plugin or was closed
 *
 * Since: 1.0
 */
GPtrArray *
mvx_log_memory_sink_get_events (MvxLogSink *sink)
{
  MvxLogMemory *self;
  GPtrArray *events;

  g_return_val_if_fail (MVX_LOG_IS_SINK (sink), NULL);

  self = mvx_log_memory_ref_instance (sink);
  if (self == NULL)
    return NULL;
  events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  g_mutex_lock (&self->mutex);
  for (GList *l = self->events.head; l; l = l->next)
    g_ptr_array_add (events, mvx_log_event_copy (l->data));
  g_mutex_unlock (&self->mutex);
  mvx_log_memory_unref (self);
  return events;
}

/**
 * mvx_log_memory_sink_clear:
 * @sink: a sink of the built-in plugin `memory`
 *
 * Forgets the events that the sink holds; its ledger is not changed. Does nothing for sinks of other plugins.
 * Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_memory_sink_clear (MvxLogSink *sink)
{
  MvxLogMemory *self;

  g_return_if_fail (MVX_LOG_IS_SINK (sink));

  self = mvx_log_memory_ref_instance (sink);
  if (self == NULL)
    return;
  g_mutex_lock (&self->mutex);
  g_queue_clear_full (&self->events, (GDestroyNotify) mvx_log_event_free);
  g_mutex_unlock (&self->mutex);
  mvx_log_memory_unref (self);
}

static const MvxLogPlugin mvx_log_memory_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .name = "memory",
  .version = MVX_LOG_VERSION_S,
  .summary = "Keeps the last events in memory",
  .licence = "LGPL-2.1-or-later",
  .options = mvx_log_memory_options,
  .destroy = mvx_log_memory_destroy,
  .reconfigure = mvx_log_memory_reconfigure,
};

const MvxLogStaticPlugin mvx_log_memory_plugin = {
  &mvx_log_memory_data,
  mvx_log_memory_build_descriptor,
  mvx_log_memory_create,
  mvx_log_memory_dispatch,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps the last events, for tests, for programs that show what they logged, and for other sinks: a flight recorder. */
#include <mvxlog/error.h>
#include <mvxlog/level.h>
#include <mvxlog/memory.h>

#include "async/keep-private.h"
#include "async/kept-private.h"
#include "async/ring-private.h"
#include "async/salvage-private.h"
#include "base/atfork-private.h"
#include "base/quiesce-private.h"
#include "event/event-private.h"
#include "sink/builtin-private.h"
#include "sink/members-private.h"
#include "sink/options-private.h"
#include "sink/sink-private.h"

typedef struct
{
  MvxLogSinkHost *host;
  MvxLogMembers *members; /* the sink to dump to; NULL for none */
  GMutex mutex;           /* what follows */
  MvxLogKept events;
  guint max;
  guint64 max_bytes;
  gint dump_level;
  char *ring_dir;   /* never changes; NULL: crash-ring=off */
  gboolean begun;   /* the ring, if there is to be one */
  MvxLogKeep *keep; /* what is in events, or is just being dumped; NULL: none, or no room */
} MvxLogMemory;

#define MVX_LOG_MEMORY_BATCH 64

/* Instances that are not destroyed. A query may come while the sink is being closed: it takes its reference here. */
static GMutex mvx_log_memory_mutex;
MVX_LOG_FORK_LOCK (MEMORY, &mvx_log_memory_mutex, NULL);
static GHashTable *mvx_log_memory_live;

static const char *const mvx_log_memory_rings[] = { "off", "on", NULL };

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
  { "max-bytes",
    MVX_LOG_OPTION_SIZE,
    MVX_LOG_OPTION_RELOADABLE,
    "64MiB",
    1024,
    G_MAXINT64,
    NULL,
    "How much memory the events may take; older ones are forgotten",
    { NULL, NULL } },
  { "dump-to",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_SINK,
    NULL,
    0,
    0,
    NULL,
    "Sink that gets the events when it is asked for, or at dump-level",
    { NULL, NULL } },
  { "dump-level",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_RELOADABLE,
    NULL,
    0,
    0,
    NULL,
    "An event of this level or above has all events dumped, itself as the last, and forgotten here",
    { mvx_log_option_is_level, NULL } },
  { "crash-ring",
    MVX_LOG_OPTION_ENUM,
    0,
    "off",
    0,
    0,
    mvx_log_memory_rings,
    "on: what is kept survives a program that is killed, and goes to dump-to when its next run logs, or by 'mvxlog "
    "recover'",
    { NULL, NULL } },
  { "crash-ring-dir",
    MVX_LOG_OPTION_STRING,
    0,
    NULL,
    0,
    0,
    NULL,
    "For crash-ring=on: as of sinks with a queue",
    { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static MvxLogSinkDescriptor *
mvx_log_memory_build_descriptor (MvxLogOptions *options, GError **error)
{
  static const char *const names[]
      = { "max-events", "max-bytes", "dump-to", "dump-level", "crash-ring", "crash-ring-dir", NULL };
  const char *needs = mvx_log_options_get_string (options, "dump-level")      ? "dump-level"
                      : mvx_log_options_get_enum (options, "crash-ring") == 1 ? "crash-ring"
                                                                              : NULL;

  if (needs && !mvx_log_options_get_string (options, "dump-to"))
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                   "Option '%s': needs 'dump-to', the sink that gets the events", needs);
      return NULL;
    }
  return mvx_log_sink_descriptor_new ("memory", NULL, mvx_log_options_pick (options, names));
}

static void
mvx_log_memory_read_options (MvxLogMemory *self, MvxLogOptions *options)
{
  const char *level = mvx_log_options_get_string (options, "dump-level");

  self->max = (guint) mvx_log_options_get_int64 (options, "max-events");
  self->max_bytes = mvx_log_options_get_size (options, "max-bytes");
  self->dump_level = MVX_LOG_LEVEL_OFF;
  if (level)
    mvx_log_level_from_string (level, &self->dump_level, NULL); /* checked when it was set */
}

static void
mvx_log_memory_place_ring (MvxLogMemory *self, MvxLogOptions *options)
{
  if (mvx_log_options_get_enum (options, "crash-ring") != 1)
    return;
  self->ring_dir = mvx_log_ring_place (mvx_log_options_get_string (options, "crash-ring-dir"),
                                       mvx_log_sink_host_get_name (self->host));
  if (self->ring_dir == NULL)
    mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_ERROR,
                                 "goes on without a crash ring: there is no directory for it, as XDG_RUNTIME_DIR is "
                                 "not set; set crash-ring-dir");
}

static gpointer
mvx_log_memory_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  const char *names[] = { mvx_log_options_get_string (options, "dump-to"), NULL };
  MvxLogMembers *members = names[0] ? mvx_log_members_new (host, names, TRUE, error) : NULL;
  MvxLogMemory *self;

  if (names[0] && members == NULL)
    return NULL;
  self = g_atomic_rc_box_new0 (MvxLogMemory);
  self->host = host;
  self->members = members;
  g_mutex_init (&self->mutex);
  mvx_log_memory_read_options (self, options);
  mvx_log_memory_place_ring (self, options);
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

  mvx_log_kept_clear (&self->events);
  g_clear_pointer (&self->members, mvx_log_members_unref);
  g_clear_pointer (&self->keep, mvx_log_keep_free);
  g_free (self->ring_dir);
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
  if (((MvxLogMemory *) instance)->members)
    mvx_log_members_clear (((MvxLogMemory *) instance)->members);
  mvx_log_memory_unref (instance);
}

/* With the instance's lock held: the oldest @n are gone. */
static void
mvx_log_memory_drop (MvxLogMemory *self, guint n)
{
  if (self->keep)
    mvx_log_keep_drop (self->keep, n);
}

/* With the instance's lock held. */
static void
mvx_log_memory_trim (MvxLogMemory *self)
{
  while (self->events.length > self->max || self->events.bytes > self->max_bytes)
    {
      mvx_log_event_free (mvx_log_kept_pop (&self->events));
      mvx_log_memory_drop (self, 1);
    }
}

/* With the instance's lock held: all that it holds. */
static void
mvx_log_memory_take (MvxLogMemory *self, MvxLogKept *events)
{
  *events = self->events;
  self->events = (MvxLogKept){ 0 };
}

/* Before what has come since. */
static void
mvx_log_memory_put_back (MvxLogMemory *self, MvxLogKept *events)
{
  g_mutex_lock (&self->mutex);
  mvx_log_kept_prepend (&self->events, events);
  mvx_log_memory_trim (self);
  g_mutex_unlock (&self->mutex);
}

/* What @target does not take stays. */
static gboolean
mvx_log_memory_dump (MvxLogMemory *self, MvxLogSink *target, guint *n_dumped, GError **error)
{
  gboolean fine = TRUE;
  MvxLogKept events;

  g_mutex_lock (&self->mutex);
  mvx_log_memory_take (self, &events);
  g_mutex_unlock (&self->mutex);
  *n_dumped = 0;
  while (fine && events.first)
    {
      fine = mvx_log_sink_log_handed_on (target, events.first->event, error);
      if (!fine)
        break;
      mvx_log_event_free (mvx_log_kept_pop (&events));
      (*n_dumped)++;
      g_mutex_lock (&self->mutex);
      mvx_log_memory_drop (self, 1);
      g_mutex_unlock (&self->mutex);
    }
  mvx_log_memory_put_back (self, &events);
  return fine;
}

static void
mvx_log_memory_dump_aside (MvxLogMemory *self)
{
  MvxLogSink *target = self->members ? mvx_log_members_use (self->members, 0) : NULL;
  g_autoptr (GError) error = NULL;
  guint n_dumped = 0;

  if (target == NULL)
    return;
  mvx_log_sink_host_count (self->host, "dumps", 1);
  if (!mvx_log_memory_dump (self, target, &n_dumped, &error))
    mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_WARNING,
                                 "could dump only %u events, the rest stays for the next time: %s", n_dumped,
                                 error->message);
  mvx_log_members_end_use (target);
}

/* What killed processes had kept. What @target does not take stays in their rings. */
static void
mvx_log_memory_salvage (MvxLogMemory *self, MvxLogSalvage *salvage, MvxLogSink *target)
{
  g_autoptr (GError) error = NULL;
  MvxLogEvent *event;
  guint n = 0;

  mvx_log_sink_host_count (self->host, "dumps", 1);
  while (error == NULL && (event = mvx_log_salvage_take (salvage)))
    {
      if (mvx_log_sink_log_handed_on (target, event, &error))
        n++;
      if (error || n == MVX_LOG_MEMORY_BATCH || n == mvx_log_salvage_count (salvage))
        {
          mvx_log_salvage_acknowledge (salvage, n);
          n = 0;
        }
    }
  if (error)
    mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_WARNING,
                                 "could not dump %" G_GUINT64_FORMAT " events of former runs, which stay: %s",
                                 mvx_log_salvage_count (salvage), error->message);
}

static void
mvx_log_memory_recover (MvxLogMemory *self)
{
  MvxLogSink *target = self->members ? mvx_log_members_use (self->members, 0) : NULL;
  g_autoptr (MvxLogSalvage) salvage = NULL;
  g_autoptr (GError) error = NULL;
  guint64 n_damaged;

  if (target == NULL)
    return;
  salvage = mvx_log_salvage_new (self->ring_dir, FALSE, &n_damaged, &error);
  if (salvage)
    mvx_log_memory_salvage (self, salvage, target);
  mvx_log_members_end_use (target);
  if (error)
    mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_ERROR, "cannot recover events of former runs: %s",
                                 error->message);
}

/* With the first event: a program that only looks at its configuration makes no ring, and takes none. */
static void
mvx_log_memory_begin (MvxLogMemory *self)
{
  g_autoptr (GError) error = NULL;
  gboolean first;

  if (self->ring_dir == NULL)
    return;
  g_mutex_lock (&self->mutex);
  first = !self->begun;
  self->begun = TRUE;
  if (first)
    self->keep = mvx_log_keep_new (self->ring_dir, &error);
  g_mutex_unlock (&self->mutex);
  if (error)
    mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_ERROR, "goes on without a crash ring: %s", error->message);
  if (first)
    mvx_log_memory_recover (self);
}

/* FALSE: there is no memory for it. */
static gboolean
mvx_log_memory_keep (MvxLogMemory *self, const MvxLogEvent *event)
{
  MvxLogKeptItem *item = mvx_log_kept_item_new (event);
  g_autoptr (GError) error = NULL;
  gboolean dump;

  if (item == NULL)
    return FALSE;
  mvx_log_memory_begin (self);
  g_mutex_lock (&self->mutex);
  mvx_log_kept_push (&self->events, item);
  if (self->keep && !mvx_log_keep_add (self->keep, item->event, &error))
    g_clear_pointer (&self->keep, mvx_log_keep_free);
  mvx_log_memory_trim (self);
  dump = mvx_log_event_get_level (event) >= self->dump_level;
  g_mutex_unlock (&self->mutex);
  if (error)
    mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_ERROR, "goes on without a crash ring: %s", error->message);
  if (dump)
    mvx_log_memory_dump_aside (self);
  return TRUE;
}

static MvxLogDispatchResult
mvx_log_memory_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    if (!mvx_log_memory_keep (instance, events[*n_done]))
      {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "there is no memory for it");
        return MVX_LOG_DISPATCH_DROP;
      }
  return MVX_LOG_DISPATCH_OK;
}

static gboolean
mvx_log_memory_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxLogMemory *self = instance;

  g_mutex_lock (&self->mutex);
  mvx_log_memory_read_options (self, options);
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
 * Returns: (nullable) (transfer container) (element-type MvxLogEvent): a new array that owns its events, or %NULL if
 * @sink belongs to another plugin or was closed
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
  for (const MvxLogKeptItem *item = self->events.first; item; item = item->next)
    g_ptr_array_add (events, mvx_log_event_copy (item->event));
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
  mvx_log_memory_drop (self, self->events.length);
  mvx_log_kept_clear (&self->events);
  g_mutex_unlock (&self->mutex);
  mvx_log_memory_unref (self);
}

/**
 * mvx_log_memory_sink_dump:
 * @sink: a sink of the built-in plugin `memory`
 * @target: another sink
 * @n_dumped: (out) (optional): how many events @target took
 * @error: return location for an error
 *
 * Hands the events that the sink holds to @target, oldest first, and forgets them. What @target does not take stays.
 * The level of @target counts only if it was given one. Thread-safe; events that come meanwhile are kept for the next
 * time.
 *
 * Returns: %TRUE if @target took all; %FALSE with its error, or with %MVX_LOG_SINK_ERROR_INVALID_STATE if @sink belongs
 *   to another plugin or was closed
 *
 * Since: 1.0
 */
gboolean
mvx_log_memory_sink_dump (MvxLogSink *sink, MvxLogSink *target, guint *n_dumped, GError **error)
{
  MvxLogThread *thread;
  MvxLogMemory *self;
  gboolean fine;
  guint n = 0;

  g_return_val_if_fail (MVX_LOG_IS_SINK (sink), FALSE);
  g_return_val_if_fail (MVX_LOG_IS_SINK (target) && target != sink, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  self = mvx_log_memory_ref_instance (sink);
  if (self == NULL)
    {
      g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                           "The sink keeps no events: it belongs to another plugin than 'memory', or was closed");
      return FALSE;
    }
  thread = mvx_log_thread_get ();
  thread->depth++; /* as in any call of a sink: what it logs itself goes to the diagnostics */
  fine = mvx_log_memory_dump (self, target, &n, error);
  thread->depth--;
  if (n_dumped)
    *n_dumped = n;
  mvx_log_memory_unref (self);
  return fine;
}

static const MvxLogPlugin mvx_log_memory_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .name = "memory",
  .version = MVX_LOG_VERSION_S,
  .summary = "Keeps the last events in memory, and hands them on when something happens",
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as rows of an SQLite database: the plugin contract. An event is settled when the transaction of its batch has
 * been committed: from then on no crash of the program can lose it. */
#include "sqlite-options.h"
#include "sqlite-retain.h"
#include "sqlite-store.h"

#define MVX_SQLITE_WATCH_INTERVAL_US G_USEC_PER_SEC

typedef struct
{
  MvxLogSinkHost *host;
  MvxSqliteOptions *options;
  MvxSqliteStore *store;
  MvxSqliteRetain *retain; /* on the worker, while the sink runs */
  gint64 watched_us;       /* when the path was looked at */
} MvxSqlite;

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxSqliteOptions) parsed = mvx_sqlite_options_new (options, error);

  if (parsed == NULL)
    return NULL;
  return mvx_log_sink_descriptor_new ("sqlite", g_variant_new_string (parsed->path),
                                      mvx_sqlite_options_to_key (options));
}

static void
mvx_sqlite_destroy (gpointer instance)
{
  MvxSqlite *self = instance;

  g_clear_pointer (&self->retain, mvx_sqlite_retain_free);
  g_clear_pointer (&self->store, mvx_sqlite_store_free);
  g_clear_pointer (&self->options, mvx_sqlite_options_free);
  g_free (self);
}

/* A database that is only locked just now will do later. */
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  MvxSqlite *self = g_new0 (MvxSqlite, 1);
  g_autoptr (GError) local = NULL;

  self->host = host;
  self->options = mvx_sqlite_options_new (options, error);
  if (self->options == NULL)
    {
      mvx_sqlite_destroy (self);
      return NULL;
    }
  self->store = mvx_sqlite_store_new (host, self->options);
  self->watched_us = g_get_monotonic_time ();
  if (mvx_sqlite_store_open (self->store, &local) == MVX_LOG_DISPATCH_OK
      || g_error_matches (local, G_IO_ERROR, G_IO_ERROR_BUSY))
    return self;
  g_propagate_error (error, g_steal_pointer (&local));
  mvx_sqlite_destroy (self);
  return NULL;
}

static gboolean
mvx_sqlite_on_starting (gpointer instance, GError **error)
{
  MvxSqlite *self = instance;

  self->retain = mvx_sqlite_retain_new (self->host, self->store, self->options);
  /* What the last run did not come to. */
  mvx_sqlite_retain_poke (self->retain);
  return TRUE;
}

static gboolean
mvx_sqlite_on_stopped (gpointer instance, GError **error)
{
  MvxSqlite *self = instance;

  g_clear_pointer (&self->retain, mvx_sqlite_retain_free);
  /* Takes the write-ahead log over into the database, if nobody else has it open. */
  mvx_sqlite_store_close (self->store);
  return TRUE;
}

/* Somebody renamed or removed the database without telling. */
static void
mvx_sqlite_look_at_path (MvxSqlite *self)
{
  gint64 now = g_get_monotonic_time ();

  if (!self->options->watch || now - self->watched_us < MVX_SQLITE_WATCH_INTERVAL_US)
    return;
  self->watched_us = now;
  if (!mvx_sqlite_store_is_stale (self->store))
    return;
  mvx_sqlite_store_close (self->store);
  mvx_log_sink_host_count (self->host, "reopened", 1);
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxSqlite *self = instance;
  MvxLogDispatchResult result;

  *n_done = 0;
  mvx_sqlite_look_at_path (self);
  result = mvx_sqlite_store_open (self->store, error);
  if (result == MVX_LOG_DISPATCH_OK)
    result = mvx_sqlite_store_write (self->store, events, n_events, error);
  if (result != MVX_LOG_DISPATCH_OK)
    return result;
  *n_done = n_events;
  if (self->retain)
    mvx_sqlite_retain_poke (self->retain);
  return MVX_LOG_DISPATCH_OK;
}

static gboolean
mvx_sqlite_reopen (gpointer instance, GError **error)
{
  MvxSqlite *self = instance;

  self->watched_us = g_get_monotonic_time ();
  mvx_sqlite_store_close (self->store);
  return mvx_sqlite_store_open (self->store, error) == MVX_LOG_DISPATCH_OK;
}

static gboolean
mvx_sqlite_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxSqliteOptions) parsed = mvx_sqlite_options_new (options, error);

  return parsed && mvx_sqlite_open_probe (parsed, error);
}

static gboolean
mvx_sqlite_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxSqlite *self = instance;
  MvxSqliteOptions *fresh = mvx_sqlite_options_new (options, error);

  if (fresh == NULL)
    return FALSE;
  /* A relative path, or a link, may mean another file by now. */
  g_free (fresh->path);
  fresh->path = g_strdup (self->options->path);
  mvx_sqlite_store_set_options (self->store, fresh);
  if (self->retain)
    mvx_sqlite_retain_set_options (self->retain, fresh);
  mvx_sqlite_options_free (self->options);
  self->options = fresh;
  return TRUE;
}

MVX_LOG_PLUGIN_DEFINE ("sqlite",
                       MVX_LOG_VERSION_S,
                       "Rows of an SQLite database, one per event",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES | MVX_LOG_PLUGIN_EXCLUSIVE_RESOURCE,
                       mvx_sqlite_option_table,
                       mvx_sqlite_destroy,
                       .on_starting = mvx_sqlite_on_starting,
                       .on_stopped = mvx_sqlite_on_stopped,
                       .reopen = mvx_sqlite_reopen,
                       .probe = mvx_sqlite_probe,
                       .reconfigure = mvx_sqlite_reconfigure);

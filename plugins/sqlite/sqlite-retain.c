/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sqlite-retain.h"

/* What one bite removes at most, and how long events that wait come first afterwards. */
#define MVX_SQLITE_RETAIN_ROWS 500
#define MVX_SQLITE_RETAIN_PAGES 256
#define MVX_SQLITE_RETAIN_PAUSE_US 10000
/* After new events, and after trouble. */
#define MVX_SQLITE_RETAIN_DELAY_US G_USEC_PER_SEC
#define MVX_SQLITE_RETAIN_TROUBLE_US (60 * G_USEC_PER_SEC)

struct _MvxSqliteRetain
{
  MvxLogSinkHost *host;
  MvxSqliteStore *store;
  const MvxSqliteOptions *options;
  GSource *source;
};

typedef struct
{
  gint64 first; /* ids */
  gint64 last;
  gint64 oldest_ns; /* of the first */
  gint64 used;      /* bytes that hold something */
  gint64 n_free;    /* pages that hold nothing */
} MvxSqliteExtent;

static int
mvx_sqlite_retain_measure (sqlite3 *db, MvxSqliteExtent *extent)
{
  gint64 n_pages = 0;
  gint64 page_size = 0;
  int code;

  *extent = (MvxSqliteExtent){ 0, 0, 0, 0, 0 };
  code = mvx_sqlite_open_ask (db, "SELECT min(id) FROM events", &extent->first);
  if (code == SQLITE_OK)
    code = mvx_sqlite_open_ask (db, "SELECT max(id) FROM events", &extent->last);
  if (code == SQLITE_OK)
    code = mvx_sqlite_open_ask (db, "SELECT time_ns FROM events ORDER BY id LIMIT 1", &extent->oldest_ns);
  if (code == SQLITE_OK)
    code = mvx_sqlite_open_ask (db, "PRAGMA page_count", &n_pages);
  if (code == SQLITE_OK)
    code = mvx_sqlite_open_ask (db, "PRAGMA page_size", &page_size);
  if (code == SQLITE_OK)
    code = mvx_sqlite_open_ask (db, "PRAGMA freelist_count", &extent->n_free);
  extent->used = (n_pages - extent->n_free) * page_size;
  return code;
}

/* The newest event stays whatever the limits are: so no id comes twice, and whoever follows the table misses nothing.
 */
static int
mvx_sqlite_retain_remove (sqlite3 *db, const MvxSqliteExtent *extent, gint64 n, gint64 before_ns, gint64 *n_removed)
{
  const gint64 up_to = MIN (extent->first + MIN (n, MVX_SQLITE_RETAIN_ROWS), extent->last);
  int code;

  if (n <= 0)
    return SQLITE_OK;
  code = mvx_sqlite_open_run (db, "DELETE FROM events WHERE id < %" G_GINT64_FORMAT " AND time_ns < %" G_GINT64_FORMAT,
                              up_to, before_ns);
  *n_removed += code == SQLITE_OK ? sqlite3_changes64 (db) : 0;
  return code;
}

/* How many of the oldest go because of count and size. */
static gint64
mvx_sqlite_retain_count_surplus (const MvxSqliteOptions *options, const MvxSqliteExtent *extent)
{
  const gint64 n_all = extent->last - extent->first + 1;
  gint64 n = 0;

  if (options->retain_count > 0)
    n = n_all - options->retain_count;
  /* As many as hold what is too much, if they are all as large. */
  if (options->retain_size > 0 && extent->used > options->retain_size)
    n = MAX (n, (extent->used - options->retain_size) / (extent->used / n_all + 1) + 1);
  return n;
}

static int
mvx_sqlite_retain_do (MvxSqliteRetain *self, sqlite3 *db, gint64 now_us, MvxSqliteExtent *extent, gint64 *n_removed)
{
  const MvxSqliteOptions *options = self->options;
  int code = mvx_sqlite_retain_measure (db, extent);

  if (code == SQLITE_OK)
    code = mvx_sqlite_retain_remove (db, extent, mvx_sqlite_retain_count_surplus (options, extent), G_MAXINT64,
                                     n_removed);
  if (code == SQLITE_OK && options->retain_age_us > 0 && *n_removed == 0)
    code = mvx_sqlite_retain_remove (db, extent, MVX_SQLITE_RETAIN_ROWS, (now_us - options->retain_age_us) * 1000,
                                     n_removed);
  if (code == SQLITE_OK && extent->n_free > 0)
    code = mvx_sqlite_open_run (db, "PRAGMA incremental_vacuum(%d)", MVX_SQLITE_RETAIN_PAGES);
  return code;
}

gboolean
mvx_sqlite_retain_bite (MvxSqliteRetain *self, gint64 now_us, gint64 *next_us)
{
  sqlite3 *db = mvx_sqlite_store_get_db (self->store);
  g_autoptr (GError) error = NULL;
  MvxSqliteExtent extent;
  gint64 n_removed = 0;
  int code;

  *next_us = -1;
  if (db == NULL || !mvx_sqlite_options_retains (self->options))
    return FALSE;
  code = mvx_sqlite_retain_do (self, db, now_us, &extent, &n_removed);
  if (n_removed > 0)
    mvx_log_sink_host_count (self->host, "removed", n_removed);
  if (code != SQLITE_OK)
    {
      *next_us = now_us + (mvx_sqlite_error_is_busy (code) ? MVX_SQLITE_RETAIN_DELAY_US : MVX_SQLITE_RETAIN_TROUBLE_US);
      if (mvx_sqlite_error_is_busy (code))
        return FALSE;
      mvx_sqlite_error_set (db, code, self->options->path, &error);
      mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_WARNING, "Old events cannot be removed: %s",
                                   error->message);
      return FALSE;
    }
  if (self->options->retain_age_us > 0 && extent.last > extent.first)
    *next_us = MAX (extent.oldest_ns / 1000 + self->options->retain_age_us, now_us + MVX_SQLITE_RETAIN_DELAY_US);
  return n_removed > 0 || extent.n_free > 0;
}

static gboolean
mvx_sqlite_retain_on_time (gpointer data)
{
  MvxSqliteRetain *self = data;
  gint64 now_us = g_get_real_time ();
  gint64 next_us;

  if (mvx_sqlite_retain_bite (self, now_us, &next_us))
    next_us = now_us + MVX_SQLITE_RETAIN_PAUSE_US;
  g_source_set_ready_time (self->source, next_us < 0 ? -1 : g_get_monotonic_time () + (next_us - now_us));
  return G_SOURCE_CONTINUE;
}

static gboolean
mvx_sqlite_retain_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs mvx_sqlite_retain_funcs = { NULL, NULL, mvx_sqlite_retain_dispatch, NULL, NULL, NULL };

MvxSqliteRetain *
mvx_sqlite_retain_new (MvxLogSinkHost *host, MvxSqliteStore *store, const MvxSqliteOptions *options)
{
  MvxSqliteRetain *self = g_new0 (MvxSqliteRetain, 1);

  self->host = host;
  self->store = store;
  self->options = options;
  self->source = g_source_new (&mvx_sqlite_retain_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, "mvxlog-sqlite-retain");
  g_source_set_callback (self->source, mvx_sqlite_retain_on_time, self, NULL);
  g_source_set_ready_time (self->source, -1);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

void
mvx_sqlite_retain_free (MvxSqliteRetain *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_free (self);
}

void
mvx_sqlite_retain_set_options (MvxSqliteRetain *self, const MvxSqliteOptions *options)
{
  self->options = options;
  g_source_set_ready_time (self->source, mvx_sqlite_options_retains (options) ? 0 : -1);
}

void
mvx_sqlite_retain_poke (MvxSqliteRetain *self)
{
  gint64 due = g_get_monotonic_time () + MVX_SQLITE_RETAIN_DELAY_US;
  gint64 ready = g_source_get_ready_time (self->source);

  if (mvx_sqlite_options_retains (self->options) && (ready < 0 || ready > due))
    g_source_set_ready_time (self->source, due);
}

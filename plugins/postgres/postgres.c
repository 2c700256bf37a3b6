/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as rows of a PostgreSQL table: the plugin contract. An event is settled when the server has committed its
 * batch. */
#include "postgres-options.h"
#include "postgres-store.h"

typedef struct
{
  MvxPostgresOptions *options;
  MvxPostgresStore *store;
} MvxPostgres;

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (GVariant) all = mvx_log_options_to_variant (options);
  g_autoptr (MvxPostgresOptions) parsed = mvx_postgres_options_new (options, error);
  g_autofree char *resource = NULL;

  if (parsed == NULL)
    return NULL;
  resource
      = g_strdup_printf ("%s/%s/%s", parsed->address, parsed->database, mvx_log_options_get_string (options, "table"));
  return mvx_log_sink_descriptor_new ("postgres", g_variant_new_string (resource), all);
}

static void
mvx_postgres_destroy (gpointer instance)
{
  MvxPostgres *self = instance;

  mvx_postgres_store_free (self->store);
  mvx_postgres_options_free (self->options);
  g_free (self);
}

/* Connects with the first batch: a server that is not there yet is no mistake of the configuration. */
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  MvxPostgresOptions *parsed = mvx_postgres_options_new (options, error);
  MvxPostgres *self;

  if (parsed == NULL)
    return NULL;
  self = g_new0 (MvxPostgres, 1);
  self->options = parsed;
  self->store = mvx_postgres_store_new (host, parsed);
  return self;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxPostgres *self = instance;

  *n_done = 0;
  if (!mvx_postgres_store_open (self->store, error))
    return MVX_LOG_DISPATCH_RETRY;
  return mvx_postgres_store_write (self->store, events, n_events, n_done, error);
}

/* Also for the hook reopen: the next batch connects anew, to where names may lead by now, with the password and
 * certificates of then. */
static gboolean
mvx_postgres_disconnect (gpointer instance, GError **error)
{
  MvxPostgres *self = instance;

  mvx_postgres_store_close (self->store);
  return TRUE;
}

static gboolean
mvx_postgres_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxPostgresOptions) parsed = mvx_postgres_options_new (options, error);

  if (parsed == NULL)
    return FALSE;
  if (deadline_us >= 0)
    parsed->timeout_us = CLAMP (deadline_us - g_get_monotonic_time (), 1, parsed->timeout_us);
  return mvx_postgres_store_probe (parsed, error);
}

static gboolean
mvx_postgres_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxPostgres *self = instance;
  MvxPostgresOptions *fresh = mvx_postgres_options_new (options, error);

  if (fresh == NULL)
    return FALSE;
  mvx_postgres_store_set_options (self->store, fresh);
  mvx_postgres_options_free (self->options);
  self->options = fresh;
  return TRUE;
}

MVX_LOG_PLUGIN_DEFINE ("postgres",
                       MVX_LOG_VERSION_S,
                       "Rows of a PostgreSQL table, one per event",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES,
                       mvx_postgres_option_table,
                       mvx_postgres_destroy,
                       .on_stopped = mvx_postgres_disconnect,
                       .reopen = mvx_postgres_disconnect,
                       .probe = mvx_postgres_probe,
                       .reconfigure = mvx_postgres_reconfigure);

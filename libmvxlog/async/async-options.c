/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/async-options-private.h"
#include "async/async-sink-private.h"
#include "base/error-private.h"
#include "sink/common-private.h"
#include "sink/options-private.h"
#include "sink/registry-private.h"
#include "sink/sink-private.h"

void
mvx_log_async_options_read (MvxLogAsyncConfig *config, const char *name, MvxLogOptions *options)
{
  /* The choices stand in the order of the enumerations. */
  *config = (MvxLogAsyncConfig){
    .name = name,
    .queue_max_size = mvx_log_options_get_int64 (options, "queue-max-size"),
    .queue_max_bytes = mvx_log_options_get_size (options, "queue-max-bytes"),
    .max_record = (guint32) mvx_log_options_get_size (options, "max-record-size"),
    .overflow = (MvxLogOverflow) mvx_log_options_get_enum (options, "queue-overflow"),
    .block_timeout_us = mvx_log_options_get_duration (options, "block-timeout"),
    .batch_max = (guint) mvx_log_options_get_int64 (options, "batch-max"),
    .max_in_flight = (guint) mvx_log_options_get_int64 (options, "max-in-flight"),
    .linger_us = mvx_log_options_get_duration (options, "linger"),
    .lazy = g_strcmp0 (mvx_log_options_get_string (options, "sleep"), "lazy") == 0,
    .retry_min_us = mvx_log_options_get_duration (options, "retry-min"),
    .retry_max_us = mvx_log_options_get_duration (options, "retry-max"),
    .retry_age_us = mvx_log_options_get_duration (options, "retry-max-age"),
    .retry_count = (guint) mvx_log_options_get_int64 (options, "retry-count"),
    .breaker_failures = (guint) mvx_log_options_get_int64 (options, "breaker-failures"),
    .breaker_pause_us = mvx_log_options_get_duration (options, "breaker-pause"),
    .drain_timeout_us = mvx_log_options_get_duration (options, "drain-timeout"),
    .crash_ring = mvx_log_options_get_enum (options, "crash-ring") == 1,
    .crash_ring_dir = mvx_log_options_get_string (options, "crash-ring-dir"),
    .delivery = (MvxLogDelivery) mvx_log_options_get_enum (options, "delivery"),
    .spool_dir = mvx_log_options_get_string (options, "spool-dir"),
    .sync = (MvxLogSpoolSync) mvx_log_options_get_enum (options, "spool-sync"),
    .sync_interval_us = mvx_log_options_get_duration (options, "spool-sync-interval"),
    .write = (MvxLogSpoolWrite) mvx_log_options_get_enum (options, "spool-write"),
    .spool_max_bytes = mvx_log_options_get_size (options, "spool-max-bytes"),
    .spool_keep_free = mvx_log_options_is_set (options, "spool-keep-free")
                           ? mvx_log_options_get_size (options, "spool-keep-free")
                           : MVX_LOG_SPOOL_KEEP_FREE_AUTO,
    .spool_overflow = (MvxLogSpoolOverflow) mvx_log_options_get_enum (options, "spool-overflow"),
  };
}

static gboolean
mvx_log_async_options_refuse (GError **error, const char *option, const char *reason)
{
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "Option '%s': %s", option, reason);
  return FALSE;
}

static gboolean
mvx_log_async_options_check_ring (MvxLogOptions *options, gboolean is_async, GError **error)
{
  const char *dir;
  g_autofree char *reason = NULL;

  if (mvx_log_options_find (options, "crash-ring") == NULL || mvx_log_options_get_enum (options, "crash-ring") != 1)
    return TRUE;
  /* What never has a worker has an option of that name of its own. */
  if (!is_async && mvx_log_options_find (options, "queue-max-size"))
    return mvx_log_async_options_refuse (error, "crash-ring",
                                         "only a sink with a worker has a queue to keep there; write 'async=true'");
  dir = mvx_log_options_get_string (options, "crash-ring-dir");
  if (dir == NULL || g_path_is_absolute (dir))
    return TRUE;
  reason = g_strdup_printf ("'%s' is no absolute path; write one that begins with '/'", dir);
  return mvx_log_async_options_refuse (error, "crash-ring-dir", reason);
}

gboolean
mvx_log_async_options_check (MvxLogOptions *options,
                             const char *plugin,
                             gboolean is_async,
                             gboolean acknowledges,
                             GError **error)
{
  const char *dir;
  g_autofree char *reason = NULL;

  if (!mvx_log_async_options_check_ring (options, is_async, error))
    return FALSE;
  if (mvx_log_options_find (options, "delivery") == NULL
      || mvx_log_options_get_enum (options, "delivery") != MVX_LOG_DELIVERY_SPOOL)
    return TRUE;
  if (!is_async)
    return mvx_log_async_options_refuse (error, "delivery",
                                         "only a sink with a worker can have a spool; write 'async=true'");
  if (!acknowledges && mvx_log_options_get_enum (options, "ack") == 0)
    {
      reason
          = g_strdup_printf ("plugin '%s' never learns whether an event has arrived, so a spool cannot keep it until "
                             "then; write 'ack=none' if it is enough that it was sent, else 'delivery=queue'",
                             plugin);
      return mvx_log_async_options_refuse (error, "delivery", reason);
    }
  if (mvx_log_options_get_enum (options, "spool-write") == MVX_LOG_SPOOL_WRITE_THROUGH
      && mvx_log_options_get_enum (options, "spool-overflow") == MVX_LOG_SPOOL_OVERFLOW_BLOCK)
    return mvx_log_async_options_refuse (
        error, "spool-overflow",
        "with spool-write=through there is no queue to wait in; write 'drop-oldest' or "
        "'drop-newest', or 'spool-write=worker'");
  dir = mvx_log_options_get_string (options, "spool-dir");
  if (dir == NULL || g_path_is_absolute (dir))
    return TRUE;
  reason = g_strdup_printf ("'%s' is no absolute path; write one that begins with '/'", dir);
  return mvx_log_async_options_refuse (error, "spool-dir", reason);
}

static gboolean
mvx_log_async_options_take (MvxLogAsyncSink *sink, const char *name, MvxLogOptions *options, GError **error)
{
  g_autofree char *present = NULL;
  MvxLogAsyncConfig config;

  mvx_log_async_options_read (&config, name, options);
  if (mvx_log_async_sink_set_config (sink, &config))
    return TRUE;
  present = mvx_log_sink_dup_name (MVX_LOG_SINK (sink));
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
               "Sink '%s' has been used already; configure it before that", present ? present : name);
  return FALSE;
}

/**
 * mvx_log_async_sink_configure:
 * @self: a sink that nobody has used yet
 * @name: its name: a letter, then letters, digits, `-` and `_`
 * @options: (nullable): options as a dictionary `a{sv}`; strings are read as in a key-file; consumed if floating
 * @error: return location for an error
 *
 * Names a sink that a program derives itself, for its thread, errors and diagnostics, and sets what every sink with a
 * queue can be told in a key-file: `queue-max-size`, `queue-max-bytes`, `max-record-size`, `queue-overflow`,
 * `block-timeout`, `batch-max`, `max-in-flight`, `linger`, `sleep`, `retry-min`, `retry-max`, `retry-max-age`,
 * `retry-count`, `breaker-failures`, `breaker-pause`, `drain-timeout`, `crash-ring` and `crash-ring-dir`; and what a
 * spool can be told: `delivery`, `spool-dir`, `spool-sync`, `spool-sync-interval`, `spool-write`, `spool-max-bytes`,
 * `spool-keep-free` and `spool-overflow`. What is not named has its default. Thread-safe.
 *
 * Returns: %TRUE; %FALSE with %MVX_LOG_ERROR_INVALID_NAME or %MVX_LOG_SINK_ERROR_INVALID_OPTION, or with
 *   %MVX_LOG_SINK_ERROR_INVALID_STATE if the sink has been used
 *
 * Since: 1.0
 */
gboolean
mvx_log_async_sink_configure (MvxLogAsyncSink *self, const char *name, GVariant *options, GError **error)
{
  const MvxLogOptionSpec *tables[] = { mvx_log_common_async_options };
  g_autoptr (MvxLogOptions) read = NULL;
  g_autoptr (GVariant) dict = NULL;

  g_return_val_if_fail (MVX_LOG_IS_ASYNC_SINK (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  dict = g_variant_ref_sink (options ? options : g_variant_new ("a{sv}", NULL));
  g_return_val_if_fail (g_variant_is_of_type (dict, G_VARIANT_TYPE_VARDICT), FALSE);

  if (!mvx_log_registry_check_name (name, error))
    return FALSE;
  read = mvx_log_options_new_tables (tables, G_N_ELEMENTS (tables));
  if (!mvx_log_options_set_all (read, dict, error) || !mvx_log_options_check (read, error)
      || !mvx_log_async_options_check (read, name, TRUE, TRUE, error))
    {
      mvx_log_error_wrap (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                          "Sink '%s' cannot be configured", name);
      return FALSE;
    }
  if (mvx_log_options_is_set (read, "fallback"))
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                   "Sink '%s' cannot be configured: Option 'fallback': only a sink that a plugin makes can have one; "
                   "put this one into a sink of the plugin 'failover'",
                   name);
      return FALSE;
    }
  if (!mvx_log_async_options_take (self, name, read, error))
    return FALSE;
  mvx_log_sink_set_name (MVX_LOG_SINK (self), name);
  return TRUE;
}

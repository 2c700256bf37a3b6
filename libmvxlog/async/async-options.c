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
  /* The choices of queue-overflow stand in the order of MvxLogOverflow. */
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
  };
}

static gboolean
mvx_log_async_options_take (MvxLogAsyncSink *sink, const char *name, MvxLogOptions *options, GError **error)
{
  MvxLogAsyncConfig config;

  mvx_log_async_options_read (&config, name, options);
  if (mvx_log_async_sink_set_config (sink, &config))
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
               "Sink '%s' has been used already; configure it before that", name);
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
 * `retry-count`, `breaker-failures`, `breaker-pause` and `drain-timeout`. What is not named has its default.
 * Thread-safe.
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
  if (!mvx_log_options_set_all (read, dict, error) || !mvx_log_options_check (read, error))
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

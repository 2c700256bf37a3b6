/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the codes of all domains mean to programs: a reason, and where and how bad in
 * LAYER::Service::CATEGORY::SEVERITY. Both are stable. */
#include <gio/gio.h>

#include <mvxlog/error.h>

/* Levels of events; base/ does not know of those. */
#define MVX_LOG_ERROR_CODE_WARNING 30
#define MVX_LOG_ERROR_CODE_ERROR 40
#define MVX_LOG_ERROR_CODE_CRITICAL 50

typedef enum
{
  MVX_LOG_ERROR_CODE_FINAL,
  MVX_LOG_ERROR_CODE_AGAIN, /* trying again makes sense */
  MVX_LOG_ERROR_CODE_AS_CAUSE
} MvxLogErrorRecovery;

typedef struct
{
  gint code;
  const char *reason;
  const char *place; /* LAYER::Service::CATEGORY */
  gint severity;
  MvxLogErrorRecovery recovery;
} MvxLogErrorCode;

#define MVX_LOG_ERROR_CODE_ROW(CODE, reason, place, SEVERITY, RECOVERY)                                                \
  {                                                                                                                    \
    MVX_LOG_##CODE, reason, place, MVX_LOG_ERROR_CODE_##SEVERITY, MVX_LOG_ERROR_CODE_##RECOVERY                        \
  }

/* clang-format off */
#define ROW MVX_LOG_ERROR_CODE_ROW
static const MvxLogErrorCode mvx_log_error_codes[] = {
  ROW (ERROR_INVALID_ARGUMENT, "INVALID_ARGUMENT", "CONFIGURATION::Call::VALIDATION", ERROR, FINAL),
  ROW (ERROR_INVALID_NAME, "INVALID_NAME", "CONFIGURATION::Name::VALIDATION", ERROR, FINAL),
  ROW (ERROR_UNKNOWN_NAME, "UNKNOWN_NAME", "CONFIGURATION::Name::ROUTING", ERROR, FINAL),
  ROW (ERROR_CONTEXT_RESET, "LOG_CONTEXT_RESET_NOT_ALLOWED_FOR_ROOT", "CONFIGURATION::Context::VALIDATION", ERROR, FINAL),
  ROW (ERROR_UNABLE_TO_LOG, "LOG_CONTEXT_UNABLE_TO_LOG", "DISPATCH::Context::ROUTING", ERROR, AS_CAUSE),
  ROW (ERROR_TIMED_OUT, "TIMED_OUT", "DISPATCH::Wait::IO", WARNING, AGAIN),
  ROW (ERROR_WOULD_DEADLOCK, "WOULD_DEADLOCK", "DISPATCH::Wait::VALIDATION", ERROR, FINAL),
  ROW (ERROR_SHUT_DOWN, "SHUT_DOWN", "DISPATCH::Library::ROUTING", WARNING, FINAL),
  ROW (ERROR_INVALID_TEMPLATE, "INVALID_TEMPLATE", "PROCESSOR::Renderer::FORMATTING", ERROR, FINAL),
  ROW (ERROR_INVALID_RECORD, "INVALID_RECORD", "PROCESSOR::Record::VALIDATION", ERROR, FINAL),
  ROW (ERROR_ALREADY_SET, "ALREADY_SET", "CONFIGURATION::Writer::ROUTING", ERROR, FINAL),
  { 0, NULL, NULL, 0, 0 },
};

static const MvxLogErrorCode mvx_log_error_sink_codes[] = {
  ROW (SINK_ERROR_CONFLICT, "LOG_SINK_CONFIGURATION_CONFLICT", "FACTORY::SinkRegistry::CONFIGURATION", ERROR, FINAL),
  ROW (SINK_ERROR_DESCRIPTOR_FAILED, "LOG_SINK_DESCRIPTOR_BUILD_FAILED", "FACTORY::Sink::CONFIGURATION", ERROR, FINAL),
  ROW (SINK_ERROR_CREATE_FAILED, "LOG_SINK_CREATE_FAILED", "FACTORY::Sink::IO", ERROR, FINAL),
  ROW (SINK_ERROR_CLOSE_FAILED, "LOG_SINK_CLOSE_FAILED", "HANDLER::Sink::IO", ERROR, FINAL),
  ROW (SINK_ERROR_IN_USE, "LOG_SINK_IS_IN_USE", "FACTORY::SinkRegistry::VALIDATION", WARNING, AGAIN),
  ROW (SINK_ERROR_RESOURCE_IN_USE, "LOG_SINK_RESOURCE_IS_IN_USE", "FACTORY::SinkRegistry::CONFIGURATION", ERROR, FINAL),
  ROW (SINK_ERROR_UNKNOWN_SINK, "LOG_SINK_UNKNOWN", "CONFIGURATION::SinkRegistry::ROUTING", ERROR, FINAL),
  ROW (SINK_ERROR_INVALID_OPTION, "LOG_SINK_INVALID_OPTION", "CONFIGURATION::Sink::VALIDATION", ERROR, FINAL),
  ROW (SINK_ERROR_RECONFIGURE_FAILED, "LOG_SINK_RECONFIGURE_FAILED", "FACTORY::Sink::CONFIGURATION", ERROR, FINAL),
  ROW (SINK_ERROR_EVENT_LOOP_UNAVAILABLE, "EVENT_LOOP_UNAVAILABLE", "HANDLER::Worker::UNEXPECTED", CRITICAL, FINAL),
  ROW (SINK_ERROR_INVALID_STATE, "INVALID_LOG_SINK_STATE", "HANDLER::AsyncSink::VALIDATION", ERROR, FINAL),
  ROW (SINK_ERROR_ON_STARTING_FAILED, "ON_STARTING_HOOK_FAILED", "HANDLER::AsyncSink::IO", CRITICAL, FINAL),
  ROW (SINK_ERROR_ON_STOPPED_FAILED, "ON_STOPPED_HOOK_FAILED", "HANDLER::AsyncSink::IO", ERROR, FINAL),
  ROW (SINK_ERROR_QUEUE_OVERFLOW, "QUEUE_OVERFLOW", "DISPATCH::Queue::ROUTING", WARNING, AGAIN),
  ROW (SINK_ERROR_DISPATCHER_CANCELLED, "DISPATCHER_UNEXPECTEDLY_CANCELLED", "HANDLER::Worker::UNEXPECTED", CRITICAL, FINAL),
  ROW (SINK_ERROR_DISPATCH_FAILED, "DISPATCH_FAILED", "HANDLER::Sink::IO", CRITICAL, FINAL),
  ROW (SINK_ERROR_UNDELIVERED, "UNDELIVERED", "DISPATCH::Queue::IO", CRITICAL, FINAL),
  ROW (SINK_ERROR_UNEXPECTED, "UNEXPECTED_ERROR", "UNKNOWN::Sink::UNEXPECTED", ERROR, FINAL),
  { 0, NULL, NULL, 0, 0 },
};

static const MvxLogErrorCode mvx_log_error_plugin_codes[] = {
  ROW (PLUGIN_ERROR_INVALID_NAME, "PLUGIN_INVALID_NAME", "FACTORY::PluginSearch::VALIDATION", ERROR, FINAL),
  ROW (PLUGIN_ERROR_NOT_ALLOWED, "PLUGIN_NOT_ALLOWED", "FACTORY::PluginSearch::CONFIGURATION", ERROR, FINAL),
  ROW (PLUGIN_ERROR_NOT_FOUND, "PLUGIN_NOT_FOUND", "FACTORY::PluginSearch::ROUTING", ERROR, FINAL),
  ROW (PLUGIN_ERROR_UNREADABLE, "PLUGIN_UNREADABLE", "FACTORY::PluginSearch::IO", ERROR, FINAL),
  ROW (PLUGIN_ERROR_SYMLINK, "PLUGIN_SYMLINK", "FACTORY::PluginTrust::VALIDATION", CRITICAL, FINAL),
  ROW (PLUGIN_ERROR_NOT_REGULAR, "PLUGIN_NOT_REGULAR", "FACTORY::PluginTrust::VALIDATION", CRITICAL, FINAL),
  ROW (PLUGIN_ERROR_UNTRUSTED_OWNER, "PLUGIN_UNTRUSTED_OWNER", "FACTORY::PluginTrust::VALIDATION", CRITICAL, FINAL),
  ROW (PLUGIN_ERROR_UNTRUSTED_MODE, "PLUGIN_UNTRUSTED_MODE", "FACTORY::PluginTrust::VALIDATION", CRITICAL, FINAL),
  ROW (PLUGIN_ERROR_UNTRUSTED_PARENT, "PLUGIN_UNTRUSTED_PARENT", "FACTORY::PluginTrust::VALIDATION", CRITICAL, FINAL),
  ROW (PLUGIN_ERROR_CHANGED, "PLUGIN_CHANGED", "FACTORY::PluginTrust::UNEXPECTED", CRITICAL, FINAL),
  ROW (PLUGIN_ERROR_LOAD_FAILED, "PLUGIN_LOAD_FAILED", "FACTORY::PluginLoader::IO", ERROR, FINAL),
  ROW (PLUGIN_ERROR_NOT_A_PLUGIN, "PLUGIN_NOT_A_PLUGIN", "FACTORY::PluginContract::VALIDATION", ERROR, FINAL),
  ROW (PLUGIN_ERROR_BAD_MAGIC, "PLUGIN_BAD_MAGIC", "FACTORY::PluginContract::VALIDATION", ERROR, FINAL),
  ROW (PLUGIN_ERROR_ABI_MISMATCH, "PLUGIN_ABI_MISMATCH", "FACTORY::PluginContract::VALIDATION", ERROR, FINAL),
  ROW (PLUGIN_ERROR_BAD_STRUCT_SIZE, "PLUGIN_BAD_STRUCT_SIZE", "FACTORY::PluginContract::VALIDATION", ERROR, FINAL),
  ROW (PLUGIN_ERROR_MISSING_SYMBOL, "PLUGIN_MISSING_SYMBOL", "FACTORY::PluginContract::VALIDATION", ERROR, FINAL),
  ROW (PLUGIN_ERROR_FOREIGN_SYMBOL, "PLUGIN_FOREIGN_SYMBOL", "FACTORY::PluginContract::VALIDATION", ERROR, FINAL),
  ROW (PLUGIN_ERROR_NO_DESTROY, "PLUGIN_NO_DESTROY", "FACTORY::PluginContract::VALIDATION", ERROR, FINAL),
  ROW (PLUGIN_ERROR_BAD_FLAGS, "PLUGIN_BAD_FLAGS", "FACTORY::PluginContract::VALIDATION", ERROR, FINAL),
  ROW (PLUGIN_ERROR_NAME_MISMATCH, "PLUGIN_NAME_MISMATCH", "FACTORY::PluginContract::VALIDATION", ERROR, FINAL),
  ROW (PLUGIN_ERROR_BAD_METADATA, "PLUGIN_BAD_METADATA", "FACTORY::PluginContract::VALIDATION", ERROR, FINAL),
  ROW (PLUGIN_ERROR_BAD_OPTION_TABLE, "PLUGIN_BAD_OPTION_TABLE", "FACTORY::PluginContract::VALIDATION", ERROR, FINAL),
  { 0, NULL, NULL, 0, 0 },
};

static const MvxLogErrorCode mvx_log_error_config_codes[] = {
  ROW (CONFIG_ERROR_NOT_FOUND, "CONFIG_NOT_FOUND", "CONFIGURATION::File::ROUTING", ERROR, FINAL),
  ROW (CONFIG_ERROR_UNREADABLE, "CONFIG_UNREADABLE", "CONFIGURATION::File::IO", ERROR, FINAL),
  ROW (CONFIG_ERROR_UNTRUSTED, "CONFIG_UNTRUSTED", "CONFIGURATION::File::VALIDATION", CRITICAL, FINAL),
  ROW (CONFIG_ERROR_INVALID, "CONFIG_INVALID", "CONFIGURATION::File::CONFIGURATION", ERROR, FINAL),
  ROW (CONFIG_ERROR_APPLY_FAILED, "CONFIG_APPLY_FAILED", "FACTORY::Configuration::CONFIGURATION", ERROR, FINAL),
  { 0, NULL, NULL, 0, 0 },
};
#undef ROW
/* clang-format on */

/* NULL for what is of none of our domains, or not one of their codes. */
static const MvxLogErrorCode *
mvx_log_error_code_find (const GError *error)
{
  const MvxLogErrorCode *row = NULL;

  if (error->domain == MVX_LOG_ERROR)
    row = mvx_log_error_codes;
  else if (error->domain == MVX_LOG_SINK_ERROR)
    row = mvx_log_error_sink_codes;
  else if (error->domain == MVX_LOG_PLUGIN_ERROR)
    row = mvx_log_error_plugin_codes;
  else if (error->domain == MVX_LOG_CONFIG_ERROR)
    row = mvx_log_error_config_codes;
  while (row && row->reason && row->code != error->code)
    row++;
  return row && row->reason ? row : NULL;
}

/**
 * mvx_log_error_get_reason:
 * @error: an error
 *
 * Names what happened by a stable upper-case word that programs can compare.
 *
 * Returns: (nullable) (transfer none): the reason, or %NULL if @error is of none of the library's domains
 *
 * Thread-safe as long as @error is not changed meanwhile.
 *
 * Since: 1.0
 */
const char *
mvx_log_error_get_reason (const GError *error)
{
  const MvxLogErrorCode *row;

  g_return_val_if_fail (error != NULL, NULL);
  row = mvx_log_error_code_find (error);
  return row ? row->reason : NULL;
}

/**
 * mvx_log_error_is_recoverable:
 * @error: an error
 *
 * Whether the same call may succeed later without anything being changed by hand: the queue was full, a deadline
 * passed, or the name is being closed. An event that could not be handed over is worth another try if its cause is.
 *
 * Returns: %TRUE if trying again makes sense; %FALSE also for errors of other domains
 *
 * Thread-safe as long as @error is not changed meanwhile.
 *
 * Since: 1.0
 */
gboolean
mvx_log_error_is_recoverable (const GError *error)
{
  const MvxLogErrorCode *row;

  g_return_val_if_fail (error != NULL, FALSE);
  while (error && (row = mvx_log_error_code_find (error)) != NULL)
    {
      if (row->recovery != MVX_LOG_ERROR_CODE_AS_CAUSE)
        return row->recovery == MVX_LOG_ERROR_CODE_AGAIN;
      error = mvx_log_error_get_cause (error);
    }
  return FALSE;
}

/**
 * mvx_log_error_get_severity:
 * @error: an error
 *
 * How bad it is, as a level to log it at: WARNING if nothing was lost and it may pass by itself, ERROR if what was
 * asked for was not done, CRITICAL if events are lost or somebody tampers with plugins.
 *
 * Returns: %MVX_LOG_LEVEL_WARNING, %MVX_LOG_LEVEL_ERROR or %MVX_LOG_LEVEL_CRITICAL; ERROR for other domains
 *
 * Thread-safe as long as @error is not changed meanwhile.
 *
 * Since: 1.0
 */
gint
mvx_log_error_get_severity (const GError *error)
{
  const MvxLogErrorCode *row;

  g_return_val_if_fail (error != NULL, MVX_LOG_ERROR_CODE_ERROR);
  row = mvx_log_error_code_find (error);
  return row ? row->severity : MVX_LOG_ERROR_CODE_ERROR;
}

/**
 * mvx_log_error_dup_code:
 * @error: an error
 *
 * Tells where and how bad, as LAYER::Service::CATEGORY::SEVERITY, and ::RECOVERABLE if trying again makes sense: for
 * example `DISPATCH::Queue::ROUTING::WARNING::RECOVERABLE`. The layers are CONFIGURATION, FACTORY, DISPATCH, HANDLER,
 * PROCESSOR and UNKNOWN; the categories CONFIGURATION, FORMATTING, ROUTING, VALIDATION, IO, UNEXPECTED and UNKNOWN. For
 * errors of other domains the layer is UNKNOWN and the service is the domain.
 *
 * Returns: (transfer full): the code
 *
 * Thread-safe as long as @error is not changed meanwhile.
 *
 * Since: 1.0
 */
char *
mvx_log_error_dup_code (const GError *error)
{
  const MvxLogErrorCode *row;
  const char *domain;
  gint severity;
  gboolean io;

  g_return_val_if_fail (error != NULL, NULL);
  row = mvx_log_error_code_find (error);
  severity = mvx_log_error_get_severity (error);
  if (row)
    return g_strconcat (row->place, "::",
                        severity == MVX_LOG_ERROR_CODE_WARNING ? "WARNING"
                        : severity == MVX_LOG_ERROR_CODE_ERROR ? "ERROR"
                                                               : "CRITICAL",
                        mvx_log_error_is_recoverable (error) ? "::RECOVERABLE" : "", NULL);
  domain = g_quark_to_string (error->domain);
  io = error->domain == G_IO_ERROR || error->domain == G_FILE_ERROR;
  return g_strconcat ("UNKNOWN::", domain ? domain : "unknown", io ? "::IO::ERROR" : "::UNKNOWN::ERROR", NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error-private.h"

/* What the errors of all domains carry beyond code and message. */
typedef struct
{
  GVariant *details; /* a{sv} or NULL */
  GError *cause;
} MvxLogErrorExtra;

static void
mvx_log_error_extra_copy (const MvxLogErrorExtra *from, MvxLogErrorExtra *to)
{
  to->details = from->details ? g_variant_ref (from->details) : NULL;
  to->cause = from->cause ? g_error_copy (from->cause) : NULL;
}

static void
mvx_log_error_extra_clear (MvxLogErrorExtra *extra)
{
  g_clear_pointer (&extra->details, g_variant_unref);
  g_clear_error (&extra->cause);
}

/* G_DEFINE_EXTENDED_ERROR wants a type and three functions named after each domain. */
#define MVX_LOG_DEFINE_DOMAIN(Name, name)                                                                              \
  typedef MvxLogErrorExtra Name##Private;                                                                              \
  static void name##_private_init (Name##Private *p)                                                                   \
  {                                                                                                                    \
    p->details = NULL;                                                                                                 \
    p->cause = NULL;                                                                                                   \
  }                                                                                                                    \
  static void name##_private_copy (const Name##Private *from, Name##Private *to)                                       \
  {                                                                                                                    \
    mvx_log_error_extra_copy (from, to);                                                                               \
  }                                                                                                                    \
  static void name##_private_clear (Name##Private *p)                                                                  \
  {                                                                                                                    \
    mvx_log_error_extra_clear (p);                                                                                     \
  }                                                                                                                    \
  G_DEFINE_EXTENDED_ERROR (Name, name)

/* GLib steps from the error back to its private part through bytes; both are aligned as g_malloc aligns. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-align"
MVX_LOG_DEFINE_DOMAIN (MvxLogError, mvx_log_error)
MVX_LOG_DEFINE_DOMAIN (MvxLogSinkError, mvx_log_sink_error)
MVX_LOG_DEFINE_DOMAIN (MvxLogPluginError, mvx_log_plugin_error)
MVX_LOG_DEFINE_DOMAIN (MvxLogConfigError, mvx_log_config_error)
#pragma GCC diagnostic pop

static MvxLogErrorExtra *
mvx_log_error_extra (const GError *error)
{
  if (error->domain == MVX_LOG_ERROR)
    return mvx_log_error_get_private (error);
  if (error->domain == MVX_LOG_SINK_ERROR)
    return mvx_log_sink_error_get_private (error);
  if (error->domain == MVX_LOG_PLUGIN_ERROR)
    return mvx_log_plugin_error_get_private (error);
  if (error->domain == MVX_LOG_CONFIG_ERROR)
    return mvx_log_config_error_get_private (error);
  return NULL;
}

GError *
mvx_log_error_new (GQuark domain, gint code, const GError *cause, GVariant *details, const char *format, ...)
{
  MvxLogErrorExtra *extra;
  GError *error;
  va_list args;

  va_start (args, format);
  error = g_error_new_valist (domain, code, format, args);
  va_end (args);

  extra = mvx_log_error_extra (error);
  if (extra == NULL)
    {
      if (details)
        g_variant_unref (g_variant_ref_sink (details));
      return error;
    }
  extra->cause = cause ? g_error_copy (cause) : NULL;
  extra->details = details ? g_variant_ref_sink (details) : NULL;
  return error;
}

void
mvx_log_error_wrap (GError **error, GQuark domain, gint code, const char *format, ...)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *text = NULL;
  va_list args;

  if (error == NULL)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  cause = g_steal_pointer (error);
  *error = mvx_log_error_new (domain, code, cause, NULL, "%s: %s", text, cause ? cause->message : "no reason given");
}

typedef struct
{
  gint code;
  const char *reason;
} MvxLogReasonCode;

/* Stable: programs compare these. */
static const MvxLogReasonCode mvx_log_error_reasons[] = {
  { MVX_LOG_ERROR_INVALID_ARGUMENT, "INVALID_ARGUMENT" },
  { MVX_LOG_ERROR_INVALID_NAME, "INVALID_NAME" },
  { MVX_LOG_ERROR_UNKNOWN_NAME, "UNKNOWN_NAME" },
  { MVX_LOG_ERROR_CONTEXT_RESET, "LOG_CONTEXT_RESET_NOT_ALLOWED_FOR_ROOT" },
  { MVX_LOG_ERROR_UNABLE_TO_LOG, "LOG_CONTEXT_UNABLE_TO_LOG" },
  { MVX_LOG_ERROR_TIMED_OUT, "TIMED_OUT" },
  { MVX_LOG_ERROR_WOULD_DEADLOCK, "WOULD_DEADLOCK" },
  { MVX_LOG_ERROR_SHUT_DOWN, "SHUT_DOWN" },
  { MVX_LOG_ERROR_INVALID_TEMPLATE, "INVALID_TEMPLATE" },
  { MVX_LOG_ERROR_INVALID_RECORD, "INVALID_RECORD" },
  { 0, NULL },
};

static const MvxLogReasonCode mvx_log_sink_error_reasons[] = {
  { MVX_LOG_SINK_ERROR_CONFLICT, "LOG_SINK_CONFIGURATION_CONFLICT" },
  { MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED, "LOG_SINK_DESCRIPTOR_BUILD_FAILED" },
  { MVX_LOG_SINK_ERROR_CREATE_FAILED, "LOG_SINK_CREATE_FAILED" },
  { MVX_LOG_SINK_ERROR_CLOSE_FAILED, "LOG_SINK_CLOSE_FAILED" },
  { MVX_LOG_SINK_ERROR_IN_USE, "LOG_SINK_IS_IN_USE" },
  { MVX_LOG_SINK_ERROR_RESOURCE_IN_USE, "LOG_SINK_RESOURCE_IS_IN_USE" },
  { MVX_LOG_SINK_ERROR_UNKNOWN_SINK, "LOG_SINK_UNKNOWN" },
  { MVX_LOG_SINK_ERROR_INVALID_OPTION, "LOG_SINK_INVALID_OPTION" },
  { MVX_LOG_SINK_ERROR_RECONFIGURE_FAILED, "LOG_SINK_RECONFIGURE_FAILED" },
  { MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE, "EVENT_LOOP_UNAVAILABLE" },
  { MVX_LOG_SINK_ERROR_INVALID_STATE, "INVALID_LOG_SINK_STATE" },
  { MVX_LOG_SINK_ERROR_ON_STARTING_FAILED, "ON_STARTING_HOOK_FAILED" },
  { MVX_LOG_SINK_ERROR_ON_STOPPED_FAILED, "ON_STOPPED_HOOK_FAILED" },
  { MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW, "QUEUE_OVERFLOW" },
  { MVX_LOG_SINK_ERROR_DISPATCHER_CANCELLED, "DISPATCHER_UNEXPECTEDLY_CANCELLED" },
  { MVX_LOG_SINK_ERROR_DISPATCH_FAILED, "DISPATCH_FAILED" },
  { MVX_LOG_SINK_ERROR_UNDELIVERED, "UNDELIVERED" },
  { MVX_LOG_SINK_ERROR_UNEXPECTED, "UNEXPECTED_ERROR" },
  { 0, NULL },
};

static const MvxLogReasonCode mvx_log_plugin_error_reasons[] = {
  { MVX_LOG_PLUGIN_ERROR_INVALID_NAME, "PLUGIN_INVALID_NAME" },
  { MVX_LOG_PLUGIN_ERROR_NOT_ALLOWED, "PLUGIN_NOT_ALLOWED" },
  { MVX_LOG_PLUGIN_ERROR_NOT_FOUND, "PLUGIN_NOT_FOUND" },
  { MVX_LOG_PLUGIN_ERROR_UNREADABLE, "PLUGIN_UNREADABLE" },
  { MVX_LOG_PLUGIN_ERROR_SYMLINK, "PLUGIN_SYMLINK" },
  { MVX_LOG_PLUGIN_ERROR_NOT_REGULAR, "PLUGIN_NOT_REGULAR" },
  { MVX_LOG_PLUGIN_ERROR_UNTRUSTED_OWNER, "PLUGIN_UNTRUSTED_OWNER" },
  { MVX_LOG_PLUGIN_ERROR_UNTRUSTED_MODE, "PLUGIN_UNTRUSTED_MODE" },
  { MVX_LOG_PLUGIN_ERROR_UNTRUSTED_PARENT, "PLUGIN_UNTRUSTED_PARENT" },
  { MVX_LOG_PLUGIN_ERROR_CHANGED, "PLUGIN_CHANGED" },
  { MVX_LOG_PLUGIN_ERROR_LOAD_FAILED, "PLUGIN_LOAD_FAILED" },
  { MVX_LOG_PLUGIN_ERROR_NOT_A_PLUGIN, "PLUGIN_NOT_A_PLUGIN" },
  { MVX_LOG_PLUGIN_ERROR_BAD_MAGIC, "PLUGIN_BAD_MAGIC" },
  { MVX_LOG_PLUGIN_ERROR_ABI_MISMATCH, "PLUGIN_ABI_MISMATCH" },
  { MVX_LOG_PLUGIN_ERROR_BAD_STRUCT_SIZE, "PLUGIN_BAD_STRUCT_SIZE" },
  { MVX_LOG_PLUGIN_ERROR_MISSING_SYMBOL, "PLUGIN_MISSING_SYMBOL" },
  { MVX_LOG_PLUGIN_ERROR_FOREIGN_SYMBOL, "PLUGIN_FOREIGN_SYMBOL" },
  { MVX_LOG_PLUGIN_ERROR_NO_DESTROY, "PLUGIN_NO_DESTROY" },
  { MVX_LOG_PLUGIN_ERROR_BAD_FLAGS, "PLUGIN_BAD_FLAGS" },
  { MVX_LOG_PLUGIN_ERROR_NAME_MISMATCH, "PLUGIN_NAME_MISMATCH" },
  { MVX_LOG_PLUGIN_ERROR_BAD_METADATA, "PLUGIN_BAD_METADATA" },
  { MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "PLUGIN_BAD_OPTION_TABLE" },
  { 0, NULL },
};

static const MvxLogReasonCode mvx_log_config_error_reasons[] = {
  { MVX_LOG_CONFIG_ERROR_NOT_FOUND, "CONFIG_NOT_FOUND" },
  { MVX_LOG_CONFIG_ERROR_UNREADABLE, "CONFIG_UNREADABLE" },
  { MVX_LOG_CONFIG_ERROR_UNTRUSTED, "CONFIG_UNTRUSTED" },
  { MVX_LOG_CONFIG_ERROR_INVALID, "CONFIG_INVALID" },
  { MVX_LOG_CONFIG_ERROR_APPLY_FAILED, "CONFIG_APPLY_FAILED" },
  { 0, NULL },
};

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
  const MvxLogReasonCode *code = NULL;

  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain == MVX_LOG_ERROR)
    code = mvx_log_error_reasons;
  else if (error->domain == MVX_LOG_SINK_ERROR)
    code = mvx_log_sink_error_reasons;
  else if (error->domain == MVX_LOG_PLUGIN_ERROR)
    code = mvx_log_plugin_error_reasons;
  else if (error->domain == MVX_LOG_CONFIG_ERROR)
    code = mvx_log_config_error_reasons;
  for (; code && code->reason; code++)
    if (code->code == error->code)
      return code->reason;
  return NULL;
}

/**
 * mvx_log_error_get_details:
 * @error: an error
 *
 * What a program may want to know beyond the text: for a CONFLICT, for example, `sink-name`, `existing` and
 * `requested`.
 *
 * Returns: (nullable) (transfer none): a dictionary `a{sv}` that lives as long as @error, or %NULL
 *
 * Thread-safe as long as @error is not changed meanwhile.
 *
 * Since: 1.0
 */
GVariant *
mvx_log_error_get_details (const GError *error)
{
  MvxLogErrorExtra *extra;

  g_return_val_if_fail (error != NULL, NULL);
  extra = mvx_log_error_extra (error);
  return extra ? extra->details : NULL;
}

/**
 * mvx_log_error_get_cause:
 * @error: an error
 *
 * The error that led to this one.
 *
 * Returns: (nullable) (transfer none): the cause, which lives as long as @error, or %NULL
 *
 * Thread-safe as long as @error is not changed meanwhile.
 *
 * Since: 1.0
 */
const GError *
mvx_log_error_get_cause (const GError *error)
{
  MvxLogErrorExtra *extra;

  g_return_val_if_fail (error != NULL, NULL);
  extra = mvx_log_error_extra (error);
  return extra ? extra->cause : NULL;
}

/**
 * mvx_log_error_is_recoverable:
 * @error: an error
 *
 * Whether the same call may succeed later without anything being changed by hand: the queue was full, a deadline
 * passed, or the name is being closed.
 *
 * Returns: %TRUE if trying again makes sense
 *
 * Thread-safe as long as @error is not changed meanwhile.
 *
 * Since: 1.0
 */
gboolean
mvx_log_error_is_recoverable (const GError *error)
{
  g_return_val_if_fail (error != NULL, FALSE);
  return g_error_matches (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW)
         || g_error_matches (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_IN_USE)
         || g_error_matches (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT);
}

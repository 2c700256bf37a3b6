/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error-private.h"
#include "base/translate-private.h"

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
mvx_log_error_take_details (GError *error, GVariant *details)
{
  MvxLogErrorExtra *extra = mvx_log_error_extra (error);

  g_return_if_fail (extra != NULL && extra->details == NULL);
  extra->details = g_variant_ref_sink (details);
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
  text = g_strdup_vprintf (_ (format), args);
  va_end (args);
  cause = g_steal_pointer (error);
  *error = mvx_log_error_new (domain, code, cause, NULL, "%s: %s", text, cause ? cause->message : "no reason given");
}

/**
 * mvx_log_error_get_details:
 * @error: an error
 *
 * What a program may want to know beyond the text: for a CONFLICT, for example, `sink-name`, `existing` and
 * `requested`. docs/ERRORS.md lists them.
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error-private.h"
#include "event/payload-internal.h"

#define MVX_LOG_MAX_CAUSES 16

/* Like the payload of a provider, and like the message, details are taken as they are. */
static gboolean
mvx_log_payload_encode_error_details (MvxLogBuffer *buffer, const GError *error)
{
  g_autoptr (GVariant) own = mvx_log_error_make_own_payload (error);
  GVariant *details = own ? own : mvx_log_error_get_details (error);
  gsize at;

  if (details == NULL)
    return FALSE;
  at = mvx_log_payload_begin_item (buffer, "details", &mvx_log_limits_none);
  mvx_log_payload_set_type (buffer, at, mvx_log_payload_encode_variant (buffer, details, &mvx_log_limits_none, 1));
  return TRUE;
}

static void
mvx_log_payload_encode_cause (MvxLogBuffer *buffer, const GError *error)
{
  const char *domain = g_quark_to_string (error->domain);
  const char *reason = mvx_log_error_get_reason (error);
  gsize item = mvx_log_payload_begin_item (buffer, NULL, &mvx_log_limits_none);
  gsize map;
  gsize n = 3;

  mvx_log_payload_set_type (buffer, item, MVX_LOG_TYPE_MAP);
  map = mvx_log_payload_begin_container (buffer);
  mvx_log_payload_string_item (buffer, "domain", domain ? domain : "");
  mvx_log_encode_key (buffer, MVX_LOG_TYPE_INT64, "code", 4);
  mvx_log_encode_word (buffer, (guint64) (gint64) error->code);
  mvx_log_payload_string_item (buffer, "message", error->message ? error->message : "");
  if (reason)
    {
      mvx_log_payload_string_item (buffer, "reason", reason);
      n++;
    }
  n += mvx_log_payload_encode_error_details (buffer, error);
  mvx_log_payload_end_container (buffer, map, n);
}

guint
mvx_log_payload_encode_error (MvxLogBuffer *buffer, const GError *error)
{
  gsize at = mvx_log_payload_begin_container (buffer);
  gsize n = 0;

  for (; error && n < MVX_LOG_MAX_CAUSES; error = mvx_log_error_get_cause (error), n++)
    mvx_log_payload_encode_cause (buffer, error);
  mvx_log_payload_end_container (buffer, at, n);
  return MVX_LOG_TYPE_ERROR;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The header `traceparent` of W3C Trace Context, level 1: VERSION-TRACE-SPAN-FLAGS. */
#include <string.h>

#include <mvxlog/error.h>
#include <mvxlog/traceparent.h>

#include "event/hexid-private.h"

/* 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 */
#define MVX_LOG_TRACEPARENT_LENGTH 55
#define MVX_LOG_TRACEPARENT_TRACE 3
#define MVX_LOG_TRACEPARENT_SPAN 36
#define MVX_LOG_TRACEPARENT_FLAGS 53

static gboolean
mvx_log_traceparent_is_hex (const char *text, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isdigit (text[i]) && (text[i] < 'a' || text[i] > 'f'))
      return FALSE;
  return TRUE;
}

static gboolean
mvx_log_traceparent_is_zero (const char *digits)
{
  return digits[strspn (digits, "0")] == '\0';
}

/* Of a version after 00 only the beginning is known; what follows it follows a dash. */
static const char *
mvx_log_traceparent_find_fault (const char *text)
{
  gsize len = strnlen (text, MVX_LOG_TRACEPARENT_LENGTH + 1);

  if (len < MVX_LOG_TRACEPARENT_LENGTH)
    return "it is too short";
  if (text[2] != '-' || text[MVX_LOG_TRACEPARENT_SPAN - 1] != '-' || text[MVX_LOG_TRACEPARENT_FLAGS - 1] != '-')
    return "its four parts are not of the right lengths";
  if (!mvx_log_traceparent_is_hex (text, 2) || strncmp (text, "ff", 2) == 0)
    return "its version is not one of 00 to fe in lower case";
  if (len > MVX_LOG_TRACEPARENT_LENGTH && (strncmp (text, "00", 2) == 0 || text[MVX_LOG_TRACEPARENT_LENGTH] != '-'))
    return "it is too long";
  if (!mvx_log_traceparent_is_hex (text + MVX_LOG_TRACEPARENT_TRACE, MVX_LOG_TRACE_ID_DIGITS))
    return "its trace id is not in lower-case hexadecimal digits";
  if (!mvx_log_traceparent_is_hex (text + MVX_LOG_TRACEPARENT_SPAN, MVX_LOG_SPAN_ID_DIGITS))
    return "its span id is not in lower-case hexadecimal digits";
  if (!mvx_log_traceparent_is_hex (text + MVX_LOG_TRACEPARENT_FLAGS, 2))
    return "its flags are not in lower-case hexadecimal digits";
  return NULL;
}

/**
 * mvx_log_traceparent_parse:
 * @text: value of a header `traceparent`
 * @traceparent: (out caller-allocates): what it says
 * @error: return location for an error
 *
 * Reads a header strictly as W3C Trace Context, level 1, has it: version 00, and of later versions what they have in
 * common with it. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_ARGUMENT, and @traceparent is all zeros
 *
 * Since: 1.0
 */
gboolean
mvx_log_traceparent_parse (const char *text, MvxLogTraceparent *traceparent, GError **error)
{
  const char *fault;

  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (traceparent != NULL, FALSE);

  *traceparent = (MvxLogTraceparent){ 0 };
  fault = mvx_log_traceparent_find_fault (text);
  if (fault == NULL)
    {
      memcpy (traceparent->trace_id, text + MVX_LOG_TRACEPARENT_TRACE, MVX_LOG_TRACE_ID_DIGITS);
      memcpy (traceparent->span_id, text + MVX_LOG_TRACEPARENT_SPAN, MVX_LOG_SPAN_ID_DIGITS);
      traceparent->flags = g_ascii_xdigit_value (text[MVX_LOG_TRACEPARENT_FLAGS + 1]) & MVX_LOG_TRACE_SAMPLED;
      if (mvx_log_traceparent_is_zero (traceparent->trace_id))
        fault = "its trace id is zero";
      else if (mvx_log_traceparent_is_zero (traceparent->span_id))
        fault = "its span id is zero";
    }
  if (fault == NULL)
    return TRUE;
  *traceparent = (MvxLogTraceparent){ 0 };
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
               "Not a traceparent: %s; it must look like 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
               fault);
  return FALSE;
}

/**
 * mvx_log_traceparent_format:
 * @traceparent: a place in a trace
 *
 * Makes the header to send with a request. Thread-safe.
 *
 * Returns: (transfer full): `00-TRACE-SPAN-FLAGS`
 *
 * Since: 1.0
 */
char *
mvx_log_traceparent_format (const MvxLogTraceparent *traceparent)
{
  g_return_val_if_fail (traceparent != NULL, NULL);

  return g_strdup_printf ("00-%.32s-%.16s-%02x", traceparent->trace_id, traceparent->span_id,
                          traceparent->flags & MVX_LOG_TRACE_SAMPLED);
}

/**
 * mvx_log_traceparent_init:
 * @traceparent: (out caller-allocates): the new place
 * @parent: (nullable): the span that this one is a part of; %NULL begins a new trace
 *
 * Makes up a new span of @parent's trace, or of a new one. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_traceparent_init (MvxLogTraceparent *traceparent, const MvxLogTraceparent *parent)
{
  MvxLogTraceparent fresh = { .flags = MVX_LOG_TRACE_SAMPLED };

  g_return_if_fail (traceparent != NULL);

  if (parent)
    fresh = *parent;
  else
    mvx_log_hex_id_random (fresh.trace_id, MVX_LOG_TRACE_ID_DIGITS);
  mvx_log_hex_id_random (fresh.span_id, MVX_LOG_SPAN_ID_DIGITS);
  *traceparent = fresh;
}

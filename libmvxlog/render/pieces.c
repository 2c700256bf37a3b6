/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/pieces.h>

#include "render/jsonvalue-private.h"
#include "render/message-private.h"
#include "render/prepared-private.h"
#include "render/textvalue-private.h"

/**
 * mvx_log_buffer_append_utf8:
 * @buffer: a buffer
 * @text: (array length=size): text that need not be valid
 * @size: its bytes
 *
 * Appends text as UTF-8: what is invalid becomes U+FFFD, once per maximal subpart. Not thread-safe for one buffer.
 *
 * Since: 1.0
 */
void
mvx_log_buffer_append_utf8 (MvxLogBuffer *buffer, const char *text, gsize size)
{
  g_return_if_fail (buffer != NULL);
  g_return_if_fail (text != NULL || size == 0);

  mvx_log_escape_append (buffer, MVX_LOG_ESCAPE_VALID, text, size);
}

/**
 * mvx_log_buffer_append_message:
 * @buffer: a buffer
 * @event: an event
 * @utf8: whether to make it valid UTF-8, as [method@MvxLog.Buffer.append_utf8] does; else its bytes are as they were
 * given
 *
 * Appends the finished message of the event, or its template with `{key}` replaced by the values of its fields. It may
 * hold anything, also newlines and NULs. Unlike [method@MvxLog.Event.dup_message] it never is the event's name. Not
 * thread-safe for one buffer.
 *
 * Returns: %FALSE if it has neither, and nothing was appended
 *
 * Since: 1.0
 */
gboolean
mvx_log_buffer_append_message (MvxLogBuffer *buffer, const MvxLogEvent *event, gboolean utf8)
{
  g_auto (MvxLogFieldList) fields;

  g_return_val_if_fail (buffer != NULL, FALSE);
  g_return_val_if_fail (event != NULL, FALSE);

  mvx_log_fieldlist_init (&fields, event);
  return mvx_log_message_append_fields (event, &fields, utf8 ? MVX_LOG_ESCAPE_VALID : MVX_LOG_ESCAPE_NONE, buffer);
}

/**
 * mvx_log_buffer_append_text:
 * @buffer: a buffer
 * @value: a value
 *
 * Appends a value as text for people: strings as they are, doubles with a point or an exponent, times as RFC 3339 in
 * UTC, bytes as base64, lists and maps as compact JSON, errors as `message (domain, code) <- message (domain, code)`,
 * the cause behind the arrow. Nothing is escaped. Not thread-safe for one buffer.
 *
 * Since: 1.0
 */
void
mvx_log_buffer_append_text (MvxLogBuffer *buffer, const MvxLogValue *value)
{
  g_return_if_fail (buffer != NULL);
  g_return_if_fail (value != NULL);

  mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_NONE, value);
}

/**
 * mvx_log_buffer_append_json:
 * @buffer: a buffer
 * @value: a value
 *
 * Appends a value as compact JSON, as the format `json` writes it: what is not finite is the string "NaN", "Infinity"
 * or
 * "-Infinity", bytes are base64, times RFC 3339 in UTC, and errors an array of objects `domain`, `code`, `message`,
 * `reason`, `details`. Not thread-safe for one buffer.
 *
 * Since: 1.0
 */
void
mvx_log_buffer_append_json (MvxLogBuffer *buffer, const MvxLogValue *value)
{
  g_return_if_fail (buffer != NULL);
  g_return_if_fail (value != NULL);

  mvx_log_jsonvalue_append (buffer, value);
}

/**
 * mvx_log_buffer_append_json_fields:
 * @buffer: a buffer
 * @event: an event
 *
 * Appends the user's fields as a JSON object, with the very names and values that they have in a line of the format
 * `json`: of several with one key the last, `field_` before a name that is not the user's, and without the error that
 * is the event's own. Not thread-safe for one buffer.
 *
 * Returns: %FALSE if there are none, and nothing was appended
 *
 * Since: 1.0
 */
gboolean
mvx_log_buffer_append_json_fields (MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  g_auto (MvxLogFieldList) fields;
  gsize start;

  g_return_val_if_fail (buffer != NULL, FALSE);
  g_return_val_if_fail (event != NULL, FALSE);

  start = buffer->len;
  mvx_log_fieldlist_init (&fields, event);
  mvx_log_fieldlist_resolve (&fields, mvx_log_prepared_reserved);
  for (guint i = 0; i < fields.n; i++)
    {
      const MvxLogFieldEntry *entry = &fields.entries[i];

      if (entry->hidden)
        continue;
      mvx_log_jsonvalue_append_key (buffer, "", entry->n_fold, entry->key, entry->key_len);
      mvx_log_jsonvalue_append (buffer, &entry->value);
    }
  if (buffer->len == start)
    return FALSE;
  /* The comma of the first one opens the object. */
  buffer->data[start] = '{';
  mvx_log_buffer_append_c (buffer, '}');
  return TRUE;
}

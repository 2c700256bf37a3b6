/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of an event, in call order: bound and scoped ones first. */
#include "event/event-private.h"

/**
 * mvx_log_event_get_n_fields:
 * @event: an event
 *
 * Counts the fields. Thread-safe: an event never changes.
 *
 * Returns: how many fields it has
 *
 * Since: 1.0
 */
guint
mvx_log_event_get_n_fields (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, 0);
  return event->record->n_inline + (event->slots ? event->site->n_fields : 0u);
}

/**
 * mvx_log_field_iter_init:
 * @iter: an iterator
 * @event: an event; must live as long as the walk
 *
 * Starts a walk over the fields of an event.
 *
 * Thread-safe as long as @iter is not shared.
 *
 * Since: 1.0
 */
void
mvx_log_field_iter_init (MvxLogFieldIter *iter, const MvxLogEvent *event)
{
  g_return_if_fail (iter != NULL);
  g_return_if_fail (event != NULL);

  iter->event = event;
  iter->position = event->inlines;
  iter->n_inline = event->record->n_inline;
  iter->index = 0;
  if (iter->n_inline == 0)
    iter->position = event->slots;
}

/**
 * mvx_log_field_iter_next:
 * @iter: an iterator
 * @key: (out) (transfer none): the key
 * @value: (out): the value, which points into the event
 *
 * Goes on to the next field.
 *
 * Returns: %FALSE at the end
 *
 * Thread-safe as long as @iter is not shared.
 *
 * Since: 1.0
 */
gboolean
mvx_log_field_iter_next (MvxLogFieldIter *iter, const char **key, MvxLogValue *value)
{
  const MvxLogEvent *event;

  g_return_val_if_fail (iter != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  event = iter->event;
  if (iter->index < iter->n_inline)
    {
      guint8 type = *iter->position;
      guint32 len = mvx_log_load32 (iter->position + 1);

      *key = (const char *) iter->position + 5;
      iter->position = mvx_log_value_decode (value, type, iter->position + 5 + len + 1);
      if (++iter->index == iter->n_inline)
        iter->position = event->slots;
      return TRUE;
    }
  if (event->slots && iter->index - iter->n_inline < event->site->n_fields)
    {
      const MvxLogCallsiteField *field = &event->site->fields[iter->index++ - iter->n_inline];

      *key = field->key;
      iter->position = mvx_log_value_decode (value, field->type, iter->position);
      return TRUE;
    }
  return FALSE;
}

/**
 * mvx_log_event_get_field:
 * @event: an event
 * @key: a key
 * @value: (out) (optional): the value, which points into the event
 *
 * Finds a field.
 *
 * Returns: %TRUE if there is one
 *
 * Thread-safe: an event never changes.
 *
 * Since: 1.0
 */
gboolean
mvx_log_event_get_field (const MvxLogEvent *event, const char *key, MvxLogValue *value)
{
  MvxLogFieldIter iter;
  MvxLogValue found;
  const char *name;

  g_return_val_if_fail (event != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  mvx_log_field_iter_init (&iter, event);
  while (mvx_log_field_iter_next (&iter, &name, &found))
    if (strcmp (name, key) == 0)
      {
        if (value)
          *value = found;
        return TRUE;
      }
  return FALSE;
}

/**
 * mvx_log_event_get_string:
 * @event: an event
 * @key: a key
 *
 * Reads a field that is text. Thread-safe: an event never changes.
 *
 * Returns: (nullable) (transfer none): the text of a string field, or %NULL if there is none of that name and type
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_string (const MvxLogEvent *event, const char *key)
{
  MvxLogValue value;

  return mvx_log_event_get_field (event, key, &value) && value.type == MVX_LOG_TYPE_STRING ? value.u.string : NULL;
}

/**
 * mvx_log_event_get_int64:
 * @event: an event
 * @key: a key
 * @fallback: what to return if there is no such integer
 *
 * Reads a field that is a whole number. Thread-safe: an event never changes.
 *
 * Returns: the value of an integer, truth value or time field; unsigned numbers above %G_MAXINT64 count as missing
 *
 * Since: 1.0
 */
gint64
mvx_log_event_get_int64 (const MvxLogEvent *event, const char *key, gint64 fallback)
{
  MvxLogValue value;

  if (!mvx_log_event_get_field (event, key, &value))
    return fallback;
  switch (value.type)
    {
    case MVX_LOG_TYPE_BOOL:
      return value.u.boolean;
    case MVX_LOG_TYPE_INT64:
    case MVX_LOG_TYPE_TIME:
      return value.u.int64;
    case MVX_LOG_TYPE_UINT64:
      return value.u.uint64 <= G_MAXINT64 ? (gint64) value.u.uint64 : fallback;
    default:
      return fallback;
    }
}

/**
 * mvx_log_event_get_uint64:
 * @event: an event
 * @key: a key
 * @fallback: what to return if there is no such integer
 *
 * Reads a field that is a whole number without a sign. Thread-safe: an event never changes.
 *
 * Returns: the value of an integer, truth value or time field; negative numbers count as missing
 *
 * Since: 1.0
 */
guint64
mvx_log_event_get_uint64 (const MvxLogEvent *event, const char *key, guint64 fallback)
{
  MvxLogValue value;

  if (!mvx_log_event_get_field (event, key, &value))
    return fallback;
  switch (value.type)
    {
    case MVX_LOG_TYPE_BOOL:
      return value.u.boolean ? 1 : 0;
    case MVX_LOG_TYPE_UINT64:
      return value.u.uint64;
    case MVX_LOG_TYPE_INT64:
    case MVX_LOG_TYPE_TIME:
      return value.u.int64 >= 0 ? (guint64) value.u.int64 : fallback;
    default:
      return fallback;
    }
}

/**
 * mvx_log_event_get_boolean:
 * @event: an event
 * @key: a key
 * @fallback: what to return if there is no such truth value
 *
 * Reads a field that is a truth value. Thread-safe: an event never changes.
 *
 * Returns: the value of a truth value field
 *
 * Since: 1.0
 */
gboolean
mvx_log_event_get_boolean (const MvxLogEvent *event, const char *key, gboolean fallback)
{
  MvxLogValue value;

  return mvx_log_event_get_field (event, key, &value) && value.type == MVX_LOG_TYPE_BOOL ? value.u.boolean : fallback;
}

/**
 * mvx_log_event_get_double:
 * @event: an event
 * @key: a key
 * @fallback: what to return if there is no such number
 *
 * Reads a field that is a number, as a floating-point one. Thread-safe: an event never changes.
 *
 * Returns: the value of a number field
 *
 * Since: 1.0
 */
double
mvx_log_event_get_double (const MvxLogEvent *event, const char *key, double fallback)
{
  MvxLogValue value;

  if (!mvx_log_event_get_field (event, key, &value))
    return fallback;
  switch (value.type)
    {
    case MVX_LOG_TYPE_INT64:
      return (double) value.u.int64;
    case MVX_LOG_TYPE_UINT64:
      return (double) value.u.uint64;
    case MVX_LOG_TYPE_DOUBLE:
      return value.u.dbl;
    default:
      return fallback;
    }
}

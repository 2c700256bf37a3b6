/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event/event-private.h"
#include "event/payload-private.h"

/**
 * MvxLogEvent:
 *
 * An event as a sink or a processor sees it: metadata, a message and typed fields.
 *
 * A view of a record that others own: it is valid for the call that it is passed to, and [method@MvxLog.Event.copy]
 * keeps it. Never changes once it is there, so that several threads may read it at a time.
 *
 * Since: 1.0
 */
G_DEFINE_BOXED_TYPE (MvxLogEvent, mvx_log_event, mvx_log_event_copy, mvx_log_event_free)

void
mvx_log_event_view (MvxLogEvent *event, const MvxLogRecord *record)
{
  mvx_log_event_view_site (event, record, mvx_log_callsite_from_id (record->callsite));
}

/* Into @room, which may be NULL. */
static MvxLogEvent *
mvx_log_event_copy_to (const MvxLogEvent *event, gpointer room)
{
  MvxLogEvent *copy = room;
  MvxLogRecord *record;

  if (copy == NULL)
    return NULL;
  record = (MvxLogRecord *) (copy + 1);
  memcpy (record, event->record, event->record->size);
  mvx_log_event_view (copy, record);
  copy->time_ns = event->time_ns;
  copy->seq = event->seq;
  copy->stream = event->stream;
  copy->owned = TRUE;
  g_atomic_ref_count_init (&copy->ref_count);
  return copy;
}

/**
 * mvx_log_event_copy:
 * @event: an event
 *
 * Keeps an event beyond the call it was passed to. Copying a copy only counts a reference. Thread-safe.
 *
 * Returns: (transfer full): the event; release it with [method@MvxLog.Event.free]
 *
 * Since: 1.0
 */
MvxLogEvent *
mvx_log_event_copy (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, NULL);

  if (event->owned)
    return mvx_log_event_try_copy (event);
  return mvx_log_event_copy_to (event, g_malloc (sizeof *event + event->record->size));
}

MvxLogEvent *
mvx_log_event_try_copy (const MvxLogEvent *event)
{
  MvxLogEvent *copy = (MvxLogEvent *) event;

  if (!event->owned)
    return mvx_log_event_copy_to (event, g_try_malloc (sizeof *event + event->record->size));
  g_atomic_ref_count_inc (&copy->ref_count);
  return copy;
}

/**
 * mvx_log_event_free:
 * @event: (nullable): an event from [method@MvxLog.Event.copy]
 *
 * Drops a reference. An event that is only a view is left alone. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_event_free (MvxLogEvent *event)
{
  if (event && event->owned && g_atomic_ref_count_dec (&event->ref_count))
    g_free (event);
}

MvxLogEvent *
mvx_log_event_new (const char *context,
                   gint level,
                   gint64 time_ns,
                   const char *message_template,
                   const MvxLogField *fields,
                   guint n_fields)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogRecord record = { .level = (gint16) CLAMP (level, G_MININT16, G_MAXINT16),
                          .flags = MVX_LOG_RECORD_META | MVX_LOG_RECORD_REALTIME };
  MvxLogEvent *event;
  MvxLogEvent view;
  gsize block;

  mvx_log_buffer_append (&buffer, &record, sizeof record);
  mvx_log_buffer_append (&buffer, "\0\0\0\0", 4);
  mvx_log_encode_meta (&buffer, MVX_LOG_META_CONTEXT, context, -1);
  mvx_log_encode_meta (&buffer, MVX_LOG_META_TEMPLATE, message_template, -1);
  mvx_log_store32 (buffer.data + sizeof record, (guint32) (buffer.len - sizeof record - 4));
  block = buffer.len;
  if (n_fields > 0)
    {
      mvx_log_buffer_append (&buffer, "\0\0\0\0", 4);
      record.n_inline = (guint16) mvx_log_payload_encode (&buffer, fields, n_fields, &mvx_log_limits_none);
      mvx_log_store32 (buffer.data + block, (guint32) (buffer.len - block - 4));
      if (record.n_inline == 0)
        buffer.len = block;
    }
  while (buffer.len & 7)
    mvx_log_buffer_append_c (&buffer, '\0');
  record.size = (guint32) buffer.len;
  record.stamp = (guint64) time_ns;
  memcpy (buffer.data, &record, sizeof record);

  mvx_log_event_view (&view, (const MvxLogRecord *) (gconstpointer) buffer.data);
  view.time_ns = time_ns;
  view.seq = 0;
  event = mvx_log_event_copy (&view);
  mvx_log_buffer_clear (&buffer);
  return event;
}

const char *
mvx_log_event_meta (const MvxLogEvent *event, MvxLogMetaTag tag, gsize *len)
{
  for (const guint8 *p = event->meta; p < event->meta_end;)
    {
      guint32 size = mvx_log_load32 (p + 1);

      if (*p == tag)
        {
          if (len)
            *len = size;
          return (const char *) p + 5;
        }
      p += 1 + 4 + size + 1;
    }
  return NULL;
}

guint64
mvx_log_event_remote_seq (const MvxLogEvent *event)
{
  const char *bytes = mvx_log_event_meta (event, MVX_LOG_META_SENDER, NULL);

  return bytes ? mvx_log_load64 ((const guint8 *) bytes + 8) : 0;
}

const char *
mvx_log_event_context (const MvxLogEvent *event, gsize *len)
{
  const MvxLogSymbol *symbol = mvx_log_symbol_from_id (event->record->context);

  if (len)
    *len = symbol ? symbol->len : 0;
  if (symbol == NULL)
    return mvx_log_event_meta (event, MVX_LOG_META_CONTEXT, len);
  return symbol->text;
}

/**
 * mvx_log_event_get_level:
 * @event: an event
 *
 * Tells how severe the event is. Thread-safe: an event never changes.
 *
 * Returns: its severity, one of [enum@MvxLog.Level] or another number
 *
 * Since: 1.0
 */
gint
mvx_log_event_get_level (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, 0);
  return event->record->level;
}

/**
 * mvx_log_event_get_timestamp:
 * @event: an event
 *
 * Tells when the event was logged. Thread-safe: an event never changes.
 *
 * Returns: when it was logged, in nanoseconds since 1970-01-01 UTC
 *
 * Since: 1.0
 */
gint64
mvx_log_event_get_timestamp (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, 0);
  return event->time_ns;
}

/**
 * mvx_log_event_get_context:
 * @event: an event
 *
 * Tells through which context the event was logged. Thread-safe: an event never changes.
 *
 * Returns: (transfer none): the name of the context it was logged through; empty for the root
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_context (const MvxLogEvent *event)
{
  const char *name;

  g_return_val_if_fail (event != NULL, NULL);
  name = mvx_log_event_context (event, NULL);
  return name ? name : "";
}

/**
 * mvx_log_event_get_name:
 * @event: an event
 *
 * Tells what the event is called. Thread-safe: an event never changes.
 *
 * Returns: (nullable) (transfer none): the event's name
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_name (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, NULL);
  return mvx_log_event_meta (event, MVX_LOG_META_NAME, NULL);
}

/**
 * mvx_log_event_get_entity_id:
 * @event: an event
 *
 * Tells what the event is about. Thread-safe: an event never changes.
 *
 * Returns: (nullable) (transfer none): what the event is about
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_entity_id (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, NULL);
  return mvx_log_event_meta (event, MVX_LOG_META_ENTITY, NULL);
}

/**
 * mvx_log_event_get_outcome:
 * @event: an event
 *
 * Tells how the operation stands that the event is about. Thread-safe: an event never changes.
 *
 * Returns: (nullable) (transfer none): how it ended
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_outcome (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, NULL);
  return mvx_log_event_meta (event, MVX_LOG_META_OUTCOME, NULL);
}

/**
 * mvx_log_event_get_template:
 * @event: an event
 *
 * Tells what the message is made from. Thread-safe: an event never changes.
 *
 * Returns: (nullable) (transfer none): the message template as it stands in the program
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_template (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, NULL);
  return event->site ? event->site->message_template : mvx_log_event_meta (event, MVX_LOG_META_TEMPLATE, NULL);
}

/**
 * mvx_log_event_get_verbatim_message:
 * @event: an event
 *
 * Tells the message of an event that has one instead of a template. Thread-safe: an event never changes.
 *
 * Returns: (nullable) (transfer none): the finished message that was given instead of a template; it is data and may
 *   hold anything
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_verbatim_message (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, NULL);
  return mvx_log_event_meta (event, MVX_LOG_META_MESSAGE, NULL);
}

/**
 * mvx_log_event_get_file:
 * @event: an event
 *
 * Tells in which file the event was logged. Thread-safe: an event never changes.
 *
 * Returns: (nullable) (transfer none): the source file
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_file (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, NULL);
  return event->site ? event->site->file : mvx_log_event_meta (event, MVX_LOG_META_FILE, NULL);
}

/**
 * mvx_log_event_get_line:
 * @event: an event
 *
 * Tells in which line the event was logged. Thread-safe: an event never changes.
 *
 * Returns: the source line, 0 if it is not known
 *
 * Since: 1.0
 */
guint
mvx_log_event_get_line (const MvxLogEvent *event)
{
  const char *text;

  g_return_val_if_fail (event != NULL, 0);
  if (event->site)
    return event->site->line;
  text = mvx_log_event_meta (event, MVX_LOG_META_LINE, NULL);
  return text ? (guint) MIN (g_ascii_strtoull (text, NULL, 10), G_MAXUINT) : 0;
}

/**
 * mvx_log_event_get_function:
 * @event: an event
 *
 * Tells in which function the event was logged. Thread-safe: an event never changes.
 *
 * Returns: (nullable) (transfer none): the function it was logged in
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_function (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, NULL);
  return event->site ? event->site->function : mvx_log_event_meta (event, MVX_LOG_META_FUNCTION, NULL);
}

/**
 * mvx_log_event_get_trace_id:
 * @event: an event
 *
 * Tells which trace the event belongs to. Thread-safe: an event never changes.
 *
 * Returns: (nullable) (transfer none): the trace it belongs to, 32 hexadecimal digits
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_trace_id (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, NULL);
  return mvx_log_event_meta (event, MVX_LOG_META_TRACE, NULL);
}

/**
 * mvx_log_event_get_span_id:
 * @event: an event
 *
 * Tells which span the event belongs to. Thread-safe: an event never changes.
 *
 * Returns: (nullable) (transfer none): the span it belongs to, 16 hexadecimal digits
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_span_id (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, NULL);
  return mvx_log_event_meta (event, MVX_LOG_META_SPAN, NULL);
}

/**
 * mvx_log_event_get_event_id:
 * @event: an event
 *
 * Tells which kind of event it is. Thread-safe: an event never changes.
 *
 * Returns: (nullable) (transfer none): what kind of event it is, 32 hexadecimal digits as in journald's `MESSAGE_ID`;
 *   [func@MvxLog.EventId.lookup] tells what they mean
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_event_id (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, NULL);
  return mvx_log_event_meta (event, MVX_LOG_META_EVENT_ID, NULL);
}

/**
 * mvx_log_event_get_thread:
 * @event: an event
 *
 * Tells which thread has logged the event. Thread-safe: an event never changes.
 *
 * Returns: the kernel's number of the thread that logged it
 *
 * Since: 1.0
 */
guint
mvx_log_event_get_thread (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, 0);
  return event->record->thread;
}

/**
 * mvx_log_event_get_seq:
 * @event: an event
 *
 * Tells the number of the event, by which gaps are found. Thread-safe: an event never changes.
 *
 * Returns: the number that the sink gave it, counted from 1, or 0 outside a sink; for an event that came from elsewhere
 *   the one that its sender gave it. Numbers that are missing are those of lost events, of which an event tells.
 *
 * Since: 1.0
 */
guint64
mvx_log_event_get_seq (const MvxLogEvent *event)
{
  g_return_val_if_fail (event != NULL, 0);
  return mvx_log_event_seq (event);
}

/**
 * mvx_log_event_get_stream:
 * @event: an event
 * @seq: (out) (optional): its number in the stream, counted from 1
 *
 * Tells which event this is, in every attempt to deliver it and also after a restart: what comes out of a spool may
 * come twice, and then it has the same stream and number. Within a stream numbers only grow. Thread-safe: an event
 * never changes.
 *
 * Returns: (nullable): the id of the stream, 32 hexadecimal digits; %NULL if the event does not come out of a spool
 *
 * Since: 1.0
 */
const char *
mvx_log_event_get_stream (const MvxLogEvent *event, guint64 *seq)
{
  g_return_val_if_fail (event != NULL, NULL);

  if (seq)
    *seq = event->stream ? event->seq : 0;
  return event->stream;
}

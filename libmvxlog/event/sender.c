/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event that travels is a record that needs nothing of the process it was logged in: no callsite, no symbol, no
 * reading of a clock. As bytes it stands behind eight others: "MVXE", the version, the byte order, and two zeros.
 */
#include "event/sender-private.h"

#include <unistd.h>

#include "base/error-private.h"
#include "event/draft-private.h"
#include "event/encode-private.h"
#include "event/hexid-private.h"

#define MVX_LOG_SENDER_MAGIC "MVXE"
#define MVX_LOG_SENDER_VERSION 1
#define MVX_LOG_SENDER_HEAD 8
#define MVX_LOG_SENDER_ORDER (G_BYTE_ORDER == G_LITTLE_ENDIAN ? 'l' : 'b')

/* A host's name has no more bytes than that. */
#define MVX_LOG_SENDER_FEW 256

void
mvx_log_encode_sender (MvxLogBuffer *buffer, const MvxLogSender *sender)
{
  gsize len = sender->host ? strlen (sender->host) : 0;
  guint8 few[MVX_LOG_SENDER_FIXED + MVX_LOG_SENDER_FEW]; /* there may be no memory */
  g_autofree guint8 *many = len < MVX_LOG_SENDER_FEW ? NULL : g_malloc (MVX_LOG_SENDER_FIXED + len + 1);
  guint8 *bytes = many ? many : few;
  guint8 *p = mvx_log_store64 (bytes, sender->stream);

  p = mvx_log_store64 (p, sender->seq);
  p = mvx_log_store32 (p, sender->pid);
  memcpy (p, len > 0 ? sender->host : "", len + 1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_SENDER, (const char *) bytes, (gssize) (MVX_LOG_SENDER_FIXED + len));
}

/**
 * mvx_log_event_get_sender:
 * @event: an event
 * @sender: (out caller-allocates): who it comes from; @host is valid as long as @event
 *
 * Tells who has logged an event that came from elsewhere. Thread-safe: an event never changes.
 *
 * Returns: %FALSE if it is one of this process
 *
 * Since: 1.0
 */
gboolean
mvx_log_event_get_sender (const MvxLogEvent *event, MvxLogSender *sender)
{
  const guint8 *bytes;

  g_return_val_if_fail (event != NULL, FALSE);
  g_return_val_if_fail (sender != NULL, FALSE);

  *sender = (MvxLogSender){ 0 };
  if (!mvx_log_event_is_remote (event))
    return FALSE;
  sender->thread = event->record->thread;
  bytes = (const guint8 *) mvx_log_event_meta (event, MVX_LOG_META_SENDER, NULL);
  if (bytes == NULL)
    return TRUE;
  sender->stream = mvx_log_load64 (bytes);
  sender->seq = mvx_log_load64 (bytes + 8);
  sender->pid = mvx_log_load32 (bytes + 16);
  sender->host = bytes[MVX_LOG_SENDER_FIXED] ? (const char *) bytes + MVX_LOG_SENDER_FIXED : NULL;
  return TRUE;
}

/* Where the event was logged, which the callsite tells. */
static void
mvx_log_sender_encode_site (MvxLogBuffer *buffer, const MvxLogCallsite *site)
{
  char line[16];

  mvx_log_encode_meta (buffer, MVX_LOG_META_TEMPLATE, site->message_template, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_FILE, site->file, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_FUNCTION, site->function, -1);
  g_snprintf (line, sizeof line, "%u", site->line);
  mvx_log_encode_meta (buffer, MVX_LOG_META_LINE, site->line > 0 ? line : NULL, -1);
}

static void
mvx_log_sender_encode_meta (MvxLogBuffer *buffer, const MvxLogEvent *event, const MvxLogSender *sender)
{
  gsize at = buffer->len;
  gsize len;
  const char *context = mvx_log_event_context (event, &len);

  mvx_log_buffer_append (buffer, "\0\0\0\0", 4);
  mvx_log_encode_meta (buffer, MVX_LOG_META_CONTEXT, context, (gssize) len);
  for (const guint8 *p = event->meta; p < event->meta_end;)
    {
      gsize size = 1 + 4 + (gsize) mvx_log_load32 (p + 1) + 1;

      if (*p != MVX_LOG_META_CONTEXT)
        mvx_log_buffer_append (buffer, p, size);
      p += size;
    }
  if (event->site)
    mvx_log_sender_encode_site (buffer, event->site);
  mvx_log_encode_sender (buffer, sender);
  mvx_log_store32 (buffer->data + at, (guint32) (buffer->len - at - 4));
}

/* Appends the record that @event is for others. */
static void
mvx_log_sender_encode (MvxLogBuffer *buffer, const MvxLogEvent *event, const MvxLogSender *sender)
{
  g_auto (MvxLogDraft) draft = { 0 };
  const MvxLogRecord *record = event->record;
  guint flags = MVX_LOG_RECORD_META | MVX_LOG_RECORD_REALTIME | MVX_LOG_RECORD_NO_SLOTS | MVX_LOG_RECORD_REMOTE
                | (record->flags & MVX_LOG_RECORD_TRUNCATED);
  gsize begin = buffer->len;
  guint n;
  gsize at;

  mvx_log_buffer_reserve (buffer, record->size + 256);
  buffer->len += sizeof *record;
  mvx_log_sender_encode_meta (buffer, event, sender);
  mvx_log_draft_init (&draft, event, -1);
  at = buffer->len;
  mvx_log_buffer_append (buffer, "\0\0\0\0", 4);
  n = mvx_log_draft_encode_fields (&draft, buffer);
  if (n > 0)
    mvx_log_store32 (buffer->data + at, (guint32) (buffer->len - at - 4));
  else
    buffer->len = at;
  memset (mvx_log_buffer_reserve (buffer, 8), 0, 8);
  buffer->len = begin + mvx_log_record_align (buffer->len - begin);
  mvx_log_encode_header (buffer->data + begin, (guint32) (buffer->len - begin), 0, (guint64) event->time_ns,
                         record->number, record->thread, 0, record->level, flags, n);
}

static MvxLogSender
mvx_log_sender_here (const MvxLogEvent *event, guint64 stream)
{
  return (MvxLogSender){ .host = g_get_host_name (), .pid = (guint) getpid (), .stream = stream, .seq = event->seq };
}

MvxLogEvent *
mvx_log_event_copy_of_sender (const MvxLogEvent *event, const MvxLogSender *sender)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogEvent *copy;
  MvxLogEvent view;

  if (mvx_log_event_is_remote (event))
    return mvx_log_event_copy (event);
  mvx_log_sender_encode (&buffer, event, sender);
  mvx_log_event_view (&view, (const MvxLogRecord *) (gconstpointer) buffer.data);
  view.time_ns = event->time_ns;
  view.seq = event->seq;
  copy = mvx_log_event_copy (&view);
  mvx_log_buffer_clear (&buffer);
  return copy;
}

/**
 * mvx_log_event_copy_for_sending:
 * @event: an event
 * @stream: what the numbers of the events belong to, 0 if nothing; see [struct@MvxLog.Sender]
 *
 * Makes of an event what it is for others: one with a sender, which is this process unless it has come from elsewhere
 * itself. A sink that hands its events over to another process gives its own @stream, any number that no other one is
 * likely to have. Thread-safe.
 *
 * Returns: (transfer full): the event; release it with [method@MvxLog.Event.free]
 *
 * Since: 1.0
 */
MvxLogEvent *
mvx_log_event_copy_for_sending (const MvxLogEvent *event, guint64 stream)
{
  MvxLogSender sender;

  g_return_val_if_fail (event != NULL, NULL);

  sender = mvx_log_sender_here (event, stream);
  return mvx_log_event_copy_of_sender (event, &sender);
}

void
mvx_log_event_append_bytes (MvxLogBuffer *buffer, const MvxLogEvent *event, guint64 stream)
{
  const MvxLogSender sender = mvx_log_sender_here (event, stream);
  guint8 head[MVX_LOG_SENDER_HEAD] = MVX_LOG_SENDER_MAGIC;

  head[4] = MVX_LOG_SENDER_VERSION;
  head[5] = MVX_LOG_SENDER_ORDER;
  mvx_log_buffer_append (buffer, head, sizeof head);
  if (mvx_log_event_is_remote (event))
    mvx_log_buffer_append (buffer, event->record, event->record->size);
  else
    mvx_log_sender_encode (buffer, event, &sender);
}

/**
 * mvx_log_event_to_bytes:
 * @event: an event
 * @stream: as for [method@MvxLog.Event.copy_for_sending]
 *
 * Writes an event down for another process, also of another machine and with another version of this library:
 * [ctor@MvxLog.Event.new_from_bytes] reads it. Nothing is lost: types, time and everything else. Thread-safe.
 *
 * Returns: (transfer full): the bytes
 *
 * Since: 1.0
 */
GBytes *
mvx_log_event_to_bytes (const MvxLogEvent *event, guint64 stream)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  g_return_val_if_fail (event != NULL, NULL);

  mvx_log_event_append_bytes (&buffer, event, stream);
  return g_bytes_new_take (buffer.data, buffer.len);
}

static gboolean
mvx_log_sender_check_id (const MvxLogEvent *event, MvxLogMetaTag tag, guint digits)
{
  char id[MVX_LOG_TRACE_ID_DIGITS + 1];
  const char *text = mvx_log_event_meta (event, tag, NULL);

  return text == NULL || mvx_log_hex_id (id, text, digits);
}

/* Numbers of another process would mean something else in this one. */
static const char *
mvx_log_sender_find_fault (const MvxLogEvent *event)
{
  const MvxLogRecord *record = event->record;
  gsize len = 0;

  if ((record->flags & (MVX_LOG_RECORD_REMOTE | MVX_LOG_RECORD_REALTIME | MVX_LOG_RECORD_SKIP))
          != (MVX_LOG_RECORD_REMOTE | MVX_LOG_RECORD_REALTIME)
      || record->context != 0)
    return "it is not meant for another process";
  if (mvx_log_event_meta (event, MVX_LOG_META_SENDER, &len) == NULL || len < MVX_LOG_SENDER_FIXED)
    return "it does not say who has sent it";
  if (!mvx_log_sender_check_id (event, MVX_LOG_META_TRACE, MVX_LOG_TRACE_ID_DIGITS)
      || !mvx_log_sender_check_id (event, MVX_LOG_META_SPAN, MVX_LOG_SPAN_ID_DIGITS)
      || !mvx_log_sender_check_id (event, MVX_LOG_META_EVENT_ID, MVX_LOG_EVENT_ID_DIGITS))
    return "an id in it is none";
  return NULL;
}

static gboolean
mvx_log_sender_check_head (const guint8 *bytes, gsize size, GError **error)
{
  if (size < MVX_LOG_SENDER_HEAD || memcmp (bytes, MVX_LOG_SENDER_MAGIC, strlen (MVX_LOG_SENDER_MAGIC)) != 0)
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_RECORD, "Not an event: it does not begin with '%s'",
                 MVX_LOG_SENDER_MAGIC);
  else if (bytes[4] != MVX_LOG_SENDER_VERSION)
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_RECORD,
                 "An event of version %u cannot be read, only one of version %d; upgrade libmvxlog here", bytes[4],
                 MVX_LOG_SENDER_VERSION);
  else if (bytes[5] != MVX_LOG_SENDER_ORDER)
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_RECORD,
                 "An event of a machine with another byte order cannot be read; send it as JSON");
  else if (bytes[6] != 0 || bytes[7] != 0)
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_RECORD,
                 "Not an event: the last two bytes of its head are not zero");
  else
    return TRUE;
  return FALSE;
}

MvxLogEvent *
mvx_log_event_new_from_data (const guint8 *data, gsize size, GError **error)
{
  g_autofree guint8 *aligned = NULL;
  const char *fault;
  MvxLogEvent view;

  if (!mvx_log_sender_check_head (data, size, error))
    return NULL;
  data += MVX_LOG_SENDER_HEAD;
  size -= MVX_LOG_SENDER_HEAD;
  if (!mvx_log_record_validate (data, size, NULL, error))
    return NULL;
  /* To be viewed it has to be aligned. */
  if (GPOINTER_TO_SIZE (data) % 8 != 0)
    data = aligned = g_memdup2 (data, size);
  mvx_log_event_view (&view, (const MvxLogRecord *) (gconstpointer) data);
  view.time_ns = (gint64) view.record->stamp;
  view.seq = 0;
  fault = mvx_log_sender_find_fault (&view);
  if (fault == NULL)
    return mvx_log_event_copy (&view);
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_RECORD, "Not an event: %s", fault);
  return NULL;
}

/**
 * mvx_log_event_new_from_bytes:
 * @bytes: what [method@MvxLog.Event.to_bytes] has made, or anything else
 * @error: return location for an error
 *
 * Reads an event that another process has written down. @bytes may come from anybody: they are checked. What is to
 * become of the event is for [method@MvxLog.Context.log_event]. Thread-safe.
 *
 * Returns: (transfer full): the event, or %NULL with %MVX_LOG_ERROR_INVALID_RECORD
 *
 * Since: 1.0
 */
MvxLogEvent *
mvx_log_event_new_from_bytes (GBytes *bytes, GError **error)
{
  const guint8 *data;
  gsize size;

  g_return_val_if_fail (bytes != NULL, NULL);

  data = g_bytes_get_data (bytes, &size);
  return mvx_log_event_new_from_data (data, size, error);
}

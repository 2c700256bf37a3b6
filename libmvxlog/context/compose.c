/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "context/compose-private.h"
#include "base/clock-private.h"
#include "base/diag-private.h"
#include "base/shortage-private.h"
#include "event/encode-private.h"
#include "event/event-private.h"
#include "event/hexid-private.h"
#include "event/sender-private.h"

/* A scratch buffer that one huge event made grow is not kept. */
#define MVX_LOG_COMPOSE_KEEP (256 * 1024)
/* What an event has besides texts and fields: ids, numbers, and the frames of all of them. */
#define MVX_LOG_COMPOSE_SMALL 512
/* For variants, errors and objects. */
#define MVX_LOG_COMPOSE_GLIB_ROOM (64 * 1024)

static gsize
mvx_log_compose_begin_block (MvxLogBuffer *buffer)
{
  gsize at = buffer->len;

  mvx_log_buffer_append (buffer, "\0\0\0\0", 4);
  return at;
}

static gboolean
mvx_log_compose_end_block (MvxLogBuffer *buffer, gsize at)
{
  if (buffer->len == at + 4)
    {
      buffer->len = at;
      return FALSE;
    }
  mvx_log_store32 (buffer->data + at, (guint32) (buffer->len - at - 4));
  return TRUE;
}

/* An id that is none would mislead whoever looks for it; the event is worth more than its id. */
static void
mvx_log_compose_id (MvxLogBuffer *buffer, MvxLogMetaTag tag, const char *text, const char *what, guint digits)
{
  char id[MVX_LOG_TRACE_ID_DIGITS + 1];

  if (text == NULL)
    return;
  if (tag == MVX_LOG_META_EVENT_ID ? mvx_log_hex_id128 (id, text) : mvx_log_hex_id (id, text, digits))
    mvx_log_encode_meta (buffer, tag, id, digits);
  else
    mvx_log_diag (MVX_LOG_LEVEL_WARNING,
                  "An event goes on without its %s id '%s', which is not one of %u hexadecimal digits", what, text,
                  digits);
}

/* What has come from elsewhere has nothing to do with what this thread is at. */
static const MvxLogScopeCapture *
mvx_log_compose_scope (MvxLogThread *thread, const MvxLogParts *parts)
{
  return parts->init->sender ? NULL : mvx_log_scope_state (thread);
}

/* The call's own, else those of the thread's scope. */
static void
mvx_log_compose_trace (MvxLogBuffer *buffer, const MvxLogEventInit *init, const MvxLogScopeCapture *scope)
{
  mvx_log_compose_id (buffer, MVX_LOG_META_TRACE, init->trace_id, "trace", MVX_LOG_TRACE_ID_DIGITS);
  mvx_log_compose_id (buffer, MVX_LOG_META_SPAN, init->span_id, "span", MVX_LOG_SPAN_ID_DIGITS);
  if (init->trace_id || init->span_id || scope == NULL || *scope->trace.trace_id == '\0')
    return;
  mvx_log_encode_meta (buffer, MVX_LOG_META_TRACE, scope->trace.trace_id, MVX_LOG_TRACE_ID_DIGITS);
  mvx_log_encode_meta (buffer, MVX_LOG_META_SPAN, scope->trace.span_id, MVX_LOG_SPAN_ID_DIGITS);
}

static gboolean
mvx_log_compose_meta (MvxLogBuffer *buffer, const MvxLogParts *parts, const MvxLogScopeCapture *scope)
{
  const MvxLogEventInit *init = parts->init;
  gsize at = mvx_log_compose_begin_block (buffer);

  if (parts->node->symbol == 0 || init->event_namespace)
    mvx_log_encode_meta (buffer, MVX_LOG_META_CONTEXT, mvx_log_parts_namespace (parts), -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_NAME, init->name, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_ENTITY, init->entity_id, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_OUTCOME, init->outcome, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_MESSAGE, init->message,
                       init->message_length > 0 ? (gssize) init->message_length : -1);
  mvx_log_compose_trace (buffer, init, scope);
  mvx_log_compose_id (buffer, MVX_LOG_META_EVENT_ID, init->event_id, "event", MVX_LOG_EVENT_ID_DIGITS);
  if (init->sender)
    mvx_log_encode_sender (buffer, init->sender);
  if (parts->site == NULL)
    {
      char line[16];

      mvx_log_encode_meta (buffer, MVX_LOG_META_TEMPLATE, init->message_template, -1);
      mvx_log_encode_meta (buffer, MVX_LOG_META_FILE, init->file, -1);
      mvx_log_encode_meta (buffer, MVX_LOG_META_FUNCTION, init->function, -1);
      g_snprintf (line, sizeof line, "%u", init->line);
      mvx_log_encode_meta (buffer, MVX_LOG_META_LINE, init->line > 0 ? line : NULL, -1);
    }
  return mvx_log_compose_end_block (buffer, at);
}

/* Can the payload be written as the callsite's slots? */
static gboolean
mvx_log_compose_has_slots (const MvxLogSettings *settings, const MvxLogParts *parts, guint32 *lengths)
{
  return parts->site && parts->site->plain
         && (settings->macro_fields < 0 || parts->site->n_fields <= (guint) settings->macro_fields)
         && mvx_log_encode_plain_size (parts->site, parts->args, settings->plain_string, lengths) < MVX_LOG_TOO_LONG;
}

static MvxLogLimits
mvx_log_compose_limits (const MvxLogSettings *settings, const MvxLogParts *parts)
{
  MvxLogLimits limits = parts->init->flags & MVX_LOG_EVENT_SKIP_LIMITS ? mvx_log_limits_none : settings->limits;

  /* What is redacted must be seen as a whole: keys for their patterns, values for their hashes. */
  limits.deferred = settings->shaped;
  if (parts->init->flags & MVX_LOG_EVENT_UNBOUNDED)
    limits.max_items = -1;
  return limits;
}

/* The limit on items guards against data; what stands in the source as pairs is wanted, unless somebody has set a
 * limit. */
static guint
mvx_log_compose_payload (MvxLogBuffer *buffer, const MvxLogSettings *settings, const MvxLogParts *parts)
{
  MvxLogLimits limits = mvx_log_compose_limits (settings, parts);

  if (parts->composed)
    {
      limits.max_depth += limits.max_depth > 0;
      return mvx_log_payload_encode_all (buffer, parts->fields, parts->n_fields, &limits);
    }
  if ((parts->site == NULL && !parts->literal) || settings->macro_fields >= 0)
    return mvx_log_payload_encode (buffer, parts->fields, parts->n_fields, &limits);
  return mvx_log_payload_encode_all (buffer, parts->fields, parts->n_fields, &limits);
}

/* A task counts its records: `task` is NUMBER@PATH, unless the program has a word of its own for that key. */
static guint
mvx_log_compose_task (MvxLogBuffer *buffer, const MvxLogParts *parts, const MvxLogScopeCapture *scope)
{
  if (mvx_log_field_set_has (scope->fields, MVX_LOG_TASK_KEY)
      || mvx_log_fields_have (parts->fields, parts->n_fields, MVX_LOG_TASK_KEY))
    return 0;
  mvx_log_encode_key (buffer, MVX_LOG_TYPE_STRING, MVX_LOG_TASK_KEY, strlen (MVX_LOG_TASK_KEY));
  mvx_log_task_print_key (scope->task, buffer);
  return 1;
}

/* Bound fields, then those of scopes, each key once: what was given nearer to the call wins. */
static guint
mvx_log_compose_context (MvxLogBuffer *buffer, const MvxLogParts *parts, const MvxLogScopeCapture *scope)
{
  const MvxLogFieldSet *scoped = scope ? scope->fields : NULL;
  const char *key = scope && scope->task ? MVX_LOG_TASK_KEY : NULL;
  guint n = 0;

  if (parts->bound)
    n += mvx_log_field_set_append (parts->bound, buffer, key, scoped, parts->fields, parts->n_fields);
  if (scoped)
    n += mvx_log_field_set_append (scoped, buffer, NULL, NULL, parts->fields, parts->n_fields);
  if (key)
    n += mvx_log_compose_task (buffer, parts, scope);
  return n;
}

static guint
mvx_log_compose_inlines (MvxLogThread *thread,
                         const MvxLogSettings *settings,
                         const MvxLogParts *parts,
                         gboolean with_payload)
{
  MvxLogBuffer *buffer = &thread->scratch;
  gsize at = mvx_log_compose_begin_block (buffer);
  guint n = mvx_log_compose_context (buffer, parts, mvx_log_compose_scope (thread, parts));

  if (with_payload)
    {
      int before = mvx_log_thread_enter_foreign (thread); /* adapters */

      n += mvx_log_compose_payload (buffer, settings, parts);
      mvx_log_thread_leave_foreign (thread, before);
    }
  mvx_log_compose_end_block (buffer, at);
  return n;
}

static gsize
mvx_log_compose_size_slots (const MvxLogParts *parts, const guint32 *lengths)
{
  gsize room = 8u * parts->site->n_fields + 5u * parts->site->n_strings;

  for (guint i = 0; i < parts->site->n_strings; i++)
    room += lengths[i] == MVX_LOG_NULL_STRING ? 0 : lengths[i];
  return room;
}

static gsize
mvx_log_compose_size_meta (const MvxLogParts *parts)
{
  const MvxLogEventInit *init = parts->init;
  const char *const texts[] = {
    parts->node->symbol == 0 || init->event_namespace ? mvx_log_parts_namespace (parts) : NULL,
    init->name,
    init->entity_id,
    init->outcome,
    init->message_length > 0 ? NULL : init->message,
    parts->site ? NULL : init->message_template,
    parts->site ? NULL : init->file,
    parts->site ? NULL : init->function,
    init->sender ? init->sender->host : NULL,
  };
  gsize size = init->message_length;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i])
      size += strlen (texts[i]);
  return size;
}

static gsize
mvx_log_compose_size_scope (const MvxLogScopeCapture *scope)
{
  return (scope->fields ? scope->fields->len : 0) + (scope->task ? strlen (scope->task->path) : 0);
}

/* Memory for all that can be known of the record, at once: here it may be missing. */
static gboolean
mvx_log_compose_try_begin (MvxLogThread *thread,
                           const MvxLogSettings *settings,
                           const MvxLogParts *parts,
                           const guint32 *lengths,
                           gboolean slots)
{
  const MvxLogScopeCapture *scope = mvx_log_compose_scope (thread, parts);
  MvxLogLimits limits = mvx_log_compose_limits (settings, parts);
  MvxLogBuffer *buffer = &thread->scratch;
  gboolean by_glib = FALSE;
  gsize size = sizeof (MvxLogRecord) + MVX_LOG_COMPOSE_SMALL + (parts->bound ? parts->bound->len : 0)
               + (scope ? mvx_log_compose_size_scope (scope) : 0) + mvx_log_compose_size_meta (parts)
               + (slots ? mvx_log_compose_size_slots (parts, lengths)
                        : mvx_log_payload_size (parts->fields, parts->n_fields, &limits, &by_glib));
  guint8 *data;

  if (by_glib && mvx_log_is_short_of (MVX_LOG_COMPOSE_GLIB_ROOM))
    return FALSE;
  if (buffer->allocated > MVX_LOG_COMPOSE_KEEP)
    mvx_log_buffer_clear (buffer);
  buffer->len = 0;
  if (buffer->allocated >= size)
    return TRUE;
  data = g_try_realloc (buffer->data, size);
  if (data == NULL)
    return FALSE;
  buffer->data = data;
  buffer->allocated = size;
  return TRUE;
}

static void
mvx_log_compose_slots (MvxLogBuffer *buffer, const MvxLogParts *parts, const guint32 *lengths)
{
  guint8 *p = mvx_log_buffer_reserve (buffer, mvx_log_compose_size_slots (parts, lengths));

  buffer->len += (gsize) (mvx_log_encode_plain (p, parts->site, parts->args, lengths) - p);
}

const MvxLogRecord *
mvx_log_compose (MvxLogThread *thread, const MvxLogSettings *settings, const MvxLogParts *parts, gint64 *time_ns)
{
  MvxLogBuffer *buffer = &thread->scratch;
  guint32 lengths[MVX_LOG_PLAIN_MAX_STRINGS];
  gboolean slots = mvx_log_compose_has_slots (settings, parts, lengths);
  const MvxLogSender *sender = parts->init->sender;
  guint64 stamp = mvx_log_clock_raw ();
  guint flags = slots ? 0 : MVX_LOG_RECORD_NO_SLOTS;
  guint n_inline;

  if (!mvx_log_compose_try_begin (thread, settings, parts, lengths, slots))
    return NULL;
  *time_ns = parts->init->timestamp != 0 ? parts->init->timestamp : mvx_log_clock_time_of (stamp);
  if (parts->init->timestamp != 0)
    {
      flags |= MVX_LOG_RECORD_REALTIME;
      stamp = (guint64) parts->init->timestamp;
    }
  if (sender)
    flags |= MVX_LOG_RECORD_REMOTE;

  buffer->len = sizeof (MvxLogRecord);
  if (mvx_log_compose_meta (buffer, parts, mvx_log_compose_scope (thread, parts)))
    flags |= MVX_LOG_RECORD_META;
  n_inline = mvx_log_compose_inlines (thread, settings, parts, !slots);
  if (slots && parts->site->n_fields > 0)
    mvx_log_compose_slots (buffer, parts, lengths);
  memset (mvx_log_buffer_reserve (buffer, 8), 0, 8);
  buffer->len = mvx_log_record_align (buffer->len);
  mvx_log_encode_header (buffer->data, (guint32) buffer->len, parts->site ? parts->site->id : 0, stamp,
                         ++thread->n_records, sender ? sender->thread : thread->tid,
                         parts->init->event_namespace ? 0 : parts->node->symbol, parts->init->level, flags, n_inline);
  return (const MvxLogRecord *) (gconstpointer) buffer->data;
}

char *
mvx_log_parts_dup_message (const MvxLogParts *parts)
{
  const char *template = parts->site ? parts->site->message_template : parts->init->message_template;

  if (parts->init->message)
    return g_strdup (parts->init->message);
  if (template)
    {
      MvxLogEvent *event = mvx_log_event_new (mvx_log_parts_namespace (parts), parts->init->level, 0, template,
                                              parts->fields, parts->n_fields);
      char *text = mvx_log_event_dup_message (event);

      mvx_log_event_free (event);
      return text;
    }
  return g_strdup (parts->init->name ? parts->init->name : "");
}

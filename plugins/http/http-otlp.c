/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-otlp.h"

#include <string.h>
#include <unistd.h>

#include "../common/fields.h"

/* What the record itself says; a field of the user with such a key gets another one. */
static const char *const mvx_http_otlp_own[] = {
  "code.file.path",
  "code.function.name",
  "code.line.number",
  "exception.message",
  "exception.stacktrace",
  "exception.type",
  "mvx.entity",
  "mvx.error.chain",
  "mvx.event",
  "mvx.outcome",
  "mvx.sender.stream",
  "mvx.seq",
  "mvx.stream",
  "thread.id",
};

GArray *
mvx_http_otlp_new_fields (void)
{
  return g_array_new (FALSE, FALSE, sizeof (MvxField));
}

static void
mvx_http_otlp_append_text (MvxHttpBody *body, const char *text, gsize size)
{
  mvx_log_buffer_append_s (&body->out, "{\"stringValue\":");
  mvx_http_body_append_string (&body->out, text, size);
  mvx_log_buffer_append_c (&body->out, '}');
}

/* For people: what OpenTelemetry has no type for. */
static void
mvx_http_otlp_append_as_text (MvxHttpBody *body, const MvxLogValue *value)
{
  body->text.len = 0;
  mvx_log_buffer_append_text (&body->text, value);
  mvx_http_otlp_append_text (body, (const char *) body->text.data, body->text.len);
}

static void mvx_http_otlp_append_value (MvxHttpBody *body, const MvxLogValue *value);

static void
mvx_http_otlp_append_all (MvxHttpBody *body, const MvxLogValue *value, const char *start)
{
  MvxLogValueIter iter;
  const char *key = NULL;
  MvxLogValue item;
  gboolean first = TRUE;

  mvx_log_buffer_append_s (&body->out, start);
  mvx_log_value_iter_init (&iter, value);
  while (mvx_log_value_iter_next (&iter, &key, &item))
    {
      if (!first)
        mvx_log_buffer_append_c (&body->out, ',');
      first = FALSE;
      if (value->type != MVX_LOG_TYPE_MAP)
        {
          mvx_http_otlp_append_value (body, &item);
          continue;
        }
      mvx_log_buffer_append_s (&body->out, "{\"key\":");
      mvx_http_body_append_string (&body->out, key, strlen (key));
      mvx_log_buffer_append_s (&body->out, ",\"value\":");
      mvx_http_otlp_append_value (body, &item);
      mvx_log_buffer_append_c (&body->out, '}');
    }
  mvx_log_buffer_append_s (&body->out, "]}}");
}

static void
mvx_http_otlp_append_scalar (MvxHttpBody *body, const char *start, const MvxLogValue *value)
{
  mvx_log_buffer_append_s (&body->out, start);
  mvx_log_buffer_append_json (&body->out, value);
  mvx_log_buffer_append_c (&body->out, '}');
}

static void
mvx_http_otlp_append_value (MvxHttpBody *body, const MvxLogValue *value)
{
  switch (value->type)
    {
    case MVX_LOG_TYPE_NULL:
      mvx_log_buffer_append_s (&body->out, "{}");
      break;
    case MVX_LOG_TYPE_BOOL:
      mvx_http_otlp_append_scalar (body, "{\"boolValue\":", value);
      break;
    case MVX_LOG_TYPE_INT64:
      mvx_log_buffer_append_printf (&body->out, "{\"intValue\":\"%" G_GINT64_FORMAT "\"}", value->u.int64);
      break;
    case MVX_LOG_TYPE_UINT64:
      /* Integers are signed there. */
      mvx_log_buffer_append_printf (&body->out, "{\"%s\":\"%" G_GUINT64_FORMAT "\"}",
                                    value->u.uint64 <= G_MAXINT64 ? "intValue" : "stringValue", value->u.uint64);
      break;
    case MVX_LOG_TYPE_DOUBLE:
      mvx_http_otlp_append_scalar (body, "{\"doubleValue\":", value);
      break;
    case MVX_LOG_TYPE_BYTES:
      mvx_http_otlp_append_scalar (body, "{\"bytesValue\":", value);
      break;
    case MVX_LOG_TYPE_STRING:
      mvx_http_otlp_append_text (body, value->u.string, value->size);
      break;
    case MVX_LOG_TYPE_LIST:
      mvx_http_otlp_append_all (body, value, "{\"arrayValue\":{\"values\":[");
      break;
    case MVX_LOG_TYPE_MAP:
      mvx_http_otlp_append_all (body, value, "{\"kvlistValue\":{\"values\":[");
      break;
    case MVX_LOG_TYPE_TIME:
    case MVX_LOG_TYPE_ERROR:
    default:
      mvx_http_otlp_append_as_text (body, value);
    }
}

/* The comma before the first one is not needed, and goes when the list is closed. */
static void
mvx_http_otlp_append_key (MvxHttpBody *body, const char *prefix, const char *key)
{
  mvx_log_buffer_append_s (&body->out, ",{\"key\":");
  body->text.len = 0;
  mvx_log_buffer_append_s (&body->text, prefix);
  mvx_log_buffer_append_s (&body->text, key);
  mvx_http_body_append_string (&body->out, (const char *) body->text.data, body->text.len);
  mvx_log_buffer_append_s (&body->out, ",\"value\":");
}

static void
mvx_http_otlp_append_attribute (MvxHttpBody *body, const char *prefix, const char *key, const MvxLogValue *value)
{
  mvx_http_otlp_append_key (body, prefix, key);
  mvx_http_otlp_append_value (body, value);
  mvx_log_buffer_append_c (&body->out, '}');
}

static void
mvx_http_otlp_append_string (MvxHttpBody *body, const char *key, const char *text)
{
  if (text == NULL || *text == '\0')
    return;
  mvx_http_otlp_append_key (body, "", key);
  mvx_http_otlp_append_text (body, text, strlen (text));
  mvx_log_buffer_append_c (&body->out, '}');
}

static void
mvx_http_otlp_append_number (MvxHttpBody *body, const char *key, guint64 number)
{
  const MvxLogValue value = { MVX_LOG_TYPE_UINT64, 0, { .uint64 = number } };

  if (number > 0)
    mvx_http_otlp_append_attribute (body, "", key, &value);
}

/* The array of attributes that starts at @start is complete. */
static void
mvx_http_otlp_close_attributes (MvxHttpBody *body, gsize start)
{
  if (body->out.len == start)
    mvx_log_buffer_append_c (&body->out, '[');
  else
    body->out.data[start] = '[';
  mvx_log_buffer_append_c (&body->out, ']');
}

static void
mvx_http_otlp_begin_resource (MvxHttpBody *body, const MvxLogSender *sender)
{
  gsize start;

  mvx_log_buffer_append_s (&body->out, body->n == 0 ? "{\"resourceLogs\":[" : "]}]},");
  mvx_log_buffer_append_s (&body->out, "{\"resource\":{\"attributes\":");
  start = body->out.len;
  /* Every resource has to have a name; of who has logged a received event none is known. */
  mvx_http_otlp_append_string (body, "service.name", sender ? "unknown_service" : body->options->service);
  mvx_http_otlp_append_string (body, "host.name", sender ? sender->host : g_get_host_name ());
  mvx_http_otlp_append_number (body, "process.pid", sender ? sender->pid : (guint64) getpid ());
  mvx_http_otlp_close_attributes (body, start);
  mvx_log_buffer_append_s (&body->out, "},\"scopeLogs\":[");
}

/* Records that have the same origin and context, and come one after the other, share what is said of these. */
static void
mvx_http_otlp_open (MvxHttpBody *body, const MvxLogEvent *event)
{
  MvxLogSender sender = { NULL, 0, 0, 0, 0 };
  const gboolean is_remote = mvx_log_event_get_sender (event, &sender);
  const char *host = is_remote && sender.host ? sender.host : "";
  const char *context = mvx_log_event_get_context (event);
  const guint pid = is_remote ? sender.pid : 0;
  const gboolean same
      = body->n > 0 && body->pid == pid && strcmp (body->host, host) == 0 && (body->is_remote != 0) == (is_remote != 0);

  if (context == NULL)
    context = "";
  if (same && strcmp (body->scope, context) == 0)
    {
      mvx_log_buffer_append_c (&body->out, ',');
      return;
    }
  if (same)
    mvx_log_buffer_append_s (&body->out, "]},");
  else
    mvx_http_otlp_begin_resource (body, is_remote ? &sender : NULL);
  mvx_log_buffer_append_s (&body->out, "{\"scope\":{\"name\":");
  mvx_http_body_append_string (&body->out, context, strlen (context));
  mvx_log_buffer_append_s (&body->out, "},\"logRecords\":[");
  g_free (body->scope);
  g_free (body->host);
  body->scope = g_strdup (context);
  body->host = g_strdup (host);
  body->pid = pid;
  body->is_remote = is_remote;
}

/* Levels in between are as severe as the next lower one. */
static guint
mvx_http_otlp_get_severity (gint level)
{
  static const struct
  {
    gint level;
    guint severity;
  } table[] = {
    { MVX_LOG_LEVEL_CRITICAL + 10, 21 }, { MVX_LOG_LEVEL_CRITICAL, 18 },
    { MVX_LOG_LEVEL_ERROR, 17 },         { MVX_LOG_LEVEL_WARNING, 13 },
    { MVX_LOG_LEVEL_NOTICE, 10 },        { MVX_LOG_LEVEL_INFO, 9 },
    { MVX_LOG_LEVEL_DEBUG, 5 },          { G_MININT, 1 },
  };
  guint i = 0;

  while (level < table[i].level)
    i++;
  return table[i].severity;
}

static void
mvx_http_otlp_append_head (MvxHttpBody *body, const MvxLogEvent *event)
{
  const gint level = mvx_log_event_get_level (event);
  const gint64 time = mvx_log_event_get_timestamp (event);
  const gint64 observed = body->is_remote ? g_get_real_time () * 1000 : time;
  const char *name = mvx_log_level_to_string (level);
  const char *id = mvx_log_event_get_event_id (event);

  /* There is no time before 1970 there. */
  mvx_log_buffer_append_printf (&body->out,
                                "{\"timeUnixNano\":\"%" G_GINT64_FORMAT
                                "\",\"observedTimeUnixNano\":\"%" G_GINT64_FORMAT
                                "\",\"severityNumber\":%u,\"severityText\":",
                                MAX (time, 0), MAX (observed, 0), mvx_http_otlp_get_severity (level));
  if (name)
    mvx_http_body_append_string (&body->out, name, strlen (name));
  else
    mvx_log_buffer_append_printf (&body->out, "\"%d\"", level);
  body->text.len = 0;
  if (!mvx_log_buffer_append_message (&body->text, event, TRUE) && mvx_log_event_get_name (event))
    mvx_log_buffer_append_s (&body->text, mvx_log_event_get_name (event));
  mvx_log_buffer_append_s (&body->out, ",\"body\":");
  mvx_http_otlp_append_text (body, (const char *) body->text.data, body->text.len);
  if (id && *id)
    {
      mvx_log_buffer_append_s (&body->out, ",\"eventName\":");
      mvx_http_body_append_string (&body->out, id, strlen (id));
    }
}

/* Hexadecimal digits, so many of them; bytes of another length would spoil the whole request. */
static void
mvx_http_otlp_append_id (MvxHttpBody *body, const char *start, const char *id, gsize n_digits)
{
  if (id == NULL || strlen (id) != n_digits || strspn (id, "0123456789abcdefABCDEF") != n_digits
      || strspn (id, "0") == n_digits)
    return;
  mvx_log_buffer_append_s (&body->out, start);
  mvx_http_body_append_string (&body->out, id, n_digits);
}

/* "message (domain, code)" of each, outermost first. */
static void
mvx_http_otlp_append_chain (MvxHttpBody *body, const MvxLogValue *error)
{
  g_auto (GStrv) parts = NULL;
  char before = '[';

  body->text.len = 0;
  mvx_log_buffer_append_text (&body->text, error);
  mvx_log_buffer_append_c (&body->text, '\0');
  parts = g_strsplit ((const char *) body->text.data, " <- ", -1);
  if (g_strv_length (parts) < 2)
    return;
  mvx_http_otlp_append_key (body, "", "mvx.error.chain");
  mvx_log_buffer_append_s (&body->out, "{\"arrayValue\":{\"values\":");
  for (guint i = 0; parts[i]; i++)
    {
      mvx_log_buffer_append_c (&body->out, before);
      mvx_http_otlp_append_text (body, parts[i], strlen (parts[i]));
      before = ',';
    }
  mvx_log_buffer_append_s (&body->out, "]}}}");
}

static void
mvx_http_otlp_append_error (MvxHttpBody *body, const MvxLogValue *error)
{
  MvxLogValueIter chain;
  MvxLogValueIter parts;
  MvxLogValue first;
  MvxLogValue part;
  const char *key;

  mvx_log_value_iter_init (&chain, error);
  if (!mvx_log_value_iter_next (&chain, &key, &first))
    return;
  mvx_log_value_iter_init (&parts, &first);
  while (mvx_log_value_iter_next (&parts, &key, &part))
    if (strcmp (key, "domain") == 0 || strcmp (key, "message") == 0)
      mvx_http_otlp_append_attribute (body, "exception.", *key == 'd' ? "type" : "message", &part);
  mvx_http_otlp_append_key (body, "", "exception.stacktrace");
  mvx_http_otlp_append_as_text (body, error);
  mvx_log_buffer_append_c (&body->out, '}');
  mvx_http_otlp_append_chain (body, error);
}

static gboolean
mvx_http_otlp_is_own (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (mvx_http_otlp_own); i++)
    if (strcmp (mvx_http_otlp_own[i], key) == 0)
      return TRUE;
  return FALSE;
}

/* Of one out of a spool, what makes it known again; of a received one, what its sender has counted. */
static void
mvx_http_otlp_append_origin (MvxHttpBody *body, const MvxLogEvent *event)
{
  guint64 number_there = 0;
  const char *stream = mvx_log_event_get_stream (event, &number_there);
  MvxLogSender sender;
  char number[17] = "";

  mvx_http_otlp_append_string (body, "mvx.stream", stream);
  mvx_http_otlp_append_number (body, "mvx.seq", stream ? number_there : mvx_log_event_get_seq (event));
  if (mvx_log_event_get_sender (event, &sender) && sender.stream != 0)
    g_snprintf (number, sizeof number, "%016" G_GINT64_MODIFIER "x", sender.stream);
  mvx_http_otlp_append_string (body, "mvx.sender.stream", number);
  mvx_http_otlp_append_number (body, "thread.id", mvx_log_event_get_thread (event));
}

static void
mvx_http_otlp_append_attributes (MvxHttpBody *body, const MvxLogEvent *event)
{
  MvxLogValue error;
  gsize start;

  mvx_log_buffer_append_s (&body->out, ",\"attributes\":");
  start = body->out.len;
  if (mvx_fields_collect (body->fields, event, &error))
    mvx_http_otlp_append_error (body, &error);
  for (guint i = 0; i < body->fields->len; i++)
    {
      const MvxField *field = &g_array_index (body->fields, MvxField, i);

      mvx_http_otlp_append_attribute (body, mvx_http_otlp_is_own (field->key) ? "field." : "", field->key,
                                      &field->value);
    }
  mvx_http_otlp_append_string (body, "mvx.event", mvx_log_event_get_name (event));
  mvx_http_otlp_append_string (body, "mvx.entity", mvx_log_event_get_entity_id (event));
  mvx_http_otlp_append_string (body, "mvx.outcome", mvx_log_event_get_outcome (event));
  mvx_http_otlp_append_string (body, "code.file.path", mvx_log_event_get_file (event));
  mvx_http_otlp_append_number (body, "code.line.number", mvx_log_event_get_line (event));
  mvx_http_otlp_append_string (body, "code.function.name", mvx_log_event_get_function (event));
  mvx_http_otlp_append_origin (body, event);
  mvx_http_otlp_close_attributes (body, start);
}

void
mvx_http_otlp_add (MvxHttpBody *body, const MvxLogEvent *event)
{
  mvx_http_otlp_open (body, event);
  mvx_http_otlp_append_head (body, event);
  mvx_http_otlp_append_attributes (body, event);
  mvx_http_otlp_append_id (body, ",\"traceId\":", mvx_log_event_get_trace_id (event), 32);
  mvx_http_otlp_append_id (body, ",\"spanId\":", mvx_log_event_get_span_id (event), 16);
  mvx_log_buffer_append_c (&body->out, '}');
}

void
mvx_http_otlp_end (MvxHttpBody *body)
{
  mvx_log_buffer_append_s (&body->out, "]}]}]}");
}

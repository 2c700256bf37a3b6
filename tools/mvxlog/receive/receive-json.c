/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive/receive-json.h"

#include <string.h>

#define MVX_RECEIVE_FOLD "field_"

/* A member that is not the user's. FALSE: it is of another kind than ours would be, and so is the user's. */
typedef gboolean (*MvxReceiveJsonFunc) (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value);

typedef struct
{
  const char *key;
  MvxReceiveJsonFunc func; /* NULL: of no use */
  gsize offset;            /* in MvxReceiveEvent */
} MvxReceiveJsonKey;

static char *
mvx_receive_json_text (const MvxJsonSlice *value)
{
  GString *text = g_string_new (NULL);

  mvx_json_unquote (value, text);
  return g_string_free (text, FALSE);
}

static gboolean
mvx_receive_json_set_text (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  char *text;

  if (value->kind != MVX_JSON_STRING)
    return FALSE;
  text = mvx_receive_json_text (value);
  g_ptr_array_add (event->texts, text);
  *(const char **) G_STRUCT_MEMBER_P (event, offset) = text;
  return TRUE;
}

/* It may hold NULs. */
static gboolean
mvx_receive_json_set_message (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (value->kind != MVX_JSON_STRING)
    return FALSE;
  mvx_json_unquote (value, text);
  event->init.message = mvx_receive_event_keep (event, text->str, text->len);
  event->init.message_length = text->len;
  return TRUE;
}

static gboolean
mvx_receive_json_number (const MvxJsonSlice *value, guint64 max, guint64 *number)
{
  g_autofree char *text = g_strndup (value->start, value->length);

  return value->kind == MVX_JSON_NUMBER && g_ascii_string_to_unsigned (text, 10, 0, max, number, NULL);
}

static gboolean
mvx_receive_json_set_uint (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  guint64 number;

  if (!mvx_receive_json_number (value, G_MAXUINT32, &number))
    return FALSE;
  *(guint *) G_STRUCT_MEMBER_P (event, offset) = (guint) number;
  return TRUE;
}

static gboolean
mvx_receive_json_set_uint64 (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  return mvx_receive_json_number (value, G_MAXUINT64, (guint64 *) G_STRUCT_MEMBER_P (event, offset));
}

static gboolean
mvx_receive_json_set_hex (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  g_autofree char *text = value->kind == MVX_JSON_STRING ? mvx_receive_json_text (value) : NULL;

  return text
         && g_ascii_string_to_unsigned (text, 16, 0, G_MAXUINT64, (guint64 *) G_STRUCT_MEMBER_P (event, offset), NULL);
}

static gboolean
mvx_receive_json_set_level (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  g_autofree char *text
      = value->kind == MVX_JSON_STRING ? mvx_receive_json_text (value) : g_strndup (value->start, value->length);

  return mvx_log_level_from_string (text, &event->init.level, NULL);
}

/* RFC 3339 with up to nine digits of a second. */
static gboolean
mvx_receive_json_set_time (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  g_autofree char *text = value->kind == MVX_JSON_STRING ? mvx_receive_json_text (value) : NULL;
  const char *fraction = text ? strchr (text, '.') : NULL;
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = text ? g_date_time_new_from_iso8601 (text, utc) : NULL;
  gint64 ns = 0;

  if (time == NULL)
    return FALSE;
  for (gint64 unit = 100000000; fraction && g_ascii_isdigit (fraction[1]) && unit > 0; unit /= 10)
    ns += (*++fraction - '0') * unit;
  return mvx_receive_event_set_time (event, g_date_time_to_unix (time), ns);
}

#define MVX_RECEIVE_AT(member) G_STRUCT_OFFSET (MvxReceiveEvent, member)

static const MvxReceiveJsonKey mvx_receive_json_keys[] = {
  { "ts", mvx_receive_json_set_time, 0 },
  { "level", mvx_receive_json_set_level, 0 },
  { "context", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.event_namespace) },
  { "event", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.name) },
  { "entity", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.entity_id) },
  { "outcome", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.outcome) },
  { "message", mvx_receive_json_set_message, 0 },
  { "template", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.message_template) },
  { "trace_id", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.trace_id) },
  { "span_id", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.span_id) },
  { "event_id", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.event_id) },
  { "file", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.file) },
  { "line", mvx_receive_json_set_uint, MVX_RECEIVE_AT (init.line) },
  { "func", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.function) },
  { "pid", mvx_receive_json_set_uint, MVX_RECEIVE_AT (sender.pid) },
  { "thread", mvx_receive_json_set_uint, MVX_RECEIVE_AT (sender.thread) },
  { "seq", mvx_receive_json_set_uint64, MVX_RECEIVE_AT (sender.seq) },
  { "sender_host", mvx_receive_json_set_text, MVX_RECEIVE_AT (sender.host) },
  { "sender_stream", mvx_receive_json_set_hex, MVX_RECEIVE_AT (sender.stream) },
  { NULL, NULL, 0 },
};

/* Seconds since 1970 as a decimal fraction. */
static gboolean
mvx_receive_json_set_created (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  g_autofree char *text = g_strndup (value->start, value->length);
  double seconds = g_ascii_strtod (text, NULL);

  if (value->kind != MVX_JSON_NUMBER || !(seconds > 0 && seconds < 9e9))
    return FALSE;
  /* A double of today holds a quarter of a microsecond; what is below is noise. */
  event->init.timestamp = (gint64) (seconds * 1e6 + 0.5) * 1000;
  return TRUE;
}

/* Data of the innermost task, and the number of the record in it under the key that ours has. */
static gboolean
mvx_receive_json_add_context (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  MvxJsonSlice key = { 0 };
  MvxJsonSlice member;
  MvxJsonIter iter;

  if (value->kind == MVX_JSON_NULL)
    return TRUE;
  if (value->kind != MVX_JSON_OBJECT)
    return FALSE;
  mvx_json_iter_init (&iter, value);
  while (mvx_json_iter_next (&iter, &key, &member))
    {
      g_autofree char *name = mvx_receive_json_text (&key);

      mvx_receive_event_add_json (event, strcmp (name, "key") == 0 ? "task" : name, &member);
    }
  return TRUE;
}

/* Python numbers threads by addresses, which are no numbers of the kernel's. */
static gboolean
mvx_receive_json_set_thread (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  mvx_receive_json_set_uint (event, offset, value);
  return TRUE;
}

static gboolean
mvx_receive_json_add_unless_null (MvxReceiveEvent *event, const char *key, const MvxJsonSlice *value)
{
  if (value->kind != MVX_JSON_NULL)
    mvx_receive_event_add_json (event, key, value);
  return TRUE;
}

static gboolean
mvx_receive_json_add_exception (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  return mvx_receive_json_add_unless_null (event, "exception", value);
}

static gboolean
mvx_receive_json_add_stack (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  return mvx_receive_json_add_unless_null (event, "stack_info", value);
}

static gboolean
mvx_receive_json_add_thread_name (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  return mvx_receive_json_add_unless_null (event, "thread_name", value);
}

static gboolean
mvx_receive_json_add_process_name (MvxReceiveEvent *event, gsize offset, const MvxJsonSlice *value)
{
  return mvx_receive_json_add_unless_null (event, "process_name", value);
}

/* A logging.LogRecord; its other members are its user's. */
static const MvxReceiveJsonKey mvx_receive_json_python[] = {
  { "created", mvx_receive_json_set_created, 0 },
  { "levelno", mvx_receive_json_set_level, 0 },
  { "name", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.event_namespace) },
  { "message", mvx_receive_json_set_message, 0 },
  { "pathname", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.file) },
  { "lineno", mvx_receive_json_set_uint, MVX_RECEIVE_AT (init.line) },
  { "funcName", mvx_receive_json_set_text, MVX_RECEIVE_AT (init.function) },
  { "process", mvx_receive_json_set_uint, MVX_RECEIVE_AT (sender.pid) },
  { "thread", mvx_receive_json_set_thread, MVX_RECEIVE_AT (sender.thread) },
  { "hostname", mvx_receive_json_set_text, MVX_RECEIVE_AT (sender.host) },
  { "context", mvx_receive_json_add_context, 0 },
  { "exc_text", mvx_receive_json_add_exception, 0 },
  { "stack_info", mvx_receive_json_add_stack, 0 },
  { "threadName", mvx_receive_json_add_thread_name, 0 },
  { "processName", mvx_receive_json_add_process_name, 0 },
  { "msg", NULL, 0 },
  { "args", NULL, 0 },
  { "levelname", NULL, 0 },
  { "filename", NULL, 0 },
  { "module", NULL, 0 },
  { "msecs", NULL, 0 },
  { "relativeCreated", NULL, 0 },
  { "asctime", NULL, 0 },
  { "exc_info", NULL, 0 },
  { "taskName", NULL, 0 },
  { NULL, NULL, 0 },
};

static const MvxReceiveJsonKey *
mvx_receive_json_find (const MvxReceiveJsonKey *keys, const char *name)
{
  while (keys->key && strcmp (keys->key, name) != 0)
    keys++;
  return keys->key ? keys : NULL;
}

static gboolean
mvx_receive_json_is_python (const MvxJsonSlice *object)
{
  MvxJsonSlice key = { 0 };
  MvxJsonSlice value;
  MvxJsonIter iter;
  guint n = 0;

  mvx_json_iter_init (&iter, object);
  while (mvx_json_iter_next (&iter, &key, &value))
    {
      g_autofree char *name = mvx_receive_json_text (&key);

      n += value.kind == MVX_JSON_NUMBER && (strcmp (name, "levelno") == 0 || strcmp (name, "created") == 0);
    }
  return n == 2;
}

/* "field_level" was "level" where it was logged, and will be "field_level" again where it is written. */
static const char *
mvx_receive_json_unfold (const char *name)
{
  const char *rest = name;

  while (g_str_has_prefix (rest, MVX_RECEIVE_FOLD))
    rest += strlen (MVX_RECEIVE_FOLD);
  if (rest == name || (mvx_receive_json_find (mvx_receive_json_keys, rest) == NULL && strcmp (rest, "error") != 0))
    return name;
  return name + strlen (MVX_RECEIVE_FOLD);
}

static void
mvx_receive_json_read_members (MvxReceiveEvent *event, const MvxJsonSlice *object, const MvxReceiveJsonKey *keys)
{
  MvxJsonSlice key = { 0 };
  MvxJsonSlice value;
  MvxJsonIter iter;

  mvx_json_iter_init (&iter, object);
  while (mvx_json_iter_next (&iter, &key, &value))
    {
      g_autofree char *name = mvx_receive_json_text (&key);
      const MvxReceiveJsonKey *known = keys ? mvx_receive_json_find (keys, name) : NULL;

      if (known && (known->func == NULL || known->func (event, known->offset, &value)))
        continue;
      if (keys == mvx_receive_json_keys && strcmp (name, "fields") == 0 && value.kind == MVX_JSON_OBJECT)
        mvx_receive_json_read_members (event, &value, NULL);
      else
        mvx_receive_event_add_json (event, keys == mvx_receive_json_keys ? mvx_receive_json_unfold (name) : name,
                                    &value);
    }
}

const char *
mvx_receive_json_read (MvxReceiveEvent *event, const char *text, gsize length)
{
  MvxJsonSlice object;

  mvx_receive_event_reset (event);
  if (!mvx_json_check (text, length, &object, NULL))
    return "it is no JSON";
  if (object.kind != MVX_JSON_OBJECT)
    return "it is no JSON object";
  mvx_receive_json_read_members (
      event, &object, mvx_receive_json_is_python (&object) ? mvx_receive_json_python : mvx_receive_json_keys);
  return NULL;
}

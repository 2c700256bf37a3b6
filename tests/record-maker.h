/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records out of fields, and their values as text, for the tests of the event floor. */
#pragma once

#include "event/event-private.h"
#include "event/payload-private.h"

#define FIELD_INT(k, v) { .key = (k), .kind = MVX_LOG_KIND_INT64, .length = -1, .value.i = (v) }
#define FIELD_UINT(k, v) { .key = (k), .kind = MVX_LOG_KIND_UINT64, .length = -1, .value.u = (v) }
#define FIELD_BOOL(k, v) { .key = (k), .kind = MVX_LOG_KIND_BOOL, .length = -1, .value.i = (v) }
#define FIELD_DOUBLE(k, v) { .key = (k), .kind = MVX_LOG_KIND_DOUBLE, .length = -1, .value.d = (v) }
#define FIELD_TIME(k, v) { .key = (k), .kind = MVX_LOG_KIND_TIME, .length = -1, .value.i = (v) }
#define FIELD_STRING(k, v) { .key = (k), .kind = MVX_LOG_KIND_STRING, .length = -1, .value.s = (v) }
#define FIELD_POINTER(k, what, v) { .key = (k), .kind = MVX_LOG_KIND_##what, .length = -1, .value.p = (v) }

static inline void
record_append_value (GString *text, const MvxLogValue *value)
{
  const char *separator = "";
  MvxLogValueIter iter;
  MvxLogValue item;
  const char *key;
  gboolean map = value->type == MVX_LOG_TYPE_MAP;

  switch (value->type)
    {
    case MVX_LOG_TYPE_NULL:
      g_string_append (text, "null");
      break;
    case MVX_LOG_TYPE_BOOL:
      g_string_append (text, value->u.boolean ? "true" : "false");
      break;
    case MVX_LOG_TYPE_INT64:
      g_string_append_printf (text, "%" G_GINT64_FORMAT, value->u.int64);
      break;
    case MVX_LOG_TYPE_UINT64:
      g_string_append_printf (text, "%" G_GUINT64_FORMAT "u", value->u.uint64);
      break;
    case MVX_LOG_TYPE_TIME:
      g_string_append_printf (text, "@%" G_GINT64_FORMAT, value->u.int64);
      break;
    case MVX_LOG_TYPE_DOUBLE:
      g_string_append_printf (text, "%g", value->u.dbl);
      break;
    case MVX_LOG_TYPE_STRING:
      g_assert_cmpint (value->u.string[value->size], ==, '\0');
      g_string_append_printf (text, "'%s'", value->u.string);
      break;
    case MVX_LOG_TYPE_BYTES:
      g_string_append (text, "#");
      for (guint i = 0; i < value->size; i++)
        g_string_append_printf (text, "%02x", value->u.bytes[i]);
      break;
    case MVX_LOG_TYPE_ERROR:
    case MVX_LOG_TYPE_LIST:
    case MVX_LOG_TYPE_MAP:
    default:
      g_string_append (text, map ? "{" : value->type == MVX_LOG_TYPE_ERROR ? "error[" : "[");
      g_assert_true (mvx_log_value_iter_init (&iter, value));
      while (mvx_log_value_iter_next (&iter, &key, &item))
        {
          g_assert_true (map == (key != NULL));
          g_string_append (text, separator);
          if (key)
            g_string_append_printf (text, "%s:", key);
          record_append_value (text, &item);
          separator = ",";
        }
      g_assert_true (iter.position == iter.end);
      g_string_append_c (text, map ? '}' : ']');
      break;
    }
}

/* All fields of an event, such as "a=1 b='x'". */
static inline char *
record_fields_to_string (const MvxLogEvent *event)
{
  GString *text = g_string_new (NULL);
  MvxLogFieldIter iter;
  MvxLogValue value;
  const char *key;
  guint n = 0;

  mvx_log_field_iter_init (&iter, event);
  while (mvx_log_field_iter_next (&iter, &key, &value))
    {
      g_string_append_printf (text, "%s%s=", n++ > 0 ? " " : "", key);
      record_append_value (text, &value);
    }
  g_assert_cmpuint (n, ==, mvx_log_event_get_n_fields (event));
  return g_string_free (text, FALSE);
}

static inline void
record_assert_valid (const MvxLogEvent *event)
{
  g_autoptr (GError) error = NULL;

  mvx_log_record_validate ((const guint8 *) event->record, event->record->size, event->site, &error);
  g_assert_no_error (error);
}

/* An owned event whose fields are all inline. */
static inline MvxLogEvent *
record_make (const MvxLogField *fields, guint n_fields, const MvxLogLimits *limits)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogRecord record = { .level = 20 };
  MvxLogEvent view;
  MvxLogEvent *event;

  mvx_log_buffer_append (&buffer, &record, sizeof record);
  mvx_log_buffer_append (&buffer, "\0\0\0\0", 4);
  record.n_inline = (guint16) mvx_log_payload_encode (&buffer, fields, n_fields, limits);
  mvx_log_store32 (buffer.data + sizeof record, (guint32) (buffer.len - sizeof record - 4));
  if (record.n_inline == 0)
    buffer.len = sizeof record;
  while (buffer.len & 7)
    mvx_log_buffer_append_c (&buffer, '\0');
  record.size = (guint32) buffer.len;
  memcpy (buffer.data, &record, sizeof record);
  mvx_log_event_view (&view, (const MvxLogRecord *) (gconstpointer) buffer.data);
  view.time_ns = 0;
  view.seq = 0;
  event = mvx_log_event_copy (&view);
  mvx_log_buffer_clear (&buffer);
  record_assert_valid (event);
  return event;
}

/* What @fields become under @limits. */
static inline char *
record_encode (const MvxLogField *fields, guint n_fields, const MvxLogLimits *limits)
{
  g_autoptr (MvxLogEvent) event = record_make (fields, n_fields, limits);

  return record_fields_to_string (event);
}

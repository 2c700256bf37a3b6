/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "base/calendar-private.h"
#include "base/escape-private.h"
#include "base/number-private.h"
#include "render/jsonvalue-private.h"

void
mvx_log_jsonvalue_append_string (MvxLogBuffer *buffer, const char *text, gsize len)
{
  mvx_log_buffer_append_c (buffer, '"');
  mvx_log_escape_json (buffer, text, len);
  mvx_log_buffer_append_c (buffer, '"');
}

void
mvx_log_jsonvalue_append_key (MvxLogBuffer *buffer, const char *prefix, guint n_fold, const char *key, gsize len)
{
  mvx_log_buffer_append (buffer, ",\"", 2);
  mvx_log_buffer_append_s (buffer, prefix);
  for (; n_fold > 0; n_fold--)
    mvx_log_buffer_append (buffer, "field_", 6);
  mvx_log_escape_json (buffer, key, len);
  mvx_log_buffer_append (buffer, "\":", 2);
}

void
mvx_log_jsonvalue_append_member (MvxLogBuffer *buffer, const char *start, const char *text, gsize len)
{
  if (text == NULL || len == 0)
    return;
  mvx_log_buffer_append_s (buffer, start);
  mvx_log_jsonvalue_append_string (buffer, text, len);
}

void
mvx_log_jsonvalue_append_text_member (MvxLogBuffer *buffer, const char *start, const char *text)
{
  mvx_log_jsonvalue_append_member (buffer, start, text, text ? strlen (text) : 0);
}

void
mvx_log_jsonvalue_append_number_member (MvxLogBuffer *buffer, const char *start, guint64 number)
{
  if (number == 0)
    return;
  mvx_log_buffer_append_s (buffer, start);
  mvx_log_number_append_uint64 (buffer, number);
}

static void
mvx_log_jsonvalue_append_double (MvxLogBuffer *buffer, double value)
{
  if (G_LIKELY (isfinite (value)))
    {
      mvx_log_number_append_double (buffer, value);
      return;
    }
  mvx_log_buffer_append_c (buffer, '"');
  mvx_log_number_append_double (buffer, value);
  mvx_log_buffer_append_c (buffer, '"');
}

static void
mvx_log_jsonvalue_append_time (MvxLogBuffer *buffer, gint64 ns)
{
  MvxLogCalendar calendar = { 0 };

  mvx_log_buffer_append_c (buffer, '"');
  mvx_log_calendar_append (buffer, &calendar, ns, FALSE);
  mvx_log_buffer_append_c (buffer, '"');
}

static void
mvx_log_jsonvalue_append_container (MvxLogBuffer *buffer, const MvxLogValue *container)
{
  gboolean map = container->type == MVX_LOG_TYPE_MAP;
  gboolean first = TRUE;
  MvxLogValueIter iter;
  MvxLogValue value;
  const char *key;

  mvx_log_buffer_append_c (buffer, map ? '{' : '[');
  mvx_log_value_iter_init (&iter, container);
  while (mvx_log_value_iter_next (&iter, &key, &value))
    {
      if (!first)
        mvx_log_buffer_append_c (buffer, ',');
      first = FALSE;
      if (map)
        {
          mvx_log_jsonvalue_append_string (buffer, key, strlen (key));
          mvx_log_buffer_append_c (buffer, ':');
        }
      mvx_log_jsonvalue_append (buffer, &value);
    }
  mvx_log_buffer_append_c (buffer, map ? '}' : ']');
}

void
mvx_log_jsonvalue_append (MvxLogBuffer *buffer, const MvxLogValue *value)
{
  switch (value->type)
    {
    case MVX_LOG_TYPE_STRING:
      mvx_log_jsonvalue_append_string (buffer, value->u.string, value->size);
      break;
    case MVX_LOG_TYPE_INT64:
      mvx_log_number_append_int64 (buffer, value->u.int64);
      break;
    case MVX_LOG_TYPE_UINT64:
      mvx_log_number_append_uint64 (buffer, value->u.uint64);
      break;
    case MVX_LOG_TYPE_DOUBLE:
      mvx_log_jsonvalue_append_double (buffer, value->u.dbl);
      break;
    case MVX_LOG_TYPE_BOOL:
      mvx_log_buffer_append_s (buffer, value->u.boolean ? "true" : "false");
      break;
    case MVX_LOG_TYPE_BYTES:
      mvx_log_buffer_append_c (buffer, '"');
      mvx_log_escape_base64 (buffer, value->u.bytes, value->size);
      mvx_log_buffer_append_c (buffer, '"');
      break;
    case MVX_LOG_TYPE_TIME:
      mvx_log_jsonvalue_append_time (buffer, value->u.int64);
      break;
    case MVX_LOG_TYPE_ERROR:
    case MVX_LOG_TYPE_LIST:
    case MVX_LOG_TYPE_MAP:
      mvx_log_jsonvalue_append_container (buffer, value);
      break;
    case MVX_LOG_TYPE_NULL:
    default:
      mvx_log_buffer_append (buffer, "null", 4);
      break;
    }
}

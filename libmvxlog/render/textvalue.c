/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/calendar-private.h"
#include "base/number-private.h"
#include "render/error-parts-private.h"
#include "render/jsonvalue-private.h"
#include "render/textvalue-private.h"

/* Where a value stands inside of maps, innermost first. */
typedef struct _MvxLogTextPath MvxLogTextPath;

struct _MvxLogTextPath
{
  const MvxLogTextPath *outer;
  const char *key;
  gsize len;
};

static void
mvx_log_textvalue_append_cause (MvxLogBuffer *buffer, const MvxLogValue *cause)
{
  MvxLogErrorParts parts;

  mvx_log_error_parts_read (&parts, cause);
  mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_NONE, &parts.message);
  mvx_log_buffer_append_s (buffer, " (");
  mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_NONE, &parts.domain);
  mvx_log_buffer_append_s (buffer, ", ");
  mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_NONE, &parts.code);
  if (parts.reason.type == MVX_LOG_TYPE_STRING)
    {
      mvx_log_buffer_append_s (buffer, ", ");
      mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_NONE, &parts.reason);
    }
  mvx_log_buffer_append_c (buffer, ')');
  if (parts.details.type == MVX_LOG_TYPE_MAP)
    {
      mvx_log_buffer_append_c (buffer, ' ');
      mvx_log_jsonvalue_append (buffer, &parts.details);
    }
}

static void
mvx_log_textvalue_append_raw (MvxLogBuffer *buffer, const MvxLogValue *value)
{
  MvxLogValueIter iter;
  MvxLogValue cause;
  gboolean first = TRUE;

  if (value->type != MVX_LOG_TYPE_ERROR)
    {
      mvx_log_jsonvalue_append (buffer, value);
      return;
    }
  mvx_log_value_iter_init (&iter, value);
  while (mvx_log_value_iter_next (&iter, NULL, &cause))
    {
      if (!first)
        mvx_log_buffer_append_s (buffer, " <- ");
      first = FALSE;
      mvx_log_textvalue_append_cause (buffer, &cause);
    }
}

static void
mvx_log_textvalue_append_container (MvxLogBuffer *buffer, MvxLogEscape escape, const MvxLogValue *value)
{
  MvxLogBuffer raw = MVX_LOG_BUFFER_INIT;

  if (escape == MVX_LOG_ESCAPE_NONE)
    {
      mvx_log_textvalue_append_raw (buffer, value);
      return;
    }
  mvx_log_textvalue_append_raw (&raw, value);
  mvx_log_escape_append (buffer, escape, (const char *) raw.data, raw.len);
  mvx_log_buffer_clear (&raw);
}

static void
mvx_log_textvalue_append_time (MvxLogBuffer *buffer, gint64 ns)
{
  MvxLogCalendar calendar = { 0 };

  mvx_log_calendar_append (buffer, &calendar, ns, FALSE);
}

void
mvx_log_textvalue_append (MvxLogBuffer *buffer, MvxLogEscape escape, const MvxLogValue *value)
{
  switch (value->type)
    {
    case MVX_LOG_TYPE_STRING:
      mvx_log_escape_append (buffer, escape, value->u.string, value->size);
      break;
    case MVX_LOG_TYPE_DOUBLE:
      mvx_log_number_append_double (buffer, value->u.dbl);
      break;
    case MVX_LOG_TYPE_BYTES:
      mvx_log_escape_base64 (buffer, value->u.bytes, value->size);
      break;
    case MVX_LOG_TYPE_TIME:
      mvx_log_textvalue_append_time (buffer, value->u.int64);
      break;
    case MVX_LOG_TYPE_ERROR:
    case MVX_LOG_TYPE_LIST:
    case MVX_LOG_TYPE_MAP:
      mvx_log_textvalue_append_container (buffer, escape, value);
      break;
    case MVX_LOG_TYPE_NULL:
    case MVX_LOG_TYPE_BOOL:
    case MVX_LOG_TYPE_INT64:
    case MVX_LOG_TYPE_UINT64:
    default:
      mvx_log_jsonvalue_append (buffer, value);
      break;
    }
}

void
mvx_log_textvalue_append_quoted (MvxLogBuffer *buffer, const char *text, gsize len)
{
  if (len > 0 && mvx_log_escape_is_word (text, len))
    {
      mvx_log_buffer_append (buffer, text, len);
      return;
    }
  mvx_log_buffer_append_c (buffer, '"');
  mvx_log_escape_append (buffer, MVX_LOG_ESCAPE_QUOTED, text, len);
  mvx_log_buffer_append_c (buffer, '"');
}

void
mvx_log_textvalue_append_key (MvxLogBuffer *buffer, const char *key, gsize len)
{
  if (len == 0)
    mvx_log_buffer_append_c (buffer, '_');
  mvx_log_escape_append (buffer, MVX_LOG_ESCAPE_WORD, key, len);
}

static void
mvx_log_textvalue_append_path (MvxLogBuffer *buffer, const MvxLogTextPath *path, guint n_fold)
{
  if (path->outer)
    {
      mvx_log_textvalue_append_path (buffer, path->outer, n_fold);
      mvx_log_buffer_append_c (buffer, '.');
    }
  else
    for (; n_fold > 0; n_fold--)
      mvx_log_buffer_append_s (buffer, "field_");
  mvx_log_textvalue_append_key (buffer, path->key, path->len);
}

static void
mvx_log_textvalue_append_quoted_raw (MvxLogBuffer *buffer, const MvxLogValue *value)
{
  MvxLogBuffer raw = MVX_LOG_BUFFER_INIT;

  mvx_log_textvalue_append (&raw, MVX_LOG_ESCAPE_NONE, value);
  mvx_log_textvalue_append_quoted (buffer, (const char *) raw.data, raw.len);
  mvx_log_buffer_clear (&raw);
}

void
mvx_log_textvalue_append_pair_value (MvxLogBuffer *buffer, const MvxLogValue *value)
{
  switch (value->type)
    {
    case MVX_LOG_TYPE_STRING:
      mvx_log_textvalue_append_quoted (buffer, value->u.string, value->size);
      break;
    case MVX_LOG_TYPE_BYTES:
    case MVX_LOG_TYPE_ERROR:
    case MVX_LOG_TYPE_LIST:
    case MVX_LOG_TYPE_MAP:
      mvx_log_textvalue_append_quoted_raw (buffer, value);
      break;
    case MVX_LOG_TYPE_NULL:
    case MVX_LOG_TYPE_BOOL:
    case MVX_LOG_TYPE_INT64:
    case MVX_LOG_TYPE_UINT64:
    case MVX_LOG_TYPE_DOUBLE:
    case MVX_LOG_TYPE_TIME:
    default:
      mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_NONE, value);
      break;
    }
}

static void
mvx_log_textvalue_append_pairs (MvxLogBuffer *buffer,
                                gsize start,
                                const MvxLogTextPath *path,
                                guint n_fold,
                                const MvxLogValue *value)
{
  MvxLogTextPath inner = { .outer = path };
  MvxLogValueIter iter;
  MvxLogValue item;

  if (value->type == MVX_LOG_TYPE_MAP && mvx_log_value_iter_init (&iter, value)
      && mvx_log_value_iter_n_left (&iter) > 0)
    {
      while (mvx_log_value_iter_next (&iter, &inner.key, &item))
        {
          inner.len = strlen (inner.key);
          mvx_log_textvalue_append_pairs (buffer, start, &inner, n_fold, &item);
        }
      return;
    }
  if (buffer->len > start)
    mvx_log_buffer_append_c (buffer, ' ');
  mvx_log_textvalue_append_path (buffer, path, n_fold);
  mvx_log_buffer_append_c (buffer, '=');
  mvx_log_textvalue_append_pair_value (buffer, value);
}

void
mvx_log_textvalue_append_pair (MvxLogBuffer *buffer,
                               gsize start,
                               const char *key,
                               gsize key_len,
                               guint n_fold,
                               const MvxLogValue *value)
{
  MvxLogTextPath path = { NULL, key, key_len };

  mvx_log_textvalue_append_pairs (buffer, start, &path, n_fold, value);
}

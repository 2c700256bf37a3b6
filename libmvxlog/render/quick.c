/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/quick-private.h"

#include "base/calendar-private.h"
#include "base/number-private.h"
#include "base/scan-private.h"

/* Larger records would reserve much more than they need. */
#define MVX_LOG_QUICK_MAX_RECORD 2048
/* Any byte of a record may need that many: a control character in JSON. A word has eight of them, enough for numbers,
 * times and quotation marks. */
#define MVX_LOG_QUICK_FACTOR MVX_LOG_ESCAPE_ROOM (1)

G_STATIC_ASSERT (8 * MVX_LOG_QUICK_FACTOR >= MVX_LOG_NUMBER_MAX + MVX_LOG_COPY_BLOCK);
G_STATIC_ASSERT (8 * MVX_LOG_QUICK_FACTOR >= MVX_LOG_CALENDAR_MAX + 2);

static inline gboolean
mvx_log_quick_is_finite (guint64 bits)
{
  return (bits & G_GUINT64_CONSTANT (0x7ff0000000000000)) != G_GUINT64_CONSTANT (0x7ff0000000000000);
}

static inline gboolean
mvx_log_quick_is_null (const guint8 *data)
{
  return G_UNLIKELY (mvx_log_load32 (data) == MVX_LOG_NULL_STRING);
}

static inline void
mvx_log_quick_find_fields (MvxLogQuick *quick, const guint8 *p, guint n)
{
  const MvxLogPreparedField *prepared = quick->prepared->fields;

  quick->n = n;
  for (guint i = 0; i < n; i++)
    {
      quick->fields[i].data = p;
      if (prepared[i].type != MVX_LOG_TYPE_STRING)
        p += 8;
      else
        p += mvx_log_quick_is_null (p) ? 4 : 4 + mvx_log_load32 (p) + 1;
    }
}

guint8 *
mvx_log_quick_begin (MvxLogQuick *quick, const MvxLogEvent *event, MvxLogBuffer *buffer, gsize extra)
{
  const MvxLogRecord *record = event->record;

  if (event->slots == NULL || event->meta || record->n_inline > 0 || record->size > MVX_LOG_QUICK_MAX_RECORD
      || event->site->message_template == NULL)
    return NULL;
  quick->prepared = mvx_log_prepared_get (event->site);
  if (!quick->prepared->quick)
    return NULL;
  mvx_log_quick_find_fields (quick, event->slots, event->site->n_fields);
  extra += quick->prepared->room;
  return mvx_log_buffer_reserve (buffer, extra + MVX_LOG_QUICK_FACTOR * record->size * quick->prepared->n_copies);
}

guint8 *
mvx_log_quick_put_context (guint8 *out, const MvxLogQuick *quick, MvxLogEscape escape)
{
  const MvxLogSymbol *context = quick->context;

  if (context == NULL)
    return out;
  if (G_UNLIKELY (!context->is_word))
    return mvx_log_escape_put (out, escape, context->text, context->len);
  return mvx_log_copy_blocks (out, context->text, context->len);
}

static guint8 *
mvx_log_quick_put_rare (guint8 *out, MvxLogType type, const guint8 *data)
{
  MvxLogCalendar calendar = { 0 };

  if (type == MVX_LOG_TYPE_TIME)
    return mvx_log_calendar_put (out, &calendar, (gint64) mvx_log_load64 (data), FALSE);
  return mvx_log_copy_word (out, mvx_log_load64 (data) ? "true" : "false");
}

static inline guint8 *
mvx_log_quick_put_double (guint8 *out, const guint8 *data)
{
  double value;

  memcpy (&value, data, sizeof value);
  return out + mvx_log_number_put_double (out, value);
}

/* Any value but strings, without quotation marks. */
static inline guint8 *
mvx_log_quick_put_number (guint8 *out, MvxLogType type, const guint8 *data)
{
  switch (type)
    {
    case MVX_LOG_TYPE_INT64:
      return out + mvx_log_number_put_int64 (out, (gint64) mvx_log_load64 (data));
    case MVX_LOG_TYPE_UINT64:
      return out + mvx_log_number_put_uint64 (out, mvx_log_load64 (data));
    case MVX_LOG_TYPE_DOUBLE:
      return mvx_log_quick_put_double (out, data);
    default:
      return mvx_log_quick_put_rare (out, type, data);
    }
}

/* A string without quotation marks. */
static inline guint8 *
mvx_log_quick_put_text (guint8 *out, const guint8 *data, MvxLogEscape escape, gboolean *word)
{
  guint32 len = mvx_log_load32 (data);
  MvxLogScan scan;

  *word = TRUE;
  if (mvx_log_quick_is_null (data))
    return mvx_log_copy_word (out, "null");
  data += 4;
  scan = mvx_log_scan_copy_all (out, data, len);
  *word = scan == MVX_LOG_SCAN_WORD && len > 0;
  if (G_LIKELY (scan != MVX_LOG_SCAN_ODD))
    return out + len;
  if (escape == MVX_LOG_ESCAPE_JSON)
    return mvx_log_escape_put_json (out, (const char *) data, len);
  *word = mvx_log_escape_is_word ((const char *) data, len);
  return mvx_log_escape_put (out, escape, (const char *) data, len);
}

static inline guint8 *
mvx_log_quick_put_message (guint8 *out, MvxLogQuick *quick, MvxLogEscape escape)
{
  const MvxLogPreparedField *fields = quick->prepared->fields;
  const MvxLogTemplatePiece *piece = quick->prepared->message.pieces;
  const MvxLogTemplatePiece *end = piece + quick->prepared->message.n_pieces;

  for (; piece < end; piece++)
    {
      if (piece->field >= 0)
        {
          MvxLogQuickField *field = &quick->fields[piece->field];
          MvxLogType type = fields[piece->field].type;

          field->text = out;
          field->word = TRUE;
          out = type == MVX_LOG_TYPE_STRING ? mvx_log_quick_put_text (out, field->data, escape, &field->word)
                                            : mvx_log_quick_put_number (out, type, field->data);
          field->len = (guint32) (out - field->text);
        }
      else if (escape == MVX_LOG_ESCAPE_JSON || G_LIKELY (piece->plain))
        out = mvx_log_copy_blocks (out, piece->json, piece->json_len);
      else
        out = mvx_log_escape_put (out, escape, piece->text, piece->len);
    }
  return out;
}

guint8 *
mvx_log_quick_put_json_message (guint8 *out, MvxLogQuick *quick)
{
  return mvx_log_quick_put_message (out, quick, MVX_LOG_ESCAPE_JSON);
}

guint8 *
mvx_log_quick_put_text_message (guint8 *out, MvxLogQuick *quick)
{
  return mvx_log_quick_put_message (out, quick, MVX_LOG_ESCAPE_TEXT);
}

/* 1 if JSON has the value in quotation marks, else 0. */
static inline guint
mvx_log_quick_count_quotes (MvxLogType type, const guint8 *data)
{
  if (type == MVX_LOG_TYPE_STRING)
    return mvx_log_quick_is_null (data) ? 0 : 1;
  if (type == MVX_LOG_TYPE_DOUBLE)
    return mvx_log_quick_is_finite (mvx_log_load64 (data)) ? 0 : 1;
  return type == MVX_LOG_TYPE_TIME;
}

guint8 *
mvx_log_quick_put_json_fields (guint8 *out, const MvxLogQuick *quick, gboolean nested)
{
  const MvxLogPreparedField *prepared = quick->prepared->fields;
  const MvxLogQuickField *end = quick->fields + quick->n;
  gboolean word;

  for (const MvxLogQuickField *field = quick->fields; field < end; field++, prepared++)
    {
      guint quotes = mvx_log_quick_count_quotes (prepared->type, field->data);

      /* Behind the colon of a key stands a quotation mark. */
      out = nested ? mvx_log_copy_blocks (out, prepared->nested, prepared->nested_len + quotes)
                   : mvx_log_copy_blocks (out, prepared->flat, prepared->flat_len + quotes);
      if (G_LIKELY (prepared->in_message))
        out = mvx_log_copy_blocks (out, field->text, field->len);
      else if (prepared->type == MVX_LOG_TYPE_STRING)
        out = mvx_log_quick_put_text (out, field->data, MVX_LOG_ESCAPE_JSON, &word);
      else
        out = mvx_log_quick_put_number (out, prepared->type, field->data);
      *out = '"';
      out += quotes;
    }
  return out;
}

static guint8 *
mvx_log_quick_put_quoted (guint8 *out, const guint8 *data)
{
  *out++ = '"';
  out = mvx_log_escape_put (out, MVX_LOG_ESCAPE_QUOTED, (const char *) data + 4, mvx_log_load32 (data));
  *out++ = '"';
  return out;
}

/* A value that is not in the message. */
static guint8 *
mvx_log_quick_put_pair_value (guint8 *out, MvxLogType type, const guint8 *data)
{
  gboolean word;
  guint8 *end;

  if (type != MVX_LOG_TYPE_STRING)
    return mvx_log_quick_put_number (out, type, data);
  end = mvx_log_quick_put_text (out, data, MVX_LOG_ESCAPE_TEXT, &word);
  return word ? end : mvx_log_quick_put_quoted (out, data);
}

guint8 *
mvx_log_quick_put_pairs (guint8 *out, const MvxLogQuick *quick, gboolean from_message)
{
  const MvxLogPreparedField *prepared = quick->prepared->fields;
  const MvxLogQuickField *end = quick->fields + quick->n;
  guint skip = 1; /* no space before the first one */

  for (const MvxLogQuickField *field = quick->fields; field < end; field++, prepared++)
    {
      out = mvx_log_copy_blocks (out, prepared->pair + skip, prepared->pair_len - skip);
      skip = 0;
      if (G_UNLIKELY (!prepared->in_message || !from_message))
        out = mvx_log_quick_put_pair_value (out, prepared->type, field->data);
      else if (G_LIKELY (field->word))
        out = mvx_log_copy_blocks (out, field->text, field->len);
      else
        out = mvx_log_quick_put_quoted (out, field->data);
    }
  return out;
}

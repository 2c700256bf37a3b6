/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/quick-private.h"

#include "base/calendar-private.h"
#include "base/number-private.h"

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

static inline const guint8 *
mvx_log_quick_decode_word (MvxLogQuickField *field, guint8 type, const guint8 *p)
{
  guint64 word = mvx_log_load64 (p);

  field->value.type = (MvxLogType) type;
  field->value.u.uint64 = word;
  field->quotes = (type == MVX_LOG_TYPE_DOUBLE && !mvx_log_quick_is_finite (word)) || type == MVX_LOG_TYPE_TIME;
  return p + 8;
}

static inline const guint8 *
mvx_log_quick_decode_string (MvxLogQuickField *field, const guint8 *p)
{
  guint32 size = mvx_log_load32 (p);

  field->value.size = size;
  field->value.u.bytes = p + 4;
  if (G_UNLIKELY (size == MVX_LOG_NULL_STRING))
    {
      field->value.type = MVX_LOG_TYPE_NULL;
      field->quotes = 0;
      return p + 4;
    }
  field->value.type = MVX_LOG_TYPE_STRING;
  field->quotes = 1;
  return p + 4 + size + 1;
}

static inline void
mvx_log_quick_decode (MvxLogQuick *quick, const MvxLogCallsite *site, const guint8 *p)
{
  guint n = site->n_fields;

  quick->n = n;
  for (guint i = 0; i < n; i++)
    {
      MvxLogQuickField *field = &quick->fields[i];

      field->len = 0;
      p = site->fields[i].slot == MVX_LOG_SLOT_STRING ? mvx_log_quick_decode_string (field, p)
                                                      : mvx_log_quick_decode_word (field, site->fields[i].type, p);
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
  quick->context = mvx_log_symbol_from_id (record->context);
  mvx_log_quick_decode (quick, event->site, event->slots);
  extra += quick->prepared->room + (quick->context ? MVX_LOG_ESCAPE_ROOM (quick->context->len) : 0);
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
mvx_log_quick_put_rare (guint8 *out, const MvxLogValue *value)
{
  MvxLogCalendar calendar = { 0 };

  if (value->type == MVX_LOG_TYPE_TIME)
    return mvx_log_calendar_put (out, &calendar, value->u.int64, FALSE);
  if (value->type != MVX_LOG_TYPE_BOOL)
    return mvx_log_copy_word (out, "null");
  return mvx_log_copy_word (out, value->u.int64 ? "true" : "false");
}

/* Without quotation marks. */
static inline guint8 *
mvx_log_quick_put_value (guint8 *out, const MvxLogValue *value, MvxLogEscape escape)
{
  switch (value->type)
    {
    case MVX_LOG_TYPE_STRING:
      return escape == MVX_LOG_ESCAPE_JSON ? mvx_log_escape_put_json (out, value->u.string, value->size)
                                           : mvx_log_escape_put (out, escape, value->u.string, value->size);
    case MVX_LOG_TYPE_INT64:
      return out + mvx_log_number_put_int64 (out, value->u.int64);
    case MVX_LOG_TYPE_UINT64:
      return out + mvx_log_number_put_uint64 (out, value->u.uint64);
    case MVX_LOG_TYPE_DOUBLE:
      return out + mvx_log_number_put_double (out, value->u.dbl);
    default:
      return mvx_log_quick_put_rare (out, value);
    }
}

static inline guint8 *
mvx_log_quick_put_message (guint8 *out, MvxLogQuick *quick, MvxLogEscape escape)
{
  const MvxLogTemplate *message = &quick->prepared->message;

  for (guint i = 0; i < message->n_pieces; i++)
    {
      const MvxLogTemplatePiece *piece = &message->pieces[i];

      if (piece->field >= 0)
        {
          MvxLogQuickField *field = &quick->fields[piece->field];

          field->text = out;
          out = mvx_log_quick_put_value (out, &field->value, escape);
          field->len = (guint32) (out - field->text);
        }
      else if (escape == MVX_LOG_ESCAPE_JSON || piece->plain)
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

guint8 *
mvx_log_quick_put_json_fields (guint8 *out, const MvxLogQuick *quick, gboolean nested)
{
  const MvxLogPreparedField *prepared = quick->prepared->fields;
  const MvxLogQuickField *end = quick->fields + quick->n;

  for (const MvxLogQuickField *field = quick->fields; field < end; field++, prepared++)
    {
      /* Behind the colon of a key stands a quotation mark. */
      out = nested ? mvx_log_copy_blocks (out, prepared->nested, prepared->nested_len + field->quotes)
                   : mvx_log_copy_blocks (out, prepared->flat, prepared->flat_len + field->quotes);
      if (G_LIKELY (field->len > 0))
        out = mvx_log_copy_blocks (out, field->text, field->len);
      else
        out = mvx_log_quick_put_value (out, &field->value, MVX_LOG_ESCAPE_JSON);
      *out = '"';
      out += field->quotes;
    }
  return out;
}

/* Bare if it is a word. */
static inline guint8 *
mvx_log_quick_put_string (guint8 *out, const MvxLogQuickField *field)
{
  const char *text = field->value.u.string;
  gsize len = field->value.size;

  if (len > 0 && mvx_log_escape_is_word (text, len))
    {
      /* Then it stands so in the message, too. */
      if (field->len > 0)
        return mvx_log_copy_blocks (out, field->text, len);
      memcpy (out, text, len);
      return out + len;
    }
  *out++ = '"';
  out = mvx_log_escape_put (out, MVX_LOG_ESCAPE_QUOTED, text, len);
  *out++ = '"';
  return out;
}

guint8 *
mvx_log_quick_put_pairs (guint8 *out, const MvxLogQuick *quick)
{
  for (guint i = 0; i < quick->n; i++)
    {
      const MvxLogPreparedField *prepared = &quick->prepared->fields[i];
      const MvxLogQuickField *field = &quick->fields[i];
      gsize skip = i == 0 ? 1 : 0;

      out = mvx_log_copy_blocks (out, prepared->pair + skip, prepared->pair_len - skip);
      if (field->value.type == MVX_LOG_TYPE_STRING)
        out = mvx_log_quick_put_string (out, field);
      else if (field->len > 0)
        out = mvx_log_copy_blocks (out, field->text, field->len);
      else
        out = mvx_log_quick_put_value (out, &field->value, MVX_LOG_ESCAPE_TEXT);
    }
  return out;
}

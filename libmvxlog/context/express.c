/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "context/express-private.h"
#include "base/clock-private.h"
#include "base/number-private.h"
#include "event/encode-private.h"

/* What is longer is for mvx_log_compose(), as are more fields. */
#define MVX_LOG_EXPRESS_MAX_TEXT 16384
#define MVX_LOG_EXPRESS_MAX_KEY 200
/* Tag or type, length and NUL of a text. */
#define MVX_LOG_EXPRESS_FRAME 6u

/* Lengths, taken once, and sizes of the two blocks. A length of MVX_LOG_NULL_STRING: not there. */
typedef struct
{
  guint32 name;
  guint32 message;
  guint32 file;
  guint32 function;
  guint32 line;
  guint8 digits[MVX_LOG_NUMBER_MAX];
  guint32 keys[MVX_LOG_EXPRESS_MAX_FIELDS];
  guint32 values[MVX_LOG_EXPRESS_MAX_FIELDS];
  guint32 meta;
  guint32 inlines;
} MvxLogExpress;

static inline gboolean
mvx_log_express_measure_text (const char *text, guint32 *len, guint32 *block)
{
  gsize n;

  *len = MVX_LOG_NULL_STRING;
  if (text == NULL)
    return TRUE;
  n = mvx_log_encode_length (text);
  if (n > MVX_LOG_EXPRESS_MAX_TEXT)
    return FALSE;
  *len = (guint32) n;
  *block += MVX_LOG_EXPRESS_FRAME + (guint32) n;
  return TRUE;
}

static gboolean
mvx_log_express_measure_meta (MvxLogExpress *express, const MvxLogEventInit *init)
{
  if (init->message_length > 0 || init->message_template || init->timestamp || init->entity_id || init->outcome
      || init->trace_id || init->span_id)
    return FALSE;
  express->meta = 0;
  express->line = 0;
  if (init->line > 0)
    {
      express->line = (guint32) mvx_log_number_put_uint64 (express->digits, init->line);
      express->meta += MVX_LOG_EXPRESS_FRAME + express->line;
    }
  return mvx_log_express_measure_text (init->name, &express->name, &express->meta)
         && mvx_log_express_measure_text (init->message, &express->message, &express->meta)
         && mvx_log_express_measure_text (init->file, &express->file, &express->meta)
         && mvx_log_express_measure_text (init->function, &express->function, &express->meta);
}

/* The type under which a value is taken as it is; NULL for the others. */
static inline MvxLogType
mvx_log_express_type (MvxLogKind kind)
{
  switch (kind)
    {
    case MVX_LOG_KIND_STRING:
      return MVX_LOG_TYPE_STRING;
    case MVX_LOG_KIND_INT64:
      return MVX_LOG_TYPE_INT64;
    case MVX_LOG_KIND_UINT64:
      return MVX_LOG_TYPE_UINT64;
    case MVX_LOG_KIND_DOUBLE:
      return MVX_LOG_TYPE_DOUBLE;
    case MVX_LOG_KIND_TIME:
      return MVX_LOG_TYPE_TIME;
    default:
      return MVX_LOG_TYPE_NULL;
    }
}

static inline gboolean
mvx_log_express_measure_field (MvxLogExpress *express, const MvxLogField *field, guint i, guint32 max_string)
{
  MvxLogType type = mvx_log_express_type (field->kind);
  gsize key;
  gsize value = 8;

  if (type == MVX_LOG_TYPE_NULL || field->key == NULL || field->flags != 0)
    return FALSE;
  key = mvx_log_encode_length (field->key);
  if (key > MVX_LOG_EXPRESS_MAX_KEY)
    return FALSE;
  if (type == MVX_LOG_TYPE_STRING)
    {
      if (field->value.s == NULL)
        return FALSE;
      value = field->length >= 0 ? (gsize) field->length : mvx_log_encode_length (field->value.s);
      if (value > max_string)
        return FALSE;
      express->inlines += 5;
    }
  express->keys[i] = (guint32) key;
  express->values[i] = (guint32) value;
  express->inlines += MVX_LOG_EXPRESS_FRAME + (guint32) (key + value);
  return TRUE;
}

/* FALSE: not for the short way. */
static gboolean
mvx_log_express_measure (MvxLogExpress *express, const MvxLogSettings *settings, const MvxLogParts *parts)
{
  gint max_items = parts->literal ? settings->macro_fields : settings->limits.max_items;
  guint32 max_string = MIN (settings->plain_string, MVX_LOG_EXPRESS_MAX_TEXT);

  if (parts->n_fields > MVX_LOG_EXPRESS_MAX_FIELDS || (max_items >= 0 && parts->n_fields > (guint) max_items)
      || !mvx_log_express_measure_meta (express, parts->init))
    return FALSE;
  express->inlines = 0;
  for (guint i = 0; i < parts->n_fields; i++)
    {
      if (!mvx_log_express_measure_field (express, &parts->fields[i], i, max_string))
        return FALSE;
      for (guint j = 0; j < i; j++)
        if (express->keys[i] == express->keys[j]
            && memcmp (parts->fields[i].key, parts->fields[j].key, express->keys[i]) == 0)
          return FALSE;
    }
  return TRUE;
}

static inline guint8 *
mvx_log_express_put_text (guint8 *p, gconstpointer text, guint32 len)
{
  return mvx_log_encode_string_slot (p, text, len);
}

static inline guint8 *
mvx_log_express_put_meta (guint8 *p, MvxLogMetaTag tag, gconstpointer text, guint32 len)
{
  if (len == MVX_LOG_NULL_STRING)
    return p;
  *p = (guint8) tag;
  return mvx_log_express_put_text (p + 1, text, len);
}

static guint8 *
mvx_log_express_put_all_meta (guint8 *p, const MvxLogExpress *express, const MvxLogEventInit *init)
{
  p = mvx_log_store32 (p, express->meta);
  p = mvx_log_express_put_meta (p, MVX_LOG_META_NAME, init->name, express->name);
  p = mvx_log_express_put_meta (p, MVX_LOG_META_MESSAGE, init->message, express->message);
  p = mvx_log_express_put_meta (p, MVX_LOG_META_FILE, init->file, express->file);
  p = mvx_log_express_put_meta (p, MVX_LOG_META_FUNCTION, init->function, express->function);
  if (express->line > 0)
    p = mvx_log_express_put_meta (p, MVX_LOG_META_LINE, express->digits, express->line);
  return p;
}

static guint8 *
mvx_log_express_put_fields (guint8 *p, const MvxLogExpress *express, const MvxLogParts *parts)
{
  p = mvx_log_store32 (p, express->inlines);
  for (guint i = 0; i < parts->n_fields; i++)
    {
      const MvxLogField *field = &parts->fields[i];

      *p = (guint8) mvx_log_express_type (field->kind);
      p = mvx_log_express_put_text (p + 1, field->key, express->keys[i]);
      p = field->kind == MVX_LOG_KIND_STRING ? mvx_log_express_put_text (p, field->value.s, express->values[i])
                                             : mvx_log_store64 (p, field->value.u);
    }
  return p;
}

/* Inside the region, as mvx_log_write() does it. */
static gboolean
mvx_log_express_put (MvxLogThread *thread,
                     const MvxLogSettings *settings,
                     const MvxLogParts *parts,
                     const MvxLogExpress *express)
{
  MvxLogQueue *queue = settings->targets[0].queue;
  MvxLogLane *lane;
  gint level = parts->init->level;
  guint flags = MVX_LOG_RECORD_NO_SLOTS | (express->meta > 0 ? MVX_LOG_RECORD_META : 0);
  gsize size = sizeof (MvxLogRecord);
  guint8 *p;
  guint8 *end;

  size += (express->meta > 0 ? 4 + express->meta : 0) + (parts->n_fields > 0 ? 4 + express->inlines : 0);
  size = mvx_log_record_align (size);
  p = mvx_log_queue_reserve (queue, thread, (guint32) size, level, &lane);
  if (G_UNLIKELY (p == NULL))
    return FALSE;

  mvx_log_store64 (p + size - 8, 0);
  end = mvx_log_encode_header (p, (guint32) size, 0, mvx_log_clock_raw (), ++thread->n_records, thread->tid,
                               parts->node->symbol, level, flags, parts->n_fields);
  if (express->meta > 0)
    end = mvx_log_express_put_all_meta (end, express, parts->init);
  if (parts->n_fields > 0)
    mvx_log_express_put_fields (end, express, parts);
  mvx_log_queue_commit (queue, lane, (guint32) size, level);
  return TRUE;
}

MvxLogSubmitResult
mvx_log_express_submit (const MvxLogParts *parts)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  const MvxLogSettings *settings;
  MvxLogExpress express;
  gboolean done = FALSE;

  mvx_log_quiesce_enter (thread);
  settings = __atomic_load_n (&parts->node->settings, __ATOMIC_ACQUIRE);
  if (G_LIKELY (settings->n_fast == 1 && thread->scope == NULL && thread->depth == 0 && parts->bound == NULL
                && parts->node->symbol != 0))
    done = mvx_log_express_measure (&express, settings, parts)
           && mvx_log_express_put (thread, settings, parts, &express);
  mvx_log_quiesce_leave (thread);
  if (G_UNLIKELY (!done))
    return mvx_log_submit_parts (parts, NULL);
  if (G_UNLIKELY (g_atomic_int_get (&parts->node->printed)))
    g_atomic_int_set (&parts->node->printed, 0);
  return MVX_LOG_ACCEPTED;
}

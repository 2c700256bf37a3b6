/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event/record-private.h"
#include "base/error-private.h"

const guint8 *
mvx_log_value_decode (MvxLogValue *value, guint8 type, const guint8 *p)
{
  value->type = (MvxLogType) (type & MVX_LOG_TYPE_BITS);
  value->size = 0;
  switch (value->type)
    {
    case MVX_LOG_TYPE_BOOL:
      value->u.boolean = mvx_log_load64 (p) != 0;
      return p + 8;
    case MVX_LOG_TYPE_INT64:
    case MVX_LOG_TYPE_UINT64:
    case MVX_LOG_TYPE_TIME:
    case MVX_LOG_TYPE_DOUBLE:
      value->u.uint64 = mvx_log_load64 (p);
      return p + 8;
    case MVX_LOG_TYPE_STRING:
    case MVX_LOG_TYPE_BYTES:
      value->size = mvx_log_load32 (p);
      if (value->size == MVX_LOG_NULL_STRING)
        {
          *value = (MvxLogValue){ .type = MVX_LOG_TYPE_NULL };
          return p + 4;
        }
      value->u.bytes = p + 4;
      return p + 4 + value->size + 1;
    case MVX_LOG_TYPE_ERROR:
    case MVX_LOG_TYPE_LIST:
    case MVX_LOG_TYPE_MAP:
      value->size = mvx_log_load32 (p);
      value->u.bytes = p + 4;
      return p + 4 + value->size;
    case MVX_LOG_TYPE_NULL:
    default:
      value->type = MVX_LOG_TYPE_NULL;
      value->u.uint64 = 0;
      return p;
    }
}

const guint8 *
mvx_log_item_decode (MvxLogItem *item, gboolean keyed, const guint8 *p)
{
  MvxLogValue value;

  *item = (MvxLogItem){ .type = *p++ };
  if (keyed)
    {
      item->key_len = mvx_log_load32 (p);
      item->key = (const char *) p + 4;
      p += 4 + item->key_len + 1;
    }
  item->value = p;
  p = mvx_log_value_decode (&value, item->type, p);
  item->size = (guint32) (p - item->value);
  return p;
}

/**
 * mvx_log_value_iter_init:
 * @iter: an iterator
 * @value: a list, a map or an error chain
 *
 * Starts a walk. An error chain is a list of maps. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE if @value is none of these; @iter is then at its end
 *
 * Since: 1.0
 */
gboolean
mvx_log_value_iter_init (MvxLogValueIter *iter, const MvxLogValue *value)
{
  g_return_val_if_fail (iter != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  *iter = (MvxLogValueIter){ 0 };
  if (value->type != MVX_LOG_TYPE_LIST && value->type != MVX_LOG_TYPE_MAP && value->type != MVX_LOG_TYPE_ERROR)
    return FALSE;
  iter->type = (guint32) value->type;
  iter->n_left = mvx_log_load32 (value->u.bytes);
  iter->position = value->u.bytes + 4;
  iter->end = value->u.bytes + value->size;
  return TRUE;
}

/**
 * mvx_log_value_iter_n_left:
 * @iter: an iterator
 *
 * Counts what is still to come. Thread-safe as long as @iter is not shared.
 *
 * Returns: number of items
 *
 * Since: 1.0
 */
guint
mvx_log_value_iter_n_left (const MvxLogValueIter *iter)
{
  g_return_val_if_fail (iter != NULL, 0);
  return iter->n_left;
}

/**
 * mvx_log_value_iter_next:
 * @iter: an iterator
 * @key: (out) (optional) (nullable) (transfer none): the key of a map's item, %NULL in a list
 * @value: (out): the item
 *
 * Goes on to the next item. Thread-safe as long as @iter is not shared.
 *
 * Returns: %FALSE at the end
 *
 * Since: 1.0
 */
gboolean
mvx_log_value_iter_next (MvxLogValueIter *iter, const char **key, MvxLogValue *value)
{
  guint8 type;

  g_return_val_if_fail (iter != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  if (iter->n_left == 0)
    return FALSE;
  iter->n_left--;
  type = *iter->position++;
  if (key)
    *key = NULL;
  if (iter->type == MVX_LOG_TYPE_MAP)
    {
      guint32 len = mvx_log_load32 (iter->position);

      if (key)
        *key = (const char *) iter->position + 4;
      iter->position += 4 + len + 1;
    }
  iter->position = mvx_log_value_decode (value, type, iter->position);
  return TRUE;
}

void
mvx_log_encode_word (MvxLogBuffer *buffer, guint64 word)
{
  mvx_log_buffer_append (buffer, &word, sizeof word);
}

gsize
mvx_log_text_fit (const char *text, gsize len)
{
  if (G_LIKELY (len <= MVX_LOG_MAX_TEXT))
    return len;
  len = MVX_LOG_MAX_TEXT;
  while (len > MVX_LOG_MAX_TEXT - 3 && ((guint8) text[len] & 0xc0) == 0x80)
    len--;
  return len;
}

void
mvx_log_encode_string (MvxLogBuffer *buffer, const char *text, gsize len)
{
  gsize kept = mvx_log_text_fit (text, len);
  guint32 n = (guint32) (kept < len ? kept + 3 : kept);

  mvx_log_buffer_append (buffer, &n, sizeof n);
  mvx_log_buffer_append (buffer, text, kept);
  if (kept < len)
    mvx_log_buffer_append (buffer, "...", 3);
  mvx_log_buffer_append_c (buffer, '\0');
}

void
mvx_log_encode_key (MvxLogBuffer *buffer, MvxLogType type, const char *key, gsize key_len)
{
  mvx_log_buffer_append_c (buffer, (char) type);
  mvx_log_encode_string (buffer, key, key_len);
}

void
mvx_log_encode_meta (MvxLogBuffer *buffer, MvxLogMetaTag tag, const char *text, gssize len)
{
  if (text == NULL)
    return;
  mvx_log_buffer_append_c (buffer, (char) tag);
  mvx_log_encode_string (buffer, text, len < 0 ? strlen (text) : (gsize) len);
}

/* What is left to check. */
typedef struct
{
  const guint8 *p;
  const guint8 *end;
} MvxLogCheck;

static gboolean
mvx_log_check_skip (MvxLogCheck *check, gsize n)
{
  if ((gsize) (check->end - check->p) < n)
    return FALSE;
  check->p += n;
  return TRUE;
}

static gboolean
mvx_log_check_u32 (MvxLogCheck *check, guint32 *n)
{
  if (check->end - check->p < 4)
    return FALSE;
  *n = mvx_log_load32 (check->p);
  check->p += 4;
  return TRUE;
}

static gboolean
mvx_log_check_string (MvxLogCheck *check, gboolean nullable)
{
  guint32 len;

  if (!mvx_log_check_u32 (check, &len))
    return FALSE;
  if (len == MVX_LOG_NULL_STRING)
    return nullable;
  return mvx_log_check_skip (check, (gsize) len + 1) && check->p[-1] == '\0';
}

static gboolean mvx_log_check_value (MvxLogCheck *check, guint8 type, guint depth);

static gboolean
mvx_log_check_items (MvxLogCheck *check, guint32 n, MvxLogType container, guint depth)
{
  for (; n > 0; n--)
    {
      guint8 type;

      if (!mvx_log_check_skip (check, 1))
        return FALSE;
      type = check->p[-1];
      if (container == MVX_LOG_TYPE_MAP && !mvx_log_check_string (check, FALSE))
        return FALSE;
      if (container == MVX_LOG_TYPE_ERROR && type != MVX_LOG_TYPE_MAP)
        return FALSE;
      if (!mvx_log_check_value (check, type, depth))
        return FALSE;
    }
  return TRUE;
}

static gboolean
mvx_log_check_value (MvxLogCheck *check, guint8 type, guint depth)
{
  MvxLogCheck inner;
  guint32 size;
  guint32 n;

  switch ((MvxLogType) type)
    {
    case MVX_LOG_TYPE_NULL:
      return TRUE;
    case MVX_LOG_TYPE_BOOL:
    case MVX_LOG_TYPE_INT64:
    case MVX_LOG_TYPE_UINT64:
    case MVX_LOG_TYPE_DOUBLE:
    case MVX_LOG_TYPE_TIME:
      return mvx_log_check_skip (check, 8);
    case MVX_LOG_TYPE_STRING:
    case MVX_LOG_TYPE_BYTES:
      return mvx_log_check_string (check, TRUE);
    case MVX_LOG_TYPE_ERROR:
    case MVX_LOG_TYPE_LIST:
    case MVX_LOG_TYPE_MAP:
      if (depth == 0 || !mvx_log_check_u32 (check, &size) || !mvx_log_check_skip (check, size))
        return FALSE;
      inner = (MvxLogCheck){ check->p - size, check->p };
      return mvx_log_check_u32 (&inner, &n) && mvx_log_check_items (&inner, n, (MvxLogType) type, depth - 1)
             && inner.p == inner.end;
    default:
      return FALSE;
    }
}

static gboolean
mvx_log_check_block (MvxLogCheck *check, MvxLogCheck *inner)
{
  guint32 size;

  if (!mvx_log_check_u32 (check, &size) || !mvx_log_check_skip (check, size))
    return FALSE;
  *inner = (MvxLogCheck){ check->p - size, check->p };
  return TRUE;
}

static gboolean
mvx_log_check_meta (MvxLogCheck *check)
{
  while (check->p < check->end)
    if (!mvx_log_check_skip (check, 1) || !mvx_log_check_string (check, FALSE))
      return FALSE;
  return TRUE;
}

static gboolean
mvx_log_check_slots (MvxLogCheck *check, const MvxLogCallsite *site)
{
  for (guint i = 0; i < site->n_fields; i++)
    {
      guint8 slot = site->fields[i].slot;

      /* A field that needs payload work has no slot: its record must be one without. */
      if (slot == MVX_LOG_SLOT_OTHER
          || !(slot == MVX_LOG_SLOT_STRING ? mvx_log_check_string (check, TRUE) : mvx_log_check_skip (check, 8)))
        return FALSE;
    }
  return TRUE;
}

static const char *
mvx_log_record_find_fault (const guint8 *bytes, gsize size, const MvxLogCallsite *site)
{
  MvxLogCheck check = { bytes, bytes + size };
  MvxLogCheck inner;
  MvxLogRecord record;

  if (!mvx_log_check_skip (&check, sizeof record))
    return "it is shorter than a record's header";
  memcpy (&record, bytes, sizeof record);
  if (record.size != size || (size & 7) != 0)
    return "its length does not match";
  if ((record.flags & ~MVX_LOG_RECORD_ALL_FLAGS) != 0)
    return "it has unknown flags";
  if (record.callsite != (site ? site->id : 0))
    return "its callsite is unknown";
  if ((record.flags & MVX_LOG_RECORD_META) && (!mvx_log_check_block (&check, &inner) || !mvx_log_check_meta (&inner)))
    return "its metadata is damaged";
  if (record.n_inline > 0
      && (!mvx_log_check_block (&check, &inner)
          || !mvx_log_check_items (&inner, record.n_inline, MVX_LOG_TYPE_MAP, MVX_LOG_RECORD_MAX_DEPTH)
          || inner.p != inner.end))
    return "its fields are damaged";
  if (site && (record.flags & MVX_LOG_RECORD_NO_SLOTS) == 0 && !mvx_log_check_slots (&check, site))
    return "the fields of its callsite are damaged";
  return check.end - check.p < 8 ? NULL : "bytes are left over";
}

gboolean
mvx_log_record_validate (const guint8 *bytes, gsize size, const MvxLogCallsite *site, GError **error)
{
  const char *fault = mvx_log_record_find_fault (bytes, size, site);

  if (fault)
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_RECORD, "Not a record: %s", fault);
  return fault == NULL;
}

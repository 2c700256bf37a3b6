/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event/payload-internal.h"

gsize
mvx_log_payload_cut (const char *text, gsize len, gint max)
{
  const char *p = text;
  const char *end = text + len;

  if (max < 0 || len <= (gsize) max)
    return len;
  for (; max > 0 && p < end; max--)
    {
      gunichar c = g_utf8_get_char_validated (p, end - p);

      p = c == (gunichar) -1 || c == (gunichar) -2 ? p + 1 : g_utf8_next_char (p);
    }
  return (gsize) (MIN (p, end) - text);
}

/* Is it too long, but to be cut later? */
static gboolean
mvx_log_payload_is_put_off (const char *text, gsize len, const MvxLogLimits *limits)
{
  return limits->deferred && mvx_log_payload_cut (text, len, limits->max_string) < len;
}

void
mvx_log_payload_encode_cut (MvxLogBuffer *buffer, const char *text, gsize len, gint max)
{
  gsize kept = mvx_log_payload_cut (text, len, max);
  guint32 n;

  if (kept == len || kept > MVX_LOG_MAX_TEXT)
    {
      mvx_log_encode_string (buffer, text, len);
      return;
    }
  n = (guint32) kept + 3;
  mvx_log_buffer_append (buffer, &n, sizeof n);
  mvx_log_buffer_append (buffer, text, kept);
  mvx_log_buffer_append (buffer, "...", 4); /* and the NUL */
}

guint
mvx_log_payload_encode_text (MvxLogBuffer *buffer, const char *text, gsize len, const MvxLogLimits *limits)
{
  gboolean put_off = mvx_log_payload_is_put_off (text, len, limits);

  mvx_log_payload_encode_cut (buffer, text, len, put_off ? -1 : limits->max_string);
  return MVX_LOG_TYPE_STRING | (put_off ? MVX_LOG_MARK_LONG_TEXT : 0u);
}

char *
mvx_log_payload_dup_key (const char *key, const MvxLogLimits *limits)
{
  gsize len = strlen (key);
  gsize kept = mvx_log_text_fit (key, mvx_log_payload_cut (key, len, limits->deferred ? -1 : limits->max_string));
  char *text = g_malloc (kept + 4);

  memcpy (text, key, kept);
  memcpy (text + kept, kept < len ? "..." : "", kept < len ? 4 : 1);
  return text;
}

gsize
mvx_log_payload_begin_item (MvxLogBuffer *buffer, const char *key, const MvxLogLimits *limits)
{
  gsize at = buffer->len;

  mvx_log_buffer_append_c (buffer, MVX_LOG_TYPE_NULL);
  if (key && (mvx_log_payload_encode_text (buffer, key, strlen (key), limits) & MVX_LOG_MARK_LONG_TEXT))
    buffer->data[at] = MVX_LOG_MARK_LONG_KEY;
  return at;
}

gsize
mvx_log_payload_begin_container (MvxLogBuffer *buffer)
{
  gsize at = buffer->len;

  mvx_log_buffer_append (buffer, "\0\0\0\0\0\0\0\0", 8);
  return at;
}

void
mvx_log_payload_end_container (MvxLogBuffer *buffer, gsize at, gsize n)
{
  mvx_log_store32 (buffer->data + at, (guint32) (buffer->len - at - 4));
  mvx_log_store32 (buffer->data + at + 4, (guint32) n);
}

void
mvx_log_payload_string_item (MvxLogBuffer *buffer, const char *key, const char *text)
{
  gsize at = mvx_log_payload_begin_item (buffer, key, &mvx_log_limits_none);

  mvx_log_payload_set_type (buffer, at, MVX_LOG_TYPE_STRING);
  mvx_log_encode_string (buffer, text, strlen (text));
}

void
mvx_log_payload_more (MvxLogBuffer *buffer, gboolean map, gsize n)
{
  char text[64];

  if (map)
    g_snprintf (text, sizeof text, "%" G_GSIZE_FORMAT " more keys", n);
  else
    g_snprintf (text, sizeof text, "... (%" G_GSIZE_FORMAT " more)", n);
  mvx_log_payload_string_item (buffer, map ? "__more__" : NULL, text);
}

gsize
mvx_log_payload_kept (gsize n, const MvxLogLimits *limits)
{
  return limits->max_items >= 0 ? MIN (n, (gsize) limits->max_items) : n;
}

guint
mvx_log_payload_encode_number (MvxLogBuffer *buffer, MvxLogType type, guint64 word)
{
  mvx_log_encode_word (buffer, word);
  return type;
}

/* Bytes are never cut. More of them than a record can bear are named, not kept. */
guint
mvx_log_payload_encode_bytes (MvxLogBuffer *buffer, gconstpointer data, gsize size)
{
  char text[40];

  if (G_LIKELY (size <= MVX_LOG_MAX_TEXT))
    {
      mvx_log_encode_string (buffer, data, size);
      return MVX_LOG_TYPE_BYTES;
    }
  g_snprintf (text, sizeof text, "<%" G_GSIZE_FORMAT " bytes>", size);
  mvx_log_encode_string (buffer, text, strlen (text));
  return MVX_LOG_TYPE_STRING;
}

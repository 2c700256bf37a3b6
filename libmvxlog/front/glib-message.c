/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/level.h>

#include "front/glib-message-private.h"

/* The four letters behind CODE_, without a call for each. */
static inline const GLogField **
mvx_log_glib_message_code_place (MvxLogGlibMessage *message, const char *key)
{
  const char *what = key + 5;

  if (key[1] != 'O' || key[2] != 'D' || key[3] != 'E' || key[4] != '_')
    return NULL;
  if (what[0] == 'F' && what[1] == 'I' && what[2] == 'L' && what[3] == 'E' && what[4] == '\0')
    return &message->file;
  if (what[0] == 'L' && what[1] == 'I' && what[2] == 'N' && what[3] == 'E' && what[4] == '\0')
    return &message->line;
  if (what[0] == 'F' && what[1] == 'U' && what[2] == 'N' && what[3] == 'C' && what[4] == '\0')
    return &message->function;
  return NULL;
}

/* Where a field that GLib knows belongs, or NULL for one of the program's own. Those that say nothing new have a place
 * that nobody looks at. */
static inline const GLogField **
mvx_log_glib_message_place (MvxLogGlibMessage *message, const char *key, const GLogField **nowhere)
{
  switch (key[0])
    {
    case 'M':
      return strcmp (key, "MESSAGE") == 0 ? &message->message : NULL;
    case 'P':
      return strcmp (key, "PRIORITY") == 0 ? nowhere : NULL;
    case 'C':
      return mvx_log_glib_message_code_place (message, key);
    case 'G':
      if (strcmp (key, "GLIB_DOMAIN") == 0)
        return &message->domain;
      if (strcmp (key, "GLIB_OLD_LOG_API") != 0)
        return NULL;
      message->old_api = TRUE;
      return nowhere;
    default:
      return NULL;
    }
}

void
mvx_log_glib_message_sort (MvxLogGlibMessage *message, const GLogField *fields, gsize n_fields)
{
  const GLogField *nowhere;

  message->message = message->domain = message->file = message->line = message->function = NULL;
  message->old_api = FALSE;
  message->n_custom = 0;
  for (gsize i = 0; i < n_fields; i++)
    {
      const GLogField **place
          = G_LIKELY (fields[i].key) ? mvx_log_glib_message_place (message, fields[i].key, &nowhere) : &nowhere;

      if (place)
        *place = &fields[i];
      else if (message->n_custom++ < MVX_LOG_GLIB_MESSAGE_FEW)
        message->few[message->n_custom - 1] = &fields[i];
    }
}

gboolean
mvx_log_glib_message_tells_shortage (const char *text)
{
  return strstr (text, ": failed to allocate ") != NULL;
}

gboolean
mvx_log_glib_message_is_shortage (const MvxLogGlibMessage *message, GLogLevelFlags log_level)
{
  if (!(log_level & G_LOG_LEVEL_ERROR) || !message->old_api || message->domain == NULL || message->message == NULL)
    return FALSE;
  return message->domain->length < 0 && message->message->length < 0 && strcmp (message->domain->value, "GLib") == 0
         && mvx_log_glib_message_tells_shortage (message->message->value);
}

static inline MvxLogField
mvx_log_glib_message_convert (const GLogField *field)
{
  MvxLogField out = { field->key, MVX_LOG_KIND_STRING, -1, { .s = field->value } };

  if (field->length >= 0)
    {
      out.kind = MVX_LOG_KIND_BYTES;
      out.value.p = g_bytes_new_static (field->value, (gsize) field->length);
    }
  return out;
}

guint
mvx_log_glib_message_take (const MvxLogGlibMessage *message, MvxLogField *out, const GLogField *fields, gsize n_fields)
{
  MvxLogGlibMessage unused;
  const GLogField *nowhere;
  guint n = 0;

  if (message->n_custom <= MVX_LOG_GLIB_MESSAGE_FEW)
    {
      for (; n < message->n_custom; n++)
        out[n] = mvx_log_glib_message_convert (message->few[n]);
      return n;
    }
  for (gsize i = 0; i < n_fields; i++)
    if (fields[i].key && mvx_log_glib_message_place (&unused, fields[i].key, &nowhere) == NULL)
      out[n++] = mvx_log_glib_message_convert (&fields[i]);
  return n;
}

void
mvx_log_glib_message_release (MvxLogField *fields, guint n_fields)
{
  for (guint i = 0; i < n_fields; i++)
    if (fields[i].kind == MVX_LOG_KIND_BYTES)
      g_bytes_unref ((GBytes *) fields[i].value.p);
}

const char *
mvx_log_glib_message_text (const GLogField *field, char *room, gsize size)
{
  gsize len;

  if (field == NULL || field->length < 0)
    return field ? field->value : NULL;
  len = MIN ((gsize) field->length, size - 1);
  memcpy (room, field->value, len);
  room[len] = '\0';
  return room;
}

guint
mvx_log_glib_message_number (const GLogField *field)
{
  const char *p = field ? field->value : NULL;
  gsize len = field && field->length >= 0 ? (gsize) field->length : G_MAXSIZE;
  guint64 number = 0;

  for (; p && len > 0 && *p >= '0' && *p <= '9' && number <= G_MAXUINT; p++, len--)
    number = number * 10 + (guint64) (*p - '0');
  return number <= G_MAXUINT ? (guint) number : 0;
}

/* The most serious of those set; a level of the program's own is as serious as a message. */
gint
mvx_log_glib_message_level (GLogLevelFlags log_level)
{
  if (log_level & G_LOG_LEVEL_ERROR)
    return MVX_LOG_LEVEL_CRITICAL;
  if (log_level & G_LOG_LEVEL_CRITICAL)
    return MVX_LOG_LEVEL_ERROR;
  if (log_level & G_LOG_LEVEL_WARNING)
    return MVX_LOG_LEVEL_WARNING;
  if (log_level & G_LOG_LEVEL_MESSAGE)
    return MVX_LOG_LEVEL_NOTICE;
  if (log_level & G_LOG_LEVEL_INFO)
    return MVX_LOG_LEVEL_INFO;
  return log_level & G_LOG_LEVEL_DEBUG ? MVX_LOG_LEVEL_DEBUG : MVX_LOG_LEVEL_NOTICE;
}

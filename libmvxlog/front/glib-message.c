/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/level.h>

#include "front/glib-message-private.h"

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
    case 'G':
      if (strcmp (key, "GLIB_DOMAIN") == 0)
        return &message->domain;
      if (strcmp (key, "GLIB_OLD_LOG_API") != 0)
        return NULL;
      message->old_api = TRUE;
      return nowhere;
    case 'C':
      if (strncmp (key, "CODE_", 5) != 0)
        return NULL;
      return strcmp (key + 5, "FILE") == 0   ? &message->file
             : strcmp (key + 5, "LINE") == 0 ? &message->line
             : strcmp (key + 5, "FUNC") == 0 ? &message->function
                                             : NULL;
    default:
      return NULL;
    }
}

void
mvx_log_glib_message_sort (MvxLogGlibMessage *message, const GLogField *fields, gsize n_fields)
{
  const GLogField *nowhere;

  *message = (MvxLogGlibMessage){ 0 };
  for (gsize i = 0; i < n_fields; i++)
    {
      const GLogField **place
          = G_LIKELY (fields[i].key) ? mvx_log_glib_message_place (message, fields[i].key, &nowhere) : &nowhere;

      if (place)
        *place = &fields[i];
      else
        message->n_custom++;
    }
}

static inline MvxLogField
mvx_log_glib_message_convert (const GLogField *field)
{
  if (field->length < 0)
    return (MvxLogField){ field->key, MVX_LOG_KIND_STRING, -1, { .s = field->value } };
  return (MvxLogField){
    field->key, MVX_LOG_KIND_BYTES, -1, { .p = g_bytes_new_static (field->value, (gsize) field->length) }
  };
}

guint
mvx_log_glib_message_take (MvxLogField *out, const GLogField *fields, gsize n_fields)
{
  MvxLogGlibMessage unused = { 0 };
  const GLogField *nowhere;
  guint n = 0;

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

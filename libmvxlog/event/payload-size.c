/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event/payload-private.h"

/* Type, length and NUL of a key, size and number or length and NUL of a value, and "..." behind both. */
#define MVX_LOG_PAYLOAD_FRAME 32

/* A character takes four bytes at most. */
static gsize
mvx_log_payload_text_size (const char *text, gssize length, const MvxLogLimits *limits)
{
  gsize len = length >= 0 ? (gsize) length : strlen (text);

  if (limits->max_string >= 0 && !limits->deferred)
    len = MIN (len, 4 * (gsize) limits->max_string);
  return MIN (len, MVX_LOG_MAX_TEXT);
}

static gsize
mvx_log_payload_pointer_size (const MvxLogField *field, const MvxLogLimits *limits, gboolean *by_glib)
{
  const MvxLogFieldArray *array = field->value.p;

  if (array == NULL)
    return 0;
  switch (field->kind)
    {
    case MVX_LOG_KIND_STRING:
      return mvx_log_payload_text_size (field->value.s, field->length, limits);
    case MVX_LOG_KIND_BYTES:
      return MIN (g_bytes_get_size ((GBytes *) field->value.p), MVX_LOG_MAX_TEXT);
    case MVX_LOG_KIND_FIELDS:
      return mvx_log_payload_size (array->fields, array->n_fields, limits, by_glib);
    case MVX_LOG_KIND_ERROR:
    case MVX_LOG_KIND_VARIANT:
    case MVX_LOG_KIND_OBJECT:
    case MVX_LOG_KIND_CAUSES:
      *by_glib = TRUE;
      return 0;
    default:
      return 0;
    }
}

gsize
mvx_log_payload_size (const MvxLogField *fields, guint n_fields, const MvxLogLimits *limits, gboolean *by_glib)
{
  gsize size = 3 * MVX_LOG_PAYLOAD_FRAME; /* the key and the text for what is left out */

  if (n_fields > MVX_LOG_PAYLOAD_FEW)
    *by_glib = TRUE;
  for (guint i = 0; i < n_fields; i++)
    {
      const MvxLogField *field = &fields[i];

      size += MVX_LOG_PAYLOAD_FRAME + (field->key ? mvx_log_payload_text_size (field->key, -1, limits) : 0);
      if (field->kind > MVX_LOG_KIND_DOUBLE)
        size += mvx_log_payload_pointer_size (field, limits, by_glib);
    }
  return size;
}

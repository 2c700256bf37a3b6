/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/copy-private.h"
#include "base/number-private.h"
#include "event/level-private.h"
#include "render/prepared-private.h"
#include "render/textline-private.h"
#include "render/textvalue-private.h"

guint8 *
mvx_log_textline_put_level (guint8 *out, gint level, gboolean upper_case)
{
  gsize len = 0;
  const char *name = upper_case ? mvx_log_level_upper_name (level, &len) : NULL;

  if (G_LIKELY (name != NULL))
    return mvx_log_copy_short (out, name, len);
  name = mvx_log_level_name (level, &len);
  if (name == NULL)
    return out + mvx_log_number_put_int64 (out, level);
  for (gsize i = 0; i < len; i++)
    out[i] = (guint8) (upper_case ? g_ascii_toupper (name[i]) : name[i]);
  return out + len;
}

void
mvx_log_textline_append_level (MvxLogBuffer *buffer, gint level, gboolean upper_case)
{
  gsize len = 0;
  guint8 *out;

  mvx_log_level_name (level, &len);
  out = mvx_log_buffer_reserve (buffer, MAX (len, MVX_LOG_NUMBER_MAX));
  buffer->len += (gsize) (mvx_log_textline_put_level (out, level, upper_case) - out);
}

static void
mvx_log_textline_append_resolved (MvxLogBuffer *buffer, gsize start, const MvxLogFieldList *fields)
{
  for (guint i = 0; i < fields->n; i++)
    {
      const MvxLogFieldEntry *entry = &fields->entries[i];

      if (!entry->hidden)
        mvx_log_textvalue_append_pair (buffer, start, entry->key, entry->key_len, entry->n_fold, &entry->value);
    }
}

void
mvx_log_textline_append_fields (MvxLogBuffer *buffer,
                                gsize start,
                                const MvxLogEvent *event,
                                MvxLogFieldList *fields,
                                const char *const *reserved)
{
  const MvxLogPrepared *prepared = event->slots && fields->n_inline == 0 ? mvx_log_prepared_get (event->site) : NULL;

  if (prepared == NULL || !prepared->plain)
    {
      mvx_log_fieldlist_resolve (fields, reserved);
      mvx_log_textline_append_resolved (buffer, start, fields);
      return;
    }
  for (guint i = 0; i < fields->n; i++)
    {
      const MvxLogPreparedField *field = &prepared->fields[i];
      gsize skip = buffer->len == start ? 1 : 0;

      mvx_log_buffer_append (buffer, field->pair + skip, field->pair_len - skip);
      mvx_log_textvalue_append_pair_value (buffer, &fields->entries[i].value);
    }
}

void
mvx_log_textline_append_error (MvxLogBuffer *buffer, gsize start, const MvxLogFieldList *fields)
{
  if (fields->error)
    mvx_log_textvalue_append_pair (buffer, start, "error", strlen ("error"), 0, fields->error);
}

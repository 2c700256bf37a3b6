/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/number-private.h"
#include "event/level-private.h"
#include "render/textline-private.h"
#include "render/textvalue-private.h"

void
mvx_log_textline_append_level (MvxLogBuffer *buffer, gint level, gboolean upper_case)
{
  gsize len;
  const char *name = mvx_log_level_name (level, &len);
  guint8 *out;

  if (name == NULL)
    {
      mvx_log_number_append_int64 (buffer, level);
      return;
    }
  out = mvx_log_buffer_reserve (buffer, len);
  for (gsize i = 0; i < len; i++)
    out[i] = (guint8) (upper_case ? g_ascii_toupper (name[i]) : name[i]);
  buffer->len += len;
}

void
mvx_log_textline_append_fields (MvxLogBuffer *buffer, gsize start, MvxLogFieldList *fields)
{
  mvx_log_fieldlist_resolve (fields, NULL);
  for (guint i = 0; i < fields->n; i++)
    {
      const MvxLogFieldEntry *entry = &fields->entries[i];

      if (!entry->hidden)
        mvx_log_textvalue_append_pair (buffer, start, entry->key, entry->key_len, 0, &entry->value);
    }
  if (fields->error)
    mvx_log_textvalue_append_pair (buffer, start, "error", 5, 0, fields->error);
}

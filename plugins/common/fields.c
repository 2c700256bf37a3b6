/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fields.h"

#include <string.h>

gboolean
mvx_fields_collect (GArray *fields, const MvxLogEvent *event, MvxLogValue *error)
{
  MvxLogFieldIter iter;
  MvxField field;

  error->type = MVX_LOG_TYPE_NULL;
  g_array_set_size (fields, 0);
  mvx_log_field_iter_init (&iter, event);
  while (mvx_log_field_iter_next (&iter, &field.key, &field.value))
    {
      for (guint i = 0; i < fields->len; i++)
        if (strcmp (g_array_index (fields, MvxField, i).key, field.key) == 0)
          {
            g_array_remove_index (fields, i);
            break;
          }
      g_array_append_val (fields, field);
    }
  for (guint i = 0; i < fields->len; i++)
    {
      const MvxField *own = &g_array_index (fields, MvxField, i);

      if (strcmp (own->key, "error") != 0
          || (own->value.type != MVX_LOG_TYPE_ERROR && own->value.type != MVX_LOG_TYPE_NULL))
        continue;
      *error = own->value;
      g_array_remove_index (fields, i);
      break;
    }
  return error->type == MVX_LOG_TYPE_ERROR;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Believes that every field is UTF-8. */
#define BROKEN_NAME "strings-utf8"
#define BROKEN_NO_DISPATCH_CORE
#include "misbehaving.h"

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      MvxLogFieldIter iter;
      const char *key;
      MvxLogValue value;

      mvx_log_field_iter_init (&iter, events[*n_done]);
      while (mvx_log_field_iter_next (&iter, &key, &value))
        if (value.type == MVX_LOG_TYPE_STRING && !g_utf8_validate (value.u.string, value.size, NULL))
          abort ();
    }
  return MVX_LOG_DISPATCH_OK;
}

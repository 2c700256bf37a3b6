/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "render/error-parts-private.h"

void
mvx_log_error_parts_read (MvxLogErrorParts *parts, const MvxLogValue *cause)
{
  static const struct
  {
    const char *key;
    gsize offset;
  } known[] = {
    { "domain", G_STRUCT_OFFSET (MvxLogErrorParts, domain) },
    { "code", G_STRUCT_OFFSET (MvxLogErrorParts, code) },
    { "message", G_STRUCT_OFFSET (MvxLogErrorParts, message) },
    { "reason", G_STRUCT_OFFSET (MvxLogErrorParts, reason) },
    { "details", G_STRUCT_OFFSET (MvxLogErrorParts, details) },
  };
  MvxLogValueIter iter;
  MvxLogValue value;
  const char *key;

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    G_STRUCT_MEMBER (MvxLogValue, parts, known[i].offset) = (MvxLogValue){ .type = MVX_LOG_TYPE_NULL };
  mvx_log_value_iter_init (&iter, cause);
  while (mvx_log_value_iter_next (&iter, &key, &value))
    for (guint i = 0; key && i < G_N_ELEMENTS (known); i++)
      if (strcmp (key, known[i].key) == 0)
        G_STRUCT_MEMBER (MvxLogValue, parts, known[i].offset) = value;
}

void
mvx_log_error_parts_read_first (MvxLogErrorParts *parts, const MvxLogValue *error)
{
  MvxLogValue cause = { .type = MVX_LOG_TYPE_NULL };
  MvxLogValueIter iter;

  mvx_log_value_iter_init (&iter, error);
  mvx_log_value_iter_next (&iter, NULL, &cause);
  mvx_log_error_parts_read (parts, &cause);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers and quantities as people write them in key-files. Strict: nothing before, nothing behind, no overflow. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_QUANTITY_OK,
  MVX_LOG_QUANTITY_MALFORMED,
  MVX_LOG_QUANTITY_NO_UNIT,      /* a duration needs one */
  MVX_LOG_QUANTITY_UNKNOWN_UNIT,
  MVX_LOG_QUANTITY_OVERFLOW
} MvxLogQuantityStatus;

MvxLogQuantityStatus mvx_log_quantity_parse_int64     (const char *text,
                                                       gint64     *value);
MvxLogQuantityStatus mvx_log_quantity_parse_double    (const char *text,
                                                       double     *value);
/* Microseconds; "0" and "-1" need no unit, nothing else is negative. */
MvxLogQuantityStatus mvx_log_quantity_parse_duration  (const char *text,
                                                       gint64     *value);
/* Bytes. */
MvxLogQuantityStatus mvx_log_quantity_parse_size      (const char *text,
                                                       guint64    *value);
/* With the greatest unit that leaves no remainder. */
char                *mvx_log_quantity_format_duration (gint64      microseconds);
char                *mvx_log_quantity_format_size     (guint64     bytes);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of a line for people that several formats write alike. */
#pragma once

#include "render/fieldlist-private.h"

G_BEGIN_DECLS

/* The level's name, or its number if it has none. Room for the name or MVX_LOG_NUMBER_MAX is there. */
guint8 *mvx_log_textline_put_level   (guint8          *out,
                                      gint             level,
                                      gboolean         upper_case);
void mvx_log_textline_append_level  (MvxLogBuffer    *buffer,
                                     gint             level,
                                     gboolean         upper_case);

/* All fields but the event's error as pairs with spaces between them; a key of @reserved (nullable) gets "field_" in
 * front. Nothing is put before the first one if the buffer ends at @start. */
void mvx_log_textline_append_fields (MvxLogBuffer      *buffer,
                                     gsize              start,
                                     const MvxLogEvent *event,
                                     MvxLogFieldList   *fields,
                                     const char *const *reserved);
/* The event's error as the last pair, if it has one. Behind the fields. */
void mvx_log_textline_append_error  (MvxLogBuffer          *buffer,
                                     gsize                  start,
                                     const MvxLogFieldList *fields);

G_END_DECLS

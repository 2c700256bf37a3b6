/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what a logging call was given to the bytes of a record: limits, normalisation, types. Everything that is not a
 * number, a truth value or a short string goes through here. */
#pragma once

#include "event/record-private.h"

G_BEGIN_DECLS

#define MVX_LOG_DEFAULT_MAX_STRING 200
#define MVX_LOG_DEFAULT_MAX_ITEMS 10
#define MVX_LOG_DEFAULT_MAX_DEPTH 1
/* Repeated keys among so many fields are found by comparing them, among more by a table. */
#define MVX_LOG_PAYLOAD_FEW 16

extern const MvxLogLimits mvx_log_limits_default;
extern const MvxLogLimits mvx_log_limits_none;

/* Appends fields in their inline form, at most max_items of them and then "__more__"; of a key given twice the last
 * counts. Also without limits it keeps at most 16000 fields, MVX_LOG_MAX_TEXT of a string, 64 levels of containers and
 * about 256 MiB in all, and names larger bytes "<N bytes>". Returns how many were written. */
guint mvx_log_payload_encode       (MvxLogBuffer          *buffer,
                                    const MvxLogField     *fields,
                                    guint                  n_fields,
                                    const MvxLogLimits    *limits);
/* The same for fields that somebody has written down one by one: none is one too many. */
guint mvx_log_payload_encode_all   (MvxLogBuffer          *buffer,
                                    const MvxLogField     *fields,
                                    guint                  n_fields,
                                    const MvxLogLimits    *limits);
/* They take no more than this, but for variants, errors and objects; @by_glib becomes TRUE if there are any, or so many
 * fields that GLib's containers are needed. */
gsize mvx_log_payload_size         (const MvxLogField     *fields,
                                    guint                  n_fields,
                                    const MvxLogLimits    *limits,
                                    gboolean              *by_glib);
/* One field without counting. A key of NULL is an empty one. */
void  mvx_log_payload_encode_field (MvxLogBuffer          *buffer,
                                    const MvxLogField     *field,
                                    const MvxLogLimits    *limits);
gboolean mvx_log_fields_have       (const MvxLogField     *fields,
                                    guint                  n_fields,
                                    const char            *key);
/* How many bytes of @text the first @max characters take (invalid bytes count as one); @len if it has no more. */
gsize mvx_log_payload_cut          (const char            *text,
                                    gsize                  len,
                                    gint                   max);
/* Appends a string, cut at @max characters and "..." behind them. */
void  mvx_log_payload_encode_cut   (MvxLogBuffer          *buffer,
                                    const char            *text,
                                    gsize                  len,
                                    gint                   max);

G_END_DECLS

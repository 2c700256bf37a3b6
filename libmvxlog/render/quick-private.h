/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The quick way for the common event: all it has are words and strings of its callsite, and there is not much of them.
 * The room for its whole line is reserved at once, then everything is written without another look, and a value that
 * stands in the message is copied from there. The bytes are those of the general way. */
#pragma once

#include "base/copy-private.h"
#include "event/event-private.h"
#include "render/prepared-private.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogValue   value;
  const guint8 *text;   /* in the message, where it is escaped as the format does it */
  guint32       len;    /* of that; 0: it is not in the message */
  guint32       quotes; /* 1 if JSON has it in quotation marks, else 0 */
} MvxLogQuickField;

typedef struct
{
  const MvxLogPrepared *prepared;
  const MvxLogSymbol   *context; /* nullable */
  guint                 n;
  MvxLogQuickField      fields[MVX_LOG_PREPARED_QUICK_FIELDS];
} MvxLogQuick;

/* Takes the event apart and reserves room for a line with @extra bytes that are the format's own, beside context,
 * message, fields and source. NULL: the event has to go the general way. */
guint8 *mvx_log_quick_begin            (MvxLogQuick       *quick,
                                        const MvxLogEvent *event,
                                        MvxLogBuffer      *buffer,
                                        gsize              extra);

/* Each returns where it ended. The message comes before the fields. */
guint8 *mvx_log_quick_put_context      (guint8            *out,
                                        const MvxLogQuick *quick,
                                        MvxLogEscape       escape);
guint8 *mvx_log_quick_put_json_message (guint8            *out,
                                        MvxLogQuick       *quick);
guint8 *mvx_log_quick_put_text_message (guint8            *out,
                                        MvxLogQuick       *quick);
/* ,"key":value for each */
guint8 *mvx_log_quick_put_json_fields  (guint8            *out,
                                        const MvxLogQuick *quick,
                                        gboolean           nested);
/* key=value key=value */
guint8 *mvx_log_quick_put_pairs        (guint8            *out,
                                        const MvxLogQuick *quick);

G_END_DECLS

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
  const guint8 *data; /* in the record */
  const guint8 *text; /* in the message, where it is escaped as the format does it; only of those that are in it */
  guint32       len;  /* of that */
  gboolean      word; /* it is bare in a pair, too */
} MvxLogQuickField;

typedef struct
{
  const MvxLogPrepared *prepared;
  const MvxLogSymbol   *context; /* nullable; see mvx_log_quick_set_context() */
  guint                 n;
  MvxLogQuickField      fields[MVX_LOG_PREPARED_QUICK_FIELDS];
} MvxLogQuick;

/* Looks up the context and returns the room that it needs. */
static inline gsize
mvx_log_quick_set_context (MvxLogQuick       *quick,
                           const MvxLogEvent *event)
{
  quick->context = mvx_log_symbol_from_id (event->record->context);
  return quick->context ? MVX_LOG_ESCAPE_ROOM (quick->context->len) + MVX_LOG_COPY_BLOCK : 0;
}

/* Takes the event apart and reserves room for a line with @extra bytes that are the format's own, beside message, fields
 * and source. NULL: the event has to go the general way. */
guint8 *mvx_log_quick_begin            (MvxLogQuick       *quick,
                                        const MvxLogEvent *event,
                                        MvxLogBuffer      *buffer,
                                        gsize              extra);

/* Each returns where it ended. JSON has the message before the fields. */
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
/* key=value key=value; @from_message: what mvx_log_quick_put_text_message() has made is still where it was. */
guint8 *mvx_log_quick_put_pairs        (guint8            *out,
                                        const MvxLogQuick *quick,
                                        gboolean           from_message);

G_END_DECLS

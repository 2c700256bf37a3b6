/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/event.h>

#include "event/record-private.h"
#include "event/symbol-private.h"

G_BEGIN_DECLS

/* A view of a record. On the stack or in a worker's batch it is valid for one call; mvx_log_event_copy() makes an owned
 * one, which holds its record behind itself. */
struct _MvxLogEvent
{
  const MvxLogRecord   *record;
  const MvxLogCallsite *site;    /* NULL for none */
  gint64                time_ns; /* CLOCK_REALTIME */
  guint64               seq;     /* the sink's own number, 0 if it gives none */
  const char           *stream;  /* interned: what seq counts in, if it outlives the process; else NULL */
  const guint8         *meta;    /* first entry, NULL for none */
  const guint8         *meta_end;
  const guint8         *inlines; /* first inline field */
  const guint8         *slots;   /* first field of the callsite; NULL if all fields are inline */
  const struct _MvxLogDraft *draft; /* NULL, unless it has yet to be shaped for the sink */
  gatomicrefcount       ref_count;
  gboolean              owned;
  gboolean              rejected; /* in a batch: the sink will never take it */
};

/* Points @event at a well-formed record. Does not set time_ns and seq. */
void        mvx_log_event_view      (MvxLogEvent        *event,
                                     const MvxLogRecord *record);

/* The same for whoever knows the record's callsite. */
static inline void
mvx_log_event_view_site (MvxLogEvent          *event,
                         const MvxLogRecord   *record,
                         const MvxLogCallsite *site)
{
  const guint8 *p = (const guint8 *) (record + 1);

  event->record = record;
  event->site = site;
  event->meta = event->meta_end = NULL;
  event->owned = FALSE;
  event->rejected = FALSE;
  event->stream = NULL;
  event->draft = NULL;
  if (record->flags & MVX_LOG_RECORD_META)
    {
      event->meta = p + 4;
      event->meta_end = p = event->meta + mvx_log_load32 (p);
    }
  event->inlines = p;
  if (record->n_inline > 0)
    {
      event->inlines = p + 4;
      p = event->inlines + mvx_log_load32 (p);
    }
  event->slots = site && !(record->flags & MVX_LOG_RECORD_NO_SLOTS) ? p : NULL;
}

/* Text of a metadata entry, or NULL; @len may be NULL. */
const char *mvx_log_event_meta      (const MvxLogEvent  *event,
                                     MvxLogMetaTag       tag,
                                     gsize              *len);

/* Has it been logged in another process? */
static inline gboolean
mvx_log_event_is_remote (const MvxLogEvent *event)
{
  return (event->record->flags & MVX_LOG_RECORD_REMOTE) != 0;
}

guint64     mvx_log_event_remote_seq (const MvxLogEvent *event);

/* The number that its sender has given it, else that of the sink. */
static inline guint64
mvx_log_event_seq (const MvxLogEvent *event)
{
  return G_UNLIKELY (mvx_log_event_is_remote (event)) ? mvx_log_event_remote_seq (event) : event->seq;
}

/* The context's name with its length (nullable out), for renderers. NULL and 0 if the record has none. */
const char *mvx_log_event_context   (const MvxLogEvent  *event,
                                     gsize              *len);

/* (transfer floating) */
GVariant    *mvx_log_value_to_variant (const MvxLogValue   *value);

/* As mvx_log_event_copy(), but NULL if there is no memory. */
MvxLogEvent *mvx_log_event_try_copy (const MvxLogEvent  *event);

/* Test and tool helper: an owned event out of parts, without context tree or sinks. */
MvxLogEvent *mvx_log_event_new      (const char         *context,
                                     gint                level,
                                     gint64              time_ns,
                                     const char         *message_template,
                                     const MvxLogField  *fields,
                                     guint               n_fields);

G_END_DECLS

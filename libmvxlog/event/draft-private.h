/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event that can still be changed: references into its record, and what was changed beside them. */
#pragma once

#include <mvxlog/draft.h>

#include "event/event-private.h"

G_BEGIN_DECLS

/* What redaction has looked at, and need not again. */
typedef enum
{
  MVX_LOG_DRAFT_SEEN_KEY = 1 << 0,
  MVX_LOG_DRAFT_SEEN_VALUE = 1 << 1,
  MVX_LOG_DRAFT_REDACTED = 1 << 2 /* whatever the key will be */
} MvxLogDraftSeen;

typedef struct
{
  const char   *key;      /* NUL-terminated */
  const char   *origin;   /* what it was called when it was logged; NULL if it was not */
  const guint8 *value;    /* as in a record */
  guint32       size;
  guint8        type;     /* MvxLogType with MvxLogMark */
  guint8        seen;     /* MvxLogDraftSeen */
} MvxLogDraftField;

struct _MvxLogDraft
{
  const MvxLogEvent *event;
  GArray            *fields;     /* MvxLogDraftField */
  GPtrArray         *memory;     /* of what was made; NULL for nothing */
  const char        *template;   /* NULL: that of the event */
  const char        *message;    /* likewise */
  gsize              message_len; /* it may hold NUL */
  guint              source;     /* MvxLogSourceFlags */
  gint               max_string; /* where long texts are to be cut, -1 for nowhere */
};

/* A draft of @event, which must outlive it. */
void                mvx_log_draft_init       (MvxLogDraft       *draft,
                                              const MvxLogEvent *event,
                                              gint               max_string);
/* One that starts from what @base, which must outlive it, has become. */
void                mvx_log_draft_init_copy  (MvxLogDraft       *draft,
                                              const MvxLogDraft *base);
void                mvx_log_draft_clear      (MvxLogDraft       *draft);

static inline MvxLogDraftField *
mvx_log_draft_nth (const MvxLogDraft *draft,
                   guint              n)
{
  return &g_array_index (draft->fields, MvxLogDraftField, n);
}

/* Gives the field another value, which is copied; its key and marks stay but for that of a long text. */
void                mvx_log_draft_replace    (MvxLogDraft       *draft,
                                              MvxLogDraftField  *field,
                                              MvxLogType         type,
                                              gconstpointer      value,
                                              gsize              size);
void                mvx_log_draft_replace_text (MvxLogDraft     *draft,
                                              MvxLogDraftField  *field,
                                              const char        *text);
/* As mvx_log_draft_set_message(), for one that may hold NUL. */
void                mvx_log_draft_put_message (MvxLogDraft     *draft,
                                              const char        *message,
                                              gsize              len);
/* Encodes what the event has become; without marks, long texts cut. Valid as long as @buffer is not changed. */
const MvxLogRecord *mvx_log_draft_encode     (const MvxLogDraft *draft,
                                              MvxLogBuffer      *buffer);

/* Only the fields, all of them inline; returns how many. */
guint               mvx_log_draft_encode_fields (const MvxLogDraft *draft,
                                              MvxLogBuffer      *buffer);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxLogDraft, mvx_log_draft_clear)

G_END_DECLS

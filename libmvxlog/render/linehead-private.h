/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What consecutive lines share: all before the message but the digits of the fraction of the second, and numbers of
 * process and thread. Each thread keeps what it wrote last. */
#pragma once

#include "base/calendar-private.h"
#include "base/copy-private.h"
#include "base/number-private.h"
#include "event/event-private.h"
#include "event/level-private.h"

G_BEGIN_DECLS

#define MVX_LOG_LINEHEAD_MAX 240
#define MVX_LOG_LINEHEAD_TAIL_MAX 64
#define MVX_LOG_LINEHEAD_NO_FRACTION G_MAXUINT16
#define MVX_LOG_LINEHEAD_SLOTS 16

typedef struct
{
  guint64 owner;   /* of whom it is: a number of mvx_log_linehead_new_owner(), 0 for nobody */
  guint64 start;   /* of the second, in nanoseconds */
  guint   levels;  /* generation of the names of levels */
  guint32 context;
  guint32 thread;
  gint32  level;
  guint16 fraction; /* where its nine digits stand, or MVX_LOG_LINEHEAD_NO_FRACTION */
  guint16 len;
  guint16 tail_len;
  guint8  text[MVX_LOG_LINEHEAD_MAX + MVX_LOG_COPY_BLOCK];
  guint8  tail[MVX_LOG_LINEHEAD_TAIL_MAX + MVX_LOG_COPY_BLOCK]; /* the format's own */
} MvxLogLineHead;

extern __thread MvxLogLineHead *mvx_log_linehead_of_thread __attribute__ ((tls_model ("initial-exec")));

guint64         mvx_log_linehead_new_owner (void);
/* MVX_LOG_LINEHEAD_SLOTS of them. */
MvxLogLineHead *mvx_log_linehead_make      (void);
/* For the event from now on; whoever owns it writes the texts, or sets the owner to 0 if they do not fit. */
void            mvx_log_linehead_begin     (MvxLogLineHead    *head,
                                            guint64            owner,
                                            const MvxLogEvent *event);

/* Where the head for such an event is, if there is one. */
static inline MvxLogLineHead *
mvx_log_linehead_get (guint64            owner,
                      const MvxLogEvent *event)
{
  MvxLogLineHead *heads = mvx_log_linehead_of_thread;
  const MvxLogRecord *record = event->record;

  if (G_UNLIKELY (heads == NULL))
    heads = mvx_log_linehead_make ();
  return heads + (record->context + (guint) record->level + record->thread + (guint) owner) % MVX_LOG_LINEHEAD_SLOTS;
}

static inline gboolean
mvx_log_linehead_is_for (const MvxLogLineHead *head,
                         guint64               owner,
                         const MvxLogEvent    *event)
{
  const MvxLogRecord *record = event->record;

  return head->owner == owner && (guint64) event->time_ns - head->start < 1000000000 && head->context == record->context
         && head->thread == record->thread && head->level == record->level
         && head->levels == mvx_log_level_get_generation ();
}

static inline guint8 *
mvx_log_linehead_put (guint8               *out,
                      const MvxLogLineHead *head,
                      gint64                ns)
{
  guint8 *end = mvx_log_copy_blocks (out, head->text, head->len);

  if (head->fraction != MVX_LOG_LINEHEAD_NO_FRACTION)
    mvx_log_number_put_nano (out + head->fraction, (guint32) ((guint64) ns - head->start));
  return end;
}

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events that a backend will never take, kept with the reason. They are frames with one entry each, in segments of their own
 * in DIRECTORY/dead, which no process adopts: an administrator looks at them, and replays or removes them.
 *
 * An entry: u64 seq, stream 16, i64 time of death (us since 1970), u32 attempts, u32 bytes of the reason, the reason, zeros up
 * to a multiple of eight, the event. */
#pragma once

#include "durable/frame-private.h"

G_BEGIN_DECLS

#define MVX_LOG_DEAD_LETTERS_DIR "dead"

typedef struct
{
  MvxLogStreamId stream; /* of the event, which need not be the one of who has given it up */
  guint64        seq;
  gint64         time_us;
  guint32        attempts;
  const char    *reason;      /* not terminated */
  guint32        reason_size;
  const guint8  *bytes;       /* the event, as in a spool */
  guint32        size;
} MvxLogDeadLetter;

typedef struct _MvxLogDeadLetters MvxLogDeadLetters;

/* For the process that has @stream in @directory. Files are made with the first letter. More than @max_bytes (0: 64 MiB) are
 * not kept of this process: the oldest file goes, with what is in it. */
MvxLogDeadLetters *mvx_log_dead_letters_new      (const char             *directory,
                                                  const MvxLogStreamId   *stream,
                                                  guint64                 max_bytes);
void               mvx_log_dead_letters_free     (MvxLogDeadLetters      *self);
/* Durable when it returns. Not thread-safe. */
gboolean           mvx_log_dead_letters_add      (MvxLogDeadLetters      *self,
                                                  const MvxLogDeadLetter *letter,
                                                  GError                **error);
guint64            mvx_log_dead_letters_get_n    (MvxLogDeadLetters      *self); /* added */
guint64            mvx_log_dead_letters_get_gone (MvxLogDeadLetters      *self); /* of these removed for want of room */
/* Reads an entry of a segment that has MVX_LOG_SEGMENT_DEAD. FALSE: it is none. Needs no object. */
gboolean           mvx_log_dead_letter_get       (MvxLogDeadLetter       *letter,
                                                  const MvxLogEntry      *entry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogDeadLetters, mvx_log_dead_letters_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A batch on its way to brokers that answer for each event by itself. On one thread. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct _MvxBatch MvxBatch;

/* An event of it, and what was answered. */
typedef struct
{
  MvxBatch *batch;
  gboolean  open; /* not answered yet */
  int       code; /* of the protocol; 0: it is stored */
  char     *said; /* NULL: nothing beside the code */
} MvxSlot;

struct _MvxBatch
{
  MvxLogEvent *const *events;
  guint               n_events;
  guint               n_open; /* not answered yet */
  MvxSlot             slots[];
};

/* What an answer but 0 means: RETRY, or DROP if it will never be another; with the reason. */
typedef MvxLogDispatchResult (*MvxBatchJudgeFunc) (int          code,
                                                   const char  *said,
                                                   gpointer     data,
                                                   GError     **error);

/* All of them open. */
MvxBatch            *mvx_batch_new    (MvxLogEvent *const  *events,
                                       guint                n_events);
void                 mvx_batch_free   (MvxBatch            *self);
/* Once for each slot, while it is open. @said: (nullable). TRUE: it was the last one. */
gboolean             mvx_batch_answer (MvxSlot             *slot,
                                       int                  code,
                                       const char          *said);
/* The same answer to this one and all behind it that are open. TRUE: none is open any more. */
gboolean             mvx_batch_stop   (MvxBatch            *self,
                                       guint                from,
                                       int                  code,
                                       const char          *said);
/* What became of it, with none open: up to the first event that has to be offered again, each is stored or rejected. */
MvxLogDispatchResult mvx_batch_judge  (const MvxBatch      *self,
                                       MvxLogSinkHost      *host,
                                       MvxBatchJudgeFunc    judge,
                                       gpointer             data,
                                       guint               *n_done,
                                       GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxBatch, mvx_batch_free)

G_END_DECLS

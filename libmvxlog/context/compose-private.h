/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts a record together in the thread's scratch buffer: metadata, bound and scoped fields, payload. */
#pragma once

#include <mvxlog/context.h>

#include "context/node-private.h"
#include "context/scope-private.h"

G_BEGIN_DECLS

/* What a call has given. */
typedef struct
{
  MvxLogNodeFull        *node;
  const MvxLogFieldSet  *bound;
  const MvxLogEventInit *init;
  const MvxLogCallsite  *site;   /* nullable */
  const MvxLogArg       *args;   /* with a callsite */
  const MvxLogField     *fields; /* in both cases */
  guint                  n_fields;
  gboolean               literal;   /* the fields stand in the source, as a macro's do: all of them are wanted */
  gboolean               any_level; /* only the sinks' levels count, not that of the context */
  gboolean               composed;  /* by ourselves: as literal, the policy has been asked, a value may be one level deeper */
  gboolean               unasked;   /* no policy is asked */
  const MvxLogEvent     *held;      /* it has waited and is put together already; nullable */
  gpointer               ticket;    /* MvxLogTicket: the caller wants to know what becomes of it; nullable */
} MvxLogParts;

/* What the event stands under: its own word goes before the context's name. */
static inline const char *
mvx_log_parts_namespace (const MvxLogParts *parts)
{
  return parts->init->event_namespace ? parts->init->event_namespace : parts->node->name;
}

/* Valid until the next call on this thread; NULL if there is no memory. @time_ns: for sinks in the caller's thread. */
const MvxLogRecord *mvx_log_compose           (MvxLogThread         *thread,
                                               const MvxLogSettings *settings,
                                               const MvxLogParts    *parts,
                                               gint64               *time_ns);
/* Message for the diagnostics, without touching the scratch buffer. */
char               *mvx_log_parts_dup_message (const MvxLogParts    *parts);

MvxLogSubmitResult  mvx_log_submit_parts      (const MvxLogParts    *parts,
                                               GError              **error);
/* Do the level and the policy let it through now? */
gboolean            mvx_log_submit_is_wanted  (const MvxLogParts    *parts);
/* From here on events wait, whatever their level. */
void                mvx_log_submit_hold       (void);
/* Hands over what waits, by what is configured now. */
void                mvx_log_submit_release    (void);
/* Logs how many events policies have held back up to now, and waits until @deadline_us for who does so already. */
void                mvx_log_submit_summaries  (gint64                deadline_us);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accepted events that are lost, of one cause and one stream: what one event tells of. */
#pragma once

#include "durable/frame-private.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_GONE_REJECTED, /* by the destination */
  MVX_LOG_GONE_COUNT,    /* retry-count is used up */
  MVX_LOG_GONE_AGE,      /* retry-max-age is over */
  MVX_LOG_GONE_GIANT,    /* no spool has room for it */
  MVX_LOG_N_GONE
} MvxLogGoneCause;

typedef struct
{
  MvxLogGoneCause cause;
  guint64         count;
  gint64          first_ns;  /* when they were logged */
  gint64          last_ns;
  guint64         first_seq; /* 0 if they have no numbers */
  guint64         last_seq;
  gboolean        spooled;   /* then there is a dead letter for each */
  MvxLogStreamId  stream;    /* of those that are */
  char           *why;       /* as the sink said last; nullable */
} MvxLogGone;

static inline void
mvx_log_gone_free (MvxLogGone *gone)
{
  g_free (gone->why);
  g_free (gone);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogGone, mvx_log_gone_free)

G_END_DECLS

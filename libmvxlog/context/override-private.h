/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* While an override lasts, a context and all below it log to one sink, from one level on, whatever they are configured
 * to. Nothing of their configuration is touched: it may even change meanwhile, and holds again afterwards. */
#pragma once

#include "context/node-private.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogNodeFull *node;
  GPtrArray      *sinks; /* one */
  gint            level;
} MvxLogOverride;

/* @name must be valid. The one that begins last counts among those that concern a context; they may end in any order. */
MvxLogOverride       *mvx_log_override_begin (const char           *name,
                                              MvxLogSink           *sink,
                                              gint                  level);
/* When it returns, nothing is logged to the sink any more by way of this. Frees @override. */
void                  mvx_log_override_end   (MvxLogOverride       *override);
/* What concerns @node, or NULL. Tree mutex. */
const MvxLogOverride *mvx_log_override_find  (const MvxLogNodeFull *node);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the context floor: the tree's lock, and changes under it. */
#pragma once

#include "context/node-private.h"
#include "context/tree-private.h"

G_BEGIN_DECLS

/* The node of a name, registered or not. */
MvxLogNodeFull *mvx_log_tree_find_node          (const char *name);

void            mvx_log_tree_lock               (void);
void            mvx_log_tree_unlock_unchanged   (void);
/* Publishes the settings of @top and all below it, with NULL those of all contexts, and waits until nobody uses the old
 * ones. */
void            mvx_log_tree_unlock_changed     (MvxLogNodeFull *top);
void            mvx_log_tree_refresh_thresholds (MvxLogSink *sink);
/* A sink has another level, or another shape: then whoever has the old one in use is waited for. */
void            mvx_log_tree_sink_changed       (MvxLogSink *sink,
                                                 gboolean    shape);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many events there are of each level and context. */
#pragma once

#include "view/view-event.h"

G_BEGIN_DECLS

typedef struct _MvxViewStats MvxViewStats;

MvxViewStats *mvx_view_stats_new      (void);
void          mvx_view_stats_free     (MvxViewStats       *stats);
void          mvx_view_stats_add      (MvxViewStats       *stats,
                                       const MvxViewEvent *event);
/* A line that is no event. */
void          mvx_view_stats_add_line (MvxViewStats       *stats);
void          mvx_view_stats_print    (MvxViewStats       *stats,
                                       gboolean            json,
                                       GString            *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxViewStats, mvx_view_stats_free)

G_END_DECLS

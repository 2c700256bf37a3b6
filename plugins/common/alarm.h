/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A source that is dispatched once for each time that it is set, which any thread may do. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef void (*MvxAlarmFunc) (gpointer data);

/* Not set. @name is static. */
GSource *mvx_alarm_new (GMainContext *context,
                        const char   *name,
                        MvxAlarmFunc  func,
                        gpointer      data);
/* @at_us: monotonic; 0: at once; -1: not at all */
void     mvx_alarm_set (GSource      *source,
                        gint64        at_us);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sinks that another sink forwards to. Others may replace one of them at any time; who hands one an event counts as
 * its user meanwhile, so that it is not ended under way. */
#pragma once

#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

typedef struct _MvxLogMembers MvxLogMembers;

/* Those of these names, and @host knows of them; UNKNOWN_SINK if there is one missing. @aside: they get an event only
 * beside the sink's own work, so that they say nothing of its health. Order and repetitions are kept. */
MvxLogMembers *mvx_log_members_new        (MvxLogSinkHost     *host,
                                           const char *const  *names,
                                           gboolean            aside,
                                           GError            **error);
MvxLogMembers *mvx_log_members_ref        (MvxLogMembers      *self);
void           mvx_log_members_unref      (MvxLogMembers      *self);
/* All others instead, or none. */
gboolean       mvx_log_members_set        (MvxLogMembers      *self,
                                           MvxLogSinkHost     *host,
                                           const char *const  *names,
                                           GError            **error);
/* The sink is going away: it lets them go. */
void           mvx_log_members_clear      (MvxLogMembers      *self);
gboolean       mvx_log_members_are_aside  (MvxLogMembers      *self);
guint          mvx_log_members_get_length (MvxLogMembers      *self);
/* As its user, until end_use. (transfer full) NULL if there is none. */
MvxLogSink    *mvx_log_members_use        (MvxLogMembers      *self,
                                           guint               index);
void           mvx_log_members_end_use    (MvxLogSink         *member);
/* All as they are at this moment; the array does not change. (transfer full) */
GPtrArray     *mvx_log_members_use_all    (MvxLogMembers      *self);
/* The same without being their user. (transfer full) */
GPtrArray     *mvx_log_members_list       (MvxLogMembers      *self);
/* For reload. FALSE if @old is not among them. */
gboolean       mvx_log_members_replace    (MvxLogMembers      *self,
                                           MvxLogSink         *old,
                                           MvxLogSink         *replacement);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogMembers, mvx_log_members_unref)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Follows a database as it grows, is removed and made again. */
#pragma once

#include "view/view-database.h"
#include "view/view-follow.h"

G_BEGIN_DECLS

typedef struct _MvxViewDatabaseFollow MvxViewDatabaseFollow;

/* Events are handled on the default main context from now on, what is there included; the database may also come later.
 * @filter must outlive it. @n_last: only so many of the events that are there, -1 for all. */
MvxViewDatabaseFollow *mvx_view_database_follow_new  (const char               *path,
                                                      const MvxViewFilter      *filter,
                                                      gint64                    n_last,
                                                      const MvxViewFollowFuncs *funcs,
                                                      gpointer                  data);
void                   mvx_view_database_follow_free (MvxViewDatabaseFollow    *self);
/* Looks for what is new. */
void                   mvx_view_database_follow_poke (MvxViewDatabaseFollow    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxViewDatabaseFollow, mvx_view_database_follow_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Databases of the plugin sqlite: their rows as the lines that a file would hold. */
#pragma once

#include "base/tool-lines.h"
#include "view/view-filter.h"

G_BEGIN_DECLS

typedef struct _MvxViewDatabase MvxViewDatabase;

/* By its first bytes, or by its name while it has none. */
gboolean         mvx_view_database_is   (const char          *path);
/* FALSE, with what to do: this build has no SQLite. */
gboolean         mvx_view_database_can  (GError             **error);
/* @filter must outlive it. */
MvxViewDatabase *mvx_view_database_open (const char          *path,
                                         const MvxViewFilter *filter,
                                         GError             **error);
void             mvx_view_database_free (MvxViewDatabase     *self);
/* Goes behind all but the last @n events. */
gboolean         mvx_view_database_last (MvxViewDatabase     *self,
                                         gint64               n,
                                         GError             **error);
/* Hands over what has come since the last time and may be wanted. @pause (nullable) as for mvx_tool_lines_read(). */
gboolean         mvx_view_database_read (MvxViewDatabase     *self,
                                         MvxToolLineFunc      func,
                                         gboolean           (*pause) (gpointer data),
                                         gpointer             data,
                                         GError             **error);
/* Does the path still stand for the open database? */
gboolean         mvx_view_database_is_current (MvxViewDatabase *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxViewDatabase, mvx_view_database_free)

G_END_DECLS

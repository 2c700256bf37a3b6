/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In the place of view-database.c and view-database-follow.c where SQLite is missing. */
#include <gio/gio.h>

#include "view/view-database-follow.h"

gboolean
mvx_view_database_can (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       "this mvxlog was built without SQLite; build it with -Dsqlite=enabled, or ask the database with "
                       "sqlite3");
  return FALSE;
}

MvxViewDatabase *
mvx_view_database_open (const char *path, const MvxViewFilter *filter, GError **error)
{
  mvx_view_database_can (error);
  return NULL;
}

void
mvx_view_database_free (MvxViewDatabase *self)
{
}

gboolean
mvx_view_database_read (MvxViewDatabase *self,
                        MvxToolLineFunc func,
                        gboolean (*pause) (gpointer data),
                        gpointer data,
                        GError **error)
{
  return FALSE;
}

MvxViewDatabaseFollow *
mvx_view_database_follow_new (const char *path,
                              const MvxViewFilter *filter,
                              gint64 n_last,
                              const MvxViewFollowFuncs *funcs,
                              gpointer data)
{
  return NULL;
}

void
mvx_view_database_follow_free (MvxViewDatabaseFollow *self)
{
}

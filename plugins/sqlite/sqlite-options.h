/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of the sqlite plugin mean. */
#pragma once

#include <sys/types.h>

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct
{
  char    *path; /* canonical */
  mode_t   permissions;
  gboolean create_directories;
  mode_t   directory_permissions;

  /* Reloadable. */
  guint    synchronous; /* as SQLite counts it: off, normal, full, extra */
  gint64   busy_timeout_us;
  gboolean with_template;
  gboolean watch;
  gint64   retain_age_us; /* 0, here and below: no limit */
  gint64   retain_count;
  gint64   retain_size;
} MvxSqliteOptions;

extern const MvxLogOptionSpec mvx_sqlite_option_table[];

MvxSqliteOptions *mvx_sqlite_options_new     (MvxLogOptions          *options,
                                              GError                **error);
void              mvx_sqlite_options_free    (MvxSqliteOptions       *self);
gboolean          mvx_sqlite_options_retains (const MvxSqliteOptions *self);
/* Everything but the path, as it counts for the descriptor. Floating. */
GVariant         *mvx_sqlite_options_to_key  (MvxLogOptions          *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxSqliteOptions, mvx_sqlite_options_free)

G_END_DECLS

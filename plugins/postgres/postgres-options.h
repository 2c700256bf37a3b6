/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of the postgres plugin mean. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct
{
  char    *host;      /* name, address, or the directory of a Unix socket */
  gboolean is_local;  /* the last of these */
  char    *port;
  char    *address;   /* for people */
  char    *database;
  char    *schema;    /* NULL: the first of the search path */
  char    *table;
  char    *user;
  char    *password;
  char    *password_file;
  const char *sslmode;
  char    *ca_file;
  char    *certificate;
  char    *private_key;
  gboolean create_table;
  gboolean unique_index;

  /* Reloadable. */
  gboolean with_template;
  gint64   timeout_us;
} MvxPostgresOptions;

extern const MvxLogOptionSpec mvx_postgres_option_table[];

MvxPostgresOptions *mvx_postgres_options_new  (MvxLogOptions      *options,
                                               GError            **error);
void                mvx_postgres_options_free (MvxPostgresOptions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxPostgresOptions, mvx_postgres_options_free)

G_END_DECLS

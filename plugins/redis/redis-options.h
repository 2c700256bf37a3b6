/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of the redis plugin mean. */
#pragma once

#include "../common/tls.h"
#include "redis-key.h"

G_BEGIN_DECLS

typedef struct
{
  char   *host;
  guint16 port;
  char   *path;    /* of a Unix socket; NULL for TCP */
  char   *address; /* either of them, for people */
  char   *user;
  char   *password;
  char   *password_file;
  gint64  database;
  gboolean tls;
  MvxTlsOptions tls_options;

  /* Reloadable. */
  MvxRedisKey *key;
  gint64       max_length; /* 0: as long as they get */
  gboolean     with_template;
  gint64       timeout_us;
} MvxRedisOptions;

extern const MvxLogOptionSpec mvx_redis_option_table[];

MvxRedisOptions *mvx_redis_options_new  (MvxLogOptions    *options,
                                         GError          **error);
void             mvx_redis_options_free (MvxRedisOptions  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxRedisOptions, mvx_redis_options_free)

G_END_DECLS

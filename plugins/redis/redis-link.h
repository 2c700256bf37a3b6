/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to the server: commands go out together, and each has its reply. Everything that waits ends with the
 * cancellable, and after the timeout of the options. */
#pragma once

#include <gio/gio.h>
#include <hiredis/hiredis.h>

#include "redis-encode.h"

G_BEGIN_DECLS

typedef struct _MvxRedisLink MvxRedisLink;

/* Has logged in and chosen the database. The message of an error says what to do. */
MvxRedisLink *mvx_redis_link_new      (const MvxRedisOptions *options,
                                       const char            *client_name,
                                       GCancellable          *cancellable,
                                       GError               **error);
void          mvx_redis_link_free     (MvxRedisLink          *self);
/* FALSE: the server has closed it meanwhile. */
gboolean      mvx_redis_link_is_alive (MvxRedisLink          *self);
gboolean      mvx_redis_link_send     (MvxRedisLink          *self,
                                       const MvxLogBuffer    *commands,
                                       GError               **error);
/* The next reply; NULL if there will be none. */
redisReply   *mvx_redis_link_receive  (MvxRedisLink          *self,
                                       GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxRedisLink, mvx_redis_link_free)

G_END_DECLS

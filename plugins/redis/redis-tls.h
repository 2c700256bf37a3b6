/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "redis-options.h"

G_BEGIN_DECLS

/* An encrypted stream on @base to a server that has proven who it is. The files of the options are read each time. */
GIOStream *mvx_redis_tls_connect (const MvxRedisOptions *options,
                                  GIOStream             *base,
                                  GCancellable          *cancellable,
                                  GError               **error);

G_END_DECLS

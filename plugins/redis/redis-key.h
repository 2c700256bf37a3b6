/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of streams: fixed, or made of an event. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct _MvxRedisKey MvxRedisKey;

MvxRedisKey *mvx_redis_key_new      (const char         *text,
                                     GError            **error);
void         mvx_redis_key_free     (MvxRedisKey        *self);
/* The same for all events? */
gboolean     mvx_redis_key_is_fixed (const MvxRedisKey  *self);
void         mvx_redis_key_append   (const MvxRedisKey  *self,
                                     const MvxLogEvent  *event,
                                     MvxLogBuffer       *buffer);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as commands of Redis, in its protocol: every text with its length, so that any bytes go through. */
#pragma once

#include "redis-options.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogBuffer out;     /* commands, one behind the other */
  MvxLogBuffer command; /* the arguments of the one that is being made */
  guint        n_arguments;
  MvxLogBuffer value;   /* of one argument */
  GArray      *fields;  /* of the event */
} MvxRedisEncoder;

void mvx_redis_encoder_init     (MvxRedisEncoder       *self);
void mvx_redis_encoder_clear    (MvxRedisEncoder       *self);
/* Forgets the commands. */
void mvx_redis_encoder_reset    (MvxRedisEncoder       *self);
void mvx_redis_encoder_add      (MvxRedisEncoder       *self,
                                 const MvxRedisOptions *options,
                                 const MvxLogEvent     *event);
/* A command of words; a NULL ends them. */
void mvx_redis_encoder_add_words (MvxRedisEncoder      *self,
                                  const char           *first,
                                  ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS

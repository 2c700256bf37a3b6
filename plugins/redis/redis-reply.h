/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server answers: how much of it is read, and what an error means for the event, and for whoever reads of it. */
#pragma once

#include <hiredis/hiredis.h>
#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

/* Our commands are answered in a word or a line: no list is taken, whose length a server could make up. */
redisReader *mvx_redis_reply_reader_new (void);
/* FALSE: it is too long for an answer to any of them. */
gboolean mvx_redis_reply_feed (redisReader *reader, const char *bytes, gsize size);
/* What is wrong with what was read last. */
const char *mvx_redis_reply_fault (const redisReader *reader);

/* RETRY, or DROP if the server will never take the event. @text: what the server said, of @size bytes. */
MvxLogDispatchResult mvx_redis_reply_judge (const char *address, const char *text, gsize size, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever answers instead of a Redis server: every reply ends in a judgement, and every error says something. */
#include "fuzz.h"

#include "../../plugins/redis/redis-reply.h"

static void
judge (const redisReply *reply)
{
  g_autoptr (GError) error = NULL;
  MvxLogDispatchResult result;

  if (reply->type != REDIS_REPLY_ERROR)
    return;
  result = mvx_redis_reply_judge ("h:1", reply->str, (gsize) reply->len, &error);
  g_assert_true (result == MVX_LOG_DISPATCH_RETRY || result == MVX_LOG_DISPATCH_DROP);
  g_assert_nonnull (error);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  redisReader *reader = mvx_redis_reply_reader_new ();
  gpointer reply = NULL;

  if (!mvx_redis_reply_feed (reader, (const char *) data, size))
    g_assert_not_reached ();
  while (redisReaderGetReply (reader, &reply) == REDIS_OK && reply)
    {
      judge (reply);
      freeReplyObject (reply);
    }
  redisReaderFree (reader);
  return 0;
}

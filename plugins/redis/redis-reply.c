/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "redis-reply.h"

#include <string.h>

/* Of one answer. */
#define MVX_REDIS_REPLY_MOST (64 * 1024)

typedef struct
{
  const char *start; /* of what the server says */
  MvxLogDispatchResult result;
  gint code; /* of GIOErrorEnum */
  const char *remedy;
} MvxRedisReplyCase;

static const MvxRedisReplyCase mvx_redis_reply_cases[] = {
  { "OOM ", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NO_SPACE, "raise its maxmemory, or set a smaller max-length" },
  { "LOADING ", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_BUSY, "it is still starting" },
  { "READONLY ", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_READ_ONLY, "give the address of the primary, this is a replica" },
  { "MISCONF ", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_FAILED, "it cannot save to its disk; look at its log" },
  { "NOAUTH ", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED, "set password or password-file" },
  { "WRONGPASS ", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED, "check user and password" },
  { "ERR invalid password", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED, "check the password" },
  { "ERR AUTH <password> called", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED,
    "it has no password; remove that from the options" },
  { "NOPERM ", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED,
    "allow the user '+xadd' and the key in the access list" },
  { "MOVED ", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_SUPPORTED, "it is a cluster; give the node that has the key" },
  { "ASK ", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_SUPPORTED, "it is a cluster; give the node that has the key" },
  { "ERR unknown command", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_SUPPORTED, "streams need Redis 5.0" },
  { "ERR DB index", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_INVALID_ARGUMENT, "set another database" },
  { "WRONGTYPE ", MVX_LOG_DISPATCH_DROP, G_IO_ERROR_EXISTS, "the key is no stream; give another key, or delete it" },
  { "ERR ", MVX_LOG_DISPATCH_DROP, G_IO_ERROR_FAILED, "it does not take the event" },
  { "", MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_FAILED, "it is asked again later" },
};

#if HIREDIS_MAJOR < 1
typedef int MvxRedisReplyCount;
#else
typedef size_t MvxRedisReplyCount;
#endif

static gpointer
mvx_redis_reply_refuse_list (const redisReadTask *task, MvxRedisReplyCount n)
{
  return NULL;
}

redisReader *
mvx_redis_reply_reader_new (void)
{
  static redisReplyObjectFunctions functions;
  static gsize once = 0;
  redisReader *reader = redisReaderCreate ();

  if (g_once_init_enter (&once))
    {
      functions = *reader->fn;
      functions.createArray = mvx_redis_reply_refuse_list;
      g_once_init_leave (&once, 1);
    }
  reader->fn = &functions;
  return reader;
}

gboolean
mvx_redis_reply_feed (redisReader *reader, const char *bytes, gsize size)
{
  return reader->len - reader->pos <= MVX_REDIS_REPLY_MOST && redisReaderFeed (reader, bytes, size) == REDIS_OK;
}

/* That no list is taken looks to it as if there were no memory. */
const char *
mvx_redis_reply_fault (const redisReader *reader)
{
  return reader->err == REDIS_ERR_OOM ? "it answers with a list" : reader->errstr;
}

MvxLogDispatchResult
mvx_redis_reply_judge (const char *address, const char *text, gsize size, GError **error)
{
  g_autofree char *said = g_utf8_make_valid (text, (gssize) size);
  const MvxRedisReplyCase *found = mvx_redis_reply_cases;

  while (!g_str_has_prefix (said, found->start))
    found++;
  g_set_error (error, G_IO_ERROR, found->code, "Redis at '%s' answers \"%s\"; %s", address, said, found->remedy);
  return found->result;
}

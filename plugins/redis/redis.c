/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as entries of Redis Streams: the plugin contract. A batch goes out as one pipeline, and an event is settled
 * when the server has answered for it. */
#include "../common/call.h"
#include "redis-encode.h"
#include "redis-link.h"
#include "redis-options.h"
#include "redis-reply.h"

typedef struct
{
  MvxLogSinkHost *host;
  MvxRedisOptions *options;
  MvxRedisEncoder encoder;
  MvxRedisLink *link; /* NULL: there is no connection */
  gboolean was_connected;
} MvxRedis;

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (GVariant) all = mvx_log_options_to_variant (options);
  g_autoptr (MvxRedisOptions) parsed = mvx_redis_options_new (options, error);
  g_autofree char *resource = NULL;

  if (parsed == NULL)
    return NULL;
  resource = g_strdup_printf ("%s/%" G_GINT64_FORMAT "/%s", parsed->address, parsed->database,
                              mvx_log_options_get_string (options, "key"));
  return mvx_log_sink_descriptor_new ("redis", g_variant_new_string (resource), all);
}

static void
mvx_redis_destroy (gpointer instance)
{
  MvxRedis *self = instance;

  g_clear_pointer (&self->link, mvx_redis_link_free);
  mvx_redis_encoder_clear (&self->encoder);
  g_clear_pointer (&self->options, mvx_redis_options_free);
  g_free (self);
}

/* Connects with the first batch: a server that is not there yet is no mistake of the configuration. Files that are not
 * there are, though. */
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  g_autoptr (MvxRedisOptions) parsed = mvx_redis_options_new (options, error);
  MvxRedis *self;

  if (parsed == NULL || (parsed->tls && !mvx_tls_options_check (&parsed->tls_options, "tls", error)))
    return NULL;
  self = g_new0 (MvxRedis, 1);
  self->host = host;
  mvx_call_keep_descriptor (mvx_log_sink_host_get_cancellable (host));
  self->options = g_steal_pointer (&parsed);
  mvx_redis_encoder_init (&self->encoder);
  return self;
}

static void
mvx_redis_disconnect (MvxRedis *self)
{
  g_clear_pointer (&self->link, mvx_redis_link_free);
}

static gboolean
mvx_redis_connect (MvxRedis *self, GError **error)
{
  if (self->link && mvx_redis_link_is_alive (self->link))
    return TRUE;
  mvx_redis_disconnect (self);
  self->link = mvx_redis_link_new (self->options, mvx_log_sink_host_get_name (self->host),
                                   mvx_log_sink_host_get_cancellable (self->host), error);
  if (self->link && self->was_connected)
    mvx_log_sink_host_count (self->host, "reconnects", 1);
  self->was_connected |= self->link != NULL;
  return self->link != NULL;
}

/* Of the events before the first one that has to be offered again, each is stored or rejected. The rest of the replies
 * is read all the same, as the next batch is answered behind them. */
static MvxLogDispatchResult
mvx_redis_receive (MvxRedis *self, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxLogDispatchResult result = MVX_LOG_DISPATCH_OK;

  for (guint i = 0; i < n_events; i++)
    {
      g_autoptr (GError) why = NULL;
      redisReply *reply = mvx_redis_link_receive (self->link, &why);
      MvxLogDispatchResult one = MVX_LOG_DISPATCH_OK;

      if (reply == NULL)
        {
          mvx_redis_disconnect (self);
          if (result == MVX_LOG_DISPATCH_OK)
            g_propagate_error (error, g_steal_pointer (&why));
          return MVX_LOG_DISPATCH_RETRY;
        }
      if (reply->type == REDIS_REPLY_ERROR)
        one = mvx_redis_reply_judge (self->options->address, reply->str, (gsize) reply->len, &why);
      freeReplyObject (reply);
      if (result != MVX_LOG_DISPATCH_OK)
        continue;
      if (one == MVX_LOG_DISPATCH_RETRY)
        {
          result = one;
          g_propagate_error (error, g_steal_pointer (&why));
          continue;
        }
      if (one == MVX_LOG_DISPATCH_DROP)
        mvx_log_sink_host_reject (self->host, events[i], why->message);
      (*n_done)++;
    }
  return result;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxRedis *self = instance;

  *n_done = 0;
  if (!mvx_redis_connect (self, error))
    return MVX_LOG_DISPATCH_RETRY;
  mvx_redis_encoder_reset (&self->encoder);
  for (guint i = 0; i < n_events; i++)
    mvx_redis_encoder_add (&self->encoder, self->options, events[i]);
  if (mvx_redis_link_send (self->link, &self->encoder.out, error))
    return mvx_redis_receive (self, events, n_events, n_done, error);
  mvx_redis_disconnect (self);
  return MVX_LOG_DISPATCH_RETRY;
}

static gboolean
mvx_redis_on_stopped (gpointer instance, GError **error)
{
  mvx_redis_disconnect (instance);
  return TRUE;
}

/* The next batch connects anew: names may lead elsewhere, and password and certificates be others. */
static gboolean
mvx_redis_reopen (gpointer instance, GError **error)
{
  mvx_redis_disconnect (instance);
  return TRUE;
}

/* Nothing that is no stream may have the name. */
static gboolean
mvx_redis_probe_key (MvxRedisLink *link, const MvxRedisOptions *options, GError **error)
{
  g_autofree char *key = NULL;
  MvxRedisEncoder encoder;
  redisReply *reply;
  gboolean good;

  mvx_redis_encoder_init (&encoder);
  mvx_redis_key_append (options->key, NULL, &encoder.value);
  key = g_strndup ((const char *) encoder.value.data, encoder.value.len);
  mvx_redis_encoder_add_words (&encoder, "TYPE", key, NULL);
  good = mvx_redis_link_send (link, &encoder.out, error);
  mvx_redis_encoder_clear (&encoder);
  reply = good ? mvx_redis_link_receive (link, error) : NULL;
  if (reply == NULL)
    return FALSE;
  if (reply->type == REDIS_REPLY_ERROR)
    {
      mvx_redis_reply_judge (options->address, reply->str, (gsize) reply->len, error);
      good = FALSE;
    }
  else if (reply->str && strcmp (reply->str, "none") != 0 && strcmp (reply->str, "stream") != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                   "The key '%s' of Redis at '%s' holds a %s and no stream; give another key, or delete it", key,
                   options->address, reply->str);
      good = FALSE;
    }
  freeReplyObject (reply);
  return good;
}

static gboolean
mvx_redis_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxRedisOptions) parsed = mvx_redis_options_new (options, error);
  g_autoptr (MvxRedisLink) link = NULL;

  if (parsed == NULL || (parsed->tls && !mvx_tls_options_check (&parsed->tls_options, "tls", error)))
    return FALSE;
  if (deadline_us >= 0)
    parsed->timeout_us = CLAMP (deadline_us - g_get_monotonic_time (), 1, parsed->timeout_us);
  link = mvx_redis_link_new (parsed, "mvxlog-probe", NULL, error);
  return link && (!mvx_redis_key_is_fixed (parsed->key) || mvx_redis_probe_key (link, parsed, error));
}

/* A timeout counts from the next connection on. */
static gboolean
mvx_redis_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxRedis *self = instance;
  MvxRedisOptions *fresh = mvx_redis_options_new (options, error);

  if (fresh == NULL)
    return FALSE;
  mvx_redis_disconnect (self);
  mvx_redis_options_free (self->options);
  self->options = fresh;
  return TRUE;
}

MVX_LOG_PLUGIN_DEFINE ("redis",
                       MVX_LOG_VERSION_S,
                       "Entries of Redis Streams, one per event",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES,
                       mvx_redis_option_table,
                       mvx_redis_destroy,
                       .on_stopped = mvx_redis_on_stopped,
                       .reopen = mvx_redis_reopen,
                       .probe = mvx_redis_probe,
                       .reconfigure = mvx_redis_reconfigure);

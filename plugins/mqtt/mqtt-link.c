/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mqtt-link.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <string.h>

#include "../common/lookup.h"
#include "../common/marks.h"
#include "../common/secret.h"
#include "mqtt-quiet.h"
#include "mqtt-topic.h"

/* So many messages may be on their way; a server may want fewer. Their numbers have 16 bits. */
#define MVX_MQTT_LINK_IN_FLIGHT 10000
/* What one large event leaves behind is given back above this. */
#define MVX_MQTT_LINK_KEEP (256 * 1024)

struct _MvxMqttLink
{
  const MvxMqttOptions *options;
  GCancellable *cancellable;
  struct mosquitto *mosq;
  GHashTable *open; /* slots by the numbers of their messages */
  gboolean is_greeted;
  int greeting;      /* what the server has answered to the connection */
  guint n_heard;     /* answers so far */
  char *said;        /* NULL: libmosquitto has told of no error */
  MvxLogBuffer text; /* topic and payload of an event */
};

/* The library keeps count of its users, but not for several threads. */
static void
mvx_mqtt_link_init_library (void)
{
  static gsize done;

  if (g_once_init_enter (&done))
    {
      mosquitto_lib_init ();
      g_once_init_leave (&done, 1);
    }
}

static void
mvx_mqtt_link_on_connect (struct mosquitto *mosq, void *data, int code, int flags, const mosquitto_property *properties)
{
  MvxMqttLink *self = data;

  self->is_greeted = TRUE;
  self->greeting = code;
}

/* Codes below 128 are of success, also if nobody has subscribed. */
static void
mvx_mqtt_link_on_publish (struct mosquitto *mosq, void *data, int id, int code, const mosquitto_property *properties)
{
  MvxMqttLink *self = data;
  MvxSlot *slot = g_hash_table_lookup (self->open, GINT_TO_POINTER (id));

  self->n_heard++;
  if (slot == NULL)
    return;
  g_hash_table_remove (self->open, GINT_TO_POINTER (id));
  mvx_batch_answer (slot, code < 128 ? 0 : code, NULL);
}

/* Only here the library tells what OpenSSL has to say. */
static void
mvx_mqtt_link_on_log (struct mosquitto *mosq, void *data, int level, const char *text)
{
  MvxMqttLink *self = data;

  if (level != MOSQ_LOG_ERR || self->said)
    return;
  self->said = g_utf8_make_valid (text, -1);
  g_strchomp (self->said);
}

void
mvx_mqtt_link_free (MvxMqttLink *self)
{
  g_auto (MvxMqttQuiet) quiet;

  mvx_mqtt_quiet_begin (&quiet);
  if (self->mosq && self->is_greeted && mosquitto_socket (self->mosq) >= 0)
    mosquitto_disconnect_v5 (self->mosq, 0, NULL);
  g_clear_pointer (&self->mosq, mosquitto_destroy);
  g_hash_table_unref (self->open);
  g_clear_object (&self->cancellable);
  mvx_log_buffer_clear (&self->text);
  g_free (self->said);
  g_free (self);
}

void
mvx_mqtt_link_set_options (MvxMqttLink *self, const MvxMqttOptions *options)
{
  self->options = options;
}

static gboolean
mvx_mqtt_link_fail (MvxMqttLink *self, int code, GError **error)
{
  const gboolean is_vague = code == MOSQ_ERR_ERRNO && errno == 0;
  const char *why = self->said ? self->said : mosquitto_strerror (is_vague ? MOSQ_ERR_CONN_LOST : code);

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, why);
  return FALSE;
}

/* What the connection has to do and can do without waiting. There is no keep-alive, for which the library would want to
 * be called now and then: it would ping each time. */
static gboolean
mvx_mqtt_link_work (MvxMqttLink *self, GError **error)
{
  int code;

  errno = 0;
  code = mosquitto_loop_read (self->mosq, 1);
  if (code == MOSQ_ERR_SUCCESS && mosquitto_want_write (self->mosq))
    code = mosquitto_loop_write (self->mosq, 1);
  return code == MOSQ_ERR_SUCCESS || mvx_mqtt_link_fail (self, code, error);
}

static gboolean
mvx_mqtt_link_wait (MvxMqttLink *self, gint64 deadline_us, GError **error)
{
  const GIOCondition condition = G_IO_IN | (mosquitto_want_write (self->mosq) ? G_IO_OUT : 0);
  const int fd = mosquitto_socket (self->mosq);

  if (fd < 0)
    return mvx_mqtt_link_fail (self, MOSQ_ERR_CONN_LOST, error);
  return mvx_lookup_wait (fd, condition, self->cancellable, deadline_us, error) && mvx_mqtt_link_work (self, error);
}

static int
mvx_mqtt_link_set_up_tls (MvxMqttLink *self)
{
  const MvxMqttOptions *options = self->options;
  const char *key = options->private_key ? options->private_key : options->certificate;

  if (!options->tls)
    return MOSQ_ERR_SUCCESS;
  if (options->ca_file)
    return mosquitto_tls_set (self->mosq, options->ca_file, NULL, options->certificate, key, NULL);
  return mosquitto_int_option (self->mosq, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
}

static gboolean
mvx_mqtt_link_set_up (MvxMqttLink *self, const char *password, GError **error)
{
  int code;

  mosquitto_connect_v5_callback_set (self->mosq, mvx_mqtt_link_on_connect);
  mosquitto_publish_v5_callback_set (self->mosq, mvx_mqtt_link_on_publish);
  mosquitto_log_callback_set (self->mosq, mvx_mqtt_link_on_log);
  code = mosquitto_int_option (self->mosq, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
  if (code == MOSQ_ERR_SUCCESS)
    code = mosquitto_int_option (self->mosq, MOSQ_OPT_SEND_MAXIMUM, MVX_MQTT_LINK_IN_FLIGHT);
  if (code == MOSQ_ERR_SUCCESS && self->options->user)
    code = mosquitto_username_pw_set (self->mosq, self->options->user, password);
  if (code == MOSQ_ERR_SUCCESS)
    code = mvx_mqtt_link_set_up_tls (self);
  return code == MOSQ_ERR_SUCCESS || mvx_mqtt_link_fail (self, code, error);
}

/* The library looks the name up again, and waits for that: by now there is an answer to it. */
static gboolean
mvx_mqtt_link_look_up (MvxMqttLink *self, gint64 deadline_us, GError **error)
{
  GList *found
      = mvx_lookup_host (self->options->host, self->cancellable, deadline_us, self->options->timeout_us, error);

  g_resolver_free_addresses (found);
  return found != NULL;
}

static gboolean
mvx_mqtt_link_connect (MvxMqttLink *self, const char *password, GError **error)
{
  const MvxMqttOptions *options = self->options;
  gint64 deadline_us = g_get_monotonic_time () + options->timeout_us;
  int code;

  if (!mvx_mqtt_link_set_up (self, password, error)
      || (!g_hostname_is_ip_address (options->host) && !mvx_mqtt_link_look_up (self, deadline_us, error)))
    return FALSE;
  /* Nothing is to be sent while there is nothing to say: a batch finds out whether the server is there. */
  errno = 0;
  code = mosquitto_connect_async (self->mosq, options->host, options->port, 0);
  if (code != MOSQ_ERR_SUCCESS)
    return mvx_mqtt_link_fail (self, code, error);
  while (!self->is_greeted)
    if (!mvx_mqtt_link_wait (self, deadline_us, error) && !self->is_greeted)
      return FALSE;
    else
      g_clear_error (error);
  if (self->greeting == MQTT_RC_SUCCESS)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "it answers \"%s\"",
               self->greeting < 128 ? mosquitto_connack_string (self->greeting)
                                    : mosquitto_reason_string (self->greeting));
  return FALSE;
}

/* What it does about SIGPIPE is undone. */
static struct mosquitto *
mvx_mqtt_link_make (MvxMqttLink *self)
{
  struct sigaction before;
  struct mosquitto *mosq;

  sigaction (SIGPIPE, NULL, &before);
  mosq = mosquitto_new (self->options->client_id, TRUE, self);
  sigaction (SIGPIPE, &before, NULL);
  if (mosq == NULL)
    g_error ("out of memory");
  return mosq;
}

MvxMqttLink *
mvx_mqtt_link_new (const MvxMqttOptions *options, GCancellable *cancellable, GError **error)
{
  g_autofree char *who = g_strdup_printf ("MQTT server '%s'", options->address);
  g_auto (MvxMqttQuiet) quiet;
  MvxMqttLink *self;
  char *password = g_strdup (options->password);
  g_autoptr (GError) why = NULL;
  gboolean good;

  mvx_mqtt_quiet_begin (&quiet);
  if (options->password_file && (password = mvx_secret_read (options->password_file, who, error)) == NULL)
    return NULL;
  mvx_mqtt_link_init_library ();
  self = g_new0 (MvxMqttLink, 1);
  self->options = options;
  self->cancellable = cancellable ? g_object_ref (cancellable) : NULL;
  self->open = g_hash_table_new (NULL, NULL);
  self->mosq = mvx_mqtt_link_make (self);
  good = mvx_mqtt_link_connect (self, password, &why);
  mvx_secret_free (password);
  if (good)
    return self;
  mvx_mqtt_link_free (self);
  g_set_error (error, why->domain, why->code, "Cannot connect to %s: %s; see that it runs, and check host, port, %s",
               who, why->message, options->tls ? "user, password and ca-file" : "user and password");
  return NULL;
}

gboolean
mvx_mqtt_link_is_alive (MvxMqttLink *self)
{
  g_auto (MvxMqttQuiet) quiet;

  mvx_mqtt_quiet_begin (&quiet);
  return mosquitto_socket (self->mosq) >= 0 && mvx_mqtt_link_work (self, NULL) && mosquitto_socket (self->mosq) >= 0;
}

static mosquitto_property *
mvx_mqtt_link_make_properties (const MvxMqttOptions *options, const MvxLogEvent *event)
{
  mosquitto_property *properties = NULL;
  char text[MVX_MARK_SIZE];
  const char *mark;

  mosquitto_property_add_string (&properties, MQTT_PROP_CONTENT_TYPE, options->content_type);
  if ((mark = mvx_mark_traceparent (event, text)))
    mosquitto_property_add_string_pair (&properties, MQTT_PROP_USER_PROPERTY, "traceparent", mark);
  if ((mark = mvx_mark_id (event, text)))
    mosquitto_property_add_string_pair (&properties, MQTT_PROP_USER_PROPERTY, "mvxlog-id", mark);
  return properties;
}

/* A code of the library. */
static int
mvx_mqtt_link_publish (MvxMqttLink *self, const MvxLogEvent *event, MvxSlot *slot)
{
  g_autoptr (MvxLogEvent) sent = mvx_log_event_copy_for_sending (event, 0);
  mosquitto_property *properties = mvx_mqtt_link_make_properties (self->options, event);
  gsize payload;
  int id;
  int code;

  if (self->text.allocated > MVX_MQTT_LINK_KEEP)
    mvx_log_buffer_clear (&self->text);
  self->text.len = 0;
  mvx_mqtt_topic_append (self->options->topic, event, &self->text);
  payload = self->text.len;
  mvx_log_renderer_render (self->options->renderer, sent, &self->text);
  code = mosquitto_publish_v5 (self->mosq, &id, (const char *) self->text.data, (int) (self->text.len - 1 - payload),
                               self->text.data + payload, 1, FALSE, properties);
  mosquitto_property_free_all (&properties);
  if (code == MOSQ_ERR_SUCCESS)
    g_hash_table_insert (self->open, GINT_TO_POINTER (id), slot);
  return code;
}

/* Up to @to; an event that cannot be sent does not keep the others. FALSE: the connection is broken, and *@next is the
 * first one that nothing has become of. */
static gboolean
mvx_mqtt_link_publish_all (MvxMqttLink *self, MvxBatch *batch, guint *next, guint to, GError **error)
{
  while (*next < to)
    {
      MvxSlot *slot = &batch->slots[*next];
      const int code = mvx_mqtt_link_publish (self, batch->events[*next], slot);

      if (code == MOSQ_ERR_NO_CONN || code == MOSQ_ERR_CONN_LOST)
        return mvx_mqtt_link_fail (self, code, error);
      (*next)++;
      if (code != MOSQ_ERR_SUCCESS)
        mvx_batch_answer (slot, MVX_MQTT_REFUSED + code, NULL);
    }
  return TRUE;
}

/* As long as there are answers, there may be more. */
static gboolean
mvx_mqtt_link_hear_all (MvxMqttLink *self, GError **error)
{
  gint64 deadline_us = g_get_monotonic_time () + self->options->timeout_us;
  guint n_heard = self->n_heard;

  while (g_hash_table_size (self->open) > 0)
    {
      if (!mvx_mqtt_link_wait (self, deadline_us, error))
        return FALSE;
      if (self->n_heard == n_heard)
        continue;
      n_heard = self->n_heard;
      deadline_us = g_get_monotonic_time () + self->options->timeout_us;
    }
  return TRUE;
}

/* What is open now nobody answers any more. */
static void
mvx_mqtt_link_give_up (MvxMqttLink *self, MvxBatch *batch, guint next)
{
  GHashTableIter iter;
  gpointer slot;

  g_hash_table_iter_init (&iter, self->open);
  while (g_hash_table_iter_next (&iter, NULL, &slot))
    mvx_batch_answer (slot, MVX_MQTT_UNHEARD, NULL);
  g_hash_table_remove_all (self->open);
  mvx_batch_stop (batch, next, MVX_MQTT_UNHEARD, NULL);
}

gboolean
mvx_mqtt_link_send (MvxMqttLink *self, MvxBatch *batch, GError **error)
{
  g_auto (MvxMqttQuiet) quiet;
  g_autoptr (GError) why = NULL;
  guint next = 0;

  mvx_mqtt_quiet_begin (&quiet);
  while (next < batch->n_events && why == NULL)
    {
      const guint to = next + MIN (batch->n_events - next, MVX_MQTT_LINK_IN_FLIGHT);

      if (mvx_mqtt_link_publish_all (self, batch, &next, to, &why))
        mvx_mqtt_link_hear_all (self, &why);
    }
  if (why == NULL)
    return TRUE;
  mvx_mqtt_link_give_up (self, batch, next);
  g_set_error (error, why->domain, why->code,
               "Lost the connection to MQTT server '%s': %s; what it has not confirmed is sent again",
               self->options->address, why->message);
  return FALSE;
}

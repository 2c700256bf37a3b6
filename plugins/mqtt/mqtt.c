/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as messages of MQTT 5 with QoS 1: the plugin contract. An event is settled when the server has confirmed its
 * message. */
#include "mqtt-link.h"

typedef struct
{
  MvxLogSinkHost *host;
  MvxMqttOptions *options;
  MvxMqttLink *link; /* NULL: there is no connection */
  gboolean was_connected;
} MvxMqtt;

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (GVariant) all = mvx_log_options_to_variant (options);
  g_autoptr (MvxMqttOptions) parsed = mvx_mqtt_options_new (options, error);

  if (parsed == NULL)
    return NULL;
  return mvx_log_sink_descriptor_new ("mqtt", g_variant_new ("(ss)", parsed->address, parsed->topic), all);
}

static void
mvx_mqtt_destroy (gpointer instance)
{
  MvxMqtt *self = instance;

  g_clear_pointer (&self->link, mvx_mqtt_link_free);
  mvx_mqtt_options_free (self->options);
  g_free (self);
}

/* Connects with the first batch: a server that is not there yet is no mistake of the configuration. Files that are not
 * there are, though. */
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  g_autoptr (MvxMqttOptions) parsed = mvx_mqtt_options_new (options, error);
  MvxMqtt *self;

  if (parsed == NULL || !mvx_mqtt_options_check_files (parsed, error))
    return NULL;
  self = g_new0 (MvxMqtt, 1);
  self->host = host;
  self->options = g_steal_pointer (&parsed);
  return self;
}

static gboolean
mvx_mqtt_connect (MvxMqtt *self, GError **error)
{
  if (self->link && mvx_mqtt_link_is_alive (self->link))
    return TRUE;
  g_clear_pointer (&self->link, mvx_mqtt_link_free);
  self->link = mvx_mqtt_link_new (self->options, mvx_log_sink_host_get_cancellable (self->host), error);
  if (self->link && self->was_connected)
    mvx_log_sink_host_count (self->host, "reconnects", 1);
  self->was_connected |= self->link != NULL;
  return self->link != NULL;
}

static MvxLogDispatchResult
mvx_mqtt_judge (int code, const char *said, gpointer data, GError **error)
{
  MvxMqtt *self = data;

  return mvx_mqtt_error_judge (self->options, code, error);
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxMqtt *self = instance;
  g_autoptr (MvxBatch) batch = NULL;
  g_autoptr (GError) refused = NULL;
  g_autoptr (GError) lost = NULL;
  MvxLogDispatchResult result;

  *n_done = 0;
  if (!mvx_mqtt_connect (self, error))
    return MVX_LOG_DISPATCH_RETRY;
  batch = mvx_batch_new (events, n_events);
  if (!mvx_mqtt_link_send (self->link, batch, &lost))
    g_clear_pointer (&self->link, mvx_mqtt_link_free);
  result = mvx_batch_judge (batch, self->host, mvx_mqtt_judge, self, n_done, &refused);
  if (result == MVX_LOG_DISPATCH_OK)
    return result;
  g_propagate_error (error, lost ? g_steal_pointer (&lost) : g_steal_pointer (&refused));
  return result;
}

/* Also for the hook reopen: the next batch connects anew, to where the name may lead by now, with the password and
 * certificates of then. */
static gboolean
mvx_mqtt_disconnect (gpointer instance, GError **error)
{
  MvxMqtt *self = instance;

  g_clear_pointer (&self->link, mvx_mqtt_link_free);
  return TRUE;
}

static gboolean
mvx_mqtt_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxMqttOptions) parsed = mvx_mqtt_options_new (options, error);
  g_autoptr (MvxMqttLink) link = NULL;

  if (parsed == NULL || !mvx_mqtt_options_check_files (parsed, error))
    return FALSE;
  if (deadline_us >= 0)
    parsed->timeout_us = CLAMP (deadline_us - g_get_monotonic_time (), 1, parsed->timeout_us);
  link = mvx_mqtt_link_new (parsed, NULL, error);
  return link != NULL;
}

static gboolean
mvx_mqtt_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxMqtt *self = instance;
  MvxMqttOptions *fresh = mvx_mqtt_options_new (options, error);

  if (fresh == NULL)
    return FALSE;
  if (self->link)
    mvx_mqtt_link_set_options (self->link, fresh);
  mvx_mqtt_options_free (self->options);
  self->options = fresh;
  return TRUE;
}

MVX_LOG_PLUGIN_DEFINE ("mqtt",
                       MVX_LOG_VERSION_S,
                       "Messages to an MQTT 5 server, one per event",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES,
                       mvx_mqtt_option_table,
                       mvx_mqtt_destroy,
                       .on_stopped = mvx_mqtt_disconnect,
                       .reopen = mvx_mqtt_disconnect,
                       .probe = mvx_mqtt_probe,
                       .reconfigure = mvx_mqtt_reconfigure);

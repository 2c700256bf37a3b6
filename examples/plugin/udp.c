/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A whole sink plugin: every event becomes one UDP datagram. */
#define MVX_LOG_PLUGIN_COMPILATION
#include <mvxlog/mvxlog.h>

typedef struct
{
  GSocketConnection *connection;
  MvxLogRenderer *renderer;
} Udp;

static const MvxLogOptionSpec udp_options[] = {
  { "address",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_REQUIRED,
    NULL,
    0,
    0,
    NULL,
    "HOST:PORT to send to",
    { NULL, NULL } },
  MVX_LOG_RENDERER_OPTIONS,
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static void
udp_destroy (gpointer instance)
{
  Udp *udp = instance;

  g_clear_object (&udp->connection);
  g_clear_pointer (&udp->renderer, mvx_log_renderer_unref);
  g_free (udp);
}

MVX_LOG_PLUGIN_DEFINE ("udp",
                       "1.0",
                       "One UDP datagram per event",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC,
                       udp_options,
                       udp_destroy);

/* Says what a sink with these options would be; opens nothing. */
MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (GVariant) address
      = g_variant_ref_sink (g_variant_new_string (mvx_log_options_get_string (options, "address")));
  g_autoptr (GVariant) all = mvx_log_options_to_variant (options);

  return mvx_log_sink_descriptor_new ("udp", address, all);
}

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  Udp *udp = g_new0 (Udp, 1);

  g_socket_client_set_socket_type (client, G_SOCKET_TYPE_DATAGRAM);
  g_socket_client_set_protocol (client, G_SOCKET_PROTOCOL_UDP);
  udp->renderer = mvx_log_options_new_renderer (options, error);
  if (udp->renderer != NULL)
    udp->connection = g_socket_client_connect_to_host (client, mvx_log_options_get_string (options, "address"), 514,
                                                       mvx_log_sink_host_get_cancellable (host), error);
  if (udp->connection == NULL)
    g_clear_pointer (&udp, udp_destroy);
  return udp;
}

/* On the sink's own thread. What is behind n_done stays in the queue and is offered again later. */
MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  Udp *udp = instance;

  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
      gssize sent;

      mvx_log_renderer_render (udp->renderer, events[*n_done], &buffer);
      sent = g_socket_send (g_socket_connection_get_socket (udp->connection), (const char *) buffer.data, buffer.len,
                            NULL, error);
      mvx_log_buffer_clear (&buffer);
      if (sent < 0)
        return MVX_LOG_DISPATCH_RETRY;
    }
  return MVX_LOG_DISPATCH_OK;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plugin without a program around it: udp.c is linked in statically. */
#include <string.h>

#include <mvxlog/mvxlog-test.h>

MVX_LOG_STATIC_PLUGIN_DECLARE (udp);

static GSocket *
open_receiver (guint16 *port)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, &error);

  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, any, FALSE, &error));
  bound = g_socket_get_local_address (socket, &error);
  g_assert_no_error (error);
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_socket_set_timeout (socket, 30);
  return socket;
}

static void
test_datagrams (void)
{
  g_autoptr (MvxLogEvent) one = mvx_log_test_event_new ("shop", MVX_LOG_LEVEL_INFO, "sold {item}", "item", "tea");
  g_autoptr (MvxLogEvent) two = mvx_log_test_event_new ("shop", MVX_LOG_LEVEL_ERROR, "sold out");
  MvxLogEvent *events[] = { one, two };
  g_autoptr (GSocket) receiver = NULL;
  g_autoptr (MvxLogTestHost) host = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL;
  guint16 port;
  guint n_done;

  receiver = open_receiver (&port);
  address = g_strdup_printf ("127.0.0.1:%u", port);
  host = mvx_log_test_host_new (&mvx_static_plugin_udp, "remote", g_variant_new_parsed ("{'address': <%s>}", address),
                                &error);
  g_assert_no_error (error);
  g_assert_true (mvx_log_test_host_start (host, &error));
  g_assert_cmpint (mvx_log_test_host_dispatch (host, events, 2, &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (n_done, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      char datagram[2048] = { 0 };

      g_assert_cmpint (g_socket_receive (receiver, datagram, sizeof datagram - 1, NULL, &error), >, 0);
      g_assert_nonnull (strstr (datagram, i == 0 ? "\"message\":\"sold tea\"" : "\"message\":\"sold out\""));
    }
}

static void
test_no_address (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_test_host_new (&mvx_static_plugin_udp, "remote", NULL, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/udp/datagrams", test_datagrams);
  g_test_add_func ("/udp/no-address", test_no_address);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zmq-probe.h"

#include <errno.h>
#include <string.h>

#include <gio/gio.h>

#include "zmq-socket.h"

#define MVX_ZMQ_PROBE_MONITOR "inproc://monitor"
#define MVX_ZMQ_PROBE_EVENTS                                                                                           \
  (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL               \
   | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
/* Without a deadline. */
#define MVX_ZMQ_PROBE_US (5 * G_USEC_PER_SEC)

/* The next event of the monitor, 0 if there is none until the deadline. */
static int
mvx_zmq_probe_next (gpointer monitor, gint64 deadline_us)
{
  zmq_pollitem_t item = { .socket = monitor, .events = ZMQ_POLLIN };
  gint64 left_us = deadline_us - g_get_monotonic_time ();
  guint16 event = 0;
  char bytes[256];

  if (left_us <= 0 || zmq_poll (&item, 1, (long) (left_us / 1000 + 1)) <= 0)
    return 0;
  if (zmq_recv (monitor, bytes, sizeof bytes, 0) >= (int) sizeof event)
    memcpy (&event, bytes, sizeof event);
  /* The address. */
  zmq_recv (monitor, bytes, sizeof bytes, 0);
  return event;
}

static gboolean
mvx_zmq_probe_wait (gpointer monitor, const char *endpoint, gint64 deadline_us, GError **error)
{
  gint64 start = g_get_monotonic_time ();

  switch (mvx_zmq_probe_next (monitor, deadline_us < 0 ? start + MVX_ZMQ_PROBE_US : deadline_us))
    {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
      return TRUE;
    case 0:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                   "No receiver answers at '%s'; start it, or correct 'endpoints' or the CURVE keys", endpoint);
      return FALSE;
    default:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   "Who answers at '%s' is no receiver for these settings; correct 'endpoints' or the CURVE keys",
                   endpoint);
      return FALSE;
    }
}

static gboolean
mvx_zmq_probe_endpoint (gpointer context,
                        const MvxZmqOptions *options,
                        const char *endpoint,
                        gint64 deadline_us,
                        GError **error)
{
  gpointer handle = mvx_zmq_socket_make (context, options, error);
  gpointer monitor;
  gboolean fine;

  if (handle == NULL)
    return FALSE;
  monitor = zmq_socket (context, ZMQ_PAIR);
  fine = zmq_socket_monitor (handle, MVX_ZMQ_PROBE_MONITOR, MVX_ZMQ_PROBE_EVENTS) == 0
         && zmq_connect (monitor, MVX_ZMQ_PROBE_MONITOR) == 0;
  if (!fine)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Cannot watch a ZeroMQ socket: %s", zmq_strerror (zmq_errno ()));
  fine = fine && mvx_zmq_socket_attach (handle, options, endpoint, error)
         && (options->bind || mvx_zmq_probe_wait (monitor, endpoint, deadline_us, error));
  zmq_socket_monitor (handle, NULL, 0);
  zmq_close (monitor);
  zmq_close (handle);
  return fine;
}

gboolean
mvx_zmq_probe (const MvxZmqOptions *options, gint64 deadline_us, GError **error)
{
  gpointer context = zmq_ctx_new ();
  gboolean fine = TRUE;

  for (guint i = 0; fine && options->endpoints[i]; i++)
    fine = mvx_zmq_probe_endpoint (context, options, options->endpoints[i], deadline_us, error);
  while (zmq_ctx_term (context) != 0 && zmq_errno () == EINTR)
    ;
  return fine;
}

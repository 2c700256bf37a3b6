/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An instance of the zmq plugin, driven by the four symbols, and sockets of libzmq for it to talk to. */
#pragma once

#include <string.h>

#include <zmq.h>

#include <mvxlog/mvxlog.h>

#include "event/event-private.h"
#include "peer.h"
#include "plugin/plugin-private.h"
#include "sink/host-private.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (zmq);

typedef struct
{
  char           *endpoint;
  MvxLogSinkHost *host;
  MvxLogOptions  *options;
  gpointer        instance;
  gpointer        context; /* of the peer */
  GPtrArray      *diagnostics;
  guint           n_resumed;
} ZmqFixture;

static inline void
zmq_fixture_diagnose (gpointer    data,
                      gint        level,
                      const char *message)
{
  g_ptr_array_add (((ZmqFixture *) data)->diagnostics, g_strdup (message));
}

static inline void
zmq_fixture_resume (gpointer data)
{
  ((ZmqFixture *) data)->n_resumed++;
}

static inline void
zmq_set (ZmqFixture *fixture,
         const char *name,
         const char *value)
{
  g_autoptr (GError) error = NULL;

  mvx_log_options_set (fixture->options, name, value, &error);
  g_assert_no_error (error);
}

/* With no option set but the endpoint. */
static inline void
zmq_reset (ZmqFixture *fixture)
{
  if (fixture->options)
    mvx_log_options_unref (fixture->options);
  fixture->options = mvx_log_plugin_new_options (&mvx_static_plugin_zmq);
  zmq_set (fixture, "endpoints", fixture->endpoint);
}

static inline void
zmq_stop (ZmqFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  if (fixture->instance == NULL)
    return;
  mvx_static_plugin_zmq.plugin->on_stopped (fixture->instance, &error);
  g_assert_no_error (error);
  mvx_static_plugin_zmq.plugin->destroy (fixture->instance);
  fixture->instance = NULL;
}

static inline void
zmq_start (ZmqFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  zmq_stop (fixture);
  fixture->instance = mvx_static_plugin_zmq.create (fixture->options, fixture->host, &error);
  g_assert_no_error (error);
  mvx_static_plugin_zmq.plugin->on_starting (fixture->instance, &error);
  g_assert_no_error (error);
}

static inline MvxLogDispatchResult
zmq_try_dispatch (ZmqFixture *fixture,
                  guint       first,
                  guint       n,
                  guint      *n_done,
                  GError    **error)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);

  for (guint i = first; i < first + n; i++)
    {
      const MvxLogField field = { "i", MVX_LOG_KIND_INT64, 0, { .i = i }, 0 };
      MvxLogEvent *event = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_INFO, i + 1, "event {i}", &field, 1);

      event->seq = i + 1;
      g_ptr_array_add (events, event);
    }
  return mvx_static_plugin_zmq.dispatch_core (fixture->instance, (MvxLogEvent *const *) events->pdata, n, n_done,
                                              error);
}

static inline void
zmq_dispatch (ZmqFixture *fixture,
              guint       first,
              guint       n)
{
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  g_assert_cmpint (zmq_try_dispatch (fixture, first, n, &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, n);
}

/* A socket of the peer's, which waits no longer than the patience of all peers. */
static inline gpointer
zmq_peer (ZmqFixture *fixture,
          int         type)
{
  gpointer handle = zmq_socket (fixture->context, type);
  int patience = PEER_PATIENCE_US / 1000;
  int linger = 0;

  g_assert_nonnull (handle);
  zmq_setsockopt (handle, ZMQ_RCVTIMEO, &patience, sizeof patience);
  zmq_setsockopt (handle, ZMQ_LINGER, &linger, sizeof linger);
  if (type == ZMQ_SUB)
    zmq_setsockopt (handle, ZMQ_SUBSCRIBE, "", 0);
  return handle;
}

/* The two parts of a message; the body is NUL-terminated. */
static inline char *
zmq_receive (gpointer    handle,
             const char *topic,
             gsize      *size)
{
  char first[16] = { 0 };
  zmq_msg_t message;
  char *body;
  int more = 0;
  size_t length = sizeof more;

  g_assert_cmpint (zmq_recv (handle, first, sizeof first - 1, 0), ==, strlen (topic));
  g_assert_cmpstr (first, ==, topic);
  zmq_getsockopt (handle, ZMQ_RCVMORE, &more, &length);
  g_assert_cmpint (more, ==, 1);
  zmq_msg_init (&message);
  g_assert_cmpint (zmq_msg_recv (&message, handle, 0), >=, 0);
  zmq_getsockopt (handle, ZMQ_RCVMORE, &more, &length);
  g_assert_cmpint (more, ==, 0);
  body = g_strndup (zmq_msg_data (&message), zmq_msg_size (&message));
  if (size)
    {
      *size = zmq_msg_size (&message);
      memcpy (body, zmq_msg_data (&message), *size);
    }
  zmq_msg_close (&message);
  return body;
}

static inline void
zmq_fixture_set_up (ZmqFixture   *fixture,
                    gconstpointer data)
{
  static const MvxLogHostFuncs funcs = { .diagnose = zmq_fixture_diagnose, .resume = zmq_fixture_resume };

  fixture->endpoint = g_strdup_printf ("tcp://127.0.0.1:%u", peer_free_port (SOCK_STREAM));
  fixture->diagnostics = g_ptr_array_new_with_free_func (g_free);
  fixture->host = mvx_log_sink_host_new ("central", &funcs, fixture);
  fixture->context = zmq_ctx_new ();
  zmq_reset (fixture);
}

static inline void
zmq_fixture_tear_down (ZmqFixture   *fixture,
                       gconstpointer data)
{
  zmq_stop (fixture);
  mvx_log_options_unref (fixture->options);
  mvx_log_sink_host_free (fixture->host);
  zmq_ctx_term (fixture->context);
  g_ptr_array_unref (fixture->diagnostics);
  g_free (fixture->endpoint);
}

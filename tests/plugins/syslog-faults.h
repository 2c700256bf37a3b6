/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The syslog plugin and a server that is played by the test. */
#pragma once

#include "syslog-fixture.h"

#include <errno.h>

#include "../broken/fixture.h"
#include "peer.h"

typedef struct
{
  Instance instance;
  char *directory;
  char *path;
  guint16 port;
  char *address;           /* as messages name it */
  int listener;            /* or the socket of datagrams; -1: none */
  int peer;                /* the accepted connection; -1: none */
  const char *certificate; /* that the server has */
  MvxLogEvent *event;
  MvxLogEvent *large; /* so that many fill all buffers */
} Faults;

static inline void
faults_listen (Faults *self)
{
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_port = htons (self->port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int size = 65536; /* what it does not read does not wait there */
  int on = 1;

  if (self->listener >= 0)
    close (self->listener);
  self->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt (self->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt (self->listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  g_assert_cmpint (bind (self->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (self->listener, 5), ==, 0);
}

static inline void
faults_accept (Faults *self)
{
  if (self->peer >= 0)
    close (self->peer);
  self->peer = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (self->peer, >=, 0);
}

/* @transport: how. */
static inline void
faults_set_up (Faults *self, gconstpointer transport)
{
  g_autofree char *port = NULL;
  g_autofree char *padding = g_strnfill (500, 'x');
  g_autofree char *text = g_strconcat (padding, "hello", NULL);

  self->directory = fixture_make_directory ();
  self->path = g_build_filename (self->directory, "log", NULL);
  self->listener = self->peer = -1;
  self->port = peer_free_port (SOCK_STREAM);
  port = g_strdup_printf ("%u", self->port);
  self->event = fixture_event ((Fixture){ .message = "hello" });
  self->large = fixture_event ((Fixture){ .message = text });
  syslog_init (&self->instance, NULL);
  instance_set (&self->instance, "transport", transport);
  instance_set (&self->instance, "path", self->path);
  instance_set (&self->instance, "host", strcmp (transport, "tls") == 0 ? "localhost" : "127.0.0.1");
  instance_set (&self->instance, "port", port);
  if (strcmp (transport, "unix") == 0)
    self->address = g_strdup (self->path);
  else
    self->address = g_strdup_printf ("%s://%s:%u", (const char *) transport,
                                     strcmp (transport, "tls") == 0 ? "localhost" : "127.0.0.1", self->port);
}

static inline void
faults_tear_down (Faults *self, gconstpointer data)
{
  instance_clear (&self->instance);
  if (self->listener >= 0)
    close (self->listener);
  if (self->peer >= 0)
    close (self->peer);
  mvx_log_event_free (self->event);
  mvx_log_event_free (self->large);
  fixture_remove (self->directory);
  g_free (self->directory);
  g_free (self->path);
  g_free (self->address);
}

static inline guint
assert_retry (Faults *self, MvxLogEvent *const *events, guint n, gint code, const char *format)
{
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);
  g_autofree char *message = g_strjoinv (self->address, parts);

  return instance_dispatch_retry (&self->instance, events, n, code, message);
}

/* What the server gets until it is hung up, or as much as is there. */
static inline GString *
receive (int fd, gboolean all)
{
  GString *data = g_string_new (NULL);
  char part[65536];
  gssize n;

  while ((n = recv (fd, part, sizeof part, all ? 0 : MSG_DONTWAIT)) > 0)
    g_string_append_len (data, part, n);
  return data;
}

/* Frames, one behind the other and whole; each is a message that ends in hello. */
static inline guint
count_frames (const GString *data)
{
  const char *p = data->str;
  const char *end = data->str + data->len;
  guint n = 0;

  for (; p < end; n++)
    {
      char *message;
      guint64 size = g_ascii_strtoull (p, &message, 10);

      g_assert_cmpint (*message, ==, ' ');
      g_assert_cmpuint (size, <=, (guint64) (end - message - 1));
      p = message + 1 + size;
      g_assert_cmpint (message[1], ==, '<');
      g_assert_cmpmem (p - 5, 5, "hello", 5);
    }
  return n;
}

#define REFUSED                                                                                                        \
  "Cannot connect to syslog server '%s': Could not connect to 127.0.0.1: Connection refused; see that it runs and "    \
  "the "                                                                                                               \
  "address is right; the events are kept until it works"
#define SILENT                                                                                                         \
  "Syslog server '%s' has taken nothing for 0.050 s; see what keeps it busy; the events are kept until it does"

static inline void
set_timeout (Faults *self, const char *timeout)
{
  g_autoptr (GError) error = NULL;

  instance_set (&self->instance, "timeout", timeout);
  g_assert_true (mvx_static_plugin_syslog.plugin->reconfigure (self->instance.data, self->instance.options, &error));
  g_assert_no_error (error);
}

/* Connected, which may take its time, and then not patient any more. */
static inline void
connect_impatient (Faults *self)
{
  instance_set (&self->instance, "timeout", "30s");
  instance_open (&self->instance);
  faults_listen (self);
  instance_dispatch (&self->instance, &self->event, 1);
  set_timeout (self, "50ms");
}

#define N_EVENTS 40000

static inline MvxLogEvent **
many_events (Faults *self)
{
  MvxLogEvent **events = g_new (MvxLogEvent *, N_EVENTS);

  for (guint i = 0; i < N_EVENTS; i++)
    events[i] = self->large;
  return events;
}

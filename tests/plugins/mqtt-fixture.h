/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mqtt plugin, a mosquitto for it in a directory of its own, and a reader for whom everything is kept. */
#pragma once

#include "peer.h"
#include "store-fixture.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (mqtt);

typedef struct
{
  StoreFixture store;
  int          reserved; /* the port */
  guint16      port;
  char        *port_text;
  char        *server; /* program; NULL: there is none, and the test is skipped */
  Peer         peer;
  GString     *config; /* more of it for the server */
} Mqtt;

static inline void
mqtt_set_up (Mqtt         *self,
             gconstpointer data)
{
  store_set_up (&self->store, &mvx_static_plugin_mqtt);
  self->reserved = peer_reserve_port (&self->port);
  self->port_text = g_strdup_printf ("%u", self->port);
  self->server = peer_find ("mosquitto");
  self->config = g_string_new (NULL);
  store_set (&self->store, "host", "127.0.0.1");
  store_set (&self->store, "port", self->port_text);
  store_set (&self->store, "timeout", "60s");
}

static inline void
mqtt_tear_down (Mqtt         *self,
                gconstpointer data)
{
  store_close (&self->store);
  peer_clear (&self->peer);
  close (self->reserved);
  g_string_free (self->config, TRUE);
  g_free (self->server);
  g_free (self->port_text);
  store_tear_down (&self->store);
}

/* Sessions outlive it if it is stopped. FALSE: skipped. */
static inline gboolean
mqtt_start (Mqtt *self)
{
  g_autofree char *path = g_build_filename (self->store.directory, "mosquitto.conf", NULL);
  g_autofree char *log = g_build_filename (self->store.directory, "log", NULL);
  g_autofree char *config = NULL;
  const char *const argv[] = { self->server, "-c", path, NULL };

  if (self->server == NULL)
    return FALSE;
  config = g_strdup_printf (
      "%spersistence true\npersistence_location %s/\nmax_queued_messages 1000000\nallow_anonymous %s\nlistener %u 127.0.0.1\n%s",
      geteuid () == 0 ? "user root\n" : "", self->store.directory,
      strstr (self->config->str, "password_file") ? "false" : "true", self->port, self->config->str);
  g_assert_true (g_file_set_contents (path, config, -1, NULL));
  peer_spawn (&self->peer, log, argv);
  peer_wait_for_port (&self->peer, self->port);
  return TRUE;
}

/* What is published from now on is kept for the reader. */
static inline void
mqtt_subscribe (Mqtt *self)
{
  const char *const argv[]
      = { "mosquitto_sub", "-p", self->port_text, "-V", "5", "-i", "reader", "-c", "-x", "3600", "-q", "1", "-t", "#", "-E",
          NULL };

  g_free (peer_run (argv));
}

/* The next @n messages: lines TOPIC|CONTENT TYPE|USER PROPERTIES|QOS|RETAINED|PAYLOAD. */
static inline GStrv
mqtt_read (Mqtt *self,
           guint n)
{
  g_autofree char *count = g_strdup_printf ("%u", n);
  const char *const argv[]
      = { "mosquitto_sub", "-p", self->port_text, "-V", "5", "-i", "reader", "-c", "-x", "3600", "-q", "1", "-t", "#",
          "-W", "60", "-C", count, "-F", "%t|%C|%P|%q|%r|%p", NULL };
  g_autofree char *text = peer_run (argv);
  GStrv lines = g_strsplit (g_strchomp (text), "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, n);
  return lines;
}

/* The same without end, into a file. */
static inline void
mqtt_spawn_reader (Mqtt       *self,
                   Peer       *reader,
                   const char *path)
{
  const char *const argv[]
      = { "mosquitto_sub", "-p", self->port_text, "-V", "5", "-i", "reader",           "-c", "-x", "3600",
          "-q",            "1",  "-t",            "#",  "-F", "%t|%C|%P|%q|%r|%p", NULL };

  peer_spawn (reader, path, argv);
}

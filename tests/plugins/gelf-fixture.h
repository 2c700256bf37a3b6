/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gelf plugin, and a server that refuses what the specification does not allow. There is no real one to be had. */
#pragma once

#include <json-glib/json-glib.h>

#include "peer.h"
#include "store-fixture.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (gelf);

typedef struct
{
  StoreFixture store;
  int          reserved; /* the port of TCP; -1: it is UDP's */
  guint16      port;
  Peer         peer;
  char        *output; /* of the server: a line of JSON for each message */
  guint        n_expected;
} Gelf;

static inline void
gelf_set_up (Gelf         *self,
             gconstpointer transport)
{
  g_autofree char *port = NULL;

  store_set_up (&self->store, &mvx_static_plugin_gelf);
  self->reserved = -1;
  if (g_strcmp0 (transport, "udp") == 0)
    self->port = peer_free_port (SOCK_DGRAM);
  else
    self->reserved = peer_reserve_port (&self->port);
  self->output = g_build_filename (self->store.directory, "output", NULL);
  port = g_strdup_printf ("%u", self->port);
  store_set (&self->store, "transport", transport);
  store_set (&self->store, "host", "127.0.0.1");
  store_set (&self->store, "port", port);
  store_set (&self->store, "timeout", "60s");
}

static inline void
gelf_tear_down (Gelf         *self,
                gconstpointer transport)
{
  peer_clear (&self->peer);
  if (self->reserved >= 0)
    close (self->reserved);
  g_free (self->output);
  store_tear_down (&self->store);
}

/* @more: certificate and key, for TLS. FALSE: skipped. */
static inline gboolean
gelf_start (Gelf       *self,
            const char *transport,
            const char *certificate,
            const char *key)
{
  g_autofree char *python = peer_find ("python3");
  g_autofree char *script = g_test_build_filename (G_TEST_DIST, "plugins", "gelf-server.py", NULL);
  g_autofree char *log = g_build_filename (self->store.directory, "log", NULL);
  g_autofree char *port = g_strdup_printf ("%u", self->port);
  const char *const argv[] = { python, script, transport, port, self->output, certificate, key, NULL };

  if (python == NULL)
    return FALSE;
  peer_spawn (&self->peer, log, argv);
  peer_wait_for_path (&self->peer, self->output);
  if (g_strcmp0 (transport, "udp") != 0)
    peer_wait_for_port (&self->peer, self->port);
  return TRUE;
}

static inline guint
gelf_count_lines (const Gelf *self)
{
  g_autofree char *text = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (self->output, &text, NULL, NULL));
  for (const char *at = text; (at = strchr (at, '\n')); at++)
    n++;
  return n;
}

static inline gboolean
gelf_has_lines (gpointer data)
{
  Gelf *self = data;

  return gelf_count_lines (self) >= self->n_expected;
}

/* Until the server has taken so many messages: datagrams that it does not read in time are lost. */
static inline void
gelf_wait (Gelf *self,
           guint n_messages)
{
  self->n_expected = n_messages;
  peer_wait (&self->peer, gelf_has_lines, self);
}

/* When the server has read everything, and refused nothing: its lines. */
static inline GStrv
gelf_finish (Gelf *self)
{
  g_autoptr (GSubprocess) process = g_object_ref (self->peer.process);
  g_autofree char *text = NULL;
  g_autofree char *said = NULL;

  if (self->store.instance)
    g_assert_true (self->store.plugin->plugin->on_stopped (self->store.instance, NULL));
  peer_stop (&self->peer);
  g_assert_true (g_file_get_contents (self->peer.log, &said, NULL, NULL));
  g_assert_cmpstr (said, ==, "");
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
  g_assert_true (g_file_get_contents (self->output, &text, NULL, NULL));
  g_strchomp (text);
  return *text ? g_strsplit (text, "\n", -1) : g_new0 (char *, 1);
}

static inline JsonObject *
gelf_parse (const char *line)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);

  g_assert_nonnull (node);
  return json_node_dup_object (node);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The nats plugin, a real server for it in a directory of its own, and libnats to make streams and read what they have. */
#pragma once

#include <sys/wait.h>

#include <nats/nats.h>

#include "peer.h"
#include "store-fixture.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (nats);

typedef struct
{
  StoreFixture    store;
  Peer            peer;
  char           *server; /* program; NULL: there is none, and the test is skipped */
  guint16         port;
  char           *address;
  const char     *user;    /* of the test's own client; NULL: it needs none */
  const char     *credentials; /* likewise: its file */
  natsConnection *client;
  jsCtx          *js;
} NatsFixture;

#define NATS_JETSTREAM "jetstream { store_dir: \"js\" }\n"

static inline void
nats_fixture_set_up (NatsFixture  *fixture,
                     gconstpointer data)
{
  store_set_up (&fixture->store, &mvx_static_plugin_nats);
  fixture->server = peer_find ("nats-server");
  fixture->port = peer_free_port (SOCK_STREAM);
  fixture->address = g_strdup_printf ("127.0.0.1:%u", fixture->port);
  store_set (&fixture->store, "servers", fixture->address);
  store_set (&fixture->store, "subject", "logs");
}

static inline void
nats_disconnect (NatsFixture *fixture)
{
  g_clear_pointer (&fixture->js, jsCtx_Destroy);
  g_clear_pointer (&fixture->client, natsConnection_Destroy);
}

static inline void
nats_fixture_tear_down (NatsFixture  *fixture,
                        gconstpointer data)
{
  store_close (&fixture->store);
  nats_disconnect (fixture);
  peer_clear (&fixture->peer);
  store_tear_down (&fixture->store);
  g_free (fixture->server);
  g_free (fixture->address);
}

/* With a configuration of its own beside the address. FALSE: skipped. */
static inline gboolean
nats_start (NatsFixture *fixture,
            const char  *config)
{
  g_autofree char *path = g_build_filename (fixture->store.directory, "nats.conf", NULL);
  g_autofree char *log = g_build_filename (fixture->store.directory, "nats.log", NULL);
  g_autofree char *text = g_strdup_printf ("listen: \"%s\"\n%s", fixture->address, config);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  const char *const argv[] = { fixture->server, "-c", path, NULL };
  g_autoptr (GError) error = NULL;

  if (fixture->server == NULL)
    return FALSE;
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  g_subprocess_launcher_set_cwd (launcher, fixture->store.directory);
  peer_spawn_with (&fixture->peer, launcher, log, argv);
  peer_wait_for_port (&fixture->peer, fixture->port);
  return TRUE;
}

/* Every thread of it stands still when this returns. */
static inline void
nats_freeze (NatsFixture *fixture)
{
  const pid_t pid = (pid_t) g_ascii_strtoll (g_subprocess_get_identifier (fixture->peer.process), NULL, 10);
  siginfo_t info;

  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  while (waitid (P_PID, (id_t) pid, &info, WSTOPPED | WNOWAIT) != 0)
    g_assert_cmpint (errno, ==, EINTR);
}

static inline void
nats_thaw (NatsFixture *fixture)
{
  g_subprocess_send_signal (fixture->peer.process, SIGCONT);
}

static inline void
nats_assert (natsStatus status)
{
  if (status != NATS_OK)
    g_error ("%s: %s", natsStatus_GetText (status), nats_GetLastError (NULL));
}

/* The test's own client, which connects when it is wanted. */
static inline jsCtx *
nats_client (NatsFixture *fixture)
{
  g_autofree char *url = g_strconcat ("nats://", fixture->user ? fixture->user : "", fixture->user ? "@" : "",
                                      fixture->address, NULL);
  natsOptions *login;
  natsStatus status;
  guint n_tries = 0;
  jsOptions options;

  if (fixture->js)
    return fixture->js;
  jsOptions_Init (&options);
  options.Wait = PEER_PATIENCE_US / 1000;
  nats_assert (natsOptions_Create (&login));
  nats_assert (natsOptions_SetURL (login, url));
  if (fixture->credentials)
    nats_assert (natsOptions_SetUserCredentialsFromFiles (login, fixture->credentials, NULL));
  /* Of 200 signatures of libnats 3.4.1 one is wrong. */
  do
    status = natsConnection_Connect (&fixture->client, login);
  while (status == NATS_CONNECTION_AUTH_FAILED && fixture->credentials && n_tries++ < 10);
  nats_assert (status);
  natsOptions_Destroy (login);
  nats_assert (natsConnection_JetStream (&fixture->js, fixture->client, &options));
  return fixture->js;
}

static inline void
nats_init_stream (jsStreamConfig *config,
                  const char    **subject)
{
  jsStreamConfig_Init (config);
  config->Name = "LOGS";
  config->Subjects = subject;
  config->SubjectsLen = 1;
}

static inline void
nats_make_stream (NatsFixture    *fixture,
                  jsStreamConfig *config)
{
  nats_assert (js_AddStream (NULL, nats_client (fixture), config, NULL, NULL));
}

/* LOGS, on disk, which takes this subject. */
static inline void
nats_add_stream (NatsFixture *fixture,
                 const char  *subject)
{
  jsStreamConfig config;

  nats_init_stream (&config, &subject);
  nats_make_stream (fixture, &config);
}

typedef void (*NatsEachFunc) (natsMsg *message,
                              gpointer data);

/* All that LOGS has, in order. */
static inline void
nats_read (NatsFixture *fixture,
           NatsEachFunc func,
           gpointer     data)
{
  jsCtx *js = nats_client (fixture);
  natsSubscription *subscription = NULL;
  jsStreamInfo *info = NULL;
  jsSubOptions options;

  nats_assert (js_GetStreamInfo (&info, js, "LOGS", NULL, NULL));
  jsSubOptions_Init (&options);
  options.Ordered = true;
  options.Stream = "LOGS";
  nats_assert (js_SubscribeSync (&subscription, js, ">", NULL, &options, NULL));
  nats_assert (natsSubscription_SetPendingLimits (subscription, -1, -1));
  for (uint64_t i = 0; i < info->State.Msgs; i++)
    {
      natsMsg *message = NULL;

      nats_assert (natsSubscription_NextMsg (&message, subscription, PEER_PATIENCE_US / 1000));
      func (message, data);
      natsMsg_Destroy (message);
    }
  natsSubscription_Destroy (subscription);
  jsStreamInfo_Destroy (info);
}

static inline void
nats_append_payload (natsMsg *message,
                     gpointer data)
{
  g_string_append_len (data, natsMsg_GetData (message), natsMsg_GetDataLength (message));
  g_string_append_c (data, ',');
}

/* Payloads, each with a ',' behind it. */
static inline void
nats_assert_payloads (NatsFixture *fixture,
                      const char  *expected)
{
  g_autoptr (GString) found = g_string_new (NULL);

  nats_read (fixture, nats_append_payload, found);
  g_assert_cmpstr (found->str, ==, expected);
}

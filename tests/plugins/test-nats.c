/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The nats plugin: options, what a message is, and what becomes of a batch when a server or a stream fails. */
#include "../hostile-judge.h"
#include "ack-fixture.h"
#include "nats-fixture.h"

#include <dlfcn.h>
#include <pthread.h>

#include "../../plugins/nats/nats-mailbox.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"
#define STREAM "00000000000000000000000000000001"

static _Thread_local GMutex *last_locked;

/* In place of GLib's: tells which lock a room has. */
void
g_mutex_lock (GMutex *mutex)
{
  static gpointer real;
  gpointer found = g_atomic_pointer_get (&real);

  if (found == NULL)
    {
      found = dlsym (RTLD_NEXT, "g_mutex_lock");
      g_atomic_pointer_set (&real, found);
    }
  last_locked = mutex;
  ((void (*) (GMutex *)) found) (mutex);
}

static GMutex *fork_lock; /* NULL: nobody looks */
static gboolean fork_held;

static void
look_at_fork_lock (void)
{
  fork_held = fork_lock && !g_mutex_trylock (fork_lock);
}

static void
ignore_letter (MvxNatsLetter *letter, gpointer data)
{
}

/* A thread of libnats may post something at any time: the lock is held over a fork, and free for the child. */
static void
test_fork (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  MvxNatsMailbox *mailbox;
  int status;
  pid_t child;

  /* What was there first is called last before a fork. */
  pthread_atfork (look_at_fork_lock, NULL, NULL);
  mailbox = mvx_nats_mailbox_new (context, ignore_letter, NULL);
  mvx_nats_mailbox_post (GSIZE_TO_POINTER (G_MAXSIZE), (MvxNatsLetter){ .kind = MVX_NATS_LETTER_CLOSED });
  fork_lock = last_locked;
  child = fork ();
  if (child == 0)
    _exit (g_mutex_trylock (fork_lock) ? 0 : 1);
  fork_lock = NULL;
  g_assert_true (fork_held);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  mvx_nats_mailbox_free (mailbox);
}

static void
assert_bad_option (const char *first, const char *value, const char *second, const char *other, const char *expected)
{
  g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (&mvx_static_plugin_nats);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_options_set (options, first, value, NULL));
  if (second)
    g_assert_true (mvx_log_options_set (options, second, other, NULL));
  g_assert_null (mvx_static_plugin_nats.build_descriptor (options, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_options (void)
{
  static const char *const subjects[] = { "", ".a", "a.", "a..b", "a b", "a.*", "a.>", "$JS.x" };

  assert_bad_option ("servers", "", NULL, NULL, "servers: there is none; give HOST:PORT");
  assert_bad_option ("servers", "nats://a", NULL, NULL,
                     "servers: 'nats://a' is not HOST or HOST:PORT; several of them are separated by ';'");
  assert_bad_option ("servers", "me:secret@a", NULL, NULL,
                     "servers: 'me:secret@a' is not HOST or HOST:PORT; several of them are separated by ';'");
  for (guint i = 0; i < G_N_ELEMENTS (subjects); i++)
    {
      g_autofree char *expected = g_strdup_printf (
          "subject: '%s' is none; give words with dots between them, such as logs.shop", subjects[i]);

      assert_bad_option ("subject", subjects[i], NULL, NULL, expected);
    }
  assert_bad_option ("stream", "a.b", NULL, NULL,
                     "stream: 'a.b' is no name of a stream; leave out spaces, dots, '*', '>' and slashes");
  assert_bad_option ("password", "x", "password-file", "/y",
                     "password-file: there is a password, too; give one of them");
  assert_bad_option ("user", "x", NULL, NULL, "user: there is no password; set password or password-file");
  assert_bad_option ("credentials-file", "/x", "password", "y",
                     "credentials-file: there is a user or a password, too; give either");
  assert_bad_option ("ca-file", "/x", NULL, NULL,
                     "ca-file, client-certificate, client-key, server-name: only for tls=true");
  assert_bad_option ("tls", "true", "client-key", "/x",
                     "client-key: there is no client-certificate that it belongs to");
}

static void
append_headers (natsMsg *message, gpointer data)
{
  static const char *const names[] = { "Content-Type", "traceparent", "Nats-Msg-Id", "Nats-Expected-Stream" };

  g_string_append_printf (data, "%s:", natsMsg_GetSubject (message));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *value = NULL;

      if (natsMsgHeader_Get (message, names[i], &value) == NATS_OK)
        g_string_append_printf (data, " %s=%s", names[i], value);
    }
  g_string_append_c (data, '\n');
}

static void
assert_headers (NatsFixture *fixture, const char *expected)
{
  g_autoptr (GString) found = g_string_new (NULL);

  nats_read (fixture, append_headers, found);
  g_assert_cmpstr (found->str, ==, expected);
}

static void
send_events (NatsFixture *fixture, MvxLogEvent *const *events, guint n)
{
  MvxLogTestHost *host = ack_start (&fixture->store, "nats");
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  g_assert_cmpint (ack_try (host, events, n, &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, n);
  ack_stop (host);
}

static void
test_message (NatsFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) traced = fixture_event (
      (Fixture){ .context = "org.example.shop", .message = "hello", .trace = TRACE, .span = SPAN, .seq = 7 });
  g_autoptr (MvxLogEvent) plain = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_INFO, 5, "plain", NULL, 0);
  MvxLogEvent *const events[] = { traced, plain };

  if (!nats_start (fixture, NATS_JETSTREAM))
    return;
  nats_add_stream (fixture, "logs.>");
  traced->stream = STREAM;
  store_set (&fixture->store, "subject", "logs.all");
  store_set (&fixture->store, "format", "template");
  store_set (&fixture->store, "template", "{message}");
  store_set (&fixture->store, "stream", "LOGS");
  send_events (fixture, events, 2);
  nats_assert_payloads (fixture, "hello,plain,");
  assert_headers (fixture, "logs.all: Content-Type=text/plain; charset=utf-8 traceparent=00-" TRACE "-" SPAN
                           "-01 Nats-Msg-Id=" STREAM "-7 Nats-Expected-Stream=LOGS\n"
                           "logs.all: Content-Type=text/plain; charset=utf-8 Nats-Expected-Stream=LOGS\n");
}

static void
append_line (natsMsg *message, gpointer data)
{
  g_string_append_len (data, natsMsg_GetData (message), natsMsg_GetDataLength (message));
  g_string_append_c (data, '\n');
}

static void
test_hostile (NatsFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) texts = fixture_hostile ();
  g_autoptr (GPtrArray) events = hostile_events (texts);
  g_autoptr (GString) found = g_string_new (NULL);

  if (!nats_start (fixture, "max_payload: 32MB\n" NATS_JETSTREAM))
    return;
  nats_add_stream (fixture, "logs.>");
  store_set (&fixture->store, "subject", "logs.all");
  send_events (fixture, (MvxLogEvent *const *) events->pdata, events->len);
  nats_read (fixture, append_line, found);
  hostile_judge ("nats", "json", texts, found->str, found->len);
}

/* Whatever a context is called, its words are words of a subject. */
static void
test_suffix (NatsFixture *fixture, gconstpointer data)
{
  static const char *const contexts[] = { "org.example", "a b.*.>.c*", "..x." };
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);

  if (!nats_start (fixture, NATS_JETSTREAM))
    return;
  nats_add_stream (fixture, "logs.>");
  for (guint i = 0; i < G_N_ELEMENTS (contexts); i++)
    g_ptr_array_add (events, fixture_event ((Fixture){ .context = contexts[i], .message = "x" }));
  store_set (&fixture->store, "subject-suffix", "context");
  send_events (fixture, (MvxLogEvent *const *) events->pdata, events->len);
  store_set (&fixture->store, "subject-suffix", "level");
  send_events (fixture, (MvxLogEvent *const *) events->pdata, 1);
  store_assert_probe (&fixture->store, NULL);
  assert_headers (fixture, "logs.org.example: Content-Type=application/json\n"
                           "logs.a_b._._.c*: Content-Type=application/json\n"
                           "logs._._.x._: Content-Type=application/json\n"
                           "logs.info: Content-Type=application/json\n");
}

static void
set_texts (NatsFixture *fixture)
{
  store_set (&fixture->store, "format", "template");
  store_set (&fixture->store, "template", "{message}");
}

/* What was stored before is not stored again. */
static void
test_duplicate (NatsFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 1, "once", NULL, 0);
  MvxLogTestHost *host;
  guint n_done;

  if (!nats_start (fixture, NATS_JETSTREAM))
    return;
  nats_add_stream (fixture, "logs");
  set_texts (fixture);
  event->stream = STREAM;
  event->seq = 1;
  host = ack_start (&fixture->store, "nats");
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (ack_try (host, &event, 1, &n_done, NULL), ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpint (mvx_log_test_host_get_count (host, "duplicates"), ==, 2);
  ack_stop (host);
  nats_assert_payloads (fixture, "once,");
}

static void
send_one_large (NatsFixture *fixture, const char *expected)
{
  g_autofree char *large = g_strnfill (3000, 'x');
  g_autoptr (MvxLogEvent) first = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 1, "first", NULL, 0);
  g_autoptr (MvxLogEvent) second = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 2, large, NULL, 0);
  g_autoptr (MvxLogEvent) third = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 3, "third", NULL, 0);
  MvxLogEvent *const events[] = { first, second, third };
  MvxLogTestHost *host = ack_start (&fixture->store, "nats");
  g_autofree char *told
      = g_strdup_printf ("warning: dropped an event: NATS at '%s', subject 'logs': %s", fixture->address, expected);
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  g_assert_cmpint (ack_try (host, events, 3, &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, 3);
  ack_assert_diagnostics (host, told);
  ack_stop (host);
  nats_assert_payloads (fixture, "first,third,");
}

/* An event that is too large goes by itself; the others arrive. */
static void
test_max_payload (NatsFixture *fixture, gconstpointer data)
{
  if (!nats_start (fixture, NATS_JETSTREAM "max_payload: 2000\n"))
    return;
  nats_add_stream (fixture, "logs");
  set_texts (fixture);
  send_one_large (fixture, "Payload 3053 greater than maximum allowed: 2000; raise max_payload of the server");
}

static void
test_max_message (NatsFixture *fixture, gconstpointer data)
{
  const char *subject = "logs";
  jsStreamConfig config;

  if (!nats_start (fixture, NATS_JETSTREAM))
    return;
  nats_init_stream (&config, &subject);
  config.MaxMsgSize = 2000;
  nats_make_stream (fixture, &config);
  set_texts (fixture);
  send_one_large (fixture, "message size exceeds maximum allowed; raise max_msg_size of the stream");
}

static char *
complaint (NatsFixture *fixture, const char *said)
{
  return g_strdup_printf ("NATS at '%s', subject 'logs': %s", fixture->address, said);
}

/* No stream takes it; then one does. */
static void
test_no_stream (NatsFixture *fixture, gconstpointer data)
{
  g_autofree char *none
      = complaint (fixture, "no stream takes it; make a stream that does, or see whether JetStream is on");
  MvxLogTestHost *host;

  if (!nats_start (fixture, NATS_JETSTREAM))
    return;
  set_texts (fixture);
  store_assert_probe (&fixture->store, none);
  host = ack_start (&fixture->store, "nats");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_RETRY, 0, none);
  nats_add_stream (fixture, "logs");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_OK, 6, NULL);
  store_assert_probe (&fixture->store, NULL);
  ack_stop (host);
  nats_assert_payloads (fixture, "one,two,three,four,five,six,");
}

/* Another one takes it. */
static void
test_other_stream (NatsFixture *fixture, gconstpointer data)
{
  g_autofree char *refused = complaint (
      fixture, "expected stream does not match; another stream takes the subject; correct stream or subject");
  g_autofree char *probed = complaint (
      fixture, "stream 'OTHER' does not take it; another stream takes the subject; correct stream or subject");
  MvxLogTestHost *host;

  if (!nats_start (fixture, NATS_JETSTREAM))
    return;
  nats_add_stream (fixture, "logs");
  store_set (&fixture->store, "stream", "OTHER");
  store_assert_probe (&fixture->store, probed);
  host = ack_start (&fixture->store, "nats");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_RETRY, 0, refused);
  ack_stop (host);
}

static void
test_no_jetstream (NatsFixture *fixture, gconstpointer data)
{
  g_autofree char *none
      = complaint (fixture, "no stream takes it; make a stream that does, or see whether JetStream is on");
  g_autofree char *probed
      = complaint (fixture, "JetStream is not there; start the server with -js, and allow JetStream for the account");
  MvxLogTestHost *host;

  if (!nats_start (fixture, ""))
    return;
  store_assert_probe (&fixture->store, probed);
  host = ack_start (&fixture->store, "nats");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_RETRY, 0, none);
  ack_stop (host);
}

/* A stream that is full keeps what it has; with room again, the rest comes, too. */
static void
test_full (NatsFixture *fixture, gconstpointer data)
{
  g_autofree char *full
      = complaint (fixture, "maximum messages exceeded; raise the limits of the stream, or see why nobody consumes it");
  const char *subject = "logs";
  jsStreamConfig config;
  MvxLogTestHost *host;

  if (!nats_start (fixture, NATS_JETSTREAM))
    return;
  nats_init_stream (&config, &subject);
  config.MaxMsgs = 4;
  config.Discard = js_DiscardNew;
  nats_make_stream (fixture, &config);
  set_texts (fixture);
  host = ack_start (&fixture->store, "nats");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_RETRY, 4, full);
  nats_assert_payloads (fixture, "one,two,three,four,");
  nats_assert (js_PurgeStream (nats_client (fixture), "LOGS", NULL, NULL));
  ack_send_until_taken (host, "again");
  ack_stop (host);
  nats_assert_payloads (fixture, "again,");
}

/* Nobody there, and somebody at last. */
static void
test_away (NatsFixture *fixture, gconstpointer data)
{
  g_autofree char *away = complaint (
      fixture, "No server available for connection; see whether they run there, and check servers and tls");
  MvxLogTestHost *host;

  if (fixture->server == NULL)
    return;
  set_texts (fixture);
  store_assert_probe (&fixture->store, away);
  host = ack_start (&fixture->store, "nats");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_RETRY, 0, away);
  nats_start (fixture, NATS_JETSTREAM);
  nats_add_stream (fixture, "logs");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_OK, 6, NULL);
  g_assert_cmpint (mvx_log_test_host_get_count (host, "reconnects"), ==, 0);
  ack_stop (host);
}

/* Killed and started again: what it had is there, and what comes then. */
static void
test_killed (NatsFixture *fixture, gconstpointer data)
{
  MvxLogTestHost *host;

  if (!nats_start (fixture, NATS_JETSTREAM))
    return;
  nats_add_stream (fixture, "logs");
  set_texts (fixture);
  host = ack_start (&fixture->store, "nats");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_OK, 6, NULL);
  nats_disconnect (fixture);
  peer_kill (&fixture->peer);
  nats_start (fixture, NATS_JETSTREAM);
  ack_send_until_taken (host, "again");
  g_assert_cmpint (mvx_log_test_host_get_count (host, "reconnects"), ==, 1);
  ack_stop (host);
  nats_assert_payloads (fixture, "one,two,three,four,five,six,again,");
}

/* A server that answers no more is left after the timeout, with everything that is on its way. */
static void
test_frozen (NatsFixture *fixture, gconstpointer data)
{
  g_autofree char *frozen
      = complaint (fixture, "it has not confirmed events in time; see whether the server is well, or raise timeout");
  MvxLogTestHost *host;

  if (!nats_start (fixture, NATS_JETSTREAM))
    return;
  nats_add_stream (fixture, "logs");
  set_texts (fixture);
  store_set (&fixture->store, "timeout", "1s");
  host = ack_start (&fixture->store, "nats");
  ack_send_until_taken (host, "before");
  nats_freeze (fixture);
  ack_assert_outcome (host, MVX_LOG_DISPATCH_RETRY, 0, frozen);
  nats_thaw (fixture);
  ack_send_until_taken (host, "after");
  ack_stop (host);
}

/* Somebody listens there who never says a word. */
static void
test_silent (NatsFixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autofree char *address
      = g_strdup_printf ("127.0.0.1:%u", g_socket_listener_add_any_inet_port (listener, NULL, NULL));
  g_autofree char *silent = g_strdup_printf (
      "NATS at '%s', subject 'logs': there is no connection yet, or a name is not resolved; see whether the server is "
      "well, or raise timeout",
      address);
  g_autofree char *timeout = g_strdup_printf ("NATS at '%s', subject 'logs': Timeout; *", address);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 1, "x", NULL, 0);
  MvxLogTestHost *host;
  guint n_done;

  store_set (&fixture->store, "servers", address);
  store_set (&fixture->store, "timeout", "200ms");
  host = ack_start (&fixture->store, "nats");
  /* Whichever of the two clocks is first. */
  g_assert_cmpint (ack_try (host, &event, 1, &n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
  if (g_strcmp0 (error->message, silent) != 0 && !g_pattern_match_simple (timeout, error->message))
    g_assert_cmpstr (error->message, ==, silent);
  ack_stop (host);
}

/* Stopped in the middle: nothing is waited for. */
static void
test_stop (NatsFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 1, "first", NULL, 0);
  g_autoptr (GError) error = NULL;
  MvxLogTestHost *host;
  guint n_done = 99;

  if (!nats_start (fixture, NATS_JETSTREAM))
    return;
  nats_add_stream (fixture, "logs");
  host = ack_start (&fixture->store, "nats");
  ack_send_until_taken (host, "before");
  nats_freeze (fixture);
  g_assert_cmpint (mvx_log_test_host_dispatch (host, &event, 1, &n_done, &error), ==, MVX_LOG_DISPATCH_PENDING);
  g_assert_no_error (error);
  ack_stop (host);
  nats_thaw (fixture);
}

/* A name that there is not, or that nobody can look up: here or there, it is told. */
static void
test_unresolved (NatsFixture *fixture, gconstpointer data)
{
  MvxLogTestHost *host;

  store_set (&fixture->store, "servers", "nobody.invalid");
  host = ack_start (&fixture->store, "nats");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_RETRY, 0, "NATS at 'nobody.invalid', subject 'logs': *");
  ack_stop (host);
}

#define ADD(name, function) g_test_add (name, NatsFixture, NULL, nats_fixture_set_up, function, nats_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nats/fork", test_fork);
  g_test_add_func ("/nats/options", test_options);
  ADD ("/nats/message", test_message);
  ADD ("/nats/hostile", test_hostile);
  ADD ("/nats/suffix", test_suffix);
  ADD ("/nats/duplicate", test_duplicate);
  ADD ("/nats/max-payload", test_max_payload);
  ADD ("/nats/max-message", test_max_message);
  ADD ("/nats/no-stream", test_no_stream);
  ADD ("/nats/other-stream", test_other_stream);
  ADD ("/nats/no-jetstream", test_no_jetstream);
  ADD ("/nats/full", test_full);
  ADD ("/nats/away", test_away);
  ADD ("/nats/killed", test_killed);
  ADD ("/nats/frozen", test_frozen);
  ADD ("/nats/silent", test_silent);
  ADD ("/nats/stop", test_stop);
  ADD ("/nats/unresolved", test_unresolved);
  return g_test_run ();
}

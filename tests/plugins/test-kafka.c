/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kafka plugin: options, what a record is, and what becomes of a batch when brokers fail. */
#include "../hostile-judge.h"
#include "ack-fixture.h"
#include "kafka-fixture.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

static void
assert_bad_option (const char *first, const char *value, const char *second, const char *other, const char *expected)
{
  g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (&mvx_static_plugin_kafka);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_options_set (options, first, value, NULL));
  if (second)
    g_assert_true (mvx_log_options_set (options, second, other, NULL));
  g_assert_null (mvx_static_plugin_kafka.build_descriptor (options, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_options (void)
{
  g_autofree char *long_name = g_strnfill (250, 'x');
  g_autofree char *too_long
      = g_strdup_printf ("topic: '%s' is none; give 1 to 249 letters, digits, '.', '_' and '-'", long_name);

  assert_bad_option ("brokers", "", NULL, NULL, "brokers: there is none; give HOST:PORT");
  assert_bad_option ("brokers", "a:1,b:1", NULL, NULL,
                     "brokers: 'a:1,b:1' is not HOST or HOST:PORT; several of them are separated by ';'");
  assert_bad_option ("brokers", "kafka://a", NULL, NULL,
                     "brokers: 'kafka://a' is not HOST or HOST:PORT; several of them are separated by ';'");
  assert_bad_option ("topic", "a/b", NULL, NULL,
                     "topic: 'a/b' is none; give 1 to 249 letters, digits, '.', '_' and '-'");
  assert_bad_option ("topic", "..", NULL, NULL, "topic: '..' is none; give 1 to 249 letters, digits, '.', '_' and '-'");
  assert_bad_option ("topic", long_name, NULL, NULL, too_long);
  assert_bad_option ("password", "x", "password-file", "/y",
                     "password-file: there is a password, too; give one of them");
  assert_bad_option ("user", "x", NULL, NULL, "user, password: only with sasl; set sasl=plain or sasl=scram-sha-512");
  assert_bad_option ("sasl", "plain", "user", "x", "sasl: it needs user, and password or password-file");
  assert_bad_option ("ca-file", "/x", NULL, NULL, "ca-file, client-certificate, client-key: only for tls=true");
  assert_bad_option ("tls", "true", "client-key", "/x",
                     "client-key: there is no client-certificate that it belongs to");
}

static void
send_traced (KafkaFixture *fixture)
{
  g_autoptr (MvxLogEvent) traced = fixture_event (
      (Fixture){ .context = "org.example.shop", .message = "hello", .trace = TRACE, .span = SPAN, .seq = 1 });
  g_autoptr (MvxLogEvent) plain = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_INFO, 5000000, "plain", NULL, 0);
  MvxLogEvent *const events[] = { traced, plain };
  g_autoptr (GError) error = NULL;
  MvxLogTestHost *host = ack_start (&fixture->store, "kafka");
  guint n_done = 0;

  g_assert_cmpint (ack_try (host, events, 2, &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, 2);
  ack_stop (host);
}

/* All but what is larger than messages may be. */
static void
test_hostile (KafkaFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) texts = hostile_texts (100000);
  g_autoptr (GPtrArray) events = hostile_events (texts);
  g_autoptr (GError) error = NULL;
  g_autofree char *values = NULL;
  MvxLogTestHost *host;
  guint n_done = 0;

  if (fixture->kcat == NULL)
    return;
  store_set (&fixture->store, "topic", "one");
  host = ack_start (&fixture->store, "kafka");
  g_assert_cmpint (ack_try (host, (MvxLogEvent *const *) events->pdata, events->len, &n_done, &error), ==,
                   MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, events->len);
  ack_stop (host);
  values = kafka_read (fixture, "one", "%s\n");
  hostile_judge ("kafka", "json", texts, values, strlen (values));
}

static void
test_record (KafkaFixture *fixture, gconstpointer data)
{
  g_autofree char *values = NULL;
  g_auto (GStrv) lines = NULL;

  if (fixture->kcat == NULL)
    return;
  store_set (&fixture->store, "topic", "one");
  send_traced (fixture);
  values = kafka_read (fixture, "one", "%k|%h|%T|%s\n");
  lines = g_strsplit (values, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_assert_true (g_str_has_prefix (lines[0],
                                   "org.example.shop|content-type=application/json,traceparent=00-" TRACE "-" SPAN
                                   "-01|1795262400123|{\"ts\":\"2026-11-21T12:00:00.123456789Z\",\"level\":\"info\","));
  g_assert_true (g_str_has_suffix (lines[0], "}"));
  g_assert_true (g_str_has_prefix (lines[1], "org.example|content-type=application/json|5|{\"ts\":"));
}

/* Other formats say what they are; a trace is a key if there is one. */
static void
test_keys (KafkaFixture *fixture, gconstpointer data)
{
  g_autofree char *values = NULL;

  if (fixture->kcat == NULL)
    return;
  store_set (&fixture->store, "topic", "one");
  store_set (&fixture->store, "format", "template");
  store_set (&fixture->store, "template", "{message}");
  store_set (&fixture->store, "key", "trace");
  send_traced (fixture);
  store_set (&fixture->store, "key", "none");
  send_traced (fixture);
  values = kafka_read (fixture, "one", "%k,%s,%h\n");
  g_assert_cmpstr (values, ==,
                   TRACE ",hello,content-type=text/plain; charset=utf-8,traceparent=00-" TRACE "-" SPAN "-01\n"
                         "org.example,plain,content-type=text/plain; charset=utf-8\n"
                         ",hello,content-type=text/plain; charset=utf-8,traceparent=00-" TRACE "-" SPAN "-01\n"
                         ",plain,content-type=text/plain; charset=utf-8\n");
}

static void
set_texts (KafkaFixture *fixture)
{
  store_set (&fixture->store, "topic", "one");
  store_set (&fixture->store, "format", "template");
  store_set (&fixture->store, "template", "{message}");
}

static void
assert_texts (KafkaFixture *fixture, const char *expected)
{
  g_autofree char *values = kafka_read (fixture, "one", "%s,");

  g_assert_cmpstr (values, ==, expected);
}

/* What passes is tried again by librdkafka, in order and without a second copy. */
static void
test_transient (KafkaFixture *fixture, gconstpointer data)
{
  MvxLogTestHost *host;

  if (fixture->kcat == NULL)
    return;
  set_texts (fixture);
  host = ack_start (&fixture->store, "kafka");
  kafka_tell (fixture, "rtt 0 20");
  kafka_tell (fixture, "errors 0 6 2");  /* NOT_LEADER_FOR_PARTITION */
  kafka_tell (fixture, "errors 0 7 1");  /* REQUEST_TIMED_OUT */
  kafka_tell (fixture, "errors 0 19 1"); /* NOT_ENOUGH_REPLICAS */
  ack_assert_outcome (host, MVX_LOG_DISPATCH_OK, 6, NULL);
  ack_stop (host);
  assert_texts (fixture, "one,two,three,four,five,six,");
}

/* An event that is too large goes by itself; the others arrive. */
static void
test_too_large (KafkaFixture *fixture, gconstpointer data)
{
  g_autofree char *large = g_strnfill (3000, 'x');
  g_autoptr (MvxLogEvent) first = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 1, "first", NULL, 0);
  g_autoptr (MvxLogEvent) second = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 2, large, NULL, 0);
  g_autoptr (MvxLogEvent) third = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 3, "third", NULL, 0);
  MvxLogEvent *const events[] = { first, second, third };
  g_autofree char *expected = NULL;
  g_autoptr (GError) error = NULL;
  MvxLogTestHost *host;
  guint n_done = 0;

  if (fixture->kcat == NULL)
    return;
  set_texts (fixture);
  store_set (&fixture->store, "max-message-bytes", "2000");
  host = ack_start (&fixture->store, "kafka");
  g_assert_cmpint (ack_try (host, events, 3, &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, 3);
  expected
      = g_strdup_printf ("warning: dropped an event: Kafka at '%s', topic 'one': Broker: Message size too large; raise "
                         "max-message-bytes, and message.max.bytes of the topic",
                         fixture->brokers);
  ack_assert_diagnostics (host, expected);
  ack_stop (host);
  assert_texts (fixture, "first,third,");
}

/* So do those that the brokers refuse for good. */
static void
test_refused (KafkaFixture *fixture, gconstpointer data)
{
  MvxLogTestHost *host;
  g_auto (GStrv) lines = NULL;

  if (fixture->kcat == NULL)
    return;
  set_texts (fixture);
  host = ack_start (&fixture->store, "kafka");
  kafka_tell (fixture, "errors 0 87 1"); /* INVALID_RECORD */
  ack_assert_outcome (host, MVX_LOG_DISPATCH_OK, 6, NULL);
  lines = mvx_log_test_host_get_diagnostics (host);
  g_assert_cmpuint (g_strv_length (lines), ==, 6);
  ack_assert_outcome (host, MVX_LOG_DISPATCH_OK, 6, NULL);
  ack_stop (host);
  assert_texts (fixture, "one,two,three,four,five,six,");
}

/* Until the reason is known, which on a busy machine may take longer than delivery-timeout. */
static void
assert_in_vain (MvxLogTestHost *host, const char *expected)
{
  const gint64 deadline = g_get_monotonic_time () + ACK_PATIENCE_US;
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 1, "first", NULL, 0);
  g_autoptr (GError) error = NULL;
  guint n_done;

  do
    {
      g_clear_error (&error);
      g_assert_cmpint (ack_try (host, &event, 1, &n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
      g_assert_cmpuint (n_done, ==, 0);
    }
  while (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) && g_get_monotonic_time () < deadline);
  g_assert_cmpstr (error->message, ==, expected);
}

/* Nobody there: told once, offered again, and stopped at once. */
static void
test_away (KafkaFixture *fixture, gconstpointer data)
{
  g_autofree char *port = g_strdup_printf ("127.0.0.1:%u", peer_free_port (SOCK_STREAM));
  g_autofree char *expected = g_strdup_printf (
      "Kafka at '%s', topic 'one': %s/bootstrap: Connect to ipv4#%s failed: Connection refused; see whether "
      "they run there, and check brokers and tls",
      port, port, port);
  g_autofree char *told = g_strconcat ("warning: ", expected, NULL);
  MvxLogTestHost *host;

  set_texts (fixture);
  store_set (&fixture->store, "brokers", port);
  store_set (&fixture->store, "delivery-timeout", "500ms");
  host = ack_start (&fixture->store, "kafka");
  assert_in_vain (host, expected);
  assert_in_vain (host, expected);
  ack_assert_diagnostics (host, told);
  ack_stop (host);
}

/* Brokers that go away and come back; what waits meanwhile arrives once. */
static void
test_back (KafkaFixture *fixture, gconstpointer data)
{
  MvxLogTestHost *host;

  if (fixture->kcat == NULL)
    return;
  set_texts (fixture);
  host = ack_start (&fixture->store, "kafka");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_OK, 6, NULL);
  kafka_tell (fixture, "down 0");
  kafka_tell (fixture, "up 0");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_OK, 6, NULL);
  ack_stop (host);
  assert_texts (fixture, "one,two,three,four,five,six,one,two,three,four,five,six,");
}

/* Stopped in the middle: nothing is waited for. */
static void
test_stop (KafkaFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 1, "first", NULL, 0);
  g_autoptr (GError) error = NULL;
  MvxLogTestHost *host;
  guint n_done = 99;

  set_texts (fixture);
  host = ack_start (&fixture->store, "kafka");
  kafka_tell (fixture, "down 0");
  g_assert_cmpint (mvx_log_test_host_dispatch (host, &event, 1, &n_done, &error), ==, MVX_LOG_DISPATCH_PENDING);
  g_assert_no_error (error);
  ack_stop (host);
}

/* A producer that has lost its footing is replaced. */
static void
test_spent (KafkaFixture *fixture, gconstpointer data)
{
  g_autofree char *expected = NULL;
  MvxLogTestHost *host;

  if (fixture->kcat == NULL)
    return;
  set_texts (fixture);
  expected = g_strdup_printf ("Kafka at '%s', topic 'one': Failed to acquire idempotence PID from broker *: "
                              "Broker: Cluster authorization failed; allow the user IdempotentWrite on the cluster",
                              fixture->brokers);
  host = ack_start (&fixture->store, "kafka");
  kafka_tell (fixture, "errors 22 31 1"); /* InitProducerId: CLUSTER_AUTHORIZATION_FAILED */
  ack_assert_outcome (host, MVX_LOG_DISPATCH_RETRY, 0, expected);
  ack_assert_outcome (host, MVX_LOG_DISPATCH_OK, 6, NULL);
  g_assert_cmpint (mvx_log_test_host_get_count (host, "new-producers"), ==, 1);
  ack_stop (host);
  assert_texts (fixture, "one,two,three,four,five,six,");
}

static void
assert_topic_refused (KafkaFixture *fixture, int code, const char *said)
{
  g_autofree char *expected = g_strdup_printf ("Kafka at '%s', topic 'one': %s", fixture->brokers, said);
  g_autofree char *command = g_strdup_printf ("topic one %d", code);

  kafka_tell (fixture, command);
  store_assert_probe (&fixture->store, expected);
}

/* A topic that is not there, or not allowed; and one that is there at last. */
static void
test_topic (KafkaFixture *fixture, gconstpointer data)
{
  /* "Invalid", or "Unknown" if librdkafka has heard of it before the first event. */
  g_autofree char *wrong = g_strdup_printf ("Kafka at '%s', topic 'one': *topic; *", fixture->brokers);
  MvxLogTestHost *host;

  if (fixture->kcat == NULL)
    return;
  set_texts (fixture);
  assert_topic_refused (fixture, 3,
                        "Broker: Unknown topic or partition; create it, or let the brokers do that "
                        "(auto.create.topics.enable)");
  assert_topic_refused (fixture, 29,
                        "Broker: Topic authorization failed; allow the user to Describe and Write the topic");
  kafka_tell (fixture, "topic one 17");
  host = ack_start (&fixture->store, "kafka");
  ack_assert_outcome (host, MVX_LOG_DISPATCH_RETRY, 0, wrong);
  kafka_tell (fixture, "topic one 0");
  ack_send_until_taken (host, "again");
  store_assert_probe (&fixture->store, NULL);
  ack_stop (host);
  assert_texts (fixture, "again,");
}

#define ADD(name, function)                                                                                            \
  g_test_add (name, KafkaFixture, NULL, kafka_fixture_set_up, function, kafka_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kafka/options", test_options);
  ADD ("/kafka/record", test_record);
  ADD ("/kafka/hostile", test_hostile);
  ADD ("/kafka/keys", test_keys);
  ADD ("/kafka/transient", test_transient);
  ADD ("/kafka/too-large", test_too_large);
  ADD ("/kafka/refused", test_refused);
  ADD ("/kafka/away", test_away);
  ADD ("/kafka/back", test_back);
  ADD ("/kafka/stop", test_stop);
  ADD ("/kafka/spent", test_spent);
  ADD ("/kafka/topic", test_topic);
  return g_test_run ();
}

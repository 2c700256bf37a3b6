/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kafka plugin, three brokers that do what they are told (kafka-mock.c), and kcat to read what they have. */
#pragma once

#include "peer.h"
#include "store-fixture.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (kafka);

typedef struct
{
  StoreFixture      store;
  GSubprocess      *mock;
  GDataInputStream *said;
  char             *brokers; /* separated by ',' */
  char             *kcat;    /* NULL: there is none, and the test is skipped */
} KafkaFixture;

static inline char *
kafka_read_line (KafkaFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  char *line = g_data_input_stream_read_line (fixture->said, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (line);
  return line;
}

/* Tells the brokers, and waits until they have done it. */
static inline void
kafka_tell (KafkaFixture *fixture,
            const char   *command)
{
  GOutputStream *input = g_subprocess_get_stdin_pipe (fixture->mock);
  g_autofree char *line = g_strconcat (command, "\n", NULL);
  g_autofree char *answer = NULL;
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (input, line, strlen (line), NULL, NULL, &error);
  g_assert_no_error (error);
  answer = kafka_read_line (fixture);
  g_assert_cmpstr (answer, ==, "ok");
}

static inline void
kafka_start (KafkaFixture *fixture)
{
  g_autofree char *mock = g_test_build_filename (G_TEST_BUILT, "..", "plugins", "kafka", "kafka-mock", NULL);
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_unsetenv (launcher, "MALLOC_CHECK_");
  g_subprocess_launcher_unsetenv (launcher, "LD_PRELOAD");
  fixture->mock = g_subprocess_launcher_spawn (launcher, &error, mock, "logs:6", "one:1", NULL);
  g_assert_no_error (error);
  fixture->said = g_data_input_stream_new (g_subprocess_get_stdout_pipe (fixture->mock));
  fixture->brokers = kafka_read_line (fixture);
}

static inline void
kafka_fixture_set_up (KafkaFixture *fixture,
                      gconstpointer data)
{
  g_autofree char *list = NULL;

  store_set_up (&fixture->store, &mvx_static_plugin_kafka);
  fixture->kcat = peer_find ("kcat");
  kafka_start (fixture);
  list = g_strdelimit (g_strdup (fixture->brokers), ",", ';');
  store_set (&fixture->store, "brokers", list);
  store_set (&fixture->store, "topic", "logs");
}

/* It ends with its input. */
static inline void
kafka_fixture_tear_down (KafkaFixture *fixture,
                         gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  store_tear_down (&fixture->store);
  g_output_stream_close (g_subprocess_get_stdin_pipe (fixture->mock), NULL, &error);
  g_assert_no_error (error);
  g_subprocess_wait (fixture->mock, NULL, &error);
  g_assert_no_error (error);
  g_clear_object (&fixture->said);
  g_clear_object (&fixture->mock);
  g_free (fixture->brokers);
  g_free (fixture->kcat);
}

/* All records of a topic, each in this format of kcat's. */
static inline char *
kafka_read (KafkaFixture *fixture,
            const char   *topic,
            const char   *format)
{
  const char *const argv[] = { fixture->kcat, "-b", fixture->brokers, "-C", "-t", topic, "-e", "-q",
                               "-o",          "beginning", "-f",        format, NULL };

  return peer_run (argv);
}

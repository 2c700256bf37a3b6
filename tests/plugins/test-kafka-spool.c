/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spooled Kafka: brokers that go away and come back, programs that are killed, events that no broker takes. Nothing
 * that is safe is lost, and what comes twice fits into what is on its way at once, for each of these. */
#include "spool-cycle.h"
#include "kafka-fixture.h"

#define WINDOW 4 /* batches on their way */

static const char *program;

/* FALSE: skipped. */
static gboolean
begin (KafkaFixture *fixture, Cycle *cycle)
{
  g_autofree char *list = g_strdelimit (g_strdup (fixture->brokers), ",", ';');
  g_autofree char *sink = g_strdup_printf ("plugin=kafka\ntopic=logs\nkey=none\nbrokers=%s\nmax-in-flight=%d\n"
                                           "delivery-timeout=1min",
                                           list, WINDOW);

  if (fixture->kcat == NULL)
    return FALSE;
  cycle_init (cycle, program, fixture->store.directory, sink);
  return TRUE;
}

static guint64
number_behind (const char *text, const char *key)
{
  const char *found = strstr (text, key);

  g_assert_nonnull (found);
  return g_ascii_strtoull (found + strlen (key), NULL, 10);
}

static void
note_records (Cycle *cycle, KafkaFixture *fixture)
{
  g_autofree char *records = kafka_read (fixture, "logs", "%s\n");
  g_auto (GStrv) lines = g_strsplit (records, "\n", -1);

  for (guint i = 0; *lines[i]; i++)
    cycle_note (cycle, number_behind (lines[i], "\"run\":"), number_behind (lines[i], "\"n\":"));
}

static void
end (KafkaFixture *fixture, Cycle *cycle, guint n_breaks)
{
  note_records (cycle, fixture);
  cycle_check (cycle, n_breaks * WINDOW);
  cycle_clear (cycle);
}

/* Programs are killed in the middle of it; between them brokers are away, one or all. */
static void
test_kills (KafkaFixture *fixture, gconstpointer data)
{
  const guint n_kills = 6;
  Cycle cycle;

  if (!begin (fixture, &cycle))
    return;
  for (guint i = 0; i < n_kills; i++)
    {
      kafka_tell (fixture, i % 2 == 0 ? "down 2" : "up 0");
      cycle_run (&cycle, CYCLE_MAX, (guint) g_test_rand_int_range (CYCLE_FLUSH, 3000));
    }
  kafka_tell (fixture, "up 0");
  cycle_run (&cycle, 0, G_MAXUINT);
  end (fixture, &cycle, 2 * n_kills);
}

/* What the brokers refuse for good is kept as dead letters, and does not block what comes behind it. */
static void
test_poison (KafkaFixture *fixture, gconstpointer data)
{
  g_autofree char *dead = g_build_filename (fixture->store.directory, "spool", "out", "dead", NULL);
  g_autoptr (GDir) letters = NULL;
  Cycle cycle;

  if (!begin (fixture, &cycle))
    return;
  kafka_tell (fixture, "errors 0 87 10000"); /* INVALID_RECORD */
  cycle_run (&cycle, 300, G_MAXUINT);
  cycle_run (&cycle, 0, G_MAXUINT);
  letters = g_dir_open (dead, 0, NULL);
  g_assert_nonnull (letters);
  g_assert_nonnull (g_dir_read_name (letters));
  kafka_tell (fixture, "clear 0");
  cycle_run (&cycle, 200, G_MAXUINT);
  cycle_run (&cycle, 0, G_MAXUINT);
  /* Those of the first run were safe, and are: elsewhere. */
  cycle.safe[0] = 0;
  end (fixture, &cycle, cycle.n_runs);
}

int
main (int argc, char **argv)
{
  if (argc == 5 && strcmp (argv[1], "--child") == 0)
    return cycle_child (&mvx_static_plugin_kafka, argv[2], argv[3], argv[4]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/kafka-spool/kills", KafkaFixture, NULL, kafka_fixture_set_up, test_kills, kafka_fixture_tear_down);
  g_test_add ("/kafka-spool/poison", KafkaFixture, NULL, kafka_fixture_set_up, test_poison, kafka_fixture_tear_down);
  return g_test_run ();
}

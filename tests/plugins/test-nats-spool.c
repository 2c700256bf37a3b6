/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spooled NATS: a server that is killed, programs that are killed. Nothing that is safe is
 * lost, and nothing is there twice, for JetStream knows what it has had. */
#include "spool-cycle.h"
#include "nats-fixture.h"

#define WINDOW 4 /* batches on their way */

static const char *program;

/* FALSE: skipped. */
static gboolean
begin (NatsFixture *fixture, Cycle *cycle)
{
  g_autofree char *sink
      = g_strdup_printf ("plugin=nats\nservers=%s\nsubject=logs\nmax-in-flight=%d", fixture->address, WINDOW);

  if (!nats_start (fixture, NATS_JETSTREAM))
    return FALSE;
  nats_add_stream (fixture, "logs");
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
note_message (natsMsg *message, gpointer data)
{
  g_autofree char *text = g_strndup (natsMsg_GetData (message), (gsize) natsMsg_GetDataLength (message));

  cycle_note (data, number_behind (text, "\"run\":"), number_behind (text, "\"n\":"));
}

/* Programs are killed in the middle of it, and every other time the server is, too. */
static void
test_kills (NatsFixture *fixture, gconstpointer data)
{
  const guint n_kills = 6;
  Cycle cycle;

  if (!begin (fixture, &cycle))
    return;
  for (guint i = 0; i < n_kills; i++)
    {
      cycle_run (&cycle, CYCLE_MAX, (guint) g_test_rand_int_range (CYCLE_FLUSH, 3000));
      if (i % 2 == 0)
        continue;
      nats_disconnect (fixture);
      peer_kill (&fixture->peer);
      nats_start (fixture, NATS_JETSTREAM);
    }
  cycle_run (&cycle, 0, G_MAXUINT);
  nats_read (fixture, note_message, &cycle);
  cycle_check (&cycle, 0);
  cycle_clear (&cycle);
}

int
main (int argc, char **argv)
{
  if (argc == 5 && strcmp (argv[1], "--child") == 0)
    return cycle_child (&mvx_static_plugin_nats, argv[2], argv[3], argv[4]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/nats-spool/kills", NatsFixture, NULL, nats_fixture_set_up, test_kills, nats_fixture_tear_down);
  return g_test_run ();
}

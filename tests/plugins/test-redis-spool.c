/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spooled Redis: programs that are killed, a server that is, and a line that breaks whenever it likes, mostly between
 * what was sent and the answer to it. */
#include <arpa/inet.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <glib-unix.h>

#include "spool-cycle.h"
#include "redis-fixture.h"

static const char *program;

/* What a line does to a connection, some bytes after it began. */
typedef enum
{
  LINE_DEAF,   /* the answers are thrown away, and with the first one that was it breaks: the server has done what it
                * was asked, and nobody knows */
  LINE_RESETS, /* in the middle of what is sent */
  LINE_HALVES, /* it sends no more and takes everything */
  LINE_DRIPS,  /* from the beginning byte by byte, then it breaks */
  LINE_SLOW,   /* 1 kB a second, for a while */
  LINE_STANDS, /* it takes nothing any more: a window of zero */
  N_LINE_MANNERS
} LineManner;

static const char *const line_manners[N_LINE_MANNERS]
    = { "deaf", "reset", "half closed", "byte by byte", "slow", "standing" };

/* What a client that waits two seconds has to give up. */
#define LINE_PATIENCE_MS 2500
#define LINE_SLOW_PIECE 100 /* bytes each tenth of a second */

/* Stands between the program and the server, for one connection at a time. */
typedef struct
{
  int listener;
  int stop[2];
  guint16 port;
  guint16 target;
  gint calm;    /* atomic: no more breaks */
  gint n_cuts;  /* atomic */
  gboolean all; /* manners in turn, not only the first */
  guint n_of[N_LINE_MANNERS];
  GRand *rand;
  GThread *thread;
} Line;

static int
line_socket (guint16 port, int (*how) (int fd, const struct sockaddr *address, socklen_t size))
{
  const struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_port = htons (port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  if (how (fd, (const struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  close (fd);
  return -1;
}

static gboolean
line_pass_on (int from, int to, gsize *n, gsize most)
{
  char bytes[4096];
  /* In small pieces, so that nobody gets whole messages. */
  gssize size = recv (from, bytes, MIN (1 + *n % sizeof bytes, most), 0);

  if (size <= 0)
    return FALSE;
  *n += (gsize) size;
  return to < 0 || send (to, bytes, (gsize) size, MSG_NOSIGNAL) == size;
}

/* FALSE: the test is over. */
static gboolean
line_pause (Line *self, int ms)
{
  struct pollfd stop = { self->stop[0], POLLIN, 0 };

  return poll (&stop, 1, ms) == 0;
}

/* The rest of a connection that is not to go on. FALSE: the test is over. */
static gboolean
line_break (Line *self, int client, LineManner manner)
{
  const struct linger at_once = { .l_onoff = 1 };
  gsize n = 0;

  g_atomic_int_inc (&self->n_cuts);
  if (manner == LINE_RESETS)
    g_assert_no_errno (setsockopt (client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
  if (manner == LINE_HALVES && shutdown (client, SHUT_WR) == 0)
    while (line_pass_on (client, -1, &n, G_MAXSIZE))
      ;
  return manner != LINE_STANDS || line_pause (self, LINE_PATIENCE_MS);
}

/* One direction after the other as slowly as it may be, until @limit bytes are there. FALSE: the test is over. */
static gboolean
line_crawl (Line *self, int client, int server, gsize limit)
{
  gsize n_there = 0;

  while (n_there < limit && line_pass_on (client, server, &n_there, LINE_SLOW_PIECE))
    if (!line_pause (self, 100))
      return FALSE;
  return TRUE;
}

/* As usual up to @limit bytes, and then not. FALSE: the test is over. */
static gboolean
line_carry (Line *self, int client, int server, gsize limit, LineManner manner)
{
  gsize n_there = 0;
  gsize n_back = 0;
  gsize most = manner == LINE_DRIPS ? 1 : G_MAXSIZE;

  if (manner == LINE_SLOW && !line_crawl (self, client, server, 15 * LINE_SLOW_PIECE))
    return FALSE;

  for (;;)
    {
      struct pollfd fds[] = { { client, POLLIN, 0 }, { server, POLLIN, 0 }, { self->stop[0], POLLIN, 0 } };
      gboolean over = n_there >= limit && !g_atomic_int_get (&self->calm);
      gboolean deaf = over && manner == LINE_DEAF;

      if (over && !deaf)
        return line_break (self, client, manner);
      g_assert_cmpint (poll (fds, G_N_ELEMENTS (fds), -1), >, 0);
      if (fds[2].revents)
        return FALSE;
      if (fds[0].revents && !line_pass_on (client, server, &n_there, most))
        return line_break (self, client, LINE_DEAF);
      if (fds[1].revents && !line_pass_on (server, deaf ? -1 : client, &n_back, most))
        return line_break (self, client, LINE_DEAF);
      if (fds[1].revents && deaf)
        return line_break (self, client, LINE_DEAF);
    }
}

static gboolean
line_connect (Line *self, int client)
{
  LineManner manner = LINE_DEAF;
  int server = line_socket (self->target, connect);
  gboolean on = TRUE;

  /* In turn: the one that has been there least. */
  for (guint i = 1; self->all && i < N_LINE_MANNERS; i++)
    if (self->n_of[i] < self->n_of[manner])
      manner = (LineManner) i;
  self->n_of[manner]++;
  if (server >= 0)
    {
      gsize limit = (gsize) g_rand_int_range (self->rand, 1000, self->all ? 100000 : 200000);

      on = line_carry (self, client, server, manner == LINE_DRIPS ? MIN (limit, 20000) : limit, manner);
      close (server);
    }
  return on;
}

static gpointer
line_run (gpointer data)
{
  Line *self = data;
  gboolean on = TRUE;

  while (on)
    {
      struct pollfd fds[] = { { self->listener, POLLIN, 0 }, { self->stop[0], POLLIN, 0 } };
      int client;

      g_assert_cmpint (poll (fds, G_N_ELEMENTS (fds), -1), >, 0);
      if (fds[1].revents)
        break;
      client = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC);
      on = line_connect (self, client);
      close (client);
    }
  return NULL;
}

static void
line_start (Line *self, guint16 target, gboolean all)
{
  *self = (Line){ .target = target, .all = all, .port = peer_free_port (SOCK_STREAM) };
  self->rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  self->listener = line_socket (self->port, bind);
  g_assert_cmpint (self->listener, >=, 0);
  g_assert_cmpint (listen (self->listener, 8), ==, 0);
  g_assert_true (g_unix_open_pipe (self->stop, FD_CLOEXEC, NULL));
  self->thread = g_thread_new ("line", line_run, self);
}

static void
line_end (Line *self)
{
  g_assert_cmpint (write (self->stop[1], "x", 1), ==, 1);
  g_thread_join (self->thread);
  close (self->listener);
  close (self->stop[0]);
  close (self->stop[1]);
  g_rand_free (self->rand);
}

static const char *
pair_of (const redisReply *pairs, const char *name)
{
  for (gsize i = 0; i + 1 < pairs->elements; i += 2)
    if (strcmp (pairs->element[i]->str, name) == 0)
      return pairs->element[i + 1]->str;
  g_assert_not_reached ();
}

/* Which have arrived, and that two of one event have the same stream and number. */
static void
note_entries (Cycle *cycle, RedisFixture *fixture)
{
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  redisReply *reply = redis_ask (fixture, "XRANGE mvxlog - +");

  g_assert_cmpint (reply->type, ==, REDIS_REPLY_ARRAY);
  for (gsize i = 0; i < reply->elements; i++)
    {
      const redisReply *pairs = reply->element[i]->element[1];
      char *event = g_strdup_printf ("%s %s", pair_of (pairs, "f.run"), pair_of (pairs, "f.n"));
      g_autofree char *id = g_strdup_printf ("%s %s", pair_of (pairs, "stream"), pair_of (pairs, "seq"));
      const char *known = g_hash_table_lookup (ids, event);

      cycle_note (cycle, g_ascii_strtoull (pair_of (pairs, "f.run"), NULL, 10),
                  g_ascii_strtoull (pair_of (pairs, "f.n"), NULL, 10));
      if (known)
        g_assert_cmpstr (known, ==, id);
      g_hash_table_replace (ids, event, g_steal_pointer (&id));
    }
  freeReplyObject (reply);
}

static gboolean
begin (RedisFixture *fixture, Cycle *cycle, guint16 port, const char *timeout)
{
  g_autofree char *sink
      = g_strdup_printf ("plugin=redis\nhost=127.0.0.1\nmax-length=0\nport=%u\ntimeout=%s", port, timeout);

  redis_give (fixture, "--appendonly", "yes");
  redis_give (fixture, "--appendfsync", "always");
  if (!redis_start (fixture))
    return FALSE;
  cycle_init (cycle, program, fixture->store.directory, sink);
  return TRUE;
}

/* The program and the server, in turn. */
static void
test_kills (RedisFixture *fixture, gconstpointer data)
{
  const guint n_kills = 6;
  Cycle cycle;

  if (!begin (fixture, &cycle, fixture->port, "60s"))
    return;
  for (guint i = 0; i < n_kills; i++)
    {
      cycle_run (&cycle, CYCLE_MAX, (guint) g_test_rand_int_range (CYCLE_FLUSH, 3000));
      if (i % 2 == 1)
        continue;
      peer_kill (&fixture->peer);
      /* Nobody there: what is logged is kept all the same. */
      cycle_run (&cycle, 500, G_MAXUINT);
      redis_start (fixture);
    }
  cycle_run (&cycle, 0, G_MAXUINT);
  note_entries (&cycle, fixture);
  cycle_check (&cycle, n_kills + n_kills / 2);
  cycle_clear (&cycle);
}

static void
report_manners (const Line *line)
{
  g_autoptr (GString) text = g_string_new (NULL);
  struct rusage usage;

  for (guint i = 0; i < N_LINE_MANNERS; i++)
    if (line->n_of[i] > 0)
      g_string_append_printf (text, "%s%u %s", text->len ? ", " : "", line->n_of[i], line_manners[i]);
  g_assert_no_errno (getrusage (RUSAGE_CHILDREN, &usage));
  g_test_message ("connections: %s; a program has %ld kB at most", text->str, usage.ru_maxrss);
  if (line->all)
    for (guint i = 0; i < N_LINE_MANNERS; i++)
      g_assert_cmpuint (line->n_of[i], >, 0);
}

static void
test_line (RedisFixture *fixture, gconstpointer data)
{
  const gboolean bad = data != NULL;
  const guint n = bad && g_getenv ("MVXLOG_TEST_LONG") == NULL ? 300 : 4000;
  Cycle cycle;
  Line line;

  line_start (&line, fixture->port, bad);
  if (begin (fixture, &cycle, line.port, bad ? "2s" : "60s"))
    {
      for (guint i = 0; i < 4; i++)
        cycle_run (&cycle, n, G_MAXUINT);
      g_atomic_int_set (&line.calm, 1);
      cycle_run (&cycle, 0, G_MAXUINT);
      note_entries (&cycle, fixture);
      line_end (&line);
      g_assert_cmpint (line.n_cuts, >, 0);
      cycle_check (&cycle, (guint) line.n_cuts + cycle.n_runs);
      cycle_clear (&cycle);
      report_manners (&line);
    }
  else
    line_end (&line);
}

/* What the server refuses for good is kept as dead letters, and does not block what comes behind it. */
static void
test_poison (RedisFixture *fixture, gconstpointer data)
{
  g_autofree char *dead = g_build_filename (fixture->store.directory, "spool", "out", "dead", NULL);
  g_autoptr (GDir) letters = NULL;
  Cycle cycle;

  if (!begin (fixture, &cycle, fixture->port, "60s"))
    return;
  freeReplyObject (redis_ask (fixture, "SET mvxlog text"));
  cycle_run (&cycle, 300, G_MAXUINT);
  cycle_run (&cycle, 0, G_MAXUINT);
  letters = g_dir_open (dead, 0, NULL);
  g_assert_nonnull (letters);
  g_assert_nonnull (g_dir_read_name (letters));
  freeReplyObject (redis_ask (fixture, "DEL mvxlog"));
  cycle_run (&cycle, 200, G_MAXUINT);
  cycle_run (&cycle, 0, G_MAXUINT);
  /* Those of the first run were safe, and are: elsewhere. */
  cycle.safe[0] = 0;
  note_entries (&cycle, fixture);
  cycle_check (&cycle, cycle.n_runs);
  cycle_clear (&cycle);
}

int
main (int argc, char **argv)
{
  if (argc == 5 && strcmp (argv[1], "--child") == 0)
    return cycle_child (&mvx_static_plugin_redis, argv[2], argv[3], argv[4]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/redis-spool/kills", RedisFixture, NULL, redis_fixture_set_up, test_kills, redis_fixture_tear_down);
  g_test_add ("/redis-spool/line", RedisFixture, NULL, redis_fixture_set_up, test_line, redis_fixture_tear_down);
  g_test_add ("/redis-spool/bad-line", RedisFixture, GINT_TO_POINTER (TRUE), redis_fixture_set_up, test_line,
              redis_fixture_tear_down);
  g_test_add ("/redis-spool/poison", RedisFixture, NULL, redis_fixture_set_up, test_poison, redis_fixture_tear_down);
  return g_test_run ();
}

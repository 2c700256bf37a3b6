/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that append, one that reads, one that syncs and prepares, at once; and processes that share a directory.
 * Everything comes out once, and what a thread has appended in its order. */
#include "spool-disk.h"
#include "spool-rig.h"

#include <signal.h>
#include <sys/mman.h>

#include "test-size.h"

#define N_WRITERS 4
#define WRITER_BASE 1000000

typedef struct
{
  MvxLogSpool *spool;
  GAsyncQueue *appended; /* a token for each append; the reader waits for it */
  GAsyncQueue *chores;   /* likewise for who syncs */
  guint n_events;        /* of each writer */
  guint64 first;         /* of this writer */
} Work;

static gint n_syncs; /* atomic */

static gssize
fail_some_syncs (SpoolDiskCall call, int fd, gsize size)
{
  if (call != SPOOL_DISK_SYNC || g_atomic_int_add (&n_syncs, 1) % 7 != 6)
    return SPOOL_DISK_GO;
  errno = EIO;
  return -1;
}

static gpointer
write_thread (gpointer data)
{
  Work *work = data;

  for (guint done = 0; done < work->n_events;)
    {
      guint n = MIN (1 + done % 7, work->n_events - done);
      guint taken = spool_rig_append (work->spool, work->first + done, n, NULL);

      done += taken;
      g_async_queue_push (work->appended, GINT_TO_POINTER (1));
      if (done % 64 < n)
        g_async_queue_push (work->chores, GINT_TO_POINTER (1));
    }
  return NULL;
}

static gpointer
chore_thread (gpointer data)
{
  Work *work = data;

  while (GPOINTER_TO_INT (g_async_queue_pop (work->chores)) == 1)
    {
      mvx_log_spool_sync (work->spool, NULL);
      mvx_log_spool_prepare (work->spool);
    }
  return NULL;
}

static void
take (MvxLogSpoolBatch *batch, guint64 *next)
{
  for (guint i = 0; i < batch->n; i++)
    {
      guint64 k = spool_rig_check (batch->items[i].bytes, batch->items[i].size);
      guint writer = (guint) (k / WRITER_BASE);

      g_assert_cmpuint (writer, <, N_WRITERS);
      g_assert_cmpuint (k, ==, next[writer]);
      next[writer]++;
    }
}

static void
read_all (Work *work)
{
  guint64 next[N_WRITERS];
  guint n = 0;

  for (guint i = 0; i < N_WRITERS; i++)
    next[i] = (guint64) i * WRITER_BASE + 1;
  while (n < N_WRITERS * work->n_events)
    {
      g_autoptr (MvxLogSpoolBatch) batch = NULL;

      g_async_queue_pop (work->appended);
      while ((batch = mvx_log_spool_read (work->spool, 50, NULL)))
        {
          take (batch, next);
          n += batch->n;
          mvx_log_spool_ack (work->spool, &batch->stream, batch->items[batch->n - 1].seq);
          g_clear_pointer (&batch, mvx_log_spool_batch_free);
        }
    }
}

static void
test_threads (gconstpointer data)
{
  Work works[N_WRITERS];
  GThread *writers[N_WRITERS];
  GThread *chores;
  MvxLogSpoolStats stats;
  SpoolRig rig;
  Work work = { .n_events = test_size (3000, 400) };

  spool_rig_init (&rig);
  rig.config.sync = (MvxLogSpoolSync) (GPOINTER_TO_INT (data) % 10);
  rig.config.segment_bytes = 16384;
  work.spool = spool_rig_open (&rig);
  work.appended = g_async_queue_new ();
  work.chores = g_async_queue_new ();
  spool_disk_fault = GPOINTER_TO_INT (data) >= 10 ? fail_some_syncs : NULL;
  chores = g_thread_new ("chores", chore_thread, &work);
  for (guint i = 0; i < N_WRITERS; i++)
    {
      works[i] = work;
      works[i].first = (guint64) i * WRITER_BASE + 1;
      writers[i] = g_thread_new ("writer", write_thread, &works[i]);
    }
  read_all (&work);
  for (guint i = 0; i < N_WRITERS; i++)
    g_thread_join (writers[i]);
  g_async_queue_push (work.chores, GINT_TO_POINTER (2));
  g_thread_join (chores);
  spool_disk_fault = NULL;
  mvx_log_spool_get_stats (work.spool, &stats);
  g_assert_cmpuint (stats.acked, ==, N_WRITERS * work.n_events);
  g_assert_cmpuint (stats.pending, ==, 0);
  g_assert_cmpuint (stats.lost[0] + stats.lost[1] + stats.lost[2], ==, 0);
  if (GPOINTER_TO_INT (data) >= 10)
    g_assert_cmpuint (stats.n_sealed, >, 0);
  mvx_log_spool_free (work.spool);
  g_async_queue_unref (work.appended);
  g_async_queue_unref (work.chores);
  spool_rig_clear (&rig);
}

/* Appends @n events, reads what it finds to be read, says over the pipe how many it has delivered, and is killed. */
static void
share (SpoolRig *rig, guint64 first, guint n, int fd)
{
  MvxLogSpool *spool = mvx_log_spool_new (&rig->config, NULL);

  for (guint i = 0; spool && i < n; i += 10)
    if (spool_rig_append (spool, first + i, 10, NULL) != 10)
      _exit (1);
  if (spool == NULL || write (fd, "", 1) != 1)
    _exit (1);
  pause ();
  _exit (1);
}

/* Four processes at once; all are killed, two and two adopt at once what is left. Nothing is lost, nothing adopted
 * twice. */
static void
test_processes (void)
{
  guint n = test_size (2000, 200);
  g_autofree guint8 *found = g_malloc0 (5 * n + 1);
  MvxLogSpool *spools[2];
  int ends[2];
  pid_t children[4];
  SpoolRig rig;
  char c;

  spool_rig_init (&rig);
  g_assert_cmpint (pipe (ends), ==, 0);
  for (guint i = 0; i < 4; i++)
    {
      children[i] = fork ();
      if (children[i] == 0)
        share (&rig, i * n + 1, n, ends[1]);
    }
  for (guint i = 0; i < 4; i++)
    g_assert_cmpint (read (ends[0], &c, 1), ==, 1);
  for (guint turn = 0; turn < 2; turn++)
    {
      MvxLogSpoolStats stats;

      for (guint i = 2 * turn; i < 2 * turn + 2; i++)
        {
          kill (children[i], SIGKILL);
          g_assert_cmpint (waitpid (children[i], NULL, 0), ==, children[i]);
        }
      spools[turn] = spool_rig_open (&rig);
      mvx_log_spool_get_stats (spools[turn], &stats);
      g_assert_cmpuint (stats.n_adopted, ==, 2);
      g_assert_cmpuint (stats.adopted, ==, 2 * n);
    }
  for (guint turn = 0; turn < 2; turn++)
    {
      g_autoptr (GArray) numbers = spool_rig_drain (spools[turn]);

      g_assert_cmpuint (numbers->len, ==, 2 * n);
      for (guint i = 0; i < numbers->len; i++)
        {
          guint64 k = g_array_index (numbers, guint64, i);

          g_assert_false (found[k]);
          found[k] = TRUE;
        }
      mvx_log_spool_free (spools[turn]);
    }
  g_test_message ("4 processes, %u events: lost 0, adopted twice 0", 4 * n);
  close (ends[0]);
  close (ends[1]);
  spool_rig_clear (&rig);
}

/* Many open at once what one has left: one gets it, and all of it. */
static void
test_race (void)
{
  guint rounds = test_size (20, 4);

  for (guint round = 0; round < rounds; round++)
    {
      guint64 *counts = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
      pid_t children[4];
      guint64 all = 0;
      SpoolRig rig;

      g_assert_true (counts != MAP_FAILED);
      spool_rig_init (&rig);
      spool_rig_kill (&rig, 1, 100);
      for (guint i = 0; i < 4; i++)
        {
          children[i] = fork ();
          if (children[i] == 0)
            {
              MvxLogSpool *spool = spool_rig_open (&rig);
              g_autoptr (GArray) numbers = spool_rig_drain (spool);

              counts[i] = numbers->len;
              mvx_log_spool_free (spool);
              _exit (0);
            }
        }
      for (guint i = 0; i < 4; i++)
        {
          int status;

          g_assert_cmpint (waitpid (children[i], &status, 0), ==, children[i]);
          g_assert_cmpint (status, ==, 0);
          g_assert_true (counts[i] == 0 || counts[i] == 100);
          all += counts[i];
        }
      g_assert_cmpuint (all, ==, 100);
      munmap (counts, 4096);
      spool_rig_clear (&rig);
    }
}

/* A child of fork() has nothing to do with its parent's spool. */
static void
test_fork (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;
  int status;
  pid_t child;

  spool_rig_init (&rig);
  spool = spool_rig_open (&rig);
  spool_rig_append (spool, 1, 100, NULL);
  child = fork ();
  if (child == 0)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *expected = NULL;
      MvxLogSpoolStats stats;

      g_assert_cmpuint (spool_rig_append (spool, 101, 1, &error), ==, 0);
      expected = g_strdup_printf ("' belongs to process %d, not to its child %d", (int) getppid (), (int) getpid ());
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
      g_assert_true (g_str_has_suffix (error->message, expected));
      g_assert_false (mvx_log_spool_sync (spool, NULL));
      g_assert_null (mvx_log_spool_read (spool, 1, NULL));
      mvx_log_spool_ack (spool, mvx_log_spool_get_stream (spool), 50);
      mvx_log_spool_rewind (spool);
      mvx_log_spool_prepare (spool);
      mvx_log_spool_get_stats (spool, &stats);
      g_assert_cmpuint (stats.appended, ==, 0);
      mvx_log_spool_free (spool);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  spool_rig_expect (spool, 1, 100);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spool/threads/fork", test_fork);
  g_test_add_func ("/spool/threads/processes", test_processes);
  g_test_add_func ("/spool/threads/race", test_race);
  g_test_add_data_func ("/spool/threads/interval", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_INTERVAL), test_threads);
  g_test_add_data_func ("/spool/threads/none", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_NONE), test_threads);
  g_test_add_data_func ("/spool/threads/batch", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_BATCH), test_threads);
  g_test_add_data_func ("/spool/threads/failing", GINT_TO_POINTER (10 + MVX_LOG_SPOOL_SYNC_BATCH), test_threads);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random operations on a spool and on a model of it, which is an array: both must agree at each step. A sequence is
 * told by its seed, so that the shortest prefix that fails can be run again: MVXLOG_TEST_SEED=N. */
#include "spool-disk.h"
#include "spool-rig.h"

#include "durable/spool-internal.h"
#include "test-size.h"

#define STEPS 60

/* The same sequences each time; a long run takes others. */
#define FIRST_SEED 1

typedef enum
{
  PENDING,
  ACKED,
  LOST,
  MAYBE /* was only in the memory of a process that crashed while its disk failed */
} State;

/* Events of a stream: that with number N is at N - 1. */
typedef struct
{
  MvxLogStreamId id;
  GArray *events; /* of guint64 */
  GArray *states; /* of State */
  guint next;     /* that comes next out of the spool */
} Stream;

typedef struct
{
  GRand *rand;
  guint32 seed;
  guint step;
  guint64 k;          /* the next event */
  GPtrArray *streams; /* the last one is that of the process */
  SpoolRig rig;
  MvxLogSpool *spool;
  Stream *read; /* of the latest batch, NULL for none */
  guint read_to;
  guint faults; /* calls that fail yet */
  gboolean has_failed;
  gboolean may_lose;
  gboolean removes;
  guint64 n_steps;
  guint64 n_lost;
} Model;

static Model *model;

#define REQUIRE(what)                                                                                                  \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    if (!(what))                                                                                                       \
      g_error ("seed %u fails at step %u, line %d: %s", model->seed, model->step, __LINE__, #what);                    \
  }                                                                                                                    \
  G_STMT_END

static guint
roll (guint n)
{
  return (guint) g_rand_int_range (model->rand, 0, (gint32) n);
}

/* Names of streams decide in which order they are read, and so belong to the sequence. */
int
getentropy (void *bytes, size_t size)
{
  for (size_t i = 0; i < size; i++)
    ((guint8 *) bytes)[i] = (guint8) roll (256);
  return 0;
}

static gssize
fail_sometimes (SpoolDiskCall call, int fd, gsize size)
{
  static const int codes[] = { EIO, ENOSPC, EROFS, EDQUOT };

  if (model->faults == 0 || call == SPOOL_DISK_READ || call == SPOOL_DISK_OPEN || roll (3) > 0)
    return SPOOL_DISK_GO;
  model->faults--;
  model->has_failed = TRUE;
  if (call == SPOOL_DISK_WRITE && size > 1 && roll (2) == 0)
    return 1 + (gssize) roll ((guint) size - 1);
  errno = codes[roll (G_N_ELEMENTS (codes))];
  return -1;
}

static State *
state_of (Stream *stream, guint i)
{
  return &g_array_index (stream->states, State, i);
}

static void
stream_free (gpointer data)
{
  Stream *stream = data;

  g_array_unref (stream->events);
  g_array_unref (stream->states);
  g_free (stream);
}

static Stream *
find_stream (const MvxLogStreamId *id)
{
  for (guint i = 0; i < model->streams->len; i++)
    if (mvx_log_stream_id_equal (&((Stream *) g_ptr_array_index (model->streams, i))->id, id))
      return g_ptr_array_index (model->streams, i);
  REQUIRE (!"a stream that nobody has made");
  return NULL;
}

static Stream *
own_stream (void)
{
  return g_ptr_array_index (model->streams, model->streams->len - 1);
}

static void
open_spool (void)
{
  Stream *stream = g_new0 (Stream, 1);

  for (guint i = 0; i < model->streams->len; i++)
    ((Stream *) g_ptr_array_index (model->streams, i))->next = 0;
  model->faults = 0;
  model->read = NULL;
  model->spool = mvx_log_spool_new (&model->rig.config, NULL);
  REQUIRE (model->spool != NULL);
  stream->id = *mvx_log_spool_get_stream (model->spool);
  stream->events = g_array_new (FALSE, FALSE, sizeof (guint64));
  stream->states = g_array_new (FALSE, TRUE, sizeof (State));
  g_ptr_array_add (model->streams, stream);
}

static void
do_append (void)
{
  Stream *stream = own_stream ();
  guint n = 1 + roll (30);
  guint taken = spool_rig_append (model->spool, model->k, n, NULL);

  REQUIRE (taken == n || model->faults < 1000);
  for (guint i = 0; i < taken; i++, model->k++)
    g_array_append_val (stream->events, model->k);
  g_array_set_size (stream->states, stream->events->len);
}

/* What the spool says is lost must not have been delivered, nor told before. */
static void
take_losses (void)
{
  MvxLogSpoolLoss loss;

  while (mvx_log_spool_take_loss (model->spool, &loss))
    {
      Stream *stream = find_stream (&loss.stream);

      REQUIRE (loss.n > 0 && loss.first_seq - 1 + loss.n <= stream->states->len);
      for (guint i = 0; i < loss.n; i++)
        {
          State *state = state_of (stream, (guint) (loss.first_seq - 1 + i));

          /* What one process has dropped, the next one misses; and so it does when the acknowledgement has failed. */
          if (stream != own_stream () && (*state == LOST || (*state == ACKED && model->has_failed)))
            continue;
          REQUIRE (*state == MAYBE || (*state == PENDING && model->may_lose));
          *state = LOST;
        }
      model->n_lost += loss.n;
    }
}

/* The disk has failed, and what could not be made sure of has yet to be written again. */
static gboolean
is_in_memory (Stream *stream, guint i)
{
  return stream == own_stream () && model->spool->broken && i + 1 >= model->spool->kept_seq;
}

static void
do_read (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSpoolBatch) batch = mvx_log_spool_read (model->spool, 1 + roll (80), &error);
  Stream *stream;

  REQUIRE (error == NULL);
  take_losses ();
  model->read = NULL;
  if (batch == NULL)
    {
      for (guint i = 0; i < model->streams->len; i++)
        {
          stream = g_ptr_array_index (model->streams, i);
          for (guint n = stream->next; n < stream->states->len; n++)
            REQUIRE (*state_of (stream, n) != PENDING || is_in_memory (stream, n) || model->removes);
        }
      return;
    }
  stream = find_stream (&batch->stream);
  for (guint i = 0; i < batch->n; i++)
    {
      while (stream->next < stream->states->len && stream->next + 1 < batch->items[i].seq
             && *state_of (stream, stream->next) != PENDING)
        stream->next++;
      REQUIRE (stream->next < stream->states->len && batch->items[i].seq == stream->next + 1);
      REQUIRE (spool_rig_check (batch->items[i].bytes, batch->items[i].size)
               == g_array_index (stream->events, guint64, stream->next));
      /* Where the disk has failed, an acknowledgement may be what it has failed with, and there may be a second copy of
       * what was removed. */
      REQUIRE (*state_of (stream, stream->next) == PENDING || *state_of (stream, stream->next) == MAYBE
               || (batch->adopted && (model->has_failed || model->removes)));
      stream->next++;
    }
  model->read = stream;
  model->read_to = stream->next;
}

static void
do_ack (void)
{
  guint less = roll (10);
  guint n;

  if (model->read == NULL)
    return;
  n = model->read_to - MIN (less, model->read_to - 1);
  mvx_log_spool_ack (model->spool, &model->read->id, n);
  for (guint i = 0; i < n; i++)
    if (*state_of (model->read, i) != LOST)
      *state_of (model->read, i) = ACKED;
  take_losses ();
}

static void
do_rewind (void)
{
  mvx_log_spool_rewind (model->spool);
  for (guint i = 0; i < model->streams->len; i++)
    ((Stream *) g_ptr_array_index (model->streams, i))->next = 0;
  model->read = NULL;
}

/* Ends the process: as if killed, when the kernel keeps what it has, or in order. */
static void
do_end (gboolean killed)
{
  Stream *stream = own_stream ();

  take_losses ();
  if (killed)
    model->spool->pid = 0;
  else
    model->faults = 0;
  for (guint i = 0; i < stream->states->len; i++)
    if (is_in_memory (stream, i) && *state_of (stream, i) == PENDING)
      *state_of (stream, i) = MAYBE;
  mvx_log_spool_free (model->spool);
  open_spool ();
}

/* Somebody removes a segment. */
static void
do_remove (void)
{
  g_autoptr (GPtrArray) paths = spool_rig_list (&model->rig, ".seg");

  if (paths->len > 0)
    g_assert_cmpint (g_remove (g_ptr_array_index (paths, roll (paths->len))), ==, 0);
}

static void
check_sums (void)
{
  MvxLogSpoolStats stats;

  take_losses ();
  mvx_log_spool_get_stats (model->spool, &stats);
  REQUIRE (stats.appended == own_stream ()->events->len);
  REQUIRE (stats.next_seq == stats.appended + 1);
  REQUIRE (stats.durable_seq <= stats.next_seq);
}

static void
do_something (gboolean removes)
{
  guint dice = roll (100);

  if (dice < 40)
    do_append ();
  else if (dice < 60)
    do_read ();
  else if (dice < 75)
    do_ack ();
  else if (dice < 79)
    do_rewind ();
  else if (dice < 84)
    mvx_log_spool_sync (model->spool, NULL);
  else if (dice < 90)
    mvx_log_spool_prepare (model->spool);
  else if (dice < 93)
    model->faults = 1 + roll (8);
  else if (dice < 96)
    do_end (TRUE);
  else if (dice < 98)
    do_end (FALSE);
  else if (removes)
    do_remove ();
  check_sums ();
}

/* In the end everything has been delivered or is known to be lost. */
static void
finish (gboolean removes)
{
  do_end (FALSE);
  do
    {
      do_read ();
      if (model->read)
        {
          mvx_log_spool_ack (model->spool, &model->read->id, model->read_to);
          for (guint i = 0; i < model->read_to; i++)
            if (*state_of (model->read, i) != LOST)
              *state_of (model->read, i) = ACKED;
        }
    }
  while (model->read != NULL);
  for (guint i = 0; i < model->streams->len; i++)
    {
      Stream *stream = g_ptr_array_index (model->streams, i);
      gboolean behind = FALSE;

      /* Of what stood last in a stream whose segments were removed nobody knows any more. */
      for (guint n = stream->states->len; n-- > 0;)
        {
          REQUIRE (*state_of (stream, n) != PENDING || (removes && !behind));
          behind |= *state_of (stream, n) == ACKED;
        }
    }
  mvx_log_spool_free (model->spool);
}

static void
run_sequence (guint32 seed, MvxLogSpoolSync sync, gboolean drop_oldest, gboolean removes)
{
  model->seed = seed;
  model->rand = g_rand_new_with_seed (seed);
  model->k = 1;
  model->has_failed = FALSE;
  model->may_lose = drop_oldest || removes;
  model->removes = removes;
  model->streams = g_ptr_array_new_with_free_func (stream_free);
  spool_rig_init (&model->rig);
  model->rig.config.sync = sync;
  model->rig.config.segment_bytes = 4096;
  model->rig.config.drop_oldest = drop_oldest;
  if (drop_oldest)
    model->rig.config.max_bytes = 5 * 4096;
  spool_disk_fault = fail_sometimes;
  open_spool ();
  for (model->step = 0; model->step < STEPS; model->step++)
    do_something (removes);
  model->n_steps += STEPS;
  finish (removes);
  spool_disk_fault = NULL;
  spool_rig_clear (&model->rig);
  g_ptr_array_unref (model->streams);
  g_rand_free (model->rand);
}

static void
test_model (gconstpointer data)
{
  guint n = g_getenv ("MVXLOG_TEST_LONG") ? 33334 : test_size (700, 100);
  gboolean long_run = g_getenv ("MVXLOG_TEST_LONG") != NULL;
  const char *only = g_getenv ("MVXLOG_TEST_SEED");
  guint32 seed = only       ? (guint32) g_ascii_strtoull (only, NULL, 10)
                 : long_run ? (guint32) g_test_rand_int ()
                            : FIRST_SEED;
  guint variant = GPOINTER_TO_UINT (data);

  model = g_new0 (Model, 1);
  for (guint i = 0; i < (only ? 1 : n); i++)
    run_sequence (seed + i, (MvxLogSpoolSync) ((seed + i) % 3), variant == 1, variant == 2);
  g_test_message ("%u sequences, %u steps, failures 0, events lost and told of %u", n, (guint) model->n_steps,
                  (guint) model->n_lost);
  g_clear_pointer (&model, g_free);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  if (g_access ("/dev/shm", W_OK) == 0)
    g_setenv ("TMPDIR", "/dev/shm", TRUE);
  g_test_add_data_func ("/spool/model/keep", GUINT_TO_POINTER (0), test_model);
  g_test_add_data_func ("/spool/model/drop-oldest", GUINT_TO_POINTER (1), test_model);
  g_test_add_data_func ("/spool/model/removed", GUINT_TO_POINTER (2), test_model);
  return g_test_run ();
}

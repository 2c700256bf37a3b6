/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After a failed sync the same events stand in two segments, and the first of them may be damaged: what is whole in any
 * of them is read, in order and once, and only what is in none is lost. Nor does it matter which of them are dropped.
 */
#include "spool-rig.h"

#include "durable/spool-internal.h"

/* Events @first to @end - 1 in one frame. */
typedef struct
{
  guint first;
  guint end;
  gboolean damaged;
} Frame;

typedef struct
{
  const char *name;
  Frame segments[5][3];
  guint missing[6]; /* and nothing else; 0 ends */
} Case;

static const Case cases[] = {
  { "one-copy", { { { 1, 4 }, { 4, 7, TRUE }, { 7, 10 } } }, { 4, 5, 6 } },
  { "second-copy", { { { 1, 4 }, { 4, 7, TRUE }, { 7, 10 } }, { { 4, 7 }, { 7, 10 } } }, { 0 } },
  /* What is missing begins before the copy does. */
  { "part-of-gap",
    { { { 1, 4 } }, { { 7, 10, TRUE }, { 10, 13 } }, { { 7, 10 }, { 10, 13 } }, { { 13, 14 } } },
    { 4, 5, 6 } },
  { "inside-gap", { { { 1, 2 }, { 8, 10 } }, { { 3, 5 } }, { { 6, 7 }, { 8, 12 } } }, { 2, 5, 7 } },
  { "later-copy-has-more", { { { 1, 2 }, { 6, 8 } }, { { 4, 6 } }, { { 2, 5 } } }, { 0 } },
  { "damaged-copy",
    { { { 1, 2 }, { 2, 4, TRUE }, { 4, 6 } }, { { 2, 4, TRUE }, { 4, 6 } }, { { 2, 4 } }, { { 6, 7 } } },
    { 0 } },
  { "both-damaged", { { { 1, 2 }, { 2, 4, TRUE }, { 4, 6 } }, { { 2, 4, TRUE }, { 4, 6, TRUE } } }, { 2, 3 } },
};

static void
write_frame (MvxLogSpoolSegment *segment, const Frame *frame)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  guint64 at = segment->size;

  for (guint k = frame->first; k < frame->end; k++)
    spool_rig_put (&buffer, k);
  g_assert_true (
      mvx_log_spool_segment_append (segment, buffer.data, buffer.len, frame->end - frame->first, frame->first));
  if (frame->damaged)
    g_assert_cmpint (pwrite (segment->fd, "damage", 6, (off_t) at + MVX_LOG_FRAME_HEADER + 2), ==, 6);
  mvx_log_buffer_clear (&buffer);
}

/* What a process leaves whose disk failed. */
static void
leave (SpoolRig *rig, const Case *this)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSpoolHome) home = mvx_log_spool_home_new (rig->config.directory, &error);
  MvxLogAck ack;
  int fd;

  g_assert_no_error (error);
  ack = (MvxLogAck){ .stream = home->stream, .next_seq = 1, .segment = 1 };
  fd = mvx_log_ack_open (home->fd);
  g_assert_true (mvx_log_ack_write (&ack, fd, FALSE));
  mvx_log_disk_close (&fd);
  for (guint i = 0; i < G_N_ELEMENTS (this->segments) && this->segments[i][0].first > 0; i++)
    {
      MvxLogSegmentHeader header = {
        .major = MVX_LOG_FRAME_MAJOR, .stream = home->stream, .id = i + 1, .first_seq = this->segments[i][0].first
      };
      g_autoptr (MvxLogSpoolSegment) segment = NULL;
      char name[MVX_LOG_SEGMENT_NAME];

      mvx_log_segment_name (i + 1, name);
      segment = mvx_log_spool_segment_new (home->fd, name, &header, 16384, FALSE, FALSE);
      g_assert_nonnull (segment);
      for (guint j = 0; j < G_N_ELEMENTS (this->segments[i]) && this->segments[i][j].first > 0; j++)
        write_frame (segment, &this->segments[i][j]);
    }
}

static guint
last_event (const Case *this)
{
  guint end = 0;

  for (guint i = 0; i < G_N_ELEMENTS (this->segments); i++)
    for (guint j = 0; j < G_N_ELEMENTS (this->segments[i]); j++)
      end = MAX (end, this->segments[i][j].end);
  return end - 1;
}

static void
test_case (gconstpointer data)
{
  const Case *this = data;
  g_autoptr (GArray) numbers = NULL;
  MvxLogSpoolStats stats;
  MvxLogSpool *spool;
  SpoolRig rig;
  guint missing = 0;
  guint at = 0;

  spool_rig_init (&rig);
  leave (&rig, this);
  spool = spool_rig_open (&rig);
  numbers = spool_rig_drain (spool);
  for (guint k = 1; k <= last_event (this); k++)
    if (this->missing[missing] == k)
      missing++;
    else
      {
        g_assert_cmpuint (at, <, numbers->len);
        g_assert_cmpuint (g_array_index (numbers, guint64, at++), ==, k);
      }
  g_assert_cmpuint (at, ==, numbers->len);
  mvx_log_spool_get_stats (spool, &stats);
  g_assert_cmpuint (stats.lost[MVX_LOG_SPOOL_LOSS_DAMAGED] + stats.lost[MVX_LOG_SPOOL_LOSS_MISSING], ==, missing);
  g_assert_cmpuint (stats.acked, ==, numbers->len);
  g_assert_cmpuint (stats.n_adopted, ==, 0);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

/* Each event of a stream: how often it was told, delivered. */
typedef struct
{
  guint8 told[20];
  guint8 read[20];
} Seen;

static void
see_losses (MvxLogSpool *spool, Seen *seen)
{
  MvxLogSpoolLoss loss;

  while (mvx_log_spool_take_loss (spool, &loss))
    for (guint64 k = loss.first_seq; k < loss.first_seq + loss.n; k++)
      seen->told[k]++;
}

/* With the mutex, as who appends does it. Returns how many segments went. */
static guint
drop (MvxLogSpool *spool, guint n, Seen *seen)
{
  guint done = 0;

  g_mutex_lock (&spool->tally.mutex);
  while (done < n && spool->adopted->len > 0
         && mvx_log_spool_stream_drop_oldest (g_ptr_array_index (spool->adopted, 0)))
    done++;
  g_mutex_unlock (&spool->tally.mutex);
  see_losses (spool, seen);
  return done;
}

static void
drain (MvxLogSpool *spool, Seen *seen)
{
  g_autoptr (GArray) numbers = spool_rig_drain (spool);

  for (guint i = 0; i < numbers->len; i++)
    seen->read[g_array_index (numbers, guint64, i)]++;
  see_losses (spool, seen);
}

/* Reads @n and acknowledges them when the rest is gone. */
static guint
drop_behind_reader (MvxLogSpool *spool, guint n, Seen *seen)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSpoolBatch) batch = mvx_log_spool_read (spool, n, &error);

  g_assert_no_error (error);
  drop (spool, G_MAXUINT, seen);
  mvx_log_spool_ack (spool, &batch->stream, batch->items[batch->n - 1].seq);
  see_losses (spool, seen);
  for (guint i = 0; i < batch->n; i++)
    seen->read[batch->items[i].seq]++;
  return batch->n;
}

/* Leaves as who is killed leaves. */
static void
end (MvxLogSpool *spool)
{
  spool->pid = 0;
  mvx_log_spool_free (spool);
}

/* Whatever goes, before or after the process ends, each event is delivered or told. */
static void
test_drop (gconstpointer data)
{
  const Case *this = data;

  for (guint before = 0; before <= G_N_ELEMENTS (this->segments); before++)
    for (guint after = 0; after <= G_N_ELEMENTS (this->segments); after++)
      {
        Seen seen[2] = { 0 };
        MvxLogSpool *spool;
        SpoolRig rig;

        spool_rig_init (&rig);
        leave (&rig, this);
        spool = spool_rig_open (&rig);
        drop (spool, before, &seen[0]);
        end (spool);
        spool = spool_rig_open (&rig);
        drop (spool, after, &seen[1]);
        drain (spool, &seen[1]);
        for (guint k = 1; k <= last_event (this); k++)
          {
            g_assert_cmpuint (seen[0].told[k], <=, 1);
            g_assert_cmpuint (seen[1].told[k] + seen[1].read[k], <=, 1);
            g_assert_cmpuint (seen[0].told[k] + seen[1].told[k] + seen[1].read[k], >=, 1);
            g_assert_cmpuint (seen[0].told[k] + seen[1].read[k], <=, 1);
          }
        mvx_log_spool_free (spool);
        spool_rig_clear (&rig);
      }
}

/* What was acknowledged while everything behind it went is neither delivered again nor told. */
static void
check_behind (const Case *this, guint n)
{
  Seen seen[2] = { 0 };
  MvxLogSpool *spool;
  SpoolRig rig;

  spool_rig_init (&rig);
  leave (&rig, this);
  spool = spool_rig_open (&rig);
  n = drop_behind_reader (spool, n, &seen[0]);
  end (spool);
  spool = spool_rig_open (&rig);
  drain (spool, &seen[1]);
  for (guint k = 1; k <= last_event (this); k++)
    {
      g_assert_cmpuint (seen[0].told[k] + seen[0].read[k], <=, 1);
      g_assert_cmpuint (seen[1].told[k] + seen[1].read[k], <=, 1);
      if (k <= n)
        g_assert_cmpuint (seen[1].told[k] + seen[1].read[k], ==, 0);
      /* Behind what was acknowledged it is settled, too. */
      if (k == n + 1)
        g_assert_cmpuint (seen[0].told[k] + seen[1].told[k], <=, 1);
      g_assert_cmpuint (seen[0].told[k] + seen[0].read[k] + seen[1].told[k] + seen[1].read[k], >=, 1);
    }
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

static void
test_drop_behind (gconstpointer data)
{
  for (guint n = 1; n <= 4; n++)
    check_behind (data, n);
}

static void
add_tests (const char *group, GTestDataFunc func)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/spool/rewritten/", group, "/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], func);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  add_tests ("read", test_case);
  add_tests ("dropped", test_drop);
  add_tests ("dropped-behind-reader", test_drop_behind);
  return g_test_run ();
}

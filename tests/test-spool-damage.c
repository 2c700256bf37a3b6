/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that somebody or something has changed: what is outside of the damage is read, what is not is counted, nothing
 * wrong comes out and nobody is kept from starting. */
#include "spool-rig.h"

#include "durable/spool-ack-private.h"
#include "test-size.h"

#define N_EVENTS 300

/* A spool of three segments that a process has left; segments are paths, oldest first. */
typedef struct
{
  SpoolRig rig;
  GPtrArray *segments;
} Left;

static void
left_init (Left *left)
{
  spool_rig_init (&left->rig);
  left->rig.config.segment_bytes = 20000;
  left->rig.config.sync = MVX_LOG_SPOOL_SYNC_NONE;
  spool_rig_kill (&left->rig, 1, N_EVENTS);
  left->segments = spool_rig_list (&left->rig, ".seg");
  g_assert_cmpuint (left->segments->len, ==, 3);
}

static void
left_clear (Left *left)
{
  g_ptr_array_unref (left->segments);
  spool_rig_clear (&left->rig);
}

static const char *
left_segment (Left *left, guint i)
{
  return g_ptr_array_index (left->segments, i);
}

static void
left_write (Left *left, guint i, const char *bytes, gsize size)
{
  FILE *file = g_fopen (left_segment (left, i), "w");

  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (bytes, 1, size, file), ==, size);
  g_assert_cmpint (fclose (file), ==, 0);
}

/* Opens, reads everything, and says what is missing: in numbers, and by the spool's word. */
typedef struct
{
  guint n;
  guint missing;
  MvxLogSpoolStats stats;
} Result;

static Result
left_read (Left *left)
{
  MvxLogSpool *spool = spool_rig_open (&left->rig);
  g_autoptr (GArray) numbers = spool_rig_drain (spool);
  guint8 found[N_EVENTS + 1] = { 0 };
  Result result = { .n = numbers->len };

  for (guint i = 0; i < numbers->len; i++)
    {
      guint64 k = g_array_index (numbers, guint64, i);

      g_assert_cmpuint (k, <=, N_EVENTS);
      g_assert_false (found[k]);
      found[k] = TRUE;
    }
  for (guint k = 1; k <= N_EVENTS; k++)
    result.missing += !found[k];
  mvx_log_spool_get_stats (spool, &result.stats);
  g_assert_cmpuint (result.stats.adopted, ==, 0);
  mvx_log_spool_free (spool);
  return result;
}

/* Events in the frames of a segment that lie, in part or whole, in [@from, @to). */
static guint
count_in (const char *bytes, gsize size, gsize from, gsize to)
{
  gsize at = MVX_LOG_SEGMENT_HEADER;
  guint n = 0;

  while (at + MVX_LOG_FRAME_HEADER <= size && memcmp (bytes + at, "MVXF", 4) == 0)
    {
      guint32 payload;
      guint32 events;
      gsize end;

      memcpy (&payload, bytes + at + 8, sizeof payload);
      memcpy (&events, bytes + at + 12, sizeof events);
      end = at + MVX_LOG_FRAME_HEADER + payload;
      if (at < to && end > from)
        n += events;
      at = end;
    }
  return n;
}

static guint64
all_lost (const Result *result)
{
  return result->stats.lost[MVX_LOG_SPOOL_LOSS_DAMAGED] + result->stats.lost[MVX_LOG_SPOOL_LOSS_MISSING]
         + result->stats.lost[MVX_LOG_SPOOL_LOSS_OLDEST];
}

/* What stands in a file while it is being read is changed in a scratch copy of the directory. */
static void
test_flips (void)
{
  guint n = g_getenv ("MVXLOG_TEST_LONG") ? 20000 : test_size (600, 100);
  guint missing = 0;
  guint expected = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *bytes = NULL;
      gsize size;
      gsize at;
      guint which = (guint) g_test_rand_int_range (0, 3);
      guint hit;
      Left left;
      Result result;

      left_init (&left);
      g_assert_true (g_file_get_contents (left_segment (&left, which), &bytes, &size, NULL));
      at = (gsize) g_test_rand_int_range (0, (gint32) size);
      hit = count_in (bytes, size, at, at + 1);
      bytes[at] ^= (char) (1 << g_test_rand_int_range (0, 8));
      left_write (&left, which, bytes, size);
      result = left_read (&left);
      g_assert_cmpuint (result.missing, ==, hit);
      missing += result.missing;
      expected += hit;
      /* Only of the very last frame's own header nobody can know. */
      if (which < 2)
        g_assert_cmpuint (all_lost (&result), ==, hit);
      else
        g_assert_cmpuint (all_lost (&result), <=, hit);
      left_clear (&left);
    }
  g_test_message ("%u flips: bad accepted 0, events outside of the damage recovered 100 %%, in it lost %u of %u", n,
                  missing, expected);
}

/* Every length that a segment can have been cut to; every one of the last one in the long run. */
static void
test_truncation (void)
{
  guint step = g_getenv ("MVXLOG_TEST_LONG") ? 1 : test_size (97, 977);
  guint n = 0;

  for (guint which = 0; which < 3; which++)
    for (gsize cut = 0;; cut += step, n++)
      {
        g_autofree char *bytes = NULL;
        gsize size;
        guint hit;
        Left left;
        Result result;

        left_init (&left);
        g_assert_true (g_file_get_contents (left_segment (&left, which), &bytes, &size, NULL));
        if (cut >= size)
          {
            left_clear (&left);
            break;
          }
        hit = count_in (bytes, size, cut, size);
        left_write (&left, which, bytes, cut);
        result = left_read (&left);
        g_assert_cmpuint (result.missing, ==, hit);
        if (which < 2)
          g_assert_cmpuint (all_lost (&result), ==, hit);
        g_assert_cmpuint (result.stats.n_quarantined, ==, 0);
        left_clear (&left);
      }
  g_test_message ("%u lengths: bad accepted 0, events before the cut recovered 100 %%", n);
}

static void delete (Left *left, char *bytes, gsize size)
{
  g_assert_cmpint (g_remove (left_segment (left, 1)), ==, 0);
}

static void
make_empty (Left *left, char *bytes, gsize size)
{
  left_write (left, 1, "", 0);
}

static void
make_garbage (Left *left, char *bytes, gsize size)
{
  for (gsize i = 0; i < size; i++)
    bytes[i] = (char) g_test_rand_int_range (1, 256);
  left_write (left, 1, bytes, size);
}

static void
rewrite_header (Left *left, char *bytes, gsize size, void (*change) (MvxLogSegmentHeader *header))
{
  MvxLogSegmentHeader header;

  g_assert_cmpint (mvx_log_segment_header_get (&header, (guint8 *) bytes, size), ==, MVX_LOG_HEADER_VALID);
  change (&header);
  mvx_log_segment_header_put (&header, (guint8 *) bytes);
  left_write (left, 1, bytes, size);
}

static void
set_stream (MvxLogSegmentHeader *header)
{
  mvx_log_stream_id_make (&header->stream);
}

static void
set_major (MvxLogSegmentHeader *header)
{
  header->major++;
}

static void
set_minor (MvxLogSegmentHeader *header)
{
  header->minor += 7;
}

static void
make_foreign (Left *left, char *bytes, gsize size)
{
  rewrite_header (left, bytes, size, set_stream);
}

static void
make_newer (Left *left, char *bytes, gsize size)
{
  rewrite_header (left, bytes, size, set_major);
}

static void
make_newer_minor (Left *left, char *bytes, gsize size)
{
  rewrite_header (left, bytes, size, set_minor);
}

/* The first segment stands under the name of the second one, too. */
static void
make_duplicate (Left *left, char *bytes, gsize size)
{
  g_autofree char *first = NULL;

  g_assert_true (g_file_get_contents (left_segment (left, 0), &first, &size, NULL));
  left_write (left, 1, first, size);
}

static void
make_fifo (Left *left, char *bytes, gsize size)
{
  g_assert_cmpint (g_remove (left_segment (left, 1)), ==, 0);
  g_assert_cmpint (mkfifo (left_segment (left, 1), 0600), ==, 0);
}

static void
make_link (Left *left, char *bytes, gsize size)
{
  g_autofree char *target = g_strconcat (left->rig.base, "/elsewhere", NULL);

  left_write (left, 1, bytes, size);
  g_assert_cmpint (g_rename (left_segment (left, 1), target), ==, 0);
  g_assert_cmpint (symlink (target, left_segment (left, 1)), ==, 0);
}

static void
damage_header (Left *left, char *bytes, gsize size)
{
  memset (bytes, 0xaa, MVX_LOG_SEGMENT_HEADER);
  left_write (left, 1, bytes, size);
}

typedef struct
{
  const char *name;
  void (*change) (Left *left, char *bytes, gsize size);
  gboolean lost; /* the whole segment */
  gboolean quarantined;
  MvxLogSpoolLossReason reason;
} SegmentCase;

static const SegmentCase segment_cases[] = {
  { "missing", delete, TRUE, FALSE, MVX_LOG_SPOOL_LOSS_MISSING },
  { "empty", make_empty, TRUE, FALSE, MVX_LOG_SPOOL_LOSS_MISSING },
  { "garbage", make_garbage, TRUE, TRUE, MVX_LOG_SPOOL_LOSS_DAMAGED },
  { "foreign", make_foreign, TRUE, TRUE, MVX_LOG_SPOOL_LOSS_DAMAGED },
  { "newer", make_newer, TRUE, TRUE, MVX_LOG_SPOOL_LOSS_DAMAGED },
  { "newer-minor", make_newer_minor, FALSE, FALSE, 0 },
  { "duplicate", make_duplicate, TRUE, TRUE, MVX_LOG_SPOOL_LOSS_DAMAGED },
  { "fifo", make_fifo, TRUE, TRUE, MVX_LOG_SPOOL_LOSS_DAMAGED },
  { "link", make_link, TRUE, TRUE, MVX_LOG_SPOOL_LOSS_DAMAGED },
  { "header", damage_header, FALSE, FALSE, 0 },
};

static void
test_segment (gconstpointer data)
{
  const SegmentCase *this = data;
  g_autofree char *bytes = NULL;
  g_autoptr (GPtrArray) bad = NULL;
  guint expected;
  gsize size;
  Left left;
  Result result;

  left_init (&left);
  g_assert_true (g_file_get_contents (left_segment (&left, 1), &bytes, &size, NULL));
  expected = this->lost ? count_in (bytes, size, 0, size) : 0;
  this->change (&left, bytes, size);
  result = left_read (&left);
  g_assert_cmpuint (result.missing, ==, expected);
  g_assert_cmpuint (all_lost (&result), ==, expected);
  if (expected > 0)
    g_assert_cmpuint (result.stats.lost[this->reason], ==, expected);
  g_assert_cmpuint (result.stats.n_quarantined, ==, this->quarantined);
  bad = spool_rig_list (&left.rig, ".bad");
  g_assert_cmpuint (bad->len, ==, this->quarantined);
  g_test_message ("recovered %u, lost %u, reported as lost %u", result.n, result.missing, (guint) all_lost (&result));
  /* It is over: who starts next does not read it again. */
  result = left_read (&left);
  g_assert_cmpuint (result.n, ==, 0);
  g_assert_cmpuint (all_lost (&result), ==, 0);
  left_clear (&left);
}

/* A spool of which 100 events are acknowledged, and its file for that. */
static char *
left_init_acked (Left *left)
{
  MvxLogSpool *spool;
  MvxLogSpoolBatch *batch;
  g_autoptr (GPtrArray) acks = NULL;

  spool_rig_init (&left->rig);
  left->rig.config.sync = MVX_LOG_SPOOL_SYNC_NONE;
  left->segments = g_ptr_array_new ();
  spool = spool_rig_open (&left->rig);
  spool_rig_append (spool, 1, N_EVENTS, NULL);
  for (guint i = 0; i < 2; i++)
    {
      batch = mvx_log_spool_read (spool, 50, NULL);
      mvx_log_spool_ack (spool, &batch->stream, batch->items[49].seq);
      mvx_log_spool_batch_free (batch);
    }
  mvx_log_spool_free (spool);
  acks = spool_rig_list (&left->rig, "ack");
  g_assert_cmpuint (acks->len, ==, 1);
  return g_strdup (g_ptr_array_index (acks, 0));
}

typedef struct
{
  const char *name;
  guint again; /* events that are delivered once more */
} AckCase;

static const AckCase ack_cases[] = {
  { "intact", 0 },     { "missing", 100 }, { "zero", 100 },    { "both-bad", 100 },
  { "newer-bad", 50 }, { "future", 100 },  { "foreign", 100 }, { "directory", 100 },
};

static void
change_ack (const char *name, const char *path)
{
  g_autofree char *text = NULL;
  guint8 *slots;
  gsize size;
  MvxLogAck ack;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  g_assert_cmpuint (size, ==, 2 * MVX_LOG_ACK_SLOT);
  slots = (guint8 *) text;
  g_assert_true (mvx_log_ack_get (&ack, slots));
  g_assert_cmpuint (ack.generation, ==, 4);
  g_assert_cmpuint (ack.next_seq, ==, 101);
  if (strcmp (name, "zero") == 0)
    memset (slots, 0, size);
  else if (strcmp (name, "both-bad") == 0)
    slots[41] ^= 1, slots[MVX_LOG_ACK_SLOT + 33] ^= 1;
  else if (strcmp (name, "newer-bad") == 0)
    slots[510] ^= 1;
  else if (strcmp (name, "future") == 0)
    {
      ack.generation = 1000;
      ack.next_seq = 5000;
      ack.segment = 77;
      mvx_log_ack_put (&ack, slots);
    }
  else if (strcmp (name, "foreign") == 0)
    {
      mvx_log_stream_id_make (&ack.stream);
      mvx_log_ack_put (&ack, slots);
      mvx_log_ack_put (&ack, slots + MVX_LOG_ACK_SLOT);
    }
  g_assert_cmpint (g_remove (path), ==, 0);
  if (strcmp (name, "directory") == 0)
    g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  else if (strcmp (name, "missing") != 0)
    g_assert_true (g_file_set_contents (path, text, (gssize) size, NULL));
}

static void
test_ack (gconstpointer data)
{
  const AckCase *this = data;
  Left left;
  g_autofree char *path = left_init_acked (&left);
  gint64 start;
  Result result;

  change_ack (this->name, path);
  start = g_get_monotonic_time ();
  result = left_read (&left);
  g_test_message ("delivered again %u, lost 0, read in %.1f ms", result.n - 200,
                  (double) (g_get_monotonic_time () - start) / 1000);
  g_assert_cmpuint (result.n, ==, 200 + this->again);
  g_assert_cmpuint (result.missing, ==, 100 - this->again);
  g_assert_cmpuint (all_lost (&result), ==, 0);
  left_clear (&left);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  if (g_access ("/dev/shm", W_OK) == 0)
    g_setenv ("TMPDIR", "/dev/shm", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (segment_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/spool/damage/segment/", segment_cases[i].name, NULL);

      g_test_add_data_func (path, &segment_cases[i], test_segment);
    }
  for (guint i = 0; i < G_N_ELEMENTS (ack_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/spool/damage/ack/", ack_cases[i].name, NULL);

      g_test_add_data_func (path, &ack_cases[i], test_ack);
    }
  g_test_add_func ("/spool/damage/truncation", test_truncation);
  g_test_add_func ("/spool/damage/flips", test_flips);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After a failed sync the same events stand in two segments, and the first of them may be damaged: what is whole in any
 * of them is read, in order and once, and only what is in none is lost. */
#include "spool-rig.h"

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

  g_assert_no_error (error);
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
  g_assert_cmpuint (stats.n_adopted, ==, 0);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/spool/rewritten/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must be on the disk before what, and what is left of a segment that the disk refused. */
#include "spool-disk.h"
#include "spool-rig.h"

#include "durable/spool-internal.h"
#include <sys/file.h>

#include "durable/dead-letter-private.h"
#include "durable/spool-ack-private.h"

/* What happened since it was set to zero. */
static struct
{
  guint n_acks; /* acknowledgements written, and not synced yet */
  guint n_unlinked;
  guint n_early;       /* segments that went before */
  gboolean names_open; /* a new name in the directory of the stream has yet to be synced */
  guint n_nameless;    /* events written before it was */
} seen;

static gboolean
is_ack (int fd)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree char *target = g_file_read_link (path, NULL);

  return target != NULL && g_str_has_suffix (target, "/" MVX_LOG_ACK_NAME);
}

static gboolean
is_directory (int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0 && S_ISDIR (info.st_mode);
}

static void
note_order (const SpoolDiskNote *note)
{
  if (note->result < 0)
    return;
  if (note->call == SPOOL_DISK_WRITE && is_ack (note->fd))
    seen.n_acks++;
  else if (note->call == SPOOL_DISK_WRITE && note->n_parts > 1 && seen.names_open)
    seen.n_nameless++;
  else if (note->call == SPOOL_DISK_OPEN && (note->flags & O_EXCL))
    seen.names_open = TRUE;
  else if (note->call == SPOOL_DISK_SYNC_FULL && is_directory (note->fd))
    seen.names_open = FALSE;
  else if (note->call == SPOOL_DISK_SYNC && is_ack (note->fd))
    seen.n_acks = 0;
  else if (note->call == SPOOL_DISK_UNLINK && g_str_has_suffix (note->name, ".seg"))
    {
      seen.n_unlinked++;
      seen.n_early += seen.n_acks > 0;
    }
}

/* Else what was delivered would seem to be missing after a power failure. */
static void
test_ack_first (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;

  spool_rig_init (&rig);
  rig.config.segment_bytes = 4096;
  spool = spool_rig_open (&rig);
  memset (&seen, 0, sizeof seen);
  spool_disk_note = note_order;
  for (guint k = 1; k < 400; k += 20)
    g_assert_cmpuint (spool_rig_append (spool, k, 20, NULL), ==, 20);
  spool_rig_expect (spool, 1, 400);
  mvx_log_spool_free (spool);
  spool_disk_note = NULL;
  g_assert_cmpuint (seen.n_unlinked, >=, 10);
  g_assert_cmpuint (seen.n_early, ==, 0);
  g_assert_cmpuint (seen.n_nameless, ==, 0);
  spool_rig_clear (&rig);
}

static gint n_writes_left; /* until one fails; -1: none does */

static gssize
fail_write (SpoolDiskCall call, int fd, gsize size)
{
  if (call != SPOOL_DISK_WRITE || n_writes_left < 0 || n_writes_left-- > 0)
    return SPOOL_DISK_GO;
  errno = EIO;
  return -1;
}

/* A header that cannot be written leaves no file, and neither does the next one that can. */
static void
test_unfinished (void)
{
  g_autoptr (GPtrArray) paths = NULL;
  g_autoptr (GError) error = NULL;
  SpoolRig rig;
  MvxLogSpool *spool;

  spool_rig_init (&rig);
  spool = spool_rig_open (&rig);
  n_writes_left = 0;
  spool_disk_fault = fail_write;
  g_assert_cmpuint (spool_rig_append (spool, 1, 1, &error), ==, 0);
  spool_disk_fault = NULL;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  paths = spool_rig_list (&rig, ".seg");
  g_assert_cmpuint (paths->len, ==, 0);
  g_assert_cmpuint (spool_rig_append (spool, 1, 1, NULL), ==, 1);
  spool_rig_expect (spool, 1, 1);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

static guint
count_told (MvxLogSpool *spool, MvxLogSpoolLossReason reason)
{
  MvxLogSpoolLoss loss;
  guint n = 0;

  while (mvx_log_spool_take_loss (spool, &loss))
    {
      g_assert_cmpint (loss.reason, ==, reason);
      n += loss.n;
    }
  return n;
}

/* The first write into a new segment fails, so that everything that was not synced is written again. What is then
 * dropped is told at once, although the segments that were given up seem to reach as far. */
static void
test_drop_rewritten (gconstpointer data)
{
  const guint n_drops = GPOINTER_TO_UINT (data);
  g_autoptr (GArray) rest = NULL;
  SpoolRig rig;
  MvxLogSpool *spool;
  guint n_told;

  spool_rig_init (&rig);
  rig.config.segment_bytes = 4096;
  spool = spool_rig_open (&rig);
  g_assert_cmpuint (spool_rig_append (spool, 1, 66, NULL), ==, 66);
  n_writes_left = 1; /* that of the header */
  spool_disk_fault = fail_write;
  while (n_writes_left >= 0)
    g_assert_cmpuint (spool_rig_append (spool, spool->own->end_seq, 1, NULL), ==, 1);
  spool_disk_fault = NULL;
  g_assert_cmpuint (spool->n_sealed, ==, 1);
  g_mutex_lock (&spool->tally.mutex);
  for (guint i = 0; i < n_drops; i++)
    mvx_log_spool_stream_drop_oldest (spool->own);
  g_mutex_unlock (&spool->tally.mutex);
  n_told = count_told (spool, MVX_LOG_SPOOL_LOSS_OLDEST);
  /* Nothing had been synced: all of what was given up, in three segments, is there again. */
  if (n_drops <= 3)
    g_assert_cmpuint (n_told, ==, 0);
  else
    g_assert_cmpuint (n_told, >, 0);
  rest = spool_rig_drain (spool);
  g_assert_cmpuint (count_told (spool, MVX_LOG_SPOOL_LOSS_OLDEST), ==, 0);
  g_assert_cmpuint (n_told + rest->len, ==, spool->own->end_seq - 1);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

/* The same while the first events are being delivered: their segment stays, and the others go. */
static void
test_drop_behind (void)
{
  g_autoptr (MvxLogSpoolBatch) batch = NULL;
  g_autoptr (GArray) rest = NULL;
  SpoolRig rig;
  MvxLogSpool *spool;
  guint n_told;

  spool_rig_init (&rig);
  rig.config.segment_bytes = 4096;
  spool = spool_rig_open (&rig);
  g_assert_cmpuint (spool_rig_append (spool, 1, 66, NULL), ==, 66);
  batch = mvx_log_spool_read (spool, 5, NULL);
  g_assert_cmpuint (batch->n, ==, 5);
  n_writes_left = 1;
  spool_disk_fault = fail_write;
  while (n_writes_left >= 0)
    g_assert_cmpuint (spool_rig_append (spool, spool->own->end_seq, 1, NULL), ==, 1);
  spool_disk_fault = NULL;
  g_mutex_lock (&spool->tally.mutex);
  while (mvx_log_spool_stream_drop_oldest (spool->own))
    ;
  g_mutex_unlock (&spool->tally.mutex);
  n_told = count_told (spool, MVX_LOG_SPOOL_LOSS_OLDEST);
  g_assert_cmpuint (n_told, >, 0);
  mvx_log_spool_ack (spool, &batch->stream, 5);
  rest = spool_rig_drain (spool);
  g_assert_cmpuint (count_told (spool, MVX_LOG_SPOOL_LOSS_OLDEST), ==, 0);
  g_assert_cmpuint (5 + n_told + rest->len, ==, spool->own->end_seq - 1);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

static MvxLogSpool *syncing;

/* Somebody logs while the disk syncs. */
static gssize
append_while_syncing (SpoolDiskCall call, int fd, gsize size)
{
  if (call == SPOOL_DISK_SYNC && syncing)
    g_assert_cmpuint (spool_rig_append (g_steal_pointer (&syncing), 11, 5, NULL), ==, 5);
  return SPOOL_DISK_GO;
}

/* Durable is what was there when the sync began. */
static void
test_durable (void)
{
  MvxLogSpoolStats stats;
  MvxLogSpool *spool;
  SpoolRig rig;

  spool_rig_init (&rig);
  spool = spool_rig_open (&rig);
  g_assert_cmpuint (spool_rig_append (spool, 1, 10, NULL), ==, 10);
  syncing = spool;
  spool_disk_fault = append_while_syncing;
  g_assert_true (mvx_log_spool_sync (spool, NULL));
  spool_disk_fault = NULL;
  mvx_log_spool_get_stats (spool, &stats);
  g_assert_cmpuint (stats.next_seq, ==, 16);
  g_assert_cmpuint (stats.durable_seq, ==, 11);
  g_assert_true (mvx_log_spool_sync (spool, NULL));
  mvx_log_spool_get_stats (spool, &stats);
  g_assert_cmpuint (stats.durable_seq, ==, 16);
  spool_rig_expect (spool, 1, 15);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

/* What had not been synced when somebody removed the file is written again. */
static void
test_removed (void)
{
  g_autoptr (GPtrArray) paths = NULL;
  MvxLogSpool *spool;
  SpoolRig rig;

  spool_rig_init (&rig);
  spool = spool_rig_open (&rig);
  g_assert_cmpuint (spool_rig_append (spool, 1, 10, NULL), ==, 10);
  paths = spool_rig_list (&rig, ".seg");
  g_assert_cmpuint (paths->len, ==, 1);
  g_assert_cmpint (g_remove (g_ptr_array_index (paths, 0)), ==, 0);
  g_assert_cmpuint (spool_rig_append (spool, 11, 1, NULL), ==, 1);
  spool_rig_expect (spool, 1, 11);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

static void
test_quota (void)
{
  MvxLogSpoolStats stats;
  MvxLogSpool *spool;
  guint64 k = 1;
  SpoolRig rig;

  spool_rig_init (&rig);
  rig.config.segment_bytes = 4096;
  rig.config.max_bytes = 5 * 4096;
  spool = spool_rig_open (&rig);
  while (spool_rig_append (spool, k, 1, NULL) == 1)
    k++;
  mvx_log_spool_get_stats (spool, &stats);
  g_assert_cmpuint (stats.bytes, <=, rig.config.max_bytes);
  g_assert_cmpuint (stats.n_segments, ==, 5);
  spool_rig_expect (spool, 1, (guint) k - 1);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

static char *removed_lock;

/* Somebody removes the stream between the opening of its lock and the lock. */
int
flock (int fd, int operation)
{
  if (removed_lock)
    {
      g_assert_cmpint (g_remove (removed_lock), ==, 0);
      g_clear_pointer (&removed_lock, g_free);
    }
  return (int) syscall (SYS_flock, fd, operation);
}

static void
test_lock_gone (void)
{
  g_autoptr (MvxLogSpoolHome) home = NULL;
  g_autoptr (GPtrArray) paths = NULL;
  g_autofree char *directory = NULL;
  g_autofree char *stream = NULL;
  g_autoptr (GError) error = NULL;
  SpoolRig rig;

  spool_rig_init (&rig);
  spool_rig_kill (&rig, 1, 10);
  paths = spool_rig_list (&rig, "lock");
  g_assert_cmpuint (paths->len, ==, 1);
  removed_lock = g_strdup (g_ptr_array_index (paths, 0));
  directory = g_path_get_dirname (removed_lock);
  stream = g_path_get_basename (directory);
  home = mvx_log_spool_home_open (rig.config.directory, stream, TRUE, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_null (home);
  spool_rig_clear (&rig);
}

static guint n_synced; /* files */

static void
count_syncs (const SpoolDiskNote *note)
{
  n_synced += note->call == SPOOL_DISK_SYNC;
}

static void
test_dead_letter (void)
{
  const MvxLogStreamId stream = { { 1 } };
  const MvxLogDeadLetter letter
      = { .stream = stream, .seq = 1, .reason = "why", .reason_size = 3, .bytes = (const guint8 *) "event", .size = 5 };
  MvxLogDeadLetters *letters;
  g_autoptr (GError) error = NULL;
  SpoolRig rig;

  spool_rig_init (&rig);
  letters = mvx_log_dead_letters_new (rig.config.directory, &stream, 0);
  spool_disk_note = count_syncs;
  for (guint i = 1; i <= 3; i++)
    {
      g_assert_true (mvx_log_dead_letters_add (letters, &letter, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (n_synced, ==, i);
    }
  spool_disk_note = NULL;
  mvx_log_dead_letters_free (letters);
  spool_rig_clear (&rig);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spool/order/acknowledgement", test_ack_first);
  g_test_add_func ("/spool/order/unfinished", test_unfinished);
  for (guint i = 1; i <= 8; i++)
    {
      g_autofree char *path = g_strdup_printf ("/spool/order/drop-rewritten/%u", i);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_drop_rewritten);
    }
  g_test_add_func ("/spool/order/drop-behind-reader", test_drop_behind);
  g_test_add_func ("/spool/order/durable", test_durable);
  g_test_add_func ("/spool/order/removed", test_removed);
  g_test_add_func ("/spool/order/quota", test_quota);
  g_test_add_func ("/spool/order/lock-gone", test_lock_gone);
  g_test_add_func ("/spool/order/dead-letter", test_dead_letter);
  return g_test_run ();
}

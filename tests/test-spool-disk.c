/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks that are full, slow, broken, or taken away while a spool is in use. */
#include "spool-disk.h"
#include "spool-rig.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "base/atfork-private.h"
#include "test-size.h"

static MvxLogSpoolStats
stats_of (MvxLogSpool *spool)
{
  MvxLogSpoolStats stats;

  mvx_log_spool_get_stats (spool, &stats);
  return stats;
}

static guint64
all_lost (MvxLogSpool *spool)
{
  MvxLogSpoolStats stats = stats_of (spool);

  return stats.lost[0] + stats.lost[1] + stats.lost[2];
}

static guint64
file_bytes (SpoolRig *rig)
{
  g_autoptr (GPtrArray) paths = spool_rig_list (rig, ".seg");
  guint64 bytes = 0;
  struct stat info;

  for (guint i = 0; i < paths->len; i++)
    if (stat (g_ptr_array_index (paths, i), &info) == 0)
      bytes += (guint64) info.st_blocks * 512;
  return bytes;
}

static gssize
shake_writes (SpoolDiskCall call, int fd, gsize size)
{
  gint dice = g_test_rand_int_range (0, 100);

  if (call == SPOOL_DISK_READ && dice < 30)
    return size > 1 ? g_test_rand_int_range (1, (gint32) size) : SPOOL_DISK_GO;
  if (call == SPOOL_DISK_READ || dice >= 50)
    return SPOOL_DISK_GO;
  if (dice < 10)
    {
      errno = EINTR;
      return call == SPOOL_DISK_WRITE || call == SPOOL_DISK_SYNC ? -1 : SPOOL_DISK_GO;
    }
  if (call != SPOOL_DISK_WRITE)
    return SPOOL_DISK_GO;
  if (dice < 13)
    return 0;
  errno = EIO;
  return dice < 16 ? -1 : g_test_rand_int_range (1, (gint32) MAX (size, 2));
}

/* Short, interrupted, empty and failed ones: each frame is whole, or nobody ever sees it. */
static void
test_shaken (gconstpointer data)
{
  guint n_rounds = test_size (20, 4);
  guint64 n_sealed = 0;

  for (guint round = 0; round < n_rounds; round++)
    {
      SpoolRig rig;
      MvxLogSpool *spool;
      guint64 k = 1;

      spool_rig_init (&rig);
      rig.config.sync = (MvxLogSpoolSync) GPOINTER_TO_INT (data);
      spool = spool_rig_open (&rig);
      spool_disk_fault = shake_writes;
      while (k <= 1000)
        k += spool_rig_append (spool, k, (guint) MIN (20, 1001 - k), NULL);
      mvx_log_spool_sync (spool, NULL);
      spool_disk_fault = NULL;
      n_sealed += stats_of (spool).n_sealed;
      spool_rig_expect (spool, 1, 1000);
      g_assert_cmpuint (all_lost (spool), ==, 0);
      g_assert_cmpuint (stats_of (spool).n_damaged, ==, 0);
      mvx_log_spool_free (spool);
      spool_rig_clear (&rig);
    }
  g_test_message ("%u events, %u segments given up, torn frames visible 0, lost 0", n_rounds * 1000, (guint) n_sealed);
  g_assert_cmpuint (n_sealed, >, 0);
}

static int disk_errno; /* of everything that changes something */

static gssize
refuse_changes (SpoolDiskCall call, int fd, gsize size)
{
  errno = disk_errno;
  return call == SPOOL_DISK_READ || call == SPOOL_DISK_OPEN ? SPOOL_DISK_GO : -1;
}

static void
test_refused (void)
{
  static const struct
  {
    int code;
    GIOErrorEnum error;
  } cases[] = { { EROFS, G_IO_ERROR_READ_ONLY },
                { EIO, G_IO_ERROR_FAILED },
                { ENOSPC, G_IO_ERROR_NO_SPACE },
                { EDQUOT, G_IO_ERROR_NO_SPACE },
                { EFBIG, G_IO_ERROR_FAILED } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      SpoolRig rig;
      MvxLogSpool *spool;

      spool_rig_init (&rig);
      rig.config.sync = MVX_LOG_SPOOL_SYNC_BATCH;
      spool = spool_rig_open (&rig);
      g_assert_cmpuint (spool_rig_append (spool, 1, 100, NULL), ==, 100);
      disk_errno = cases[i].code;
      spool_disk_fault = refuse_changes;
      for (guint n = 0; n < 10; n++)
        {
          g_autoptr (GError) error = NULL;

          g_assert_cmpuint (spool_rig_append (spool, 101, 10, &error), ==, 0);
          g_assert_nonnull (error);
          g_assert_cmpstr (g_quark_to_string (error->domain), ==, g_quark_to_string (G_IO_ERROR));
          g_assert_true (strstr (error->message, rig.config.directory) != NULL);
        }
      spool_disk_fault = NULL;
      g_assert_cmpuint (spool_rig_append (spool, 101, 100, NULL), ==, 100);
      g_assert_cmpuint (stats_of (spool).durable_seq, ==, 201);
      spool_rig_expect (spool, 1, 200);
      g_assert_cmpuint (all_lost (spool), ==, 0);
      mvx_log_spool_free (spool);
      spool_rig_clear (&rig);
    }
}

/* What fails is left alone for a while, then tried again without being asked to. */
static void
test_pause (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) again = NULL;
  gint64 due;

  spool_rig_init (&rig);
  rig.config.retry_us = (gint64) G_USEC_PER_SEC * 3600;
  spool = spool_rig_open (&rig);
  disk_errno = ENOSPC;
  spool_disk_fault = refuse_changes;
  g_assert_cmpuint (spool_rig_append (spool, 1, 1, &error), ==, 0);
  spool_disk_fault = NULL;
  g_assert_cmpuint (spool_rig_append (spool, 1, 1, &again), ==, 0);
  g_assert_cmpstr (again->message, ==, error->message);
  mvx_log_spool_free (spool);

  rig.config.retry_us = 1;
  spool = spool_rig_open (&rig);
  spool_disk_fault = refuse_changes;
  g_assert_cmpuint (spool_rig_append (spool, 1, 1, NULL), ==, 0);
  spool_disk_fault = NULL;
  due = g_get_monotonic_time () + 1;
  while (g_get_monotonic_time () <= due)
    ;
  g_assert_cmpuint (spool_rig_append (spool, 1, 1, NULL), ==, 1);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

static void
test_quota (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;
  char stream[MVX_LOG_STREAM_ID_DIGITS + 1];
  guint64 peak = 0;
  guint64 k = 1;
  guint n;

  spool_rig_init (&rig);
  rig.config.max_bytes = 512 * 1024;
  spool = spool_rig_open (&rig);
  while ((n = spool_rig_append (spool, k, 10, &error)) == 10)
    {
      k += n;
      mvx_log_spool_prepare (spool);
      peak = MAX (peak, file_bytes (&rig));
    }
  k += n;
  mvx_log_stream_id_print (mvx_log_spool_get_stream (spool), stream);
  expected = g_strdup_printf ("Spool '%s/%s' is full: %u bytes wait for delivery, and it may take up 524288",
                              rig.config.directory, stream, (guint) stats_of (spool).bytes);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_cmpuint (peak, <=, rig.config.max_bytes + rig.config.segment_bytes);
  g_test_message ("peak %u of %u bytes", (guint) peak, (guint) rig.config.max_bytes);
  /* What is delivered makes room. */
  spool_rig_expect (spool, 1, (guint) k - 1);
  g_assert_cmpuint (spool_rig_append (spool, k, 10, NULL), ==, 10);
  g_assert_cmpuint (all_lost (spool), ==, 0);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

/* The oldest go, the newest stay, and how many went is known at once. */
static void
test_drop_oldest (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;
  MvxLogSpoolLoss loss;
  guint64 lost;
  guint64 told = 0;

  spool_rig_init (&rig);
  rig.config.max_bytes = 512 * 1024;
  rig.config.drop_oldest = TRUE;
  spool = spool_rig_open (&rig);
  for (guint64 k = 1; k <= 20000; k += 10)
    {
      g_assert_cmpuint (spool_rig_append (spool, k, 10, NULL), ==, 10);
      g_assert_cmpuint (stats_of (spool).pending + all_lost (spool), ==, k + 9);
      if (k % 1000 == 1)
        g_assert_cmpuint (file_bytes (&rig), <=, rig.config.max_bytes + rig.config.segment_bytes);
    }
  lost = stats_of (spool).lost[MVX_LOG_SPOOL_LOSS_OLDEST];
  g_assert_cmpuint (lost, >, 10000);
  g_assert_cmpuint (lost, ==, all_lost (spool));
  while (mvx_log_spool_take_loss (spool, &loss))
    {
      g_assert_cmpint (loss.reason, ==, MVX_LOG_SPOOL_LOSS_OLDEST);
      g_assert_cmpuint (loss.first_seq, ==, told + 1);
      told += loss.n;
    }
  g_assert_cmpuint (told, ==, lost);
  spool_rig_expect (spool, lost + 1, (guint) (20000 - lost));
  g_assert_cmpuint (all_lost (spool), ==, lost);
  g_assert_cmpuint (stats_of (spool).pending, ==, 0);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

/* The same while it is being read, also of streams of others, and back and forth. */
static void
test_drop_unread (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;
  MvxLogSpoolStats stats;
  MvxLogSpoolBatch *batch;
  guint64 delivered = 0;

  spool_rig_init (&rig);
  rig.config.max_bytes = 512 * 1024;
  rig.config.drop_oldest = TRUE;
  spool_rig_kill (&rig, 1, 2000);
  spool = spool_rig_open (&rig);
  for (guint64 k = 2001; k <= 12000; k += 10)
    {
      g_assert_cmpuint (spool_rig_append (spool, k, 10, NULL), ==, 10);
      if (k % 70 != 1)
        continue;
      batch = mvx_log_spool_read (spool, 7, NULL);
      g_assert_nonnull (batch);
      if (g_test_rand_bit ())
        mvx_log_spool_rewind (spool);
      else
        {
          delivered += batch->n;
          mvx_log_spool_ack (spool, &batch->stream, batch->items[batch->n - 1].seq);
        }
      mvx_log_spool_batch_free (batch);
    }
  mvx_log_spool_rewind (spool);
  while ((batch = mvx_log_spool_read (spool, 100, NULL)))
    {
      delivered += batch->n;
      mvx_log_spool_ack (spool, &batch->stream, batch->items[batch->n - 1].seq);
      mvx_log_spool_batch_free (batch);
    }
  stats = stats_of (spool);
  g_assert_cmpuint (stats.pending + stats.adopted, ==, 0);
  g_assert_cmpuint (stats.acked + all_lost (spool), ==, 12000);
  g_assert_cmpuint (stats.acked, >=, delivered);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

static void
test_keep_free (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;
  g_autoptr (GError) error = NULL;

  spool_rig_init (&rig);
  rig.config.keep_free = G_MAXUINT64 / 2;
  spool = spool_rig_open (&rig);
  g_assert_cmpuint (spool_rig_append (spool, 1, 1, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_true (
      g_str_has_suffix (error->message, ", of which 9223372036854775807 are kept free; free some, or move it"));
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

/* Whatever of the spool's went, it would not be enough: then nothing goes. */
static void
test_keep_free_of_others (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;
  MvxLogSpoolStats stats;
  g_autoptr (GError) error = NULL;

  spool_rig_init (&rig);
  spool = spool_rig_open (&rig);
  g_assert_cmpuint (spool_rig_append (spool, 1, 2000, NULL), ==, 2000);
  mvx_log_spool_free (spool);
  rig.config.keep_free = G_MAXUINT64 / 2;
  rig.config.drop_oldest = TRUE;
  spool = spool_rig_open (&rig);
  g_assert_cmpuint (spool_rig_append (spool, 2001, 1, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  stats = stats_of (spool);
  g_assert_cmpuint (stats.adopted, ==, 2000);
  g_assert_cmpuint (all_lost (spool), ==, 0);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

/* Somebody removes everything. What was there and not delivered is lost, and counted; what comes then is not. */
static void
test_removed (gconstpointer data)
{
  gboolean all = GPOINTER_TO_INT (data);
  SpoolRig rig;
  MvxLogSpool *spool;
  g_autoptr (GPtrArray) paths = NULL;
  g_autoptr (GArray) numbers = NULL;
  MvxLogSpoolStats stats;

  spool_rig_init (&rig);
  rig.config.sync = MVX_LOG_SPOOL_SYNC_BATCH;
  spool = spool_rig_open (&rig);
  g_assert_cmpuint (spool_rig_append (spool, 1, 2000, NULL), ==, 2000);
  paths = spool_rig_list (&rig, ".seg");
  g_assert_cmpuint (paths->len, >, 3);
  if (all)
    spool_rig_remove_tree (rig.config.directory);
  else
    g_assert_cmpint (g_remove (g_ptr_array_index (paths, 1)), ==, 0);
  g_assert_cmpuint (spool_rig_append (spool, 2001, 2000, NULL), ==, 2000);
  numbers = spool_rig_drain (spool);
  stats = stats_of (spool);
  g_test_message ("lost %u, counted %u", 4000 - numbers->len, (guint) stats.lost[MVX_LOG_SPOOL_LOSS_MISSING]);
  g_assert_cmpuint (stats.lost[MVX_LOG_SPOOL_LOSS_MISSING], ==, 4000 - numbers->len);
  g_assert_cmpuint (all_lost (spool), ==, 4000 - numbers->len);
  if (all)
    g_assert_cmpuint (numbers->len, ==, 2000);
  else
    g_assert_cmpuint (numbers->len, >, 3000);
  g_assert_cmpuint (stats.pending, ==, 0);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

static gssize
run_out_of_descriptors (SpoolDiskCall call, int fd, gsize size)
{
  errno = EMFILE;
  return call == SPOOL_DISK_OPEN ? -1 : SPOOL_DISK_GO;
}

static gssize
fail_reads (SpoolDiskCall call, int fd, gsize size)
{
  errno = EIO;
  return call == SPOOL_DISK_READ ? -1 : SPOOL_DISK_GO;
}

/* What passes is waited for; what does not, is put aside. */
static void
test_unreadable (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;

  spool_rig_init (&rig);
  spool = spool_rig_open (&rig);
  spool_rig_append (spool, 1, 100, NULL);
  spool_disk_fault = run_out_of_descriptors;
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (mvx_log_spool_read (spool, 10, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES);
    }
  spool_disk_fault = NULL;
  spool_rig_expect (spool, 1, 100);
  spool_rig_append (spool, 101, 100, NULL);
  spool_disk_fault = fail_reads;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (mvx_log_spool_read (spool, 10, &error));
      g_assert_nonnull (error);
    }
  g_assert_null (mvx_log_spool_read (spool, 10, NULL));
  spool_disk_fault = NULL;
  g_assert_cmpuint (stats_of (spool).n_quarantined, ==, 1);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

/* A disk that does not come back from a sync: who appends and who reads does not wait for it. */
static int sync_entered[2];
static int sync_left[2];

static gssize
wait_in_sync (SpoolDiskCall call, int fd, gsize size)
{
  char c;

  if (call != SPOOL_DISK_SYNC)
    return SPOOL_DISK_GO;
  g_assert_cmpint (write (sync_entered[1], "", 1), ==, 1);
  g_assert_cmpint (read (sync_left[0], &c, 1), ==, 1);
  return SPOOL_DISK_GO;
}

static gpointer
sync_thread (gpointer spool)
{
  g_assert_true (mvx_log_spool_sync (spool, NULL));
  return NULL;
}

static void
test_slow_sync (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;
  GThread *thread;
  char c;

  g_assert_cmpint (pipe (sync_entered), ==, 0);
  g_assert_cmpint (pipe (sync_left), ==, 0);
  spool_rig_init (&rig);
  spool = spool_rig_open (&rig);
  spool_rig_append (spool, 1, 10, NULL);
  spool_disk_fault = wait_in_sync;
  thread = g_thread_new ("sync", sync_thread, spool);
  g_assert_cmpint (read (sync_entered[0], &c, 1), ==, 1);
  for (guint64 k = 11; k <= 2000; k += 10)
    g_assert_cmpuint (spool_rig_append (spool, k, 10, NULL), ==, 10);
  g_assert_cmpuint (stats_of (spool).n_segments, >, 3);
  g_assert_cmpuint (stats_of (spool).durable_seq, ==, 1);
  for (guint64 k = 1; k <= 2000;)
    {
      g_autoptr (MvxLogSpoolBatch) batch = mvx_log_spool_read (spool, 100, NULL);

      g_assert_nonnull (batch);
      k += batch->n;
    }
  g_assert_cmpint (write (sync_left[1], "", 1), ==, 1);
  g_thread_join (thread);
  /* What came while it was at work needs another one. */
  g_assert_cmpuint (stats_of (spool).durable_seq, ==, 11);
  spool_disk_fault = NULL;
  g_assert_true (mvx_log_spool_sync (spool, NULL));
  g_assert_cmpuint (stats_of (spool).durable_seq, ==, 2001);
  mvx_log_spool_rewind (spool);
  spool_rig_expect (spool, 1, 2000);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
  for (guint i = 0; i < 2; i++)
    {
      close (sync_entered[i]);
      close (sync_left[i]);
    }
}

/* In a child with a file system of its own, which goes when it does. FALSE: not possible here. */
static gboolean
run_on_tmpfs (const char *size, void (*func) (SpoolRig *rig))
{
  int status;
  SpoolRig rig;
  pid_t child;

  spool_rig_init (&rig);
  child = fork ();
  if (child == 0)
    {
      g_autofree char *options = g_strconcat ("size=", size, NULL);

      if ((unshare (CLONE_NEWNS) != 0 && unshare (CLONE_NEWUSER | CLONE_NEWNS) != 0)
          || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
          || mount ("mvxlog", rig.base, "tmpfs", 0, options) != 0)
        _exit (77);
      func (&rig);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  spool_rig_clear (&rig);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
    {
      g_test_skip ("no file system can be mounted here");
      return FALSE;
    }
  g_assert_cmpint (status, ==, 0);
  return TRUE;
}

/* Fills the file system up to the last block, but for @left bytes. */
static void
fill (SpoolRig *rig, guint64 left)
{
  g_autofree char *path = g_build_filename (rig->base, "ballast", NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  struct statvfs info;

  g_assert_cmpint (fstatvfs (fd, &info), ==, 0);
  if (info.f_bavail * info.f_frsize > left)
    g_assert_cmpint (posix_fallocate (fd, 0, (off_t) (info.f_bavail * info.f_frsize - left)), ==, 0);
  close (fd);
}

static void
unfill (SpoolRig *rig)
{
  g_autofree char *path = g_build_filename (rig->base, "ballast", NULL);

  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
fill_up (SpoolRig *rig)
{
  guint64 k = 1;
  guint attempts = 0;
  g_autoptr (GError) error = NULL;
  MvxLogSpool *spool;

  rig->config.segment_bytes = 0; /* 8 MiB: there is not so much */
  rig->config.sync = MVX_LOG_SPOOL_SYNC_BATCH;
  spool = spool_rig_open (rig);
  g_assert_cmpuint (spool_rig_append (spool, k, 100, NULL), ==, 100);
  k += 100;
  fill (rig, 1024 * 1024);
  for (guint n = 100; n == 100; k += n)
    n = spool_rig_append (spool, k, 100, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpuint (k, >, 4000);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (spool_rig_append (spool, k, 100, NULL), <, 100);
  unfill (rig);
  k = stats_of (spool).next_seq;
  for (guint n = 0; n < 100; attempts++)
    n += spool_rig_append (spool, k + n, 100 - n, NULL);
  g_test_message ("%u events before, resumed at attempt %u, lost 0", (guint) k, attempts);
  g_assert_cmpuint (attempts, ==, 1);
  spool_rig_expect (spool, 1, (guint) k + 99);
  mvx_log_spool_free (spool);
}

static void
test_full (void)
{
  run_on_tmpfs ("8m", fill_up);
}

/* What is delivered makes room on a full disk, too: the acknowledgement has its place already. */
static void
drain_full (SpoolRig *rig)
{
  guint64 k = 1;
  MvxLogSpool *spool = spool_rig_open (rig);
  g_autoptr (GError) error = NULL;

  for (guint n = 100; n == 100; k += n)
    n = spool_rig_append (spool, k, 100, NULL);
  k = stats_of (spool).next_seq;
  fill (rig, 0);
  spool_rig_expect (spool, 1, (guint) k - 1);
  g_assert_cmpuint (stats_of (spool).n_segments, <=, 1);
  spool_rig_append (spool, k, 100, &error);
  g_assert_no_error (error);
  spool_rig_expect (spool, k, 100);
  mvx_log_spool_free (spool);
}

static void
test_drain_full (void)
{
  run_on_tmpfs ("2m", drain_full);
}

static void
open_full (SpoolRig *rig)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *prefix = g_strdup_printf ("Cannot write to spool '%s/", rig->config.directory);

  fill (rig, 0);
  g_assert_null (mvx_log_spool_new (&rig->config, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_true (g_str_has_prefix (error->message, prefix));
  g_assert_true (g_str_has_suffix (error->message, "/ack': No space left on device"));
  unfill (rig);
  mvx_log_spool_free (spool_rig_open (rig));
}

static void
test_open_full (void)
{
  run_on_tmpfs ("1m", open_full);
}

/* A child that lives longer than its parent's lock does not keep it, and the number stays taken. */
static void
test_lock_fork (void)
{
  SpoolRig rig;
  g_autofree char *path = NULL;
  int ready[2];
  int end[2];
  int status;
  int again;
  int lock;
  char byte;
  pid_t child;

  spool_rig_init (&rig);
  path = g_build_filename (rig.base, "lock", NULL);
  lock = mvx_log_disk_open_lock (AT_FDCWD, path);
  again = mvx_log_disk_open (AT_FDCWD, path, O_RDWR);
  g_assert_true (mvx_log_disk_lock (lock, FALSE));
  g_assert_false (mvx_log_disk_lock (again, FALSE));
  g_assert_no_errno (pipe2 (ready, O_CLOEXEC));
  g_assert_no_errno (pipe2 (end, O_CLOEXEC));
  child = fork ();
  if (child == 0)
    {
      close (end[1]);
      if (mvx_log_fork_generation != 1 || fcntl (lock, F_GETFD) != FD_CLOEXEC || write (ready[1], "", 1) != 1)
        _exit (1);
      _exit (read (end[0], &byte, 1) == 0 ? 0 : 2);
    }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  mvx_log_disk_close (&lock);
  g_assert_true (mvx_log_disk_lock (again, FALSE));
  close (ready[0]);
  close (end[1]);
  close (end[0]);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  mvx_log_disk_close (&again);
  spool_rig_clear (&rig);
}

/* What is printed on a standard stream that was closed must not go into a segment. */
static void
test_closed_descriptors (void)
{
  int saved = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  g_autofree char *path = NULL;
  SpoolRig rig;
  int fd;

  spool_rig_init (&rig);
  path = g_build_filename (rig.base, "file", NULL);
  g_assert_no_errno (close (STDIN_FILENO));
  fd = mvx_log_disk_open (AT_FDCWD, path, O_RDWR | O_CREAT);
  g_assert_cmpint (fd, >, STDERR_FILENO);
  g_assert_cmpint (write (fd, "x", 1), ==, 1);
  g_assert_no_errno (close (fd));
  g_assert_no_errno (dup2 (saved, STDIN_FILENO));
  close (saved);
  spool_rig_clear (&rig);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/spool/disk/shaken/batch", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_BATCH), test_shaken);
  g_test_add_data_func ("/spool/disk/shaken/interval", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_INTERVAL), test_shaken);
  g_test_add_data_func ("/spool/disk/shaken/none", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_NONE), test_shaken);
  g_test_add_func ("/spool/disk/closed-descriptors", test_closed_descriptors);
  g_test_add_func ("/spool/disk/lock-fork", test_lock_fork);
  g_test_add_func ("/spool/disk/refused", test_refused);
  g_test_add_func ("/spool/disk/pause", test_pause);
  g_test_add_func ("/spool/disk/quota", test_quota);
  g_test_add_func ("/spool/disk/drop-oldest", test_drop_oldest);
  g_test_add_func ("/spool/disk/drop-unread", test_drop_unread);
  g_test_add_func ("/spool/disk/keep-free", test_keep_free);
  g_test_add_func ("/spool/disk/keep-free-of-others", test_keep_free_of_others);
  g_test_add_data_func ("/spool/disk/removed/all", GINT_TO_POINTER (TRUE), test_removed);
  g_test_add_data_func ("/spool/disk/removed/one", GINT_TO_POINTER (FALSE), test_removed);
  g_test_add_func ("/spool/disk/unreadable", test_unreadable);
  g_test_add_func ("/spool/disk/slow-sync", test_slow_sync);
  g_test_add_func ("/spool/disk/full", test_full);
  g_test_add_func ("/spool/disk/drain-full", test_drain_full);
  g_test_add_func ("/spool/disk/open-full", test_open_full);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/dead-letter-private.h"

#include "durable/spool-scan-private.h"
#include "spool-disk.h"
#include "spool-rig.h"

static const MvxLogStreamId writer = { { 7, 7, 7 } };
static const MvxLogStreamId owner = { { 1, 2, 3 } };

typedef struct
{
  SpoolRig rig;
  char *path; /* of the directory with the files */
  MvxLogDeadLetters *letters;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  spool_rig_init (&self->rig);
  self->path = g_build_filename (self->rig.config.directory, MVX_LOG_DEAD_LETTERS_DIR, NULL);
  self->letters = mvx_log_dead_letters_new (self->rig.config.directory, &writer, GPOINTER_TO_UINT (data));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_pointer (&self->letters, mvx_log_dead_letters_free);
  g_free (self->path);
  spool_rig_clear (&self->rig);
}

/* Letter @k, which is told by all of its parts. */
static gboolean
add (Fixture *self, guint64 k, GError **error)
{
  g_autofree char *reason = g_strnfill (k % 50, 'r');
  g_autofree char *bytes = g_strnfill (k % 99, 'b');
  MvxLogDeadLetter letter = { .stream = owner,
                              .seq = k,
                              .time_us = (gint64) k * 1000,
                              .attempts = (guint32) k + 1,
                              .reason = reason,
                              .reason_size = (guint32) strlen (reason),
                              .bytes = (guint8 *) bytes,
                              .size = (guint32) strlen (bytes) };

  return mvx_log_dead_letters_add (self->letters, &letter, error);
}

static void
check (const MvxLogDeadLetter *letter)
{
  guint64 k = letter->seq;

  g_assert_true (mvx_log_stream_id_equal (&letter->stream, &owner));
  g_assert_cmpint (letter->time_us, ==, (gint64) k * 1000);
  g_assert_cmpuint (letter->attempts, ==, k + 1);
  g_assert_cmpuint (letter->reason_size, ==, k % 50);
  g_assert_cmpuint (letter->size, ==, k % 99);
  for (guint i = 0; i < letter->reason_size; i++)
    g_assert_cmpint (letter->reason[i], ==, 'r');
  for (guint i = 0; i < letter->size; i++)
    g_assert_cmpint (letter->bytes[i], ==, 'b');
}

/* Reads what is there as a tool does; the letters must be @first and on. Returns how many. */
static guint
read_all (Fixture *self, guint64 first)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  GDir *dir = g_dir_open (self->path, 0, NULL);
  const char *name;
  guint n = 0;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)))
    {
      g_assert_true (g_str_has_prefix (name, "07070700000000000000000000000000-"));
      g_ptr_array_add (paths, g_build_filename (self->path, name, NULL));
    }
  g_dir_close (dir);
  g_ptr_array_sort (paths, spool_rig_compare);
  for (guint i = 0; i < paths->len; i++)
    {
      g_auto (MvxLogScan) scan = { .fd = -1 };
      int fd = open (g_ptr_array_index (paths, i), O_RDONLY | O_CLOEXEC);

      g_assert_cmpint (mvx_log_scan_init (&scan, fd, NULL, 0), ==, MVX_LOG_HEADER_VALID);
      g_assert_cmpuint (scan.header.flags, ==, MVX_LOG_SEGMENT_DEAD);
      while (mvx_log_scan_next (&scan, G_MAXUINT64) == MVX_LOG_SCAN_FRAME)
        {
          MvxLogDeadLetter letter;
          MvxLogEntry entry;

          g_assert_cmpuint (mvx_log_entry_get (&entry, scan.payload, scan.frame.size, 0), ==, scan.frame.size);
          g_assert_true (mvx_log_dead_letter_get (&letter, &entry));
          g_assert_cmpuint (letter.seq, ==, first + n);
          check (&letter);
          n++;
        }
      g_assert_cmpuint (scan.torn, ==, 0);
    }
  return n;
}

static void
test_add (Fixture *self, gconstpointer data)
{
  g_assert_false (g_file_test (self->path, G_FILE_TEST_EXISTS));
  for (guint64 k = 1; k <= 300; k++)
    g_assert_true (add (self, k, NULL));
  g_assert_cmpuint (mvx_log_dead_letters_get_n (self->letters), ==, 300);
  g_assert_cmpuint (mvx_log_dead_letters_get_gone (self->letters), ==, 0);
  g_assert_cmpuint (read_all (self, 1), ==, 300);
}

/* There is an end to what is kept; the newest stay. */
static void
test_limit (Fixture *self, gconstpointer data)
{
  guint64 gone;
  guint left;

  for (guint64 k = 1; k <= 2000; k++)
    g_assert_true (add (self, k, NULL));
  gone = mvx_log_dead_letters_get_gone (self->letters);
  g_assert_cmpuint (gone, >, 500);
  left = read_all (self, gone + 1);
  g_assert_cmpuint (left, ==, 2000 - gone);
  g_assert_cmpuint (left, >, 100);
}

static guint n_refused;

static gssize
refuse_some (SpoolDiskCall call, int fd, gsize size)
{
  if (n_refused == 0 || (call != SPOOL_DISK_WRITE && call != SPOOL_DISK_SYNC))
    return SPOOL_DISK_GO;
  n_refused--;
  errno = EIO;
  return -1;
}

/* A file that fails is left, and the letter is written to another one; if that fails, too, it is not there at all. */
static void
test_failing (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *prefix = g_strdup_printf ("Cannot make file of dead letters '%s/", self->path);

  g_assert_true (add (self, 1, NULL));
  spool_disk_fault = refuse_some;
  n_refused = 1;
  g_assert_true (add (self, 2, NULL));
  n_refused = 1000;
  g_assert_false (add (self, 3, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_true (g_str_has_prefix (error->message, prefix));
  spool_disk_fault = NULL;
  g_assert_true (add (self, 3, NULL));
  g_assert_cmpuint (mvx_log_dead_letters_get_n (self->letters), ==, 3);
  g_assert_cmpuint (read_all (self, 1), ==, 3);
}

static void
test_removed (Fixture *self, gconstpointer data)
{
  g_assert_true (add (self, 1, NULL));
  spool_rig_remove_tree (self->rig.config.directory);
  g_assert_true (add (self, 2, NULL));
  g_assert_cmpuint (read_all (self, 2), ==, 1);
}

/* Whatever the bytes are, nothing beyond them is looked at. */
static void
test_total (void)
{
  guint8 bytes[64] = { 0 };
  MvxLogDeadLetter letter;

  for (guint size = 0; size <= sizeof bytes; size++)
    for (guint reason = 0; reason < 70; reason++)
      {
        g_autofree guint8 *exact = g_memdup2 (bytes, size);
        MvxLogEntry entry = { exact, size };
        guint32 length = GUINT32_TO_LE (reason == 69 ? 0xffffffff : reason);
        gboolean fits;

        if (size >= 40)
          memcpy (exact + 36, &length, sizeof length);
        fits = mvx_log_dead_letter_get (&letter, &entry);
        g_assert_true (fits == (size >= 40 && reason < 69 && 40 + (reason + 7) / 8 * 8 <= size));
        if (fits)
          g_assert_true (letter.bytes + letter.size == exact + size);
      }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/dead-letter/add", Fixture, NULL, set_up, test_add, tear_down);
  g_test_add ("/dead-letter/limit", Fixture, GUINT_TO_POINTER (65536), set_up, test_limit, tear_down);
  g_test_add ("/dead-letter/failing", Fixture, NULL, set_up, test_failing, tear_down);
  g_test_add ("/dead-letter/removed", Fixture, NULL, set_up, test_removed, tear_down);
  g_test_add_func ("/dead-letter/total", test_total);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spool in a directory of its own on a real file system, and events that tell which ones they are. */
#pragma once

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "durable/disk-private.h"
#include "durable/spool-home-private.h"
#include "durable/spool-private.h"
#include "durable/spool-segment-private.h"

typedef struct
{
  char             *base; /* what is removed in the end */
  MvxLogSpoolConfig config;
} SpoolRig;

G_GNUC_UNUSED static void
spool_rig_remove_tree (const char *path)
{
  GDir *dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      spool_rig_remove_tree (child);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_assert_cmpint (g_remove (path), ==, 0);
}

G_GNUC_UNUSED static void
spool_rig_init (SpoolRig *rig)
{
  g_autoptr (GError) error = NULL;

  *rig = (SpoolRig){ .base = g_dir_make_tmp ("mvxlog-spool-XXXXXX", &error) };
  g_assert_no_error (error);
  rig->config.directory = g_build_filename (rig->base, "spool", "sink", NULL);
  rig->config.max_bytes = 64 * 1024 * 1024;
  rig->config.segment_bytes = 64 * 1024;
  rig->config.keep_free = 0;
  rig->config.retry_us = -1;
}

G_GNUC_UNUSED static void
spool_rig_clear (SpoolRig *rig)
{
  spool_rig_remove_tree (rig->base);
  g_free ((char *) rig->config.directory);
  g_free (rig->base);
}

/* Event @k: its number, then bytes that follow from it, of a length that does, too. */
G_GNUC_UNUSED static void
spool_rig_put (MvxLogBuffer *buffer, guint64 k)
{
  gsize at = mvx_log_entry_begin (buffer);

  mvx_log_buffer_append (buffer, &k, sizeof k);
  for (guint i = 0; i < k * 7 % 300; i++)
    mvx_log_buffer_append_c (buffer, (char) (k * 31 + i));
  mvx_log_entry_end (buffer, at);
}

/* Is it event @k, or if that is 0, any? Returns its number, 0 if it is none. */
G_GNUC_UNUSED static guint64
spool_rig_check (const guint8 *bytes, gsize size)
{
  guint64 k;

  if (size < sizeof k)
    return 0;
  memcpy (&k, bytes, sizeof k);
  if (size != sizeof k + k * 7 % 300)
    return 0;
  for (guint i = 0; i < k * 7 % 300; i++)
    if (bytes[sizeof k + i] != (guint8) (k * 31 + i))
      return 0;
  return k;
}

/* Appends events @first and on; returns how many were taken. */
G_GNUC_UNUSED static guint
spool_rig_append (MvxLogSpool *spool, guint64 first, guint n, GError **error)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  guint taken;

  for (guint i = 0; i < n; i++)
    spool_rig_put (&buffer, first + i);
  taken = mvx_log_spool_append (spool, buffer.data, buffer.len, n, NULL, error);
  mvx_log_buffer_clear (&buffer);
  return taken;
}

G_GNUC_UNUSED static MvxLogSpool *
spool_rig_open (SpoolRig *rig)
{
  g_autoptr (GError) error = NULL;
  MvxLogSpool *spool = mvx_log_spool_new (&rig->config, &error);

  g_assert_no_error (error);
  return spool;
}

/* Reads and acknowledges everything that is there. Numbers and contents must agree, and no number may come twice within a
 * stream. Returns the numbers of all events. */
G_GNUC_UNUSED static GArray *
spool_rig_drain (MvxLogSpool *spool)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  MvxLogStreamId stream = { { 0 } };
  guint64 latest = 0;

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MvxLogSpoolBatch) batch = mvx_log_spool_read (spool, 100, &error);

      g_assert_no_error (error);
      if (batch == NULL)
        return numbers;
      if (!mvx_log_stream_id_equal (&stream, &batch->stream))
        latest = 0;
      stream = batch->stream;
      for (guint i = 0; i < batch->n; i++)
        {
          guint64 k = spool_rig_check (batch->items[i].bytes, batch->items[i].size);

          g_assert_cmpuint (k, >, 0);
          g_assert_cmpuint (batch->items[i].seq, >, latest);
          latest = batch->items[i].seq;
          g_array_append_val (numbers, k);
        }
      mvx_log_spool_ack (spool, &batch->stream, latest);
    }
}

/* Drains; there must be events @first to @first + @n - 1, in order, and no other. */
G_GNUC_UNUSED static void
spool_rig_expect (MvxLogSpool *spool, guint64 first, guint n)
{
  g_autoptr (GArray) numbers = spool_rig_drain (spool);

  g_assert_cmpuint (numbers->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (g_array_index (numbers, guint64, i), ==, first + i);
}

/* Leaves the spool as a process that is killed leaves it: without a word, and without its lock. */
G_GNUC_UNUSED static void
spool_rig_kill (SpoolRig *rig, guint64 first, guint n)
{
  int status;
  pid_t child = fork ();

  if (child == 0)
    {
      MvxLogSpool *spool = mvx_log_spool_new (&rig->config, NULL);

      for (guint i = 0; i < n; i += 10)
        if (spool == NULL || spool_rig_append (spool, first + i, MIN (10, n - i), NULL) != MIN (10, n - i))
          _exit (1);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

G_GNUC_UNUSED static gint
spool_rig_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Paths of the files of all streams whose names end in @suffix, sorted. */
G_GNUC_UNUSED static GPtrArray *
spool_rig_list (SpoolRig *rig, const char *suffix)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  GDir *root = g_dir_open (rig->config.directory, 0, NULL);
  const char *name;

  while (root && (name = g_dir_read_name (root)))
    {
      g_autofree char *path = g_build_filename (rig->config.directory, name, NULL);
      GDir *dir = g_dir_open (path, 0, NULL);

      while (dir && (name = g_dir_read_name (dir)))
        if (g_str_has_suffix (name, suffix))
          g_ptr_array_add (paths, g_build_filename (path, name, NULL));
      g_clear_pointer (&dir, g_dir_close);
    }
  g_clear_pointer (&root, g_dir_close);
  g_ptr_array_sort (paths, spool_rig_compare);
  return paths;
}

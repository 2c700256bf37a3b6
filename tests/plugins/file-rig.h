/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program with two log files, of which one comes to harm; what is in them is compared with what was logged. */
#pragma once

#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "../broken/fixture.h"
#include "base/diag-private.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (file);

#define FILE_RIG_PAD "0123456789012345678901234567890123456789012345678901234567890123456789"

typedef struct
{
  char *directory;
  char *sick_directory; /* where a test mounts something */
  char *sick;
  char *healthy;
  guint n_logged;
  guint n_summaries;   /* lines that tell of losses, */
  guint64 n_told_lost; /* and of how many */
  GMutex mutex;
  GCond cond;
  GString *diagnostics; /* under the mutex; a line each */
} FileRig;

MVX_LOG_CONTEXT (file_rig_context, "org.example.rig")

static inline void
file_rig_on_diagnostic (gint level, const char *message, gpointer data)
{
  FileRig *rig = data;

  g_mutex_lock (&rig->mutex);
  g_string_append_printf (rig->diagnostics, "%s\n", message);
  g_cond_broadcast (&rig->cond);
  g_mutex_unlock (&rig->mutex);
}

/* Until the library has said this. */
static inline void
file_rig_wait_told (FileRig *rig, const char *text)
{
  g_mutex_lock (&rig->mutex);
  while (strstr (rig->diagnostics->str, text) == NULL)
    g_cond_wait (&rig->cond, &rig->mutex);
  g_mutex_unlock (&rig->mutex);
}

/* What was said is this and nothing else. */
static inline void
file_rig_assert_told (FileRig *rig, const char *expected)
{
  g_mutex_lock (&rig->mutex);
  g_assert_cmpstr (rig->diagnostics->str, ==, expected);
  g_string_truncate (rig->diagnostics, 0);
  g_mutex_unlock (&rig->mutex);
}

static inline void
file_rig_set_up (FileRig *rig, gconstpointer data)
{
  static gboolean is_registered;

  if (!is_registered)
    g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_file, NULL));
  is_registered = TRUE;
  rig->directory = fixture_make_directory ();
  rig->sick_directory = fixture_make_child (rig->directory, "sick", 0700);
  rig->sick = g_build_filename (rig->sick_directory, "app.log", NULL);
  rig->healthy = g_build_filename (rig->directory, "healthy.log", NULL);
  rig->diagnostics = g_string_new (NULL);
  mvx_log_diag_set_func (file_rig_on_diagnostic, rig, NULL);
}

/* @more: options of the sick file. */
static inline gboolean
file_rig_configure (FileRig *rig, const char *more, GError **error)
{
  g_autofree char *config
      = g_strdup_printf ("[mvxlog]\nversion=1\n"
                         "[sink "
                         "sick]\nplugin=file\npath=%s\nformat=pattern\npattern=%%m\nretry-min=1ms\nretry-max="
                         "20ms\nbreaker-failures=0\n%s\n"
                         "[sink healthy]\nplugin=file\npath=%s\nformat=pattern\npattern=%%m\nqueue-overflow=block\nblock-timeout=-1\n"
                         "[context]\nsinks=sick;healthy\n",
                         rig->sick, more, rig->healthy);

  return mvx_log_configure_from_data (config, -1, "rig", error);
}

static inline void
file_rig_tear_down (FileRig *rig, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  mvx_log_reset (&error);
  g_assert_no_error (error);
  mvx_log_diag_set_func (NULL, NULL, NULL);
  umount2 (rig->sick_directory, MNT_DETACH); /* if the test has mounted something there */
  fixture_remove (rig->directory);
  g_string_free (rig->diagnostics, TRUE);
  g_free (rig->directory);
  g_free (rig->sick_directory);
  g_free (rig->sick);
  g_free (rig->healthy);
}

static inline void
file_rig_log (FileRig *rig, guint n)
{
  for (guint i = 0; i < n; i++)
    mvx_info (file_rig_context, "event {n} " FILE_RIG_PAD, "n", rig->n_logged++);
}

static inline void
file_rig_flush (const char *name)
{
  g_autoptr (MvxLogSink) sink = mvx_log_get_sink (name);
  g_autoptr (GError) error = NULL;

  mvx_log_sink_flush (sink, -1, &error);
  g_assert_no_error (error);
}

/* "12 events lost: queue full, queue-overflow=drop-newest" */
static inline gboolean
file_rig_is_summary (FileRig *rig, const char *line)
{
  char *rest;
  guint64 n = g_ascii_strtoull (line, &rest, 10);

  if (!g_str_equal (rest, " events lost: queue full, queue-overflow=drop-newest"))
    return FALSE;
  rig->n_summaries++;
  rig->n_told_lost += n;
  return TRUE;
}

/* Marks what is in a file: each line whole, none twice. Returns how many lines there are. */
static inline guint
file_rig_read (FileRig *rig, const char *path, guint8 *seen)
{
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  char *line;
  gsize size;
  guint n = 0;

  g_file_get_contents (path, &content, &size, &error);
  g_assert_no_error (error);
  for (line = content; line < content + size; n++)
    {
      char *end = memchr (line, '\n', (gsize) (content + size - line));
      char expected[256];
      guint64 id;

      g_assert_nonnull (end);
      *end = '\0';
      if (file_rig_is_summary (rig, line))
        {
          line = end + 1;
          continue;
        }
      g_assert_true (g_str_has_prefix (line, "event "));
      id = g_ascii_strtoull (line + strlen ("event "), NULL, 10);
      g_snprintf (expected, sizeof expected, "event %" G_GUINT64_FORMAT " " FILE_RIG_PAD, id);
      g_assert_cmpstr (line, ==, expected);
      g_assert_cmpuint (id, <, rig->n_logged);
      g_assert_cmpuint (seen[id], ==, 0);
      seen[id] = 1;
      line = end + 1;
    }
  return n;
}

/* The other file has had everything. */
static inline void
file_rig_assert_healthy (FileRig *rig)
{
  g_autofree guint8 *seen = g_new0 (guint8, rig->n_logged);

  file_rig_flush ("healthy");
  g_assert_cmpuint (file_rig_read (rig, rig->healthy, seen), ==, rig->n_logged);
}

/* The ledger closes, and what it says is lost is what is not there. Returns that. */
static inline guint64
file_rig_compare (FileRig *rig, const char *const *paths)
{
  g_autofree guint8 *seen = g_new0 (guint8, rig->n_logged);
  g_autoptr (MvxLogSink) sink = mvx_log_get_sink ("sick");
  MvxLogCounters counters;
  guint64 lost = 0;
  guint n = 0;

  mvx_log_sink_get_counters (sink, &counters);
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    lost += counters.dropped[i] + counters.refused[i];
  rig->n_summaries = 0;
  rig->n_told_lost = 0;
  for (guint i = 0; paths[i]; i++)
    n += file_rig_read (rig, paths[i], seen);
  g_assert_cmpuint (counters.offered, ==, rig->n_logged + rig->n_summaries);
  g_assert_cmpuint (counters.offered, ==, counters.delivered + lost);
  g_assert_cmpuint (n, ==, counters.delivered);
  g_assert_cmpuint (lost, ==, rig->n_told_lost);
  return lost;
}

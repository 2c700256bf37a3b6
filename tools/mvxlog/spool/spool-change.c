/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replay, prune and repair: only what no process has is changed, and it is locked meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "cmd-spool.h"
#include "durable/disk-private.h"
#include "durable/spool-scan-private.h"
#include "durable/spool-segment-private.h"
#include "sink/quantity-private.h"
#include "base/tool-text.h"
#include "tool.h"

#define MVX_SPOOL_WINDOW 500
#define MVX_SPOOL_NEW_FILE "repair.tmp"

/* What was changed, said as text or JSON. */
static void
mvx_spool_tell (const MvxSpoolOptions *options, GString *out, const char *path, const char *verb, guint64 n)
{
  if (!options->json)
    {
      g_string_append_printf (out, "%s ", verb);
      mvx_tool_text_escape (out, path, -1, 0);
      g_string_append_printf (out, ": %" G_GUINT64_FORMAT " events\n", n);
      return;
    }
  g_string_append (out, out->len > 1 ? ",\n{\"path\":" : "{\"path\":");
  mvx_tool_text_json (out, path, -1);
  g_string_append_printf (out, ",\"done\":\"%s\",\"events\":%" G_GUINT64_FORMAT "}", verb, n);
}

static int
mvx_spool_finish (const MvxSpoolOptions *options, GString *out, int status)
{
  if (options->json)
    g_string_append (out, "]\n");
  else if (out->len == 0)
    g_string_append (out, "Nothing to do.\n");
  mvx_tool_out (out->str, (gssize) out->len);
  return status;
}

/* A process that has just taken it is no mistake: it delivers the events. NULL otherwise with @status. */
static MvxLogSpoolHome *
mvx_spool_lock (const MvxSpoolPlace *place, int *status)
{
  g_autoptr (GError) error = NULL;
  MvxLogSpoolHome *home;

  if (place->live)
    return NULL;
  home = mvx_log_spool_home_open (place->directory, place->stream, TRUE, &error);
  if (home || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return home;
  mvx_tool_error ("%s", error->message);
  *status = MVX_TOOL_PROBLEM;
  return NULL;
}

static gboolean
mvx_spool_is_data (const char *name)
{
  return g_str_has_suffix (name, ".seg") || g_str_has_suffix (name, ".seg.bad");
}

/* Files of dead letters begin with the stream of who has written them. */
static gboolean
mvx_spool_is_kept (const MvxSpoolPlace *place, const char *name)
{
  g_autofree char *stream = g_strndup (name, MVX_LOG_STREAM_ID_DIGITS);

  return place->stream == NULL && mvx_log_spool_home_is_live (place->directory, stream);
}

/* Removes the files of @place, those of live processes excepted. */
static gboolean
mvx_spool_remove_files (const MvxSpoolPlace *place)
{
  g_autoptr (GDir) dir = g_dir_open (place->path, 0, NULL);
  gboolean fine = dir != NULL;
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (place->path, name, NULL);

      if (!mvx_spool_is_data (name) || mvx_spool_is_kept (place, name) || unlink (path) == 0 || errno == ENOENT)
        continue;
      mvx_tool_error ("cannot remove '%s': %s", path, g_strerror (errno));
      fine = FALSE;
    }
  return fine;
}

/* The latest change of a file in it. */
static gint64
mvx_spool_touched (const MvxSpoolPlace *place)
{
  g_autoptr (GDir) dir = g_dir_open (place->path, 0, NULL);
  gint64 latest = 0;
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (place->path, name, NULL);
      struct stat info;

      if (mvx_spool_is_data (name) && stat (path, &info) == 0)
        latest = MAX (latest, (gint64) info.st_mtim.tv_sec * G_USEC_PER_SEC);
    }
  return latest;
}

/* Is it to go? @n: how many events do with it. */
static gboolean
mvx_spool_is_done_with (const MvxSpoolOptions *options,
                        const MvxSpoolPlace *place,
                        gint64 older_us,
                        guint64 *n,
                        int *status)
{
  const MvxSpoolVisit visit = { NULL };
  g_autoptr (GError) error = NULL;
  const gboolean old = older_us >= 0 && g_get_real_time () - mvx_spool_touched (place) > older_us;
  MvxSpoolSum sum;

  if (!mvx_spool_read (place, &visit, &sum, &error))
    {
      mvx_tool_error ("%s", error->message);
      *status = MVX_TOOL_PROBLEM;
      return FALSE;
    }
  *n = sum.n_events;
  if (place->stream == NULL)
    return options->dead && (older_us < 0 || old) && place->n_files > 0;
  return old || (sum.n_events == 0 && sum.n_damaged + sum.n_unknown == 0);
}

static void
mvx_spool_prune_one (const MvxSpoolOptions *options,
                     const MvxSpoolPlace *place,
                     gint64 older_us,
                     GString *out,
                     int *status)
{
  g_autoptr (MvxLogSpoolHome) home = place->stream ? mvx_spool_lock (place, status) : NULL;
  guint64 n;

  if ((place->stream && home == NULL) || !mvx_spool_is_done_with (options, place, older_us, &n, status))
    return;
  if (!mvx_spool_remove_files (place) || (home && !mvx_log_spool_home_remove (home)))
    {
      mvx_tool_error ("cannot remove all of '%s'", place->path);
      *status = MVX_TOOL_PROBLEM;
      return;
    }
  mvx_spool_tell (options, out, place->path, "removed", n);
}

int
mvx_spool_prune (const MvxSpoolOptions *options, GPtrArray *places)
{
  g_autoptr (GString) out = g_string_new (options->json ? "[" : "");
  gint64 older_us = -1;
  int status = MVX_TOOL_OK;

  if (options->older
      && (mvx_log_quantity_parse_duration (options->older, &older_us) != MVX_LOG_QUANTITY_OK || older_us < 0))
    return mvx_tool_usage_error ("spool prune", "--older-than: '%s' is not a duration; use one such as 12h or 30d",
                                 options->older);
  for (guint i = 0; i < places->len; i++)
    mvx_spool_prune_one (options, g_ptr_array_index (places, i), older_us, out, &status);
  return mvx_spool_finish (options, out, status);
}

/* All frames that can be read into a new file. -1: it could not be written, with errno; else how many events. */
static gint64
mvx_spool_copy_frames (MvxLogSpoolHome *home, MvxLogScan *scan, guint64 id)
{
  MvxLogSegmentHeader header
      = { .major = MVX_LOG_FRAME_MAJOR, .minor = MVX_LOG_FRAME_MINOR, .stream = home->stream, .id = id };
  g_autoptr (MvxLogSpoolSegment) segment = NULL;
  MvxLogScanStep step;
  gint64 n = 0;

  while ((step = mvx_log_scan_next (scan, G_MAXUINT64)) == MVX_LOG_SCAN_FRAME)
    {
      header.first_seq = segment ? header.first_seq : scan->frame.first_seq;
      if (segment == NULL)
        segment = mvx_log_spool_segment_new (home->fd, MVX_SPOOL_NEW_FILE, &header, G_MAXINT64, FALSE, TRUE);
      if (segment == NULL
          || !mvx_log_spool_segment_append (segment, scan->payload, scan->frame.size, scan->frame.n,
                                            scan->frame.first_seq))
        return -1;
      n += scan->frame.n;
    }
  if (step == MVX_LOG_SCAN_ERROR || (segment && !mvx_log_disk_sync_full (segment->fd)))
    return -1;
  return n;
}

/* Returns how many events were saved; -1 if it is not damaged, -2 if it could not be done, which was said. */
static gint64
mvx_spool_repair_file (MvxLogSpoolHome *home, guint64 id)
{
  char name[MVX_LOG_SEGMENT_NAME];
  g_auto (MvxLogScan) scan = { .fd = -1 };
  g_auto (MvxLogScan) again = { .fd = -1 };
  MvxLogHeaderState state;
  gint64 n;

  mvx_log_segment_name (id, name);
  state = mvx_log_scan_init (&scan, mvx_log_disk_open_file (home->fd, name), &home->stream, id);
  if (state == MVX_LOG_HEADER_NEWER)
    return -1;
  while (mvx_log_scan_next (&scan, G_MAXUINT64) == MVX_LOG_SCAN_FRAME)
    ;
  if (state == MVX_LOG_HEADER_VALID && scan.n_damaged == 0)
    return -1;
  unlinkat (home->fd, MVX_SPOOL_NEW_FILE, 0);
  mvx_log_scan_init (&again, mvx_log_disk_open_file (home->fd, name), &home->stream, id);
  n = mvx_spool_copy_frames (home, &again, id);
  if (n < 0 || !mvx_log_spool_home_quarantine (home, name)
      || (n > 0 && renameat (home->fd, MVX_SPOOL_NEW_FILE, home->fd, name) != 0) || !mvx_log_disk_sync_full (home->fd))
    {
      mvx_tool_error ("cannot write '%s/%s' anew: %s", home->path, name, g_strerror (errno));
      unlinkat (home->fd, MVX_SPOOL_NEW_FILE, 0);
      return -2;
    }
  return n;
}

static void
mvx_spool_repair_one (const MvxSpoolOptions *options, const MvxSpoolPlace *place, GString *out, int *status)
{
  g_autoptr (MvxLogSpoolHome) home = place->stream ? mvx_spool_lock (place, status) : NULL;
  g_autoptr (GArray) ids = home ? mvx_log_spool_home_segments (home, NULL) : NULL;

  for (guint i = 0; ids && i < ids->len; i++)
    {
      gint64 n = mvx_spool_repair_file (home, g_array_index (ids, guint64, i));
      char name[MVX_LOG_SEGMENT_NAME];
      g_autofree char *path = NULL;

      if (n == -1)
        continue;
      if (n < 0)
        {
          *status = MVX_TOOL_PROBLEM;
          continue;
        }
      mvx_log_segment_name (g_array_index (ids, guint64, i), name);
      path = g_build_filename (place->path, name, NULL);
      mvx_spool_tell (options, out, path, "repaired", (guint64) n);
    }
}

int
mvx_spool_repair (const MvxSpoolOptions *options, GPtrArray *places)
{
  g_autoptr (GString) out = g_string_new (options->json ? "[" : "");
  MvxToolProgress progress;
  int status = MVX_TOOL_OK;

  mvx_tool_progress_begin (&progress, "repairing", mvx_spool_sum_bytes (places));
  for (guint i = 0; i < places->len; i++)
    {
      const MvxSpoolPlace *place = g_ptr_array_index (places, i);

      mvx_spool_repair_one (options, place, out, &status);
      mvx_tool_progress_add (&progress, place->bytes);
    }
  mvx_tool_progress_end (&progress);
  return mvx_spool_finish (options, out, status);
}

typedef struct
{
  MvxLogSink *sink;
  gint64 timeout_us;
  guint64 n;      /* handed over, of this place */
  guint64 n_open; /* since the last flush */
  GError *error;
} MvxSpoolReplay;

static gboolean
mvx_spool_replay_flush (MvxSpoolReplay *self)
{
  self->n_open = 0;
  return mvx_log_sink_flush (self->sink, self->timeout_us < 0 ? -1 : g_get_monotonic_time () + self->timeout_us,
                             &self->error);
}

static gboolean
mvx_spool_replay_entry (const MvxSpoolEntry *entry, gpointer data)
{
  MvxSpoolReplay *self = data;
  g_autoptr (GBytes) bytes = g_bytes_new_static (entry->bytes, entry->size);
  g_autoptr (MvxLogEvent) event = mvx_log_event_new_from_bytes (bytes, &self->error);

  if (event == NULL || !mvx_log_sink_log (self->sink, event, &self->error))
    return FALSE;
  self->n++;
  return ++self->n_open < MVX_SPOOL_WINDOW || mvx_spool_replay_flush (self);
}

/* Everything of it has arrived, or nothing is removed: then it comes again. */
static gboolean
mvx_spool_replay_one (const MvxSpoolOptions *options,
                      MvxSpoolReplay *self,
                      const MvxSpoolPlace *place,
                      MvxLogSpoolHome *home,
                      MvxToolProgress *progress,
                      GString *out)
{
  const MvxSpoolVisit visit = { mvx_spool_replay_entry, NULL, self, progress };
  MvxSpoolSum sum;

  self->n = 0;
  if (!mvx_spool_read (place, &visit, &sum, &self->error) || self->error || !mvx_spool_replay_flush (self))
    {
      mvx_tool_progress_end (progress);
      mvx_tool_error ("%s stays: %s", place->path, self->error->message);
      g_clear_error (&self->error);
      return FALSE;
    }
  if (self->n > 0)
    mvx_spool_tell (options, out, place->path, "replayed", self->n);
  /* What is damaged may yet be repaired. */
  if (sum.n_damaged + sum.n_unknown == 0 && mvx_spool_remove_files (place) && home)
    mvx_log_spool_home_remove (home);
  return TRUE;
}

/* The sink may have a spool itself, in the same directory: what it is to be given is locked before it is made. */
static int
mvx_spool_replay_all (const MvxSpoolOptions *options,
                      MvxSpoolReplay *self,
                      GPtrArray *places,
                      GPtrArray *homes,
                      int status)
{
  g_autoptr (GString) out = g_string_new (options->json ? "[" : "");
  MvxToolProgress progress;

  mvx_tool_progress_begin (&progress, "replaying", mvx_spool_sum_bytes (places));
  for (guint i = 0; i < places->len; i++)
    {
      const MvxSpoolPlace *place = g_ptr_array_index (places, i);
      MvxLogSpoolHome *home = g_ptr_array_index (homes, i);

      if ((home || (place->stream == NULL && options->dead))
          && !mvx_spool_replay_one (options, self, place, home, &progress, out))
        status = MVX_TOOL_UNREACHABLE;
    }
  mvx_tool_progress_end (&progress);
  return mvx_spool_finish (options, out, status);
}

/* For a sink with a spool of its own an event has arrived when it is there, which is not where it was to go. */
static gboolean
mvx_spool_replay_is_over (MvxLogSink *sink, const char *name)
{
  MvxLogCounters counters;

  mvx_log_sink_get_counters (sink, &counters);
  if (counters.spooled == 0)
    return TRUE;
  mvx_tool_error ("%" PRIu64 " events wait again, in the spool of sink '%s' itself; try again when its "
                  "destination takes events",
                  counters.spooled, name);
  return FALSE;
}

static void
mvx_spool_free_home (gpointer home)
{
  if (home)
    mvx_log_spool_home_free (home);
}

int
mvx_spool_replay (const MvxSpoolOptions *options, GPtrArray *places)
{
  g_autoptr (GPtrArray) homes = g_ptr_array_new_with_free_func (mvx_spool_free_home);
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GError) error = NULL;
  MvxSpoolReplay self = { .timeout_us = 30 * G_USEC_PER_SEC };
  int status = MVX_TOOL_OK;

  if (options->timeout && mvx_log_quantity_parse_duration (options->timeout, &self.timeout_us) != MVX_LOG_QUANTITY_OK)
    return mvx_tool_usage_error ("spool replay", "--flush-timeout: '%s' is not a duration; use one such as 250ms or 5s",
                                 options->timeout);
  for (guint i = 0; i < places->len; i++)
    {
      const MvxSpoolPlace *place = g_ptr_array_index (places, i);

      g_ptr_array_add (homes, place->stream && !options->dead ? mvx_spool_lock (place, &status) : NULL);
    }
  if (!mvx_log_configure_from_file (options->config, &error))
    {
      mvx_tool_error ("%s", error->message);
      return MVX_TOOL_PROBLEM;
    }
  self.sink = sink = mvx_log_get_sink (options->sink);
  if (sink == NULL)
    {
      mvx_tool_error ("%s has no sink '%s'", options->config, options->sink);
      return MVX_TOOL_PROBLEM;
    }
  /* They were wanted once; which ones is not asked again. */
  mvx_log_sink_set_level (sink, G_MININT16);
  status = mvx_spool_replay_all (options, &self, places, homes, status);
  if (!mvx_log_shutdown (self.timeout_us < 0 ? -1 : g_get_monotonic_time () + self.timeout_us, NULL))
    status = MVX_TOOL_UNREACHABLE;
  return mvx_spool_replay_is_over (sink, options->sink) ? status : MVX_TOOL_UNREACHABLE;
}

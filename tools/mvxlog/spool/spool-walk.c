/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spool/spool-walk.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>

#include "durable/disk-private.h"
#include "durable/spool-ack-private.h"
#include "durable/spool-scan-private.h"
#include "durable/spool-segment-private.h"

/* How deep below a path a sink's directory may be: PROGRAM/spool/SINK. */
#define MVX_SPOOL_DEPTH 3

void
mvx_spool_place_free (MvxSpoolPlace *place)
{
  g_free (place->directory);
  g_free (place->stream);
  g_free (place->path);
  g_free (place);
}

/* Segments, and what was one: dead letters have the stream in the name of the file. */
static gboolean
mvx_spool_is_file (const char *name)
{
  return g_str_has_suffix (name, ".seg");
}

static void
mvx_spool_measure (MvxSpoolPlace *place)
{
  g_autoptr (GDir) dir = g_dir_open (place->path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (place->path, name, NULL);
      struct stat info;

      if (!mvx_spool_is_file (name) || lstat (path, &info) != 0 || !S_ISREG (info.st_mode))
        continue;
      place->n_files++;
      place->bytes += (guint64) info.st_size;
    }
}

static void
mvx_spool_add (GPtrArray *places, const char *directory, const char *stream)
{
  MvxSpoolPlace *place = g_new0 (MvxSpoolPlace, 1);

  place->directory = g_strdup (directory);
  place->stream = g_strdup (stream);
  place->path = g_build_filename (directory, stream ? stream : MVX_LOG_DEAD_LETTERS_DIR, NULL);
  place->live = stream && mvx_log_spool_home_is_live (directory, stream);
  mvx_spool_measure (place);
  g_ptr_array_add (places, place);
}

static int
mvx_spool_compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
mvx_spool_find_in (GPtrArray *places, const char *path, guint depth)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, mvx_spool_compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      const char *child = g_ptr_array_index (names, i);
      g_autofree char *below = g_build_filename (path, child, NULL);
      MvxLogStreamId id;

      if (!g_file_test (below, G_FILE_TEST_IS_DIR) || g_file_test (below, G_FILE_TEST_IS_SYMLINK))
        continue;
      if (mvx_log_stream_id_parse (&id, child))
        mvx_spool_add (places, path, child);
      else if (strcmp (child, MVX_LOG_DEAD_LETTERS_DIR) == 0)
        mvx_spool_add (places, path, NULL);
      else if (depth > 0)
        mvx_spool_find_in (places, below, depth - 1);
    }
}

GPtrArray *
mvx_spool_find (char *const *paths, GError **error)
{
  g_autoptr (GPtrArray) places = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_spool_place_free);
  g_autofree char *state = g_build_filename (g_get_user_state_dir (), "mvxlog", NULL);

  if (paths == NULL || *paths == NULL)
    {
      mvx_spool_find_in (places, "/var/lib/mvxlog", MVX_SPOOL_DEPTH);
      mvx_spool_find_in (places, state, MVX_SPOOL_DEPTH);
      return g_steal_pointer (&places);
    }
  for (; *paths; paths++)
    {
      g_autofree char *path = g_canonicalize_filename (*paths, NULL);
      struct stat info;
      int code = stat (path, &info) != 0 ? errno : S_ISDIR (info.st_mode) ? access (path, R_OK | X_OK) : ENOTDIR;

      if (code != 0)
        {
          mvx_log_disk_set_error (error, code < 0 ? errno : code, "Cannot read directory", path, NULL);
          return NULL;
        }
      mvx_spool_find_in (places, path, MVX_SPOOL_DEPTH);
    }
  return g_steal_pointer (&places);
}

guint64
mvx_spool_sum_bytes (const GPtrArray *places)
{
  guint64 bytes = 0;

  for (guint i = 0; i < places->len; i++)
    bytes += ((const MvxSpoolPlace *) places->pdata[i])->bytes;
  return bytes;
}

typedef struct
{
  const MvxSpoolPlace *place;
  const MvxSpoolVisit *visit;
  MvxSpoolSum *sum;
  guint64 next_seq; /* what is before it has been delivered */
  gboolean stopped;
} MvxSpoolReading;

static void mvx_spool_complain (MvxSpoolReading *reading, const char *name, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static void
mvx_spool_complain (MvxSpoolReading *reading, const char *name, const char *format, ...)
{
  g_autofree char *path = g_build_filename (reading->place->path, name, NULL);
  g_autofree char *text = NULL;
  va_list args;

  if (reading->visit->problem == NULL)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  reading->visit->problem (path, text, reading->visit->data);
}

static void
mvx_spool_read_entry (MvxSpoolReading *reading, const MvxLogScan *scan, const MvxLogEntry *bytes, guint64 seq)
{
  MvxSpoolEntry entry = { &scan->header.stream, seq, bytes->bytes, bytes->size, NULL };
  MvxLogDeadLetter letter;

  if (reading->place->stream == NULL && !mvx_log_dead_letter_get (&letter, bytes))
    {
      reading->sum->n_damaged++;
      return;
    }
  if (reading->place->stream == NULL)
    entry = (MvxSpoolEntry){ &letter.stream, letter.seq, letter.bytes, letter.size, &letter };
  else if (seq < reading->next_seq)
    {
      reading->sum->n_delivered++;
      return;
    }
  reading->sum->n_events++;
  if (reading->visit->entry)
    reading->stopped = !reading->visit->entry (&entry, reading->visit->data);
}

static void
mvx_spool_read_frame (MvxSpoolReading *reading, const MvxLogScan *scan)
{
  MvxLogEntry entry;
  gsize at = 0;

  for (guint i = 0; i < scan->frame.n && !reading->stopped; i++)
    {
      at = mvx_log_entry_get (&entry, scan->payload, scan->frame.size, at);
      if (at == 0)
        return;
      mvx_spool_read_entry (reading, scan, &entry, scan->frame.first_seq + i);
    }
}

/* A process that was killed leaves a frame that is not finished at the end of its last file, and a live one is just
 * writing there: that is no damage. */
static void
mvx_spool_read_frames (MvxSpoolReading *reading, MvxLogScan *scan, const char *name)
{
  MvxLogScanStep step = MVX_LOG_SCAN_END;
  guint64 read = 0;

  while (!reading->stopped && (step = mvx_log_scan_next (scan, G_MAXUINT64)) == MVX_LOG_SCAN_FRAME)
    {
      mvx_spool_read_frame (reading, scan);
      if (reading->visit->progress)
        mvx_tool_progress_add (reading->visit->progress, scan->offset - read);
      read = scan->offset;
    }
  if (step == MVX_LOG_SCAN_ERROR)
    {
      reading->sum->n_unknown++;
      mvx_spool_complain (reading, name, "cannot be read: %s", g_strerror (errno));
      return;
    }
  reading->sum->torn += scan->torn;
  reading->sum->n_damaged += scan->n_damaged;
  if (scan->n_damaged > 0)
    mvx_spool_complain (reading, name, "%" G_GUINT64_FORMAT " damaged places, %" G_GUINT64_FORMAT " bytes",
                        scan->n_damaged, scan->skipped);
}

static void
mvx_spool_read_file (MvxSpoolReading *reading, int dir, const char *name, const MvxLogStreamId *stream, guint64 id)
{
  int fd = mvx_log_disk_open_file (dir, name);
  g_auto (MvxLogScan) scan = { .fd = -1 };

  if (fd < 0)
    {
      /* Whoever has it may just have removed it. */
      if (errno == ENOENT)
        return;
      reading->sum->n_unknown++;
      mvx_spool_complain (reading, name, "cannot be read: %s", g_strerror (errno));
      return;
    }
  switch (mvx_log_scan_init (&scan, fd, stream, id))
    {
    case MVX_LOG_HEADER_NEWER:
      reading->sum->n_unknown++;
      mvx_spool_complain (reading, name, "was written by a newer version of libmvxlog; use that one");
      return;
    case MVX_LOG_HEADER_DAMAGED:
      reading->sum->n_damaged++;
      mvx_spool_complain (reading, name, "the header is damaged");
      if (stream == NULL)
        return;
      break;
    case MVX_LOG_HEADER_VALID:
    default:
      break;
    }
  mvx_spool_read_frames (reading, &scan, name);
}

static gboolean
mvx_spool_read_stream (MvxSpoolReading *reading, GError **error)
{
  g_autoptr (MvxLogSpoolHome) home
      = mvx_log_spool_home_open (reading->place->directory, reading->place->stream, FALSE, error);
  g_autoptr (GArray) ids = home ? mvx_log_spool_home_segments (home, error) : NULL;
  MvxLogAck ack;

  if (ids == NULL)
    return FALSE;
  if (mvx_log_ack_read (&ack, home->fd, &home->stream))
    reading->next_seq = ack.next_seq;
  for (guint i = 0; i < ids->len && !reading->stopped; i++)
    {
      char name[MVX_LOG_SEGMENT_NAME];

      mvx_log_segment_name (g_array_index (ids, guint64, i), name);
      mvx_spool_read_file (reading, home->fd, name, &home->stream, g_array_index (ids, guint64, i));
    }
  return TRUE;
}

static gboolean
mvx_spool_read_dead (MvxSpoolReading *reading, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (reading->place->path, 0, error);
  int fd = dir ? mvx_log_disk_open_dir (reading->place->path, FALSE, error) : -1;
  const char *name;

  if (fd < 0)
    return FALSE;
  while ((name = g_dir_read_name (dir)))
    if (mvx_spool_is_file (name))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, mvx_spool_compare_names);
  for (guint i = 0; i < names->len && !reading->stopped; i++)
    mvx_spool_read_file (reading, fd, g_ptr_array_index (names, i), NULL, 0);
  mvx_log_disk_close (&fd);
  return TRUE;
}

gboolean
mvx_spool_read (const MvxSpoolPlace *place, const MvxSpoolVisit *visit, MvxSpoolSum *sum, GError **error)
{
  MvxSpoolReading reading = { place, visit, sum, 0, FALSE };

  *sum = (MvxSpoolSum){ 0 };
  return place->stream ? mvx_spool_read_stream (&reading, error) : mvx_spool_read_dead (&reading, error);
}

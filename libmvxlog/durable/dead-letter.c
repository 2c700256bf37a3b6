/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/dead-letter-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <unistd.h>

#include "durable/disk-private.h"
#include "durable/spool-segment-private.h"

#define MVX_LOG_DEAD_LETTERS_BYTES (64u * 1024 * 1024)
#define MVX_LOG_DEAD_LETTERS_FILES 8
#define MVX_LOG_DEAD_LETTER_FIXED 40
#define MVX_LOG_DEAD_LETTER_REASON 4096

typedef struct
{
  guint64 id;
  guint64 n;
  guint64 bytes;
} MvxLogDeadFile;

struct _MvxLogDeadLetters
{
  char *directory;
  MvxLogStreamId stream;
  guint64 file_bytes;
  int dir;
  MvxLogSpoolSegment *segment;
  GArray *files; /* of MvxLogDeadFile, oldest first; the last one is being written */
  guint64 next_id;
  guint64 n;
  guint64 gone;
};

MvxLogDeadLetters *
mvx_log_dead_letters_new (const char *directory, const MvxLogStreamId *stream, guint64 max_bytes)
{
  MvxLogDeadLetters *self = g_new0 (MvxLogDeadLetters, 1);

  self->directory = g_build_filename (directory, MVX_LOG_DEAD_LETTERS_DIR, NULL);
  self->stream = *stream;
  self->file_bytes = (max_bytes > 0 ? max_bytes : MVX_LOG_DEAD_LETTERS_BYTES) / MVX_LOG_DEAD_LETTERS_FILES;
  self->dir = -1;
  self->files = g_array_new (FALSE, FALSE, sizeof (MvxLogDeadFile));
  self->next_id = 1;
  return self;
}

static void
mvx_log_dead_letters_leave (MvxLogDeadLetters *self)
{
  if (self->segment)
    mvx_log_spool_segment_seal (self->segment);
  g_clear_pointer (&self->segment, mvx_log_spool_segment_unref);
}

void
mvx_log_dead_letters_free (MvxLogDeadLetters *self)
{
  mvx_log_dead_letters_leave (self);
  mvx_log_disk_close (&self->dir);
  g_array_unref (self->files);
  g_free (self->directory);
  g_free (self);
}

static char *
mvx_log_dead_letters_name (MvxLogDeadLetters *self, guint64 id)
{
  char stream[MVX_LOG_STREAM_ID_DIGITS + 1];
  char name[MVX_LOG_SEGMENT_NAME];

  mvx_log_stream_id_print (&self->stream, stream);
  mvx_log_segment_name (id, name);
  return g_strconcat (stream, "-", name, NULL);
}

/* All files together stay within the limit, also with one more. */
static void
mvx_log_dead_letters_make_room (MvxLogDeadLetters *self, guint64 bytes)
{
  for (;;)
    {
      g_autofree char *name = NULL;
      guint64 all = bytes;

      for (guint i = 0; i < self->files->len; i++)
        all += g_array_index (self->files, MvxLogDeadFile, i).bytes;
      if (all <= self->file_bytes * MVX_LOG_DEAD_LETTERS_FILES || self->files->len == 0)
        return;
      name = mvx_log_dead_letters_name (self, g_array_index (self->files, MvxLogDeadFile, 0).id);
      unlinkat (self->dir, name, 0);
      self->gone += g_array_index (self->files, MvxLogDeadFile, 0).n;
      g_array_remove_index (self->files, 0);
    }
}

static gboolean
mvx_log_dead_letters_begin (MvxLogDeadLetters *self, gsize size, GError **error)
{
  guint64 capacity = MAX (self->file_bytes, MVX_LOG_FRAME_HEADER + size);
  g_autofree char *name = mvx_log_dead_letters_name (self, self->next_id);
  MvxLogSegmentHeader header = { .major = MVX_LOG_FRAME_MAJOR,
                                 .minor = MVX_LOG_FRAME_MINOR,
                                 .flags = MVX_LOG_SEGMENT_DEAD,
                                 .stream = self->stream,
                                 .id = self->next_id,
                                 .first_seq = self->n + 1 };
  MvxLogDeadFile file = { .id = self->next_id };

  mvx_log_dead_letters_leave (self);
  mvx_log_disk_close (&self->dir);
  self->dir = mvx_log_disk_open_dir (self->directory, TRUE, error);
  if (self->dir < 0)
    return FALSE;
  mvx_log_dead_letters_make_room (self, MVX_LOG_FRAME_HEADER + size);
  self->segment = mvx_log_spool_segment_new (self->dir, name, &header, capacity, FALSE, TRUE);
  if (self->segment == NULL)
    {
      mvx_log_disk_set_error (error, errno, "Cannot make file of dead letters", self->directory, name);
      return FALSE;
    }
  self->next_id++;
  g_array_append_val (self->files, file);
  return TRUE;
}

static void
mvx_log_dead_letter_put (MvxLogBuffer *buffer, const MvxLogDeadLetter *letter)
{
  guint32 reason_size = MIN (letter->reason_size, MVX_LOG_DEAD_LETTER_REASON);
  gsize at = mvx_log_entry_begin (buffer);
  guint64 words[] = { GUINT64_TO_LE (letter->seq), (guint64) GINT64_TO_LE (letter->time_us) };
  guint32 halves[] = { GUINT32_TO_LE (letter->attempts), GUINT32_TO_LE (reason_size) };

  mvx_log_buffer_append (buffer, &words[0], 8);
  mvx_log_buffer_append (buffer, &letter->stream, sizeof letter->stream);
  mvx_log_buffer_append (buffer, &words[1], 8);
  mvx_log_buffer_append (buffer, halves, sizeof halves);
  mvx_log_buffer_append (buffer, letter->reason, reason_size);
  mvx_log_buffer_append (buffer, "\0\0\0\0\0\0\0", -reason_size & 7);
  mvx_log_buffer_append (buffer, letter->bytes, letter->size);
  mvx_log_entry_end (buffer, at);
}

/* A file that has failed, or is gone, is left alone. */
static gboolean
mvx_log_dead_letters_write (MvxLogDeadLetters *self, const MvxLogBuffer *entry, GError **error)
{
  MvxLogDeadFile *file;

  if ((self->segment == NULL || !mvx_log_spool_segment_fits (self->segment, entry->len)
       || !mvx_log_disk_is_linked (self->segment->fd))
      && !mvx_log_dead_letters_begin (self, entry->len, error))
    return FALSE;
  if (!mvx_log_spool_segment_append (self->segment, entry->data, entry->len, 1, self->n + 1)
      || !mvx_log_disk_sync (self->segment->fd))
    {
      mvx_log_disk_set_error (error, errno, "Cannot write dead letter to", self->directory, NULL);
      mvx_log_dead_letters_leave (self);
      return FALSE;
    }
  file = &g_array_index (self->files, MvxLogDeadFile, self->files->len - 1);
  file->n++;
  file->bytes = self->segment->size;
  self->n++;
  return TRUE;
}

gboolean
mvx_log_dead_letters_add (MvxLogDeadLetters *self, const MvxLogDeadLetter *letter, GError **error)
{
  MvxLogBuffer entry = MVX_LOG_BUFFER_INIT;
  gboolean ok;

  mvx_log_dead_letter_put (&entry, letter);
  ok = mvx_log_dead_letters_write (self, &entry, NULL) || mvx_log_dead_letters_write (self, &entry, error);
  mvx_log_buffer_clear (&entry);
  return ok;
}

guint64
mvx_log_dead_letters_get_n (MvxLogDeadLetters *self)
{
  return self->n;
}

guint64
mvx_log_dead_letters_get_gone (MvxLogDeadLetters *self)
{
  return self->gone;
}

gboolean
mvx_log_dead_letter_get (MvxLogDeadLetter *letter, const MvxLogEntry *entry)
{
  const guint8 *p = entry->bytes;
  gsize behind;

  if (entry->size < MVX_LOG_DEAD_LETTER_FIXED)
    return FALSE;
  memcpy (&letter->seq, p, 8);
  memcpy (&letter->stream, p + 8, sizeof letter->stream);
  memcpy (&letter->time_us, p + 24, 8);
  memcpy (&letter->attempts, p + 32, 4);
  memcpy (&letter->reason_size, p + 36, 4);
  letter->seq = GUINT64_FROM_LE (letter->seq);
  letter->time_us = GINT64_FROM_LE (letter->time_us);
  letter->attempts = GUINT32_FROM_LE (letter->attempts);
  letter->reason_size = GUINT32_FROM_LE (letter->reason_size);
  behind = ((gsize) letter->reason_size + 7) & ~(gsize) 7;
  if (behind > entry->size - MVX_LOG_DEAD_LETTER_FIXED)
    return FALSE;
  letter->reason = (const char *) p + MVX_LOG_DEAD_LETTER_FIXED;
  letter->bytes = p + MVX_LOG_DEAD_LETTER_FIXED + behind;
  letter->size = (guint32) (entry->size - MVX_LOG_DEAD_LETTER_FIXED - behind);
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/spool-segment-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "durable/disk-private.h"

void
mvx_log_segment_name (guint64 id, char name[MVX_LOG_SEGMENT_NAME])
{
  g_snprintf (name, MVX_LOG_SEGMENT_NAME, "%016" G_GINT64_MODIFIER "x.seg", id);
}

gboolean
mvx_log_segment_parse_name (const char *name, guint64 *id)
{
  if (strspn (name, "0123456789abcdef") != 16 || strcmp (name + 16, ".seg") != 0)
    return FALSE;
  *id = g_ascii_strtoull (name, NULL, 16);
  return TRUE;
}

static gboolean
mvx_log_spool_segment_write_header (MvxLogSpoolSegment *self)
{
  guint8 bytes[MVX_LOG_SEGMENT_HEADER];
  struct iovec part = { bytes, sizeof bytes };

  mvx_log_segment_header_put (&self->header, bytes);
  return mvx_log_disk_write (self->fd, &part, 1, 0);
}

static gboolean
mvx_log_spool_segment_create (MvxLogSpoolSegment *self, int dir, gboolean reserve, gboolean sync)
{
  mvx_log_disk_fail_point ("created");
  /* With its space reserved a sync has less to write, and a full disk is found out now. Where there is not so much, or
   * the file system cannot do it, the file grows. */
  self->reserved = reserve && fallocate (self->fd, 0, 0, (off_t) (MVX_LOG_SEGMENT_HEADER + self->capacity)) == 0;
  if (!mvx_log_spool_segment_write_header (self))
    return FALSE;
  if (!sync)
    return TRUE;
  if (!mvx_log_disk_sync_full (self->fd))
    return FALSE;
  mvx_log_disk_fail_point ("header-synced");
  if (!mvx_log_disk_sync_full (dir))
    return FALSE;
  mvx_log_disk_fail_point ("dir-synced");
  return TRUE;
}

MvxLogSpoolSegment *
mvx_log_spool_segment_new (int dir,
                           const char *name,
                           const MvxLogSegmentHeader *header,
                           guint64 capacity,
                           gboolean reserve,
                           gboolean sync)
{
  g_autoptr (MvxLogSpoolSegment) self = g_new0 (MvxLogSpoolSegment, 1);
  int saved;

  g_atomic_ref_count_init (&self->ref_count);
  self->header = *header;
  self->seed = mvx_log_frame_seed (&header->stream, header->id);
  self->capacity = capacity;
  self->size = MVX_LOG_SEGMENT_HEADER;
  self->last_seq = header->first_seq - 1;
  self->fd = mvx_log_disk_open (dir, name, O_RDWR | O_CREAT | O_EXCL);
  if (self->fd < 0)
    return NULL;
  if (mvx_log_spool_segment_create (self, dir, reserve, sync))
    {
      self->synced = sync ? self->size : 0;
      return g_steal_pointer (&self);
    }
  saved = errno;
  unlinkat (dir, name, 0);
  errno = saved;
  return NULL;
}

MvxLogSpoolSegment *
mvx_log_spool_segment_ref (MvxLogSpoolSegment *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
mvx_log_spool_segment_unref (MvxLogSpoolSegment *self)
{
  int saved = errno;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  mvx_log_disk_close (&self->fd);
  g_free (self);
  errno = saved;
}

gboolean
mvx_log_spool_segment_restart (MvxLogSpoolSegment *self, guint64 first_seq)
{
  self->header.first_seq = first_seq;
  self->last_seq = first_seq - 1;
  return mvx_log_spool_segment_write_header (self);
}

gboolean
mvx_log_spool_segment_fits (const MvxLogSpoolSegment *self, gsize size)
{
  return self->size + MVX_LOG_FRAME_HEADER + size <= MVX_LOG_SEGMENT_HEADER + self->capacity;
}

gboolean
mvx_log_spool_segment_append (MvxLogSpoolSegment *self, gconstpointer payload, gsize size, guint32 n, guint64 first_seq)
{
  MvxLogFrameHeader header = { .size = (guint32) size, .n = n, .first_seq = first_seq };
  guint8 bytes[MVX_LOG_FRAME_HEADER];
  struct iovec parts[] = { { bytes, sizeof bytes }, { (gpointer) payload, size } };

  mvx_log_frame_header_put (&header, self->seed, self->size, payload, bytes);
  if (!mvx_log_disk_write (self->fd, parts, G_N_ELEMENTS (parts), self->size))
    return FALSE;
  self->size += sizeof bytes + size;
  self->last_seq = first_seq + n - 1;
  mvx_log_disk_fail_point ("appended");
  return TRUE;
}

void
mvx_log_spool_segment_seal (MvxLogSpoolSegment *self)
{
  mvx_log_disk_truncate (self->fd, self->size);
  mvx_log_disk_fail_point ("sealed");
}

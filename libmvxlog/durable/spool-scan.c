/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/spool-scan-private.h"

#include <errno.h>

#include "durable/disk-private.h"

#define MVX_LOG_SCAN_CHUNK (64 * 1024)

MvxLogHeaderState
mvx_log_scan_init (MvxLogScan *self, int fd, const MvxLogStreamId *stream, guint64 id)
{
  guint8 bytes[MVX_LOG_SEGMENT_HEADER];
  MvxLogHeaderState state;
  gssize size;

  *self = (MvxLogScan){ .fd = fd, .offset = MVX_LOG_SEGMENT_HEADER };
  size = mvx_log_disk_read (fd, bytes, sizeof bytes, 0);
  if (size < 0)
    return MVX_LOG_HEADER_UNREADABLE;
  state = mvx_log_segment_header_get (&self->header, bytes, (gsize) size);
  if (state == MVX_LOG_HEADER_VALID && stream != NULL
      && (!mvx_log_stream_id_equal (&self->header.stream, stream) || self->header.id != id))
    return MVX_LOG_HEADER_FOREIGN;
  if (state == MVX_LOG_HEADER_DAMAGED && stream != NULL)
    {
      self->header = (MvxLogSegmentHeader){ .major = MVX_LOG_FRAME_MAJOR, .stream = *stream, .id = id };
      self->n_damaged = 1;
    }
  self->seed = mvx_log_frame_seed (&self->header.stream, self->header.id);
  return state;
}

void
mvx_log_scan_clear (MvxLogScan *self)
{
  mvx_log_disk_close (&self->fd);
  g_clear_pointer (&self->payload, g_free);
  self->allocated = 0;
}

typedef enum
{
  MVX_LOG_SCAN_GOOD,
  MVX_LOG_SCAN_BAD,
  MVX_LOG_SCAN_NOTHING, /* the end is before it */
  MVX_LOG_SCAN_FAILED
} MvxLogScanFound;

/* Is there a frame at @at? If it has a header but no payload, @next tells where it ends, as far as one can know. */
static MvxLogScanFound
mvx_log_scan_try (MvxLogScan *self, guint64 at, guint64 limit, guint64 *next)
{
  guint8 bytes[MVX_LOG_FRAME_HEADER];
  MvxLogFrameHeader frame;
  gssize size;

  *next = at + 8;
  if (at > limit || limit - at < sizeof bytes)
    return MVX_LOG_SCAN_NOTHING;
  size = mvx_log_disk_read (self->fd, bytes, sizeof bytes, at);
  if (size < 0)
    return MVX_LOG_SCAN_FAILED;
  if (size < (gssize) sizeof bytes)
    return MVX_LOG_SCAN_NOTHING;
  if (!mvx_log_frame_header_get (&frame, self->seed, at, bytes))
    return MVX_LOG_SCAN_BAD;
  *next = at + sizeof bytes + frame.size;
  if (frame.size > self->allocated)
    {
      g_free (self->payload);
      self->payload = g_malloc (frame.size);
      self->allocated = frame.size;
    }
  size = mvx_log_disk_read (self->fd, self->payload, frame.size, at + sizeof bytes);
  if (size < 0)
    return MVX_LOG_SCAN_FAILED;
  if (*next > limit || size < (gssize) frame.size
      || !mvx_log_frame_check_payload (&frame, self->seed, at, self->payload))
    {
      self->known_next = MAX (self->known_next, frame.first_seq + frame.n);
      return MVX_LOG_SCAN_BAD;
    }
  self->frame = frame;
  self->frame_at = at;
  return MVX_LOG_SCAN_GOOD;
}

/* The next place from @at on that looks like a frame. */
static MvxLogScanFound
mvx_log_scan_seek (MvxLogScan *self, guint64 *at, guint64 limit)
{
  g_autofree guint8 *chunk = g_malloc (MVX_LOG_SCAN_CHUNK);

  for (;;)
    {
      gssize size = mvx_log_disk_read (self->fd, chunk, MVX_LOG_SCAN_CHUNK, *at);

      if (size < 0)
        return MVX_LOG_SCAN_FAILED;
      if (*at >= limit || size == 0)
        return MVX_LOG_SCAN_NOTHING;
      for (gssize i = 0; i + 8 <= size; i += 8)
        {
          static const guint8 zeros[8];

          if (memcmp (chunk + i, zeros, sizeof zeros) == 0)
            continue;
          self->torn = *at + (guint64) i + 8;
          if (memcmp (chunk + i, "MVXF", 4) != 0)
            continue;
          *at += (guint64) i;
          return MVX_LOG_SCAN_GOOD;
        }
      *at += MVX_LOG_SCAN_CHUNK;
    }
}

MvxLogScanStep
mvx_log_scan_next (MvxLogScan *self, guint64 limit)
{
  guint64 at = self->offset;

  self->torn = 0;
  for (;;)
    {
      guint64 next;
      MvxLogScanFound found = mvx_log_scan_try (self, at, limit, &next);

      if (found == MVX_LOG_SCAN_GOOD)
        {
          if (at > self->offset)
            self->n_damaged++;
          self->skipped += at - self->offset;
          self->offset = next;
          self->torn = 0;
          return MVX_LOG_SCAN_FRAME;
        }
      if (found == MVX_LOG_SCAN_BAD)
        {
          if (next > at + 8)
            self->torn = next;
          at = next;
          found = mvx_log_scan_seek (self, &at, limit);
        }
      if (found == MVX_LOG_SCAN_FAILED)
        return MVX_LOG_SCAN_ERROR;
      if (found == MVX_LOG_SCAN_NOTHING)
        {
          self->torn = self->torn > self->offset ? self->torn - self->offset : 0;
          return MVX_LOG_SCAN_END;
        }
    }
}

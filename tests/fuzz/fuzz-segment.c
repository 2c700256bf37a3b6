/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Segments of a spool. Behind '!' come the bytes of a file; else the first part is the damage, two bytes each for where
 * a byte is changed, and every other one an entry in a frame of its own: what is not damaged is found, and nothing
 * else. */
#include "fuzz.h"

#include <sys/mman.h>

#include <mvxlog/buffer.h>

#include "durable/disk-private.h"
#include "durable/spool-scan-private.h"

#define MOST_FRAMES 32
#define ID 7

typedef struct
{
  FuzzPart entry;
  gsize at;
  gsize end;
  gboolean damaged;
} Frame;

static const MvxLogStreamId stream = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };

static int
make_file (gconstpointer bytes, gsize size)
{
  int fd = memfd_create ("fuzz", MFD_CLOEXEC);
  struct iovec part = { (gpointer) bytes, size };

  g_assert_true (size == 0 || mvx_log_disk_write (fd, &part, 1, 0));
  return fd;
}

static void
read_any (const guint8 *data, gsize size)
{
  g_auto (MvxLogScan) scan = { 0 };
  MvxLogHeaderState state = mvx_log_scan_init (&scan, make_file (data, size), &stream, ID);
  guint64 before = 0;

  if (state != MVX_LOG_HEADER_VALID && state != MVX_LOG_HEADER_DAMAGED)
    return;
  while (mvx_log_scan_next (&scan, G_MAXUINT64) == MVX_LOG_SCAN_FRAME)
    {
      g_assert_cmpuint (scan.frame_at, >=, MAX (before, MVX_LOG_SEGMENT_HEADER));
      g_assert_cmpuint (scan.offset, <=, size);
      before = scan.offset;
    }
  g_assert_cmpuint (scan.offset + scan.torn, <=, size + MVX_LOG_FRAME_MAX);
}

static void
add_frame (MvxLogBuffer *buffer, Frame *frame, guint64 seq)
{
  MvxLogFrameHeader header = { .n = 1, .first_seq = seq };
  MvxLogBuffer payload = MVX_LOG_BUFFER_INIT;
  guint8 bytes[MVX_LOG_FRAME_HEADER];

  mvx_log_entry_put (&payload, frame->entry.text, frame->entry.len);
  header.size = (guint32) payload.len;
  frame->at = buffer->len;
  mvx_log_frame_header_put (&header, mvx_log_frame_seed (&stream, ID), buffer->len, payload.data, bytes);
  mvx_log_buffer_append (buffer, bytes, sizeof bytes);
  mvx_log_buffer_append (buffer, payload.data, payload.len);
  frame->end = buffer->len;
  mvx_log_buffer_clear (&payload);
}

static void
damage (MvxLogBuffer *buffer, const FuzzPart *where, Frame *frames, guint n)
{
  for (gsize i = 0; i + 1 < where->len; i += 2)
    {
      gsize at = ((guint8) where->text[i] << 8 | (guint8) where->text[i + 1]) % buffer->len;

      buffer->data[at] ^= 0x5a;
      for (guint j = 0; j < n; j++)
        frames[j].damaged = frames[j].damaged || (at >= frames[j].at && at < frames[j].end);
    }
}

/* The frame that begins there, and is what was written. */
static void
assert_found (const MvxLogScan *scan, const Frame *frames, guint n, guint *next)
{
  MvxLogEntry entry;

  while (*next < n && frames[*next].at < scan->frame_at)
    g_assert_true (frames[(*next)++].damaged);
  g_assert_cmpuint (*next, <, n);
  g_assert_cmpuint (frames[*next].at, ==, scan->frame_at);
  g_assert_cmpuint (scan->frame.first_seq, ==, *next + 1);
  g_assert_cmpuint (mvx_log_entry_get (&entry, scan->payload, scan->frame.size, 0), ==, scan->frame.size);
  g_assert_cmpmem (entry.bytes, entry.size, frames[*next].entry.text, frames[*next].entry.len);
  ++*next;
}

static void
read_damaged (MvxLogBuffer *buffer, const Frame *frames, guint n)
{
  g_auto (MvxLogScan) scan = { 0 };
  MvxLogHeaderState state = mvx_log_scan_init (&scan, make_file (buffer->data, buffer->len), &stream, ID);
  MvxLogScanStep step;
  guint next = 0;

  g_assert_true (state == MVX_LOG_HEADER_VALID || state == MVX_LOG_HEADER_DAMAGED);
  while ((step = mvx_log_scan_next (&scan, G_MAXUINT64)) == MVX_LOG_SCAN_FRAME)
    assert_found (&scan, frames, n, &next);
  g_assert_cmpint (step, ==, MVX_LOG_SCAN_END);
  for (; next < n; next++)
    g_assert_true (frames[next].damaged);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  FuzzInput input = { (const char *) data, (const char *) data + size };
  const MvxLogSegmentHeader header = { .major = MVX_LOG_FRAME_MAJOR, .stream = stream, .id = ID, .first_seq = 1 };
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  g_auto (FuzzPart) where = { 0 };
  Frame frames[MOST_FRAMES] = { 0 };
  guint n;

  if (size > 0 && *data == '!')
    {
      read_any (data + 1, size - 1);
      return 0;
    }
  where = fuzz_take (&input);
  mvx_log_segment_header_put (&header, mvx_log_buffer_reserve (&buffer, MVX_LOG_SEGMENT_HEADER));
  buffer.len = MVX_LOG_SEGMENT_HEADER;
  for (n = 0; input.p < input.end && n < MOST_FRAMES; n++)
    {
      frames[n].entry = fuzz_take (&input);
      add_frame (&buffer, &frames[n], n + 1);
    }
  damage (&buffer, &where, frames, n);
  read_damaged (&buffer, frames, n);
  mvx_log_buffer_clear (&buffer);
  for (guint i = 0; i < n; i++)
    fuzz_part_clear (&frames[i].entry);
  return 0;
}

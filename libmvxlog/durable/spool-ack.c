/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/spool-ack-private.h"

#include <errno.h>
#include <fcntl.h>

#include "durable/crc32c-private.h"
#include "durable/disk-private.h"

/* "MVXLACK\n", u32 version, u32 0, stream 16, u64 generation, u64 next seq, u64 segment, zeros, u32 CRC at the end */
static const char mvx_log_ack_magic[8] = "MVXLACK\n";

#define MVX_LOG_ACK_VERSION 1
#define MVX_LOG_ACK_CRC (MVX_LOG_ACK_SLOT - 4)

static void
mvx_log_ack_put64 (guint8 *p, guint64 value)
{
  value = GUINT64_TO_LE (value);
  memcpy (p, &value, sizeof value);
}

static guint64
mvx_log_ack_get64 (const guint8 *p)
{
  guint64 value;

  memcpy (&value, p, sizeof value);
  return GUINT64_FROM_LE (value);
}

void
mvx_log_ack_put (const MvxLogAck *self, guint8 bytes[MVX_LOG_ACK_SLOT])
{
  guint32 crc;

  memset (bytes, 0, MVX_LOG_ACK_SLOT);
  memcpy (bytes, mvx_log_ack_magic, sizeof mvx_log_ack_magic);
  mvx_log_ack_put64 (bytes + 8, MVX_LOG_ACK_VERSION);
  memcpy (bytes + 16, self->stream.bytes, 16);
  mvx_log_ack_put64 (bytes + 32, self->generation);
  mvx_log_ack_put64 (bytes + 40, self->next_seq);
  mvx_log_ack_put64 (bytes + 48, self->segment);
  crc = GUINT32_TO_LE (mvx_log_crc32c (0, bytes, MVX_LOG_ACK_CRC));
  memcpy (bytes + MVX_LOG_ACK_CRC, &crc, sizeof crc);
}

gboolean
mvx_log_ack_get (MvxLogAck *self, const guint8 bytes[MVX_LOG_ACK_SLOT])
{
  guint32 crc = GUINT32_TO_LE (mvx_log_crc32c (0, bytes, MVX_LOG_ACK_CRC));

  if (memcmp (bytes, mvx_log_ack_magic, sizeof mvx_log_ack_magic) != 0
      || mvx_log_ack_get64 (bytes + 8) != MVX_LOG_ACK_VERSION
      || memcmp (bytes + MVX_LOG_ACK_CRC, &crc, sizeof crc) != 0)
    return FALSE;
  memcpy (self->stream.bytes, bytes + 16, 16);
  self->generation = mvx_log_ack_get64 (bytes + 32);
  self->next_seq = mvx_log_ack_get64 (bytes + 40);
  self->segment = mvx_log_ack_get64 (bytes + 48);
  return TRUE;
}

gboolean
mvx_log_ack_read (MvxLogAck *self, int dir, const MvxLogStreamId *stream)
{
  guint8 bytes[2 * MVX_LOG_ACK_SLOT] = { 0 };
  int fd = mvx_log_disk_open_file (dir, MVX_LOG_ACK_NAME);
  MvxLogAck slot;

  *self = (MvxLogAck){ .stream = *stream };
  if (fd < 0)
    return FALSE;
  if (mvx_log_disk_read (fd, bytes, sizeof bytes, 0) > 0)
    for (guint i = 0; i < 2; i++)
      if (mvx_log_ack_get (&slot, bytes + i * MVX_LOG_ACK_SLOT) && mvx_log_stream_id_equal (&slot.stream, stream)
          && slot.generation > self->generation)
        *self = slot;
  mvx_log_disk_close (&fd);
  return self->generation > 0;
}

int
mvx_log_ack_open (int dir)
{
  return mvx_log_disk_open (dir, MVX_LOG_ACK_NAME, O_RDWR | O_CREAT | O_NONBLOCK);
}

gboolean
mvx_log_ack_write (MvxLogAck *self, int fd, gboolean sync)
{
  guint8 bytes[MVX_LOG_ACK_SLOT];
  struct iovec part = { bytes, sizeof bytes };
  MvxLogAck next = *self;

  next.generation++;
  mvx_log_ack_put (&next, bytes);
  if (!mvx_log_disk_write (fd, &part, 1, (next.generation & 1) * MVX_LOG_ACK_SLOT) || (sync && !mvx_log_disk_sync (fd)))
    return FALSE;
  *self = next;
  mvx_log_disk_fail_point ("ack-written");
  return TRUE;
}

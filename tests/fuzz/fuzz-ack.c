/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The acknowledgement file of a spool: a slot without a right checksum is none, one with it means what it says. */
#include "fuzz.h"

#include "durable/crc32c-private.h"
#include "durable/spool-ack-private.h"

#define CRC (MVX_LOG_ACK_SLOT - 4)

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  guint8 slot[MVX_LOG_ACK_SLOT] = { 0 };
  guint8 written[MVX_LOG_ACK_SLOT];
  guint32 crc;
  MvxLogAck ack = { 0 };
  MvxLogAck again = { 0 };

  memcpy (slot, data, MIN (size, sizeof slot));
  crc = mvx_log_crc32c (0, slot, CRC);
  if (memcmp (slot + CRC, &(guint32){ GUINT32_TO_LE (crc) }, sizeof crc) != 0)
    g_assert_false (mvx_log_ack_get (&ack, slot));
  crc = GUINT32_TO_LE (crc);
  memcpy (slot + CRC, &crc, sizeof crc);
  if (!mvx_log_ack_get (&ack, slot))
    return 0;
  mvx_log_ack_put (&ack, written);
  g_assert_true (mvx_log_ack_get (&again, written));
  g_assert_true (mvx_log_stream_id_equal (&ack.stream, &again.stream));
  g_assert_true (ack.generation == again.generation && ack.next_seq == again.next_seq && ack.segment == again.segment);
  return 0;
}

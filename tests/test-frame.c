/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of a segment: what is written is read, and nothing else is. */
#include "durable/frame-private.h"

#include "durable/crc32c-private.h"
#include "durable/spool-ack-private.h"
#include "durable/spool-segment-private.h"

static const MvxLogStreamId stream = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255 } };

static void
test_stream_id (void)
{
  char text[MVX_LOG_STREAM_ID_DIGITS + 1];
  MvxLogStreamId id;
  MvxLogStreamId other;

  mvx_log_stream_id_print (&stream, text);
  g_assert_cmpstr (text, ==, "000102030405060708090a0b0c0d0eff");
  g_assert_true (mvx_log_stream_id_parse (&id, text));
  g_assert_true (mvx_log_stream_id_equal (&id, &stream));
  g_assert_cmphex (mvx_log_stream_id_number (&id), ==, G_GUINT64_CONSTANT (0x0706050403020100));
  g_assert_false (mvx_log_stream_id_parse (&id, ""));
  g_assert_false (mvx_log_stream_id_parse (&id, "000102030405060708090A0b0c0d0eff"));
  g_assert_false (mvx_log_stream_id_parse (&id, "000102030405060708090a0b0c0d0eff0"));
  g_assert_false (mvx_log_stream_id_parse (&id, "../02030405060708090a0b0c0d0eff0"));
  memset (&id, 0, sizeof id);
  g_assert_cmpuint (mvx_log_stream_id_number (&id), ==, 1);
  mvx_log_stream_id_make (&id);
  mvx_log_stream_id_make (&other);
  g_assert_false (mvx_log_stream_id_equal (&id, &other));
}

static void
test_names (void)
{
  static const char *const others[] = { "",
                                        "lock",
                                        "0000000000000001.bad",
                                        "000000000000001.seg",
                                        "00000000000000001.seg",
                                        "000000000000000G.seg",
                                        "000000000000000A.seg",
                                        "0000000000000001.seg.bad",
                                        "0000000000000001seg" };
  static const guint64 ids[] = { 0, 1, 0xfffffffe, G_MAXUINT64 };
  char name[MVX_LOG_SEGMENT_NAME];
  guint64 id;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      mvx_log_segment_name (ids[i], name);
      g_assert_true (mvx_log_segment_parse_name (name, &id));
      g_assert_cmpuint (id, ==, ids[i]);
    }
  g_assert_cmpstr (name, ==, "ffffffffffffffff.seg");
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (mvx_log_segment_parse_name (others[i], &id));
}

/* No bit of a header can change without being noticed, nor can it be cut. */
static void
test_segment_header (void)
{
  const MvxLogSegmentHeader header = { .major = MVX_LOG_FRAME_MAJOR,
                                       .minor = 3,
                                       .flags = MVX_LOG_SEGMENT_DEAD,
                                       .stream = stream,
                                       .id = G_MAXUINT64 - 1,
                                       .first_seq = G_MAXUINT64 - 2,
                                       .boot = 77 };
  guint8 bytes[MVX_LOG_SEGMENT_HEADER];
  MvxLogSegmentHeader read;

  mvx_log_segment_header_put (&header, bytes);
  g_assert_cmpint (mvx_log_segment_header_get (&read, bytes, sizeof bytes), ==, MVX_LOG_HEADER_VALID);
  g_assert_cmpuint (read.minor, ==, 3);
  g_assert_cmpuint (read.flags, ==, MVX_LOG_SEGMENT_DEAD);
  g_assert_true (mvx_log_stream_id_equal (&read.stream, &stream));
  g_assert_cmpuint (read.id, ==, header.id);
  g_assert_cmpuint (read.first_seq, ==, header.first_seq);
  g_assert_cmpuint (read.boot, ==, 77);
  for (gsize size = 0; size < sizeof bytes; size++)
    g_assert_cmpint (mvx_log_segment_header_get (&read, bytes, size), ==, MVX_LOG_HEADER_DAMAGED);
  for (guint bit = 0; bit < 8 * sizeof bytes; bit++)
    {
      bytes[bit / 8] ^= (guint8) (1 << bit % 8);
      g_assert_cmpint (mvx_log_segment_header_get (&read, bytes, sizeof bytes), ==, MVX_LOG_HEADER_DAMAGED);
      bytes[bit / 8] ^= (guint8) (1 << bit % 8);
    }
}

/* The format is for ever: these bytes were written by the first version. */
static void
test_golden (void)
{
  MvxLogSegmentHeader header = { .major = 1, .stream = stream, .id = 0x1122334455667788, .first_seq = 5, .boot = 9 };
  MvxLogFrameHeader frame = { .n = 2, .first_seq = 5 };
  MvxLogBuffer payload = MVX_LOG_BUFFER_INIT;
  guint8 bytes[MVX_LOG_SEGMENT_HEADER + MVX_LOG_FRAME_HEADER];
  g_autofree char *sum = NULL;
  MvxLogAck ack = { .stream = stream, .generation = 3, .next_seq = 7, .segment = 2 };
  guint8 slot[MVX_LOG_ACK_SLOT];

  mvx_log_entry_put (&payload, "one", 3);
  mvx_log_entry_put (&payload, "zwei zwei", 9);
  g_assert_cmpuint (payload.len, ==, 16 + 24);
  frame.size = (guint32) payload.len;
  mvx_log_segment_header_put (&header, bytes);
  mvx_log_frame_header_put (&frame, mvx_log_frame_seed (&stream, header.id), 64, payload.data, bytes + 64);
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, sizeof bytes);
  g_assert_cmpstr (sum, ==, "f09d005f23b40a3d911d24dc2640472497491fe95c4d731305b1ca9d5083bc7a");
  g_free (sum);
  mvx_log_ack_put (&ack, slot);
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, slot, sizeof slot);
  g_assert_cmpstr (sum, ==, "46f7f0c4c0a8175d71b227f747221764ed0d5612f41be4f5b08386aa49afbe7b");
  mvx_log_buffer_clear (&payload);
}

static void
put_frame (MvxLogFrameHeader *frame, MvxLogBuffer *payload, guint8 *bytes)
{
  for (guint i = 0; i < 5; i++)
    mvx_log_entry_put (payload, "0123456789", i * 2);
  *frame = (MvxLogFrameHeader){ .size = (guint32) payload->len, .n = 5, .first_seq = 100 };
  mvx_log_frame_header_put (frame, mvx_log_frame_seed (&stream, 1), 64, payload->data, bytes);
}

/* A frame is one of its stream, segment and place only. */
static void
test_frame (void)
{
  MvxLogBuffer payload = MVX_LOG_BUFFER_INIT;
  guint8 bytes[MVX_LOG_FRAME_HEADER];
  guint32 seed = mvx_log_frame_seed (&stream, 1);
  MvxLogStreamId other = stream;
  MvxLogFrameHeader frame;
  MvxLogFrameHeader read;

  put_frame (&frame, &payload, bytes);
  g_assert_true (mvx_log_frame_header_get (&read, seed, 64, bytes));
  g_assert_cmpuint (read.n, ==, 5);
  g_assert_cmpuint (read.first_seq, ==, 100);
  g_assert_cmpuint (read.size, ==, payload.len);
  g_assert_true (mvx_log_frame_check_payload (&read, seed, 64, payload.data));
  g_assert_false (mvx_log_frame_header_get (&read, seed, 72, bytes));
  g_assert_false (mvx_log_frame_check_payload (&frame, seed, 72, payload.data));
  other.bytes[15] ^= 1;
  g_assert_false (mvx_log_frame_header_get (&read, mvx_log_frame_seed (&other, 1), 64, bytes));
  g_assert_false (mvx_log_frame_header_get (&read, mvx_log_frame_seed (&stream, 2), 64, bytes));
  for (guint bit = 0; bit < 8 * sizeof bytes; bit++)
    {
      bytes[bit / 8] ^= (guint8) (1 << bit % 8);
      g_assert_false (mvx_log_frame_header_get (&read, seed, 64, bytes));
      bytes[bit / 8] ^= (guint8) (1 << bit % 8);
    }
  for (guint bit = 0; bit < 8 * payload.len; bit++)
    {
      payload.data[bit / 8] ^= (guint8) (1 << bit % 8);
      g_assert_false (mvx_log_frame_check_payload (&frame, seed, 64, payload.data));
      payload.data[bit / 8] ^= (guint8) (1 << bit % 8);
    }
  mvx_log_buffer_clear (&payload);
}

/* What a writer of ours would never have written is refused, though its sums are right. */
static void
test_refused (void)
{
  static const MvxLogFrameHeader wrong[] = {
    { .size = 40, .n = 0, .first_seq = 1 },
    { .size = 44, .n = 1, .first_seq = 1 },
    { .size = 40, .n = 1, .first_seq = G_MAXUINT64 },
  };
  guint32 seed = mvx_log_frame_seed (&stream, 1);
  guint8 bytes[MVX_LOG_FRAME_HEADER];
  guint8 payload[48] = { 8 };
  MvxLogFrameHeader read;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      MvxLogFrameHeader frame = wrong[i];

      mvx_log_frame_header_put (&frame, seed, 64, payload, bytes);
      g_assert_false (mvx_log_frame_header_get (&read, seed, 64, bytes));
    }
  /* 16 bytes are one entry of 8, 16 more are two empty ones: three, not two. */
  for (guint n = 1; n < 5; n++)
    {
      MvxLogFrameHeader frame = { .size = 32, .n = n, .first_seq = 1 };

      mvx_log_frame_header_put (&frame, seed, 64, payload, bytes);
      g_assert_true (mvx_log_frame_header_get (&read, seed, 64, bytes));
      g_assert_true (mvx_log_frame_check_payload (&read, seed, 64, payload) == (n == 3));
    }
}

/* Entries that would reach beyond the payload, whatever their lengths say. */
static void
test_entries (void)
{
  static const guint32 lengths[] = { 9, 16, 17, 0x7fffffff, 0xfffffff0, 0xfffffff9, 0xffffffff };
  guint8 payload[24] = { 0 };
  MvxLogEntry entry;

  payload[0] = 16;
  g_assert_cmpuint (mvx_log_entry_get (&entry, payload, sizeof payload, 0), ==, 24);
  g_assert_cmpuint (entry.size, ==, 16);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      guint32 length = GUINT32_TO_LE (lengths[i]);

      memcpy (payload, &length, sizeof length);
      g_assert_cmpuint (mvx_log_entry_get (&entry, payload, 16, 0), ==, 0);
    }
  g_assert_cmpuint (mvx_log_entry_get (&entry, payload, sizeof payload, 24), ==, 0);
  g_assert_cmpuint (mvx_log_entry_get (&entry, payload, sizeof payload, 20), ==, 0);
  g_assert_cmpuint (mvx_log_entry_get (&entry, payload, sizeof payload, 99), ==, 0);
}

static void
test_ack (void)
{
  MvxLogAck ack = { .stream = stream, .generation = G_MAXUINT64, .next_seq = G_MAXUINT64 - 1, .segment = 4 };
  guint8 bytes[MVX_LOG_ACK_SLOT];
  MvxLogAck read;

  mvx_log_ack_put (&ack, bytes);
  g_assert_true (mvx_log_ack_get (&read, bytes));
  g_assert_true (mvx_log_stream_id_equal (&read.stream, &stream));
  g_assert_cmpuint (read.generation, ==, ack.generation);
  g_assert_cmpuint (read.next_seq, ==, ack.next_seq);
  g_assert_cmpuint (read.segment, ==, 4);
  for (guint bit = 0; bit < 8 * sizeof bytes; bit++)
    {
      bytes[bit / 8] ^= (guint8) (1 << bit % 8);
      g_assert_false (mvx_log_ack_get (&read, bytes));
      bytes[bit / 8] ^= (guint8) (1 << bit % 8);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frame/stream-id", test_stream_id);
  g_test_add_func ("/frame/names", test_names);
  g_test_add_func ("/frame/segment-header", test_segment_header);
  g_test_add_func ("/frame/golden", test_golden);
  g_test_add_func ("/frame/frame", test_frame);
  g_test_add_func ("/frame/refused", test_refused);
  g_test_add_func ("/frame/entries", test_entries);
  g_test_add_func ("/frame/ack", test_ack);
  return g_test_run ();
}

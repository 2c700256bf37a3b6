/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/frame-private.h"

#include <unistd.h>

#include "durable/crc32c-private.h"

static const char mvx_log_segment_magic[8] = "MVXLSEG\n";
static const char mvx_log_frame_magic[4] = "MVXF";

static guint8 *
mvx_log_frame_put32 (guint8 *p, guint32 value)
{
  value = GUINT32_TO_LE (value);
  return (guint8 *) memcpy (p, &value, sizeof value) + sizeof value;
}

static guint8 *
mvx_log_frame_put64 (guint8 *p, guint64 value)
{
  value = GUINT64_TO_LE (value);
  return (guint8 *) memcpy (p, &value, sizeof value) + sizeof value;
}

static guint32
mvx_log_frame_get32 (const guint8 *p)
{
  guint32 value;

  memcpy (&value, p, sizeof value);
  return GUINT32_FROM_LE (value);
}

static guint64
mvx_log_frame_get64 (const guint8 *p)
{
  guint64 value;

  memcpy (&value, p, sizeof value);
  return GUINT64_FROM_LE (value);
}

void
mvx_log_stream_id_make (MvxLogStreamId *id)
{
  /* Not GLib's generator: the child of a fork() would go on with the same numbers as its parent. */
  if (getentropy (id->bytes, sizeof id->bytes) == 0)
    return;
  for (guint i = 0; i < sizeof id->bytes; i++)
    id->bytes[i] = (guint8) (g_random_int () ^ (guint) getpid () >> i % 4 * 8);
}

void
mvx_log_stream_id_print (const MvxLogStreamId *id, char text[MVX_LOG_STREAM_ID_DIGITS + 1])
{
  for (guint i = 0; i < sizeof id->bytes; i++)
    g_snprintf (text + 2 * i, 3, "%02x", id->bytes[i]);
}

gboolean
mvx_log_stream_id_parse (MvxLogStreamId *id, const char *text)
{
  if (strlen (text) != MVX_LOG_STREAM_ID_DIGITS || strspn (text, "0123456789abcdef") != MVX_LOG_STREAM_ID_DIGITS)
    return FALSE;
  for (guint i = 0; i < sizeof id->bytes; i++)
    id->bytes[i] = (guint8) (g_ascii_xdigit_value (text[2 * i]) << 4 | g_ascii_xdigit_value (text[2 * i + 1]));
  return TRUE;
}

gboolean
mvx_log_stream_id_equal (const MvxLogStreamId *a, const MvxLogStreamId *b)
{
  return memcmp (a, b, sizeof *a) == 0;
}

guint64
mvx_log_stream_id_number (const MvxLogStreamId *id)
{
  guint64 number = mvx_log_frame_get64 (id->bytes);

  return number != 0 ? number : 1;
}

void
mvx_log_segment_header_put (const MvxLogSegmentHeader *header, guint8 bytes[MVX_LOG_SEGMENT_HEADER])
{
  guint8 *p = bytes;

  memset (bytes, 0, MVX_LOG_SEGMENT_HEADER);
  memcpy (p, mvx_log_segment_magic, sizeof mvx_log_segment_magic);
  p = mvx_log_frame_put32 (p + 8, header->major | (guint32) header->minor << 16);
  p = mvx_log_frame_put32 (p, header->flags);
  memcpy (p, header->stream.bytes, 16);
  p = mvx_log_frame_put64 (p + 16, header->id);
  p = mvx_log_frame_put64 (p, header->first_seq);
  mvx_log_frame_put64 (p, header->boot);
  mvx_log_frame_put32 (bytes + 60, mvx_log_crc32c (0, bytes, 60));
}

MvxLogHeaderState
mvx_log_segment_header_get (MvxLogSegmentHeader *header, const guint8 *bytes, gsize size)
{
  guint32 version;

  memset (header, 0, sizeof *header);
  if (size < MVX_LOG_SEGMENT_HEADER || memcmp (bytes, mvx_log_segment_magic, sizeof mvx_log_segment_magic) != 0
      || mvx_log_frame_get32 (bytes + 60) != mvx_log_crc32c (0, bytes, 60))
    return MVX_LOG_HEADER_DAMAGED;
  version = mvx_log_frame_get32 (bytes + 8);
  header->major = version & 0xffff;
  header->minor = version >> 16;
  header->flags = mvx_log_frame_get32 (bytes + 12);
  memcpy (header->stream.bytes, bytes + 16, 16);
  header->id = mvx_log_frame_get64 (bytes + 32);
  header->first_seq = mvx_log_frame_get64 (bytes + 40);
  header->boot = mvx_log_frame_get64 (bytes + 48);
  return header->major == MVX_LOG_FRAME_MAJOR ? MVX_LOG_HEADER_VALID : MVX_LOG_HEADER_NEWER;
}

guint32
mvx_log_frame_seed (const MvxLogStreamId *stream, guint64 id)
{
  guint8 bytes[24];

  memcpy (bytes, stream->bytes, 16);
  mvx_log_frame_put64 (bytes + 16, id);
  return mvx_log_crc32c (0, bytes, sizeof bytes);
}

static guint32
mvx_log_frame_seed_at (guint32 seed, guint64 offset)
{
  guint8 bytes[8];

  mvx_log_frame_put64 (bytes, offset);
  return mvx_log_crc32c (seed, bytes, sizeof bytes);
}

void
mvx_log_frame_header_put (MvxLogFrameHeader *header,
                          guint32 seed,
                          guint64 offset,
                          gconstpointer payload,
                          guint8 bytes[MVX_LOG_FRAME_HEADER])
{
  guint8 *p = bytes + 8;

  seed = mvx_log_frame_seed_at (seed, offset);
  header->payload_crc = mvx_log_crc32c (seed, payload, header->size);
  memcpy (bytes, mvx_log_frame_magic, sizeof mvx_log_frame_magic);
  p = mvx_log_frame_put32 (p, header->size);
  p = mvx_log_frame_put32 (p, header->n);
  p = mvx_log_frame_put64 (p, header->first_seq);
  p = mvx_log_frame_put32 (p, header->flags);
  mvx_log_frame_put32 (p, header->payload_crc);
  mvx_log_frame_put32 (bytes + 4, mvx_log_crc32c (seed, bytes + 8, MVX_LOG_FRAME_HEADER - 8));
}

gboolean
mvx_log_frame_header_get (MvxLogFrameHeader *header,
                          guint32 seed,
                          guint64 offset,
                          const guint8 bytes[MVX_LOG_FRAME_HEADER])
{
  if (memcmp (bytes, mvx_log_frame_magic, sizeof mvx_log_frame_magic) != 0
      || mvx_log_frame_get32 (bytes + 4)
             != mvx_log_crc32c (mvx_log_frame_seed_at (seed, offset), bytes + 8, MVX_LOG_FRAME_HEADER - 8))
    return FALSE;
  header->size = mvx_log_frame_get32 (bytes + 8);
  header->n = mvx_log_frame_get32 (bytes + 12);
  header->first_seq = mvx_log_frame_get64 (bytes + 16);
  header->flags = mvx_log_frame_get32 (bytes + 24);
  header->payload_crc = mvx_log_frame_get32 (bytes + 28);
  return header->size <= MVX_LOG_FRAME_MAX && header->size % 8 == 0 && header->n > 0
         && header->first_seq <= G_MAXUINT64 - header->n;
}

gboolean
mvx_log_frame_check_payload (const MvxLogFrameHeader *header, guint32 seed, guint64 offset, gconstpointer payload)
{
  MvxLogEntry entry;
  gsize at = 0;
  guint32 n = 0;

  if (header->flags != 0
      || mvx_log_crc32c (mvx_log_frame_seed_at (seed, offset), payload, header->size) != header->payload_crc)
    return FALSE;
  for (; at < header->size; n++)
    {
      at = mvx_log_entry_get (&entry, payload, header->size, at);
      if (at == 0)
        return FALSE;
    }
  return n == header->n;
}

void
mvx_log_entry_put (MvxLogBuffer *buffer, gconstpointer bytes, gsize size)
{
  gsize at = mvx_log_entry_begin (buffer);

  mvx_log_buffer_append (buffer, bytes, size);
  mvx_log_entry_end (buffer, at);
}

gsize
mvx_log_entry_begin (MvxLogBuffer *buffer)
{
  gsize at = buffer->len;

  memset (mvx_log_buffer_reserve (buffer, MVX_LOG_ENTRY_HEADER), 0, MVX_LOG_ENTRY_HEADER);
  buffer->len += MVX_LOG_ENTRY_HEADER;
  return at;
}

void
mvx_log_entry_end (MvxLogBuffer *buffer, gsize at)
{
  mvx_log_frame_put32 (buffer->data + at, (guint32) (buffer->len - at - MVX_LOG_ENTRY_HEADER));
  memset (mvx_log_buffer_reserve (buffer, 8), 0, 8);
  buffer->len += -(buffer->len - at) & 7;
}

gsize
mvx_log_entry_get (MvxLogEntry *entry, gconstpointer payload, gsize size, gsize at)
{
  const guint8 *p = (const guint8 *) payload + at;
  gsize len;

  if (at > size || size - at < MVX_LOG_ENTRY_HEADER)
    return 0;
  entry->size = mvx_log_frame_get32 (p);
  entry->bytes = p + MVX_LOG_ENTRY_HEADER;
  len = ((gsize) entry->size + 7) & ~(gsize) 7;
  if (len > size - at - MVX_LOG_ENTRY_HEADER)
    return 0;
  return at + MVX_LOG_ENTRY_HEADER + len;
}

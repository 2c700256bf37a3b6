/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of a segment file: a header, then frames. All numbers are little-endian.
 *
 *   header, 64 bytes   "MVXLSEG\n", u16 major, u16 minor, u32 flags, stream 16, u64 id, u64 first seq, boot 8, u32 0, u32 CRC
 *   frame header, 32   "MVXF", u32 CRC of the rest, u32 payload bytes, u32 entries, u64 first seq, u32 flags, u32 payload CRC
 *   payload            entries: { u32 size, u32 0, bytes, zeros up to a multiple of eight }
 *
 * Each CRC of a frame begins with the stream, the segment's id and the frame's offset, so that nothing that lies somewhere
 * else, or was left over from another file, is ever taken for a frame. Entries are numbered: first seq and on. Everything
 * that reads is total, whatever the bytes are. */
#pragma once

#include <mvxlog/buffer.h>

G_BEGIN_DECLS

#define MVX_LOG_SEGMENT_HEADER 64
#define MVX_LOG_FRAME_HEADER 32
#define MVX_LOG_ENTRY_HEADER 8
#define MVX_LOG_FRAME_MAJOR 1
#define MVX_LOG_FRAME_MINOR 0
#define MVX_LOG_FRAME_MAX (64u * 1024 * 1024) /* payload bytes */

/* Which process has written it: its events' numbers count within this. */
typedef struct
{
  guint8 bytes[16];
} MvxLogStreamId;

#define MVX_LOG_STREAM_ID_DIGITS 32

typedef enum
{
  MVX_LOG_SEGMENT_DEAD = 1 << 0 /* entries are dead letters */
} MvxLogSegmentFlags;

typedef struct
{
  guint16        major;
  guint16        minor;
  guint32        flags;
  MvxLogStreamId stream;
  guint64        id;
  guint64        first_seq; /* no entry in it has a lower number, unless it was written twice */
  guint64        boot;      /* a part of the boot id */
} MvxLogSegmentHeader;

typedef struct
{
  guint32 size;        /* of the payload */
  guint32 n;           /* entries in it, at least one */
  guint64 first_seq;
  guint32 flags;       /* 0; a bit for compression may come */
  guint32 payload_crc;
} MvxLogFrameHeader;

typedef struct
{
  const guint8 *bytes;
  guint32       size;
} MvxLogEntry;

typedef enum
{
  MVX_LOG_HEADER_VALID,
  MVX_LOG_HEADER_DAMAGED,
  MVX_LOG_HEADER_NEWER,     /* of a major version that this library cannot read */
  MVX_LOG_HEADER_FOREIGN,   /* of another stream, or under another name */
  MVX_LOG_HEADER_UNREADABLE /* the disk fails; errno */
} MvxLogHeaderState;

void     mvx_log_stream_id_make      (MvxLogStreamId            *id);   /* random */
void     mvx_log_stream_id_print     (const MvxLogStreamId      *id,
                                      char                       text[MVX_LOG_STREAM_ID_DIGITS + 1]);
gboolean mvx_log_stream_id_parse     (MvxLogStreamId            *id,
                                      const char                *text);
gboolean mvx_log_stream_id_equal     (const MvxLogStreamId      *a,
                                      const MvxLogStreamId      *b);
/* The same for where 64 bits have to do: MvxLogSender.stream. Never 0. */
guint64  mvx_log_stream_id_number    (const MvxLogStreamId      *id);

void     mvx_log_segment_header_put  (const MvxLogSegmentHeader *header,
                                      guint8                     bytes[MVX_LOG_SEGMENT_HEADER]);
MvxLogHeaderState
         mvx_log_segment_header_get  (MvxLogSegmentHeader       *header,
                                      const guint8              *bytes,
                                      gsize                      size);

/* What CRCs of a segment begin with. */
guint32  mvx_log_frame_seed          (const MvxLogStreamId      *stream,
                                      guint64                    id);
/* Completes payload_crc of @header and writes it. */
void     mvx_log_frame_header_put    (MvxLogFrameHeader         *header,
                                      guint32                    seed,
                                      guint64                    offset,
                                      gconstpointer              payload,
                                      guint8                     bytes[MVX_LOG_FRAME_HEADER]);
gboolean mvx_log_frame_header_get    (MvxLogFrameHeader         *header,
                                      guint32                    seed,
                                      guint64                    offset,
                                      const guint8               bytes[MVX_LOG_FRAME_HEADER]);
/* Is it the payload of @header, and does it consist of as many entries as that says? */
gboolean mvx_log_frame_check_payload (const MvxLogFrameHeader   *header,
                                      guint32                    seed,
                                      guint64                    offset,
                                      gconstpointer              payload);

/* Appends an entry to what becomes a payload. */
void     mvx_log_entry_put           (MvxLogBuffer              *buffer,
                                      gconstpointer              bytes,
                                      gsize                      size);
/* For whoever writes the bytes of an entry himself: where it begins, to be ended when they are there. */
gsize    mvx_log_entry_begin         (MvxLogBuffer              *buffer);
void     mvx_log_entry_end           (MvxLogBuffer              *buffer,
                                      gsize                      at);
/* Reads the entry at @at of @size bytes; returns where the next one begins, 0 if there is none or it is malformed. */
gsize    mvx_log_entry_get           (MvxLogEntry               *entry,
                                      gconstpointer              payload,
                                      gsize                      size,
                                      gsize                      at);

G_END_DECLS

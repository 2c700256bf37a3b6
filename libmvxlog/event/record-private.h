/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one byte encoding of an event: in a lane, in a spool segment, in the crash ring and in a replay. Self-contained
 * but for the callsite and the context name, which are carried as numbers and defined once by whoever stores records.
 * Position independent, native byte order, a multiple of eight bytes long.
 *
 *   header                 MvxLogRecord, 40 bytes
 *   metadata               if MVX_LOG_RECORD_META: u32 bytes that follow, then { u8 tag, u32 len, bytes, NUL }
 *   inline fields          if n_inline > 0: u32 bytes that follow, then n_inline of { u8 type, u32 key len, key, NUL, value }
 *   fields of the callsite in its order (unless MVX_LOG_RECORD_NO_SLOTS): a word (8 bytes) or { u32 len, bytes, NUL }; a string slot with length
 *                          0xffffffff is null and has no bytes
 *   padding                zeros
 *
 * Values: bool, int64, uint64, double and time are 8 bytes; string and bytes are { u32 len, bytes, NUL }; list is
 * { u32 bytes that follow, u32 n, n of { u8 type, value } }; map and error likewise with { u8 type, u32 key len, key, NUL,
 * value }, error being encoded as a list of maps; null has no bytes.
 */
#pragma once

#include <string.h>

#include <mvxlog/buffer.h>
#include <mvxlog/value.h>

#include "event/callsite-private.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_RECORD_META = 1 << 0,      /* there is a metadata block */
  MVX_LOG_RECORD_REALTIME = 1 << 1,  /* stamp is nanoseconds since 1970, else a raw reading of the clock */
  MVX_LOG_RECORD_TRUNCATED = 1 << 2, /* fields were cut off at max-record-size */
  MVX_LOG_RECORD_SKIP = 1 << 3,      /* dropped while still in its lane: the consumer passes over it */
  MVX_LOG_RECORD_NO_SLOTS = 1 << 4,  /* all fields are inline, also those of the callsite */
  MVX_LOG_RECORD_REMOTE = 1 << 5     /* it was logged in another process; see event/sender */
} MvxLogRecordFlags;

#define MVX_LOG_RECORD_ALL_FLAGS 0x3f

/* Beside the type, in its byte, while an event has not been shaped for a sink: never in a lane or a file. */
typedef enum
{
  MVX_LOG_MARK_LONG_KEY = 1 << 4,  /* is to be cut at max_string, as is */
  MVX_LOG_MARK_LONG_TEXT = 1 << 5, /* the text itself */
  MVX_LOG_MARK_PERSONAL = 1 << 6,
  MVX_LOG_MARK_SECRET = 1 << 7
} MvxLogMark;

#define MVX_LOG_TYPE_BITS 0x0f
#define MVX_LOG_MARK_SENSITIVE (MVX_LOG_MARK_PERSONAL | MVX_LOG_MARK_SECRET)

/* Deeper than any limit lets a payload be; keeps whoever walks a value off the stack's end. */
#define MVX_LOG_RECORD_MAX_DEPTH 64

/* Bytes of one string, key or message; what is longer is cut and ends in "...", also where nothing else limits it, so
 * that a record's size stays within 32 bits. */
#define MVX_LOG_MAX_TEXT (16u * 1024 * 1024)

typedef enum
{
  MVX_LOG_META_NAME = 1,
  MVX_LOG_META_ENTITY,
  MVX_LOG_META_OUTCOME,
  MVX_LOG_META_MESSAGE,  /* finished message */
  MVX_LOG_META_TEMPLATE, /* for events without a callsite, as the three below */
  MVX_LOG_META_FILE,
  MVX_LOG_META_FUNCTION,
  MVX_LOG_META_LINE,     /* decimal text */
  MVX_LOG_META_TRACE,
  MVX_LOG_META_SPAN,
  MVX_LOG_META_CONTEXT,  /* a namespace that is not worth interning: from elsewhere, or of this event only */
  MVX_LOG_META_EVENT_ID, /* 32 digits */
  MVX_LOG_META_SENDER    /* of an event of another process: u64 stream, u64 seq, u32 process, name of the host */
} MvxLogMetaTag;

/* What stands before the host. */
#define MVX_LOG_SENDER_FIXED (8 + 8 + 4)

typedef struct
{
  guint32 size;     /* of the whole record */
  guint32 callsite; /* id, 0 for none */
  guint64 stamp;
  guint64 number;   /* in its thread */
  guint32 thread;
  guint32 context;  /* symbol of the context's name */
  gint16  level;
  guint16 flags;
  guint16 n_inline;
  guint16 reserved;
} MvxLogRecord;

G_STATIC_ASSERT (sizeof (MvxLogRecord) == 40);

#define MVX_LOG_NULL_STRING 0xffffffffu

static inline guint32
mvx_log_load32 (const guint8 *p)
{
  guint32 v;
  memcpy (&v, p, sizeof v);
  return v;
}

static inline guint64
mvx_log_load64 (const guint8 *p)
{
  guint64 v;
  memcpy (&v, p, sizeof v);
  return v;
}

static inline guint8 *
mvx_log_store32 (guint8 *p,
                 guint32 v)
{
  memcpy (p, &v, sizeof v);
  return p + sizeof v;
}

static inline guint8 *
mvx_log_store64 (guint8 *p,
                 guint64 v)
{
  memcpy (p, &v, sizeof v);
  return p + sizeof v;
}

static inline guint32
mvx_log_record_align (gsize size)
{
  return (guint32) ((size + 7) & ~(gsize) 7);
}

/* A field or item as it stands in a record. */
typedef struct
{
  guint8        type;    /* with marks */
  const char   *key;     /* NULL in a list */
  guint32       key_len;
  const guint8 *value;
  guint32       size;    /* of the value as it is encoded */
} MvxLogItem;

/* Reads the one at @p, which has a key if @keyed; returns the byte behind it. */
const guint8 *mvx_log_item_decode       (MvxLogItem         *item,
                                         gboolean            keyed,
                                         const guint8       *p);
/* Reads the value of @type at @p; returns the byte behind it. The bytes must be a checked record. */
const guint8 *mvx_log_value_decode      (MvxLogValue        *value,
                                         guint8              type,
                                         const guint8       *p);
/* Is this one whole, well-formed record whose callsite is @site (NULL: none)? For bytes that come from outside: total,
 * whatever they are and however they are aligned. The callsite's number in them must be the one that @site has in this
 * process; to be viewed they must lie on an address that is a multiple of eight. */
gboolean      mvx_log_record_validate   (const guint8         *bytes,
                                         gsize                 size,
                                         const MvxLogCallsite *site,
                                         GError              **error);

/* Encoding into a buffer, for everything that is not the fast path. */
void          mvx_log_encode_meta       (MvxLogBuffer       *buffer,
                                         MvxLogMetaTag       tag,
                                         const char         *text,
                                         gssize              len);
void          mvx_log_encode_key        (MvxLogBuffer       *buffer,
                                         MvxLogType          type,
                                         const char         *key,
                                         gsize               key_len);
gsize         mvx_log_text_fit          (const char         *text,
                                         gsize               len); /* what MVX_LOG_MAX_TEXT leaves of it */
void          mvx_log_encode_string     (MvxLogBuffer       *buffer,
                                         const char         *text,
                                         gsize               len);
void          mvx_log_encode_word       (MvxLogBuffer       *buffer,
                                         guint64             word);

G_END_DECLS

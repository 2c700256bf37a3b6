/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/callsite.h>
#include <mvxlog/value.h>

G_BEGIN_DECLS

/* How a field of a callsite is laid out in a record; derived from its kind once. */
typedef enum
{
  MVX_LOG_SLOT_WORD,   /* eight bytes as they are */
  MVX_LOG_SLOT_STRING, /* length, bytes, NUL */
  MVX_LOG_SLOT_OTHER   /* needs payload work: captured as an inline field */
} MvxLogSlot;

typedef struct
{
  const char *key;
  guint16     key_len;
  guint8      kind; /* MvxLogKind */
  guint8      type; /* MvxLogType it is captured as, for words and strings */
  guint8      slot; /* MvxLogSlot */
  guint8      flags; /* MvxLogFieldFlags, of MVX_LOG_SECRET and MVX_LOG_PERSONAL */
  guint32     key_hash;
} MvxLogCallsiteField;

/* The library's own copy of a callsite: immortal, found by id. Equal descriptions share one. */
struct _MvxLogCallsite
{
  /* What a logging call reads, in one cache line. */
  guint32              id;
  gint16               level;
  guint16              n_fields;
  guint16              n_strings;    /* fields with MVX_LOG_SLOT_STRING */
  guint16              string_mask;  /* plain ones: bit i: field i is one */
  gboolean             plain;        /* words and strings only, unique keys, within the number of items of any limit */
  guint32              plain_size;   /* bytes of its slots, without those of the strings themselves; not plain: no end */
  guint32              line;
  guint64              key_mask;     /* bits of all keys: no common bit, no common key; and the one of everybody */
  const char          *message_template;
  const char          *file;
  const char          *function;
  gpointer             rendering;    /* atomic: what the render floor keeps for it; see render/template */

  MvxLogCallsiteField *fields;
  MvxLogCallsite      *next; /* of those that may be equal */
  guint32              hash;
};

/* NULL if there is none. Lock-free. */
const MvxLogCallsite *mvx_log_callsite_from_id (guint32 id);

/* Called with every callsite that is new from now on, before anybody gets it, with a lock held; for whoever writes records
 * down. NULL ends it. */
void mvx_log_callsite_set_added_func (void (*func) (const MvxLogCallsite *site));

guint32 mvx_log_key_hash (const char *key,
                          gsize       len);

/* In the mask of every callsite. Bound fields have it if they must not be copied into a lane as they are. */
#define MVX_LOG_KEY_BIT_ALL (G_GUINT64_CONSTANT (1) << 63)

static inline guint64
mvx_log_key_bit (guint32 hash)
{
  return G_GUINT64_CONSTANT (1) << (hash % 63);
}

G_END_DECLS

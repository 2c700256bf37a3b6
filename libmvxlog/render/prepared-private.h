/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What rendering keeps for a callsite, made once and shared by all renderers. */
#pragma once

#include "render/template-private.h"

G_BEGIN_DECLS

/* What render/quick takes on. */
#define MVX_LOG_PREPARED_QUICK_FIELDS 12
#define MVX_LOG_PREPARED_QUICK_PIECES 64
#define MVX_LOG_PREPARED_QUICK_ROOM 8192

/* All texts have the slack of mvx_log_copy_blocks(). What is not counted by their length: behind the colon of a key
 * stands the quotation mark that opens a string. */
typedef struct
{
  const char *flat;   /* ,"key": with the reserved-key rule applied */
  const char *nested; /* ,"key": as it is */
  const char *pair;   /* " key=" as it is */
  guint16     flat_len;
  guint16     nested_len;
  guint16     pair_len;
  guint8      type;       /* MvxLogType of its slot */
  gboolean    in_message;
} MvxLogPreparedField;

typedef struct
{
  MvxLogTemplate       message;
  gboolean             simple;       /* keys are unique and none is "error" or "template": names need no second look */
  gboolean             plain;        /* simple, and no format reserves one */
  gboolean             quick;        /* simple, and little enough for render/quick */
  guint32              room;         /* of all that is not a value, with quick */
  guint                n_copies;     /* how often a value stands in a line at most, with quick */
  gsize                tail_len;
  char                *tail;         /* ,"file":"…","line":N,"func":"…" */
  MvxLogPreparedField *fields;
} MvxLogPrepared;

/* Keys of the JSON object that are not the user's. */
extern const char *const mvx_log_prepared_reserved[];

/* Immortal. Thread-safe and lock-free. */
const MvxLogPrepared *mvx_log_prepared_make (const MvxLogCallsite *site);

static inline const MvxLogPrepared *
mvx_log_prepared_get (const MvxLogCallsite *site)
{
  const MvxLogPrepared *prepared = __atomic_load_n (&site->rendering, __ATOMIC_ACQUIRE);

  return G_LIKELY (prepared != NULL) ? prepared : mvx_log_prepared_make (site);
}

/* ,"file":"…","line":N,"func":"…" with what is known of it. */
void mvx_log_prepared_append_source (MvxLogBuffer *buffer,
                                     const char   *file,
                                     guint         line,
                                     const char   *function);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of one event, decoded, and the names they are written under. */
#pragma once

#include "event/event-private.h"

G_BEGIN_DECLS

#define MVX_LOG_FIELDLIST_FIXED 24

typedef struct
{
  const char *key;
  guint32     key_len;
  guint16     n_fold; /* how many times "field_" stands before the key */
  gboolean    hidden; /* not written among the fields */
  MvxLogValue value;
} MvxLogFieldEntry;

/* Lives on the stack. The inline fields come first, then those of the callsite. */
typedef struct
{
  guint             n;
  guint             n_inline;
  MvxLogFieldEntry *entries;
  const MvxLogValue *error; /* the event's error, if it has one */
  MvxLogFieldEntry  fixed[MVX_LOG_FIELDLIST_FIXED];
} MvxLogFieldList;

void mvx_log_fieldlist_init    (MvxLogFieldList   *list,
                                const MvxLogEvent *event);
void mvx_log_fieldlist_resolve (MvxLogFieldList   *list,
                                const char *const *reserved);

/* The last field of that name, or NULL. */
const MvxLogValue *mvx_log_fieldlist_find (const MvxLogFieldList *list,
                                           const char            *key,
                                           gsize                  len);

/* Is the key one of @reserved (NULL for none)? */
gboolean mvx_log_fieldlist_is_reserved (const char *const *reserved,
                                        const char        *key,
                                        gsize              len);

static inline void
mvx_log_fieldlist_clear (MvxLogFieldList *list)
{
  if (G_UNLIKELY (list->entries != list->fixed))
    g_free (list->entries);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxLogFieldList, mvx_log_fieldlist_clear)

G_END_DECLS

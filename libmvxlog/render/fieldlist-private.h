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
  gboolean    renamed;
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

/* Writes to @out (room for @len + 1) a name that a format allows instead of @key; returns its length, 1 at least. */
typedef gsize (*MvxLogFieldRename) (guint8     *out,
                                    const char *key,
                                    gsize       len);

/* The same with other names, which stay unique. @names (empty) has to live as long as the list is used; by their own
 * keys fields are no longer found. */
void mvx_log_fieldlist_resolve_renamed (MvxLogFieldList   *list,
                                        const char *const *reserved,
                                        MvxLogFieldRename  rename,
                                        MvxLogBuffer      *names);

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

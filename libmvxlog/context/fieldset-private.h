/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fields captured once and put into many events: of bound contexts and of scopes. Immutable, in their encoded form. */
#pragma once

#include "event/payload-private.h"

G_BEGIN_DECLS

typedef struct
{
  gint    ref_count;
  guint   n;
  guint64 key_mask; /* bits of all keys, and that of everybody if there are marks */
  guint8  marks;    /* MvxLogMark: how sensitive they are */
  guint32 len;      /* and the data, as they stand in a record; a block of slack follows */
  guint8  data[];
} MvxLogFieldSet;

G_STATIC_ASSERT (G_STRUCT_OFFSET (MvxLogFieldSet, data) == G_STRUCT_OFFSET (MvxLogFieldSet, len) + 4);

MvxLogFieldSet *mvx_log_field_set_new     (const MvxLogFieldSet *base,
                                           const MvxLogField    *fields,
                                           guint                 n_fields,
                                           const MvxLogLimits   *limits);
/* Without the keys given; NULL if nothing is left. */
MvxLogFieldSet *mvx_log_field_set_without (const MvxLogFieldSet *set,
                                           const char *const    *keys);
gboolean        mvx_log_field_set_has     (const MvxLogFieldSet *set,
                                           const char           *key);
MvxLogFieldSet *mvx_log_field_set_ref     (MvxLogFieldSet       *set);
void            mvx_log_field_set_unref   (MvxLogFieldSet       *set);

/* Appends the fields that are in none of the others (nullable); returns how many. */
guint           mvx_log_field_set_append  (const MvxLogFieldSet *set,
                                           MvxLogBuffer         *buffer,
                                           const char           *except_key,
                                           const MvxLogFieldSet *except_set,
                                           const MvxLogField    *except_fields,
                                           guint                 n_except);

/* The fields of a callsite with their arguments, for everything that is not the fast path. */
guint           mvx_log_fields_from_args  (MvxLogField          *fields,
                                           const MvxLogCallsite *site,
                                           const MvxLogArg      *args);

/* a{sv} as fields; keys live as long as @dict (nullable). */
MvxLogField    *mvx_log_fields_from_variant  (GVariant            *dict,
                                              guint               *n_fields);
void            mvx_log_fields_free_variants (MvxLogField         *fields,
                                              guint                n_fields);

#define MVX_LOG_MAX_MACRO_FIELDS 12

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogFieldSet, mvx_log_field_set_unref)

G_END_DECLS

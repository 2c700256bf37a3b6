/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "context/node-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogScope MvxLogScope;

/* On the stack of a thread; holds what all scopes up to here give together. */
struct _MvxLogScope
{
  MvxLogScope    *outer;
  MvxLogFieldSet *fields;
};

/* a{sv} as fields; keys live as long as @dict. */
MvxLogField *mvx_log_fields_from_variant  (GVariant    *dict,
                                           guint       *n_fields);
void         mvx_log_fields_free_variants (MvxLogField *fields,
                                           guint        n_fields);

G_END_DECLS

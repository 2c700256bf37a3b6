/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events that are kept, oldest first. Nothing here ends the program if there is no memory, for a logging call is on its
 * way. */
#pragma once

#include <mvxlog/event.h>

G_BEGIN_DECLS

typedef struct _MvxLogKeptItem MvxLogKeptItem;

struct _MvxLogKeptItem
{
  MvxLogKeptItem *next;
  MvxLogEvent    *event; /* owned */
};

typedef struct
{
  MvxLogKeptItem *first;
  MvxLogKeptItem *last;
  guint           length;
  guint64         bytes; /* of the records */
} MvxLogKept;

/* NULL: there is no memory. */
MvxLogKeptItem *mvx_log_kept_item_new (const MvxLogEvent *event);
void            mvx_log_kept_push     (MvxLogKept        *self,
                                       MvxLogKeptItem    *item);
/* The oldest one (transfer full), or NULL. */
MvxLogEvent    *mvx_log_kept_pop      (MvxLogKept        *self);
/* All of @older, which is empty then, comes before what is there. */
void            mvx_log_kept_prepend  (MvxLogKept        *self,
                                       MvxLogKept        *older);
void            mvx_log_kept_clear    (MvxLogKept        *self);

G_END_DECLS

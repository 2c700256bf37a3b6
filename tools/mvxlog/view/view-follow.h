/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Follows files as they grow, are rotated, cut short, removed and made again. */
#pragma once

#include "base/tool-lines.h"

G_BEGIN_DECLS

typedef struct _MvxViewFollow MvxViewFollow;

typedef struct
{
  /* A line of one of the files. */
  MvxToolLineFunc line;
  /* (nullable): everything that was there has been read. */
  void          (*idle) (gpointer data);
  /* (nullable): something to tell people. */
  void          (*note) (const char *message, gpointer data);
} MvxViewFollowFuncs;

/* @limit: longest line. */
MvxViewFollow *mvx_view_follow_new  (const MvxViewFollowFuncs *funcs,
                                     gpointer                  data,
                                     gsize                     limit);
void           mvx_view_follow_free (MvxViewFollow            *follow);
/* Reads what is there; the file may also come later. @n_last: only so many lines of it, -1 for all. */
void           mvx_view_follow_add  (MvxViewFollow            *follow,
                                     const char               *path,
                                     gint64                    n_last);
/* Starts watching; events are handled on the default main context. */
void           mvx_view_follow_watch (MvxViewFollow           *follow);
/* Looks at all files now. */
void           mvx_view_follow_poke (MvxViewFollow            *follow);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxViewFollow, mvx_view_follow_free)

G_END_DECLS

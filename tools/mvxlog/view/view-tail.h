/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file that is followed by its name. */
#pragma once

#include <sys/stat.h>

#include "base/tool-lines.h"

G_BEGIN_DECLS

#define MVX_VIEW_TAIL_HEAD 128

typedef struct
{
  char        *path;
  int          fd;     /* -1: there is no file */
  int          error;  /* of FAILED: errno */
  dev_t        device;
  ino_t        inode;
  goffset      offset; /* read up to here */
  char         head[MVX_VIEW_TAIL_HEAD]; /* how the file began: it tells one that was cut and has grown again */
  gsize        n_head;
  goffset      old_offset;
  int          old_fd; /* renamed away; somebody may still write to it. -1 for none */
  MvxToolLines old_lines;
  MvxToolLines lines;
  gboolean     said_missing;
} MvxViewTail;

typedef enum
{
  MVX_VIEW_TAIL_SAME,
  MVX_VIEW_TAIL_REPLACED,  /* another file has the name now */
  MVX_VIEW_TAIL_TRUNCATED,
  MVX_VIEW_TAIL_MISSING,   /* since now */
  MVX_VIEW_TAIL_APPEARED,
  MVX_VIEW_TAIL_FAILED     /* error says why; said once */
} MvxViewTailChange;

MvxViewTail      *mvx_view_tail_new   (const char     *path,
                                       gsize           limit,
                                       MvxToolLineFunc func,
                                       gpointer        data);
void              mvx_view_tail_free  (MvxViewTail    *tail);
/* Reads whatever is new and looks whether the name still stands for the same file. */
MvxViewTailChange mvx_view_tail_poke  (MvxViewTail    *tail);
/* Goes to the beginning of the last @n lines. */
void              mvx_view_tail_last  (MvxViewTail    *tail,
                                       gint64          n);
gboolean          mvx_view_tail_open  (MvxViewTail    *tail);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bar on standard error for work that takes longer than a moment, if a person looks at it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *what;  /* "reading" */
  guint64     total;
  guint64     done;
  gint64      since_us;
  gint64      drawn_us;
  gboolean    is_terminal;
} MvxToolProgress;

void  mvx_tool_progress_begin (MvxToolProgress *self,
                               const char      *what,
                               guint64          total);
void  mvx_tool_progress_add   (MvxToolProgress *self,
                               guint64          n);
/* Wipes it. */
void  mvx_tool_progress_end   (MvxToolProgress *self);
/* The line for @done of @total, as it looks. (transfer full) */
char *mvx_tool_progress_line  (const MvxToolProgress *self);

G_END_DECLS

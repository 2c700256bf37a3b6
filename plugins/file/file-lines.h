/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines of one write, and the line of which the last one could only write a part. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct
{
  MvxLogBuffer buffer;    /* those of the present write */
  guint        n;         /* so many */

  MvxLogBuffer torn;      /* the line that was cut in the middle; empty for none */
  gsize        torn_done; /* how much of it is in the file */
  gboolean     completed; /* all of it is: when its event is offered again, it is settled */
} MvxFileLines;

void     mvx_file_lines_clear     (MvxFileLines      *self);
/* Forgets the lines collected so far. */
void     mvx_file_lines_begin     (MvxFileLines      *self);
/* Adds the line of an event. FALSE: it was not added, for it is the line that was torn last time and is complete now. */
gboolean mvx_file_lines_add       (MvxFileLines      *self,
                                   MvxLogRenderer    *renderer,
                                   const MvxLogEvent *event);
/* Forgets the lines behind the first @size bytes, but keeps at least one. Returns how many bytes are left. */
gsize    mvx_file_lines_trim      (MvxFileLines      *self,
                                   gsize              size);
/* The first @n_written bytes are in the file, which is not all. Returns how many lines are; what is cut in the middle is
 * torn from now on. */
guint    mvx_file_lines_tear      (MvxFileLines      *self,
                                   gsize              n_written);
/* Is a part of a line in the file, and its rest is not? */
gboolean mvx_file_lines_is_torn   (const MvxFileLines *self);
/* The torn line starts anew, somewhere else. */
void     mvx_file_lines_forget    (MvxFileLines      *self);

G_END_DECLS

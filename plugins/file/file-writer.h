/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole lines into a file that others may rename, delete or fill up, or whose file system may go away. */
#pragma once

#include "file-lines.h"
#include "file-options.h"

G_BEGIN_DECLS

typedef struct _MvxFileWriter MvxFileWriter;

/* Opens the file. @options must outlive the writer. */
MvxFileWriter *mvx_file_writer_new        (const MvxFileOptions *options,
                                           GError              **error);
/* Closes it, after completing a torn line. */
void           mvx_file_writer_free       (MvxFileWriter        *self);
void           mvx_file_writer_set_options (MvxFileWriter       *self,
                                           const MvxFileOptions *options);
/* Tells @host of the descriptor, now and whenever there is another one, for emergencies. */
void           mvx_file_writer_set_emergency (MvxFileWriter     *self,
                                           MvxLogSinkHost       *host);
/* Where the lines of the next write are collected. */
MvxFileLines  *mvx_file_writer_get_lines  (MvxFileWriter        *self);
/* Writes what is collected. @n_lines receives how many lines are in the file, also on failure; the rest is
 * forgotten. A file that may be dead is closed then. */
gboolean       mvx_file_writer_write      (MvxFileWriter        *self,
                                           guint                *n_lines,
                                           GError              **error);
/* Did the last write find that the file may not grow further? */
gboolean       mvx_file_writer_is_at_limit (MvxFileWriter       *self);
/* What must come before new lines: the rest of a torn one. */
gboolean       mvx_file_writer_complete   (MvxFileWriter        *self,
                                           GError              **error);
/* Removes the part of a torn line from the end of the file, so that it can go elsewhere as a whole. */
void           mvx_file_writer_cut        (MvxFileWriter        *self);
/* Forces data to the disk if something was written since. On failure nobody knows what is there, and the file is closed:
 * to ask the same one again would only say that it is no longer known. */
gboolean       mvx_file_writer_sync       (MvxFileWriter        *self,
                                           GError              **error);
gboolean       mvx_file_writer_is_dirty   (MvxFileWriter        *self);
/* Opens the path again; if that fails the present file stays in use. Also an error, told afterwards: what was in the old
 * one could not be forced to the disk. */
gboolean       mvx_file_writer_reopen     (MvxFileWriter        *self,
                                           GError              **error);
/* Closes the file, so that its file system can be repaired; opens its path when it is not open. */
void           mvx_file_writer_let_go     (MvxFileWriter        *self);
gboolean       mvx_file_writer_ensure     (MvxFileWriter        *self,
                                           GError              **error);
/* -1 when it was closed. */
int            mvx_file_writer_get_fd     (MvxFileWriter        *self);
/* Does the path lead elsewhere now, or nowhere? */
gboolean       mvx_file_writer_is_stale   (MvxFileWriter        *self);
/* Was the file removed? What is in it then, nobody will ever see. One that never had a name, such as /proc/self/fd/1 may
 * be, was not. */
gboolean       mvx_file_writer_is_removed (MvxFileWriter        *self);

G_END_DECLS

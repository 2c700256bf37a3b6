/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole lines into a file that others may rename, delete or fill up. */
#pragma once

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
/* Forgets the lines collected so far. */
void           mvx_file_writer_begin      (MvxFileWriter        *self);
/* Adds the line of an event. FALSE: it was not added, for it is the line that was torn last time and is complete now. */
gboolean       mvx_file_writer_add        (MvxFileWriter        *self,
                                           const MvxLogEvent    *event);
/* How many bytes are collected. */
gsize          mvx_file_writer_get_size   (MvxFileWriter        *self);
/* Forgets the lines behind the first @size bytes, but keeps at least one. Returns how many bytes are left. */
gsize          mvx_file_writer_trim       (MvxFileWriter        *self,
                                           gsize                 size);
/* Writes what is collected. @n_lines receives how many lines are in the file, also on failure; the rest is
 * forgotten. */
gboolean       mvx_file_writer_write      (MvxFileWriter        *self,
                                           guint                *n_lines,
                                           GError              **error);
/* What must come before new lines: the rest of a torn one. */
gboolean       mvx_file_writer_complete   (MvxFileWriter        *self,
                                           GError              **error);
/* Forces data to the disk if something was written since. */
gboolean       mvx_file_writer_sync       (MvxFileWriter        *self,
                                           GError              **error);
gboolean       mvx_file_writer_is_dirty   (MvxFileWriter        *self);
/* Opens the path again; on failure the present file stays in use. */
gboolean       mvx_file_writer_reopen     (MvxFileWriter        *self,
                                           GError              **error);
int            mvx_file_writer_get_fd     (MvxFileWriter        *self);
/* Does the path lead elsewhere now, or nowhere? */
gboolean       mvx_file_writer_is_stale   (MvxFileWriter        *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rolls the file: gives it its final name, once, and begins a new one. Several processes may roll one file; whoever writes
 * or rolls holds its flock(2), so that nobody writes to a file that is rolled already. */
#pragma once

#include "file-options.h"
#include "file-tidy.h"
#include "file-trouble.h"
#include "file-writer.h"

G_BEGIN_DECLS

typedef struct _MvxFileRotate MvxFileRotate;

/* All five must outlive it. */
MvxFileRotate *mvx_file_rotate_new   (const MvxFileOptions *options,
                                      MvxLogSinkHost       *host,
                                      MvxFileWriter        *writer,
                                      MvxFileTidy          *tidy,
                                      MvxFileTrouble       *trouble);
void           mvx_file_rotate_free  (MvxFileRotate        *self);
/* Writes what the writer has collected as far as it fits, after rolling if it is time or nothing fits. @n_lines receives how
 * many lines are in the file, also on failure; the rest is forgotten. */
gboolean       mvx_file_rotate_write (MvxFileRotate        *self,
                                      guint                *n_lines,
                                      GError              **error);

G_END_DECLS

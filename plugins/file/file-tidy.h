/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compresses rolled files and removes old ones, on a thread of low priority that is there while there is something to do. */
#pragma once

#include "file-options.h"

G_BEGIN_DECLS

typedef struct _MvxFileTidy MvxFileTidy;

/* @host must outlive it. */
MvxFileTidy *mvx_file_tidy_new   (MvxLogSinkHost       *host);
/* Looks at everything rolled so far, with these options, if they want anything. */
void         mvx_file_tidy_start (MvxFileTidy          *self,
                                  const MvxFileOptions *options);
/* Waits until nothing is left to do. */
void         mvx_file_tidy_wait  (MvxFileTidy          *self);
/* Gives it a moment, then cancels the compression that it is at: the next start finds it. What is too old or too much is
 * removed in any case. */
void         mvx_file_tidy_free  (MvxFileTidy          *self);

G_END_DECLS

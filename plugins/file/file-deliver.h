/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events become lines of the file that the path leads to just now. */
#pragma once

#include "file-rotate.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogSinkHost *host;
  MvxFileOptions *options;
  MvxFileWriter  *writer;
  MvxFileTidy    *tidy;
  MvxFileRotate  *rotate; /* NULL while the file is never rolled */
  MvxFileTrouble  trouble;
  GSource        *sync_source; /* on the worker; runs out flush-interval after a write */
  gint64          watched_us;  /* when the path was looked at; monotonic */
} MvxFile;

/* @n_done receives how many of them are in the file, also on failure. */
gboolean mvx_file_deliver (MvxFile            *self,
                           MvxLogEvent *const *events,
                           guint               n_events,
                           guint              *n_done,
                           GError            **error);

G_END_DECLS

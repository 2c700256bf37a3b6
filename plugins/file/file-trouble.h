/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trouble that does not keep events from being written: told once, and again each minute while it lasts. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct
{
  MvxLogSinkHost *host;
  char           *last; /* what was told, */
  gint64          told_us; /* and when; monotonic */
} MvxFileTrouble;

void mvx_file_trouble_tell  (MvxFileTrouble *self,
                             const GError   *error);
/* It is over: should it come again it is news. */
void mvx_file_trouble_clear (MvxFileTrouble *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines into a file descriptor that is not ours: standard output and error, shared with the program and others. Its
 * flags are left alone, it is never closed, a reader that does not read cannot hold the program for long, and one that
 * has gone cannot kill it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  int         fd;
  const char *name;       /* for messages */
  int         timeout_ms; /* longest wait for the reader */
  gboolean    stalled;    /* it was waited for in vain: wait no more until it reads again */
  gboolean    torn;       /* the last line is unfinished: the next write ends it first. Clear it to go on with it */
  gsize       done;       /* how much of the line was written when the last write failed */
  int         code;       /* errno of that; ETIMEDOUT: the reader does not read */
} MvxLogOutlet;

typedef enum
{
  MVX_LOG_OUTLET_WRITTEN,
  MVX_LOG_OUTLET_REFUSED, /* nothing of the line was written */
  MVX_LOG_OUTLET_TORN     /* a part of it was */
} MvxLogOutletResult;

/* Writes one line, which ends with a newline, by one write(2) where the file takes it as a whole. */
MvxLogOutletResult mvx_log_outlet_write (MvxLogOutlet *outlet,
                                         const guint8 *line,
                                         gsize         len,
                                         GError      **error);

G_END_DECLS

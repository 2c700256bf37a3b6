/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages out of a stream of syslog, RFC 6587: counted octets, or a line each; every message says which by its first
 * byte. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @fault (nullable): what is wrong with it; @text is then how it begins. */
typedef void (*MvxReceiveFrameFunc) (const char *text, gsize length, const char *fault, gpointer data);

typedef struct
{
  MvxReceiveFrameFunc func;
  gpointer            data;
  gsize               limit;
  GString            *pending;
  gsize               to_skip;  /* octets of a message that is too long */
  gboolean            skipping; /* the rest of a line that is too long */
} MvxReceiveFrames;

void     mvx_receive_frames_init   (MvxReceiveFrames    *frames,
                                    gsize                limit,
                                    MvxReceiveFrameFunc  func,
                                    gpointer             data);
void     mvx_receive_frames_clear  (MvxReceiveFrames    *frames);
/* FALSE: nobody knows where the next message begins. */
gboolean mvx_receive_frames_feed   (MvxReceiveFrames    *frames,
                                    const char          *bytes,
                                    gsize                n);
/* There is no more. */
void     mvx_receive_frames_finish (MvxReceiveFrames    *frames);

G_END_DECLS

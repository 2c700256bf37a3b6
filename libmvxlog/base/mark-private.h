/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Marks for Sysprof: what took how long. Built without it (-Dsysprof), nothing of them is left. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#ifdef MVX_LOG_HAVE_SYSPROF
/* When something begins, or 0 if nobody records. */
gint64 mvx_log_mark_begin (void);
/* Ends what has begun, with a text. */
void   mvx_log_mark_end   (gint64      begin,
                           const char *name,
                           const char *format,
                           ...) G_GNUC_PRINTF (3, 4);
#else
#define mvx_log_mark_begin() 0
#define mvx_log_mark_end(begin, name, ...) ((void) (begin))
#endif

G_END_DECLS

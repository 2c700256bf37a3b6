/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages after which GLib ends the program. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bounds what a fatal message may add to the program's end. */
#define MVX_LOG_GLIB_FATAL_US (G_USEC_PER_SEC / 5)
/* What is kept of a message that somebody else passes on. */
#define MVX_LOG_GLIB_LAST_WORDS 256

typedef enum
{
  MVX_LOG_GLIB_HARMLESS,
  MVX_LOG_GLIB_FATAL, /* GLib ends the program when the writer has returned */
  MVX_LOG_GLIB_ABORT  /* the writer has to do it: mvx_log_glib_fatal_abort() */
} MvxLogGlibFate;

/* Makes an event of @text. */
typedef void (*MvxLogGlibSayFunc) (const char *text);

MvxLogGlibFate mvx_log_glib_fatal_judge (GLogLevelFlags log_level,
                                         gboolean       old_api);
/* Reads g_log_set_always_fatal()'s mask, so that levels below warnings are known, too. */
void           mvx_log_glib_fatal_learn (void);
/* Waits until all sinks have what they accepted, at most MVX_LOG_GLIB_FATAL_US. If @text, the message, may not have
 * reached them, it goes the way of mvx_log_emergency(). @length -1: up to the NUL. */
void           mvx_log_glib_fatal_flush (const char    *text,
                                         gssize         length);
/* For what is said on a thread that may hold any of our locks, and would wait for itself: another one says it, then
 * does as mvx_log_glib_fatal_flush(). */
void           mvx_log_glib_fatal_pass_on (MvxLogGlibSayFunc say,
                                           const char       *text);
/* Ends the program as GLib's own writer does. */
void           mvx_log_glib_fatal_abort (GLogLevelFlags log_level);

G_END_DECLS

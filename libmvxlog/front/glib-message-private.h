/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a writer of GLib is given, sorted. */
#pragma once

#include <mvxlog/value.h>

G_BEGIN_DECLS

/* The program's own fields that are found again without another look at all. */
#define MVX_LOG_GLIB_MESSAGE_FEW 8

/* Borrowed; NULL for what is not there. */
typedef struct
{
  const GLogField *message;
  const GLogField *domain;
  const GLogField *file;
  const GLogField *line;
  const GLogField *function;
  gboolean         old_api;
  gsize            n_custom;
  const GLogField *few[MVX_LOG_GLIB_MESSAGE_FEW]; /* the first of them */
} MvxLogGlibMessage;

/* Are these the words of g_malloc(), before it ends the program? */
gboolean    mvx_log_glib_message_tells_shortage (const char  *text);
/* Did g_malloc() say this? Then the thread may be anywhere, also with locks of ours. */
gboolean    mvx_log_glib_message_is_shortage (const MvxLogGlibMessage *message,
                                              GLogLevelFlags           log_level);
void        mvx_log_glib_message_sort    (MvxLogGlibMessage *message,
                                          const GLogField   *fields,
                                          gsize              n_fields);
/* The fields that are the program's own; a byte field holds a GBytes, for mvx_log_glib_message_release(). */
guint       mvx_log_glib_message_take    (const MvxLogGlibMessage *message,
                                          MvxLogField       *out,
                                          const GLogField   *fields,
                                          gsize              n_fields);
void        mvx_log_glib_message_release (MvxLogField       *fields,
                                          guint              n_fields);
/* NUL-terminated: as it is, or as much of it as fits into @room. NULL if there is none. */
const char *mvx_log_glib_message_text    (const GLogField   *field,
                                          char              *room,
                                          gsize              size);
/* Of decimal text; 0 for none. */
guint       mvx_log_glib_message_number  (const GLogField   *field);
gint        mvx_log_glib_message_level   (GLogLevelFlags     log_level);

G_END_DECLS

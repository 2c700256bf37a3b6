/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text for terminals and for machines. Whatever comes from outside is escaped: it must not steer a terminal. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_TOOL_TEXT_TABS = 1 << 0,  /* tabs stay */
  MVX_TOOL_TEXT_LINES = 1 << 1, /* newlines stay */
  MVX_TOOL_TEXT_QUOTE = 1 << 2  /* '"' and '\' get a backslash */
} MvxToolTextFlags;

/* C0 and C1 controls, DEL, line and paragraph separators, marks that change the direction of writing and bytes that are
 * no UTF-8 become \n, \r, \t or \xNN per byte. @length -1: up to the NUL. */
void        mvx_tool_text_escape (GString    *out,
                                  const char *text,
                                  gssize      length,
                                  guint       flags);
/* As it is if it is one plain word, else in double quotes. */
void        mvx_tool_text_word   (GString    *out,
                                  const char *text,
                                  gssize      length);
/* A JSON string with its quotes; what is no UTF-8 becomes U+FFFD. */
void        mvx_tool_text_json   (GString    *out,
                                  const char *text,
                                  gssize      length);
/* Is standard output to be coloured? @mode: auto, always or never. FALSE with @error for another one. */
gboolean    mvx_tool_text_colour (const char *mode,
                                  gboolean   *colour,
                                  GError    **error);

G_END_DECLS

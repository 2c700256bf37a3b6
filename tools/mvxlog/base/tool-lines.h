/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes into lines. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @line is without its newline and not NUL-terminated; @cut: it was longer than the limit and goes on. */
typedef void (*MvxToolLineFunc) (const char *line, gsize length, gboolean cut, gpointer data);

typedef struct
{
  MvxToolLineFunc func;
  gpointer        data;
  gsize           limit;    /* longest line, G_MAXSIZE for none */
  GString        *pending;  /* of a line that is not complete */
  gboolean        skipping; /* the rest of a line that was cut */
} MvxToolLines;

void     mvx_tool_lines_init   (MvxToolLines    *lines,
                                gsize            limit,
                                MvxToolLineFunc  func,
                                gpointer         data);
void     mvx_tool_lines_clear  (MvxToolLines    *lines);
void     mvx_tool_lines_feed   (MvxToolLines    *lines,
                                const char      *bytes,
                                gsize            n);
/* There is no more: a last line may lack its newline. */
void     mvx_tool_lines_finish (MvxToolLines    *lines);
/* Reads @fd to its end, unpacked if it begins as gzip or zstd do and @inflate. @pause (nullable) is called after each piece; it
 * returns FALSE to stop. */
gboolean mvx_tool_lines_read   (MvxToolLines    *lines,
                                int              fd,
                                gboolean         inflate,
                                gboolean       (*pause) (gpointer data),
                                GError         **error);

G_END_DECLS

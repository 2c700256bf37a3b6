/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as lines for people and for other programs. */
#pragma once

#include "view/view-event.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_VIEW_PRETTY,
  MVX_VIEW_SHORT,
  MVX_VIEW_LOGFMT,
  MVX_VIEW_JSON
} MvxViewFormat;

typedef struct
{
  MvxViewFormat format;
  gboolean      colour;
  gboolean      utc;
  char        **fields; /* nullable: only these */
} MvxViewPrinter;

gboolean mvx_view_format_parse (const char           *name,
                                MvxViewFormat        *format,
                                GError              **error);
/* Appends whole lines. */
void     mvx_view_print_event  (const MvxViewPrinter *printer,
                                const MvxViewEvent   *event,
                                GString              *out);
/* A line that is no event. */
void     mvx_view_print_line   (const MvxViewPrinter *printer,
                                const char           *line,
                                gsize                 length,
                                GString              *out);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --parse: lines of other programs, taken apart by a regular expression with named groups. */
#pragma once

#include "view/view-event.h"

G_BEGIN_DECLS

typedef struct _MvxViewParser MvxViewParser;

/* Groups ts, level, context, message and msg are what they are called in an event, others become fields. */
MvxViewParser *mvx_view_parser_new   (const char     *pattern,
                                      GError        **error);
void           mvx_view_parser_free  (MvxViewParser  *parser);
/* FALSE: the line does not match. */
gboolean       mvx_view_parser_parse (MvxViewParser  *parser,
                                      const char     *line,
                                      gsize           length,
                                      MvxViewEvent   *event);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxViewParser, mvx_view_parser_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "view/view-print.h"

G_BEGIN_DECLS

gboolean mvx_view_print_wants  (const MvxViewPrinter *printer,
                                const char           *key);
/* @colour: parameters of SGR; nothing without colours. */
void     mvx_view_print_colour (const MvxViewPrinter *printer,
                                const char           *colour,
                                GString              *out);
void     mvx_view_print_value  (const MvxViewField   *field,
                                GString              *out);
void     mvx_view_print_chain  (const MvxViewPrinter *printer,
                                const MvxViewEvent   *event,
                                GString              *out);
void     mvx_view_print_json   (const MvxViewPrinter *printer,
                                const MvxViewEvent   *event,
                                GString              *out);
void     mvx_view_print_logfmt (const MvxViewPrinter *printer,
                                const MvxViewEvent   *event,
                                GString              *out);

G_END_DECLS

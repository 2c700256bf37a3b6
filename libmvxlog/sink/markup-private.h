/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @text without style tags as Python's rich has them: [bold red], [#ff8800 on black], [link=…], [/bold], [/]. What
 * stands in brackets but names no style stays. NULL if there is nothing to remove. (transfer full) */
char *mvx_log_markup_strip (const char *text);

G_END_DECLS

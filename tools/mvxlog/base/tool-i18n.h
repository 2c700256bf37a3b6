/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for people, in their language. What programs read stays as it is: --json, logs, key-files, names. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#ifdef MVX_LOG_LOCALE_DIR
#include <glib/gi18n.h>
#else
#define _(text) (text)
#define N_(text) (text)
#define ngettext(one, many, n) ((n) == 1 ? (one) : (many))
#endif

/* Before anything is said. Numbers and dates are not touched: logs have them. */
void mvx_tool_i18n_init (void);

G_END_DECLS

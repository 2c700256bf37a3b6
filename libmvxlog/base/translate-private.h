/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages of errors in the language of the program, as those of GLib: nothing is translated before it has called
 * setlocale (). Events are no messages: what is logged is not translated. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#ifdef MVX_LOG_LOCALE_DIR
/* Owned by gettext. */
const char *mvx_log_translate (const char *text) G_GNUC_FORMAT (1);
#define _(text) mvx_log_translate (text)
#else
#define _(text) (text)
#endif

G_END_DECLS

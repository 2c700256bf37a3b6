/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Last-resort output: the library's own messages. Never goes through a logger; safe from any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef void (*MvxLogDiagFunc) (gint level, const char *message, gpointer data);

void     mvx_log_diag          (gint            level,
                                const char     *format,
                                ...) G_GNUC_PRINTF (2, 3);
void     mvx_log_diag_set_fd   (int             fd);
void     mvx_log_diag_set_func (MvxLogDiagFunc  func,
                                gpointer        data,
                                GDestroyNotify  destroy);
guint64  mvx_log_diag_get_n_suppressed (void);

G_END_DECLS

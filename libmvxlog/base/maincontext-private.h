/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Main contexts for programs that may run out of descriptors: where GLib finds none for a context, it ends the program. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Is the default context there? GLib makes it when a thread is given a default of its own, or asks for it. FALSE with a
 * G_FILE_ERROR that says what to do. Any thread. */
gboolean mvx_log_main_context_ensure_default (GError **error);
/* A new one, which can be made the default of a thread. (transfer full) NULL with a G_FILE_ERROR that says what to do. */
GMainContext *mvx_log_main_context_new (GError **error);

G_END_DECLS

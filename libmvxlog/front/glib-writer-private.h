/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What holds for the whole process, read again: DEBUG_INVOCATION and which levels are fatal. */
void mvx_log_glib_writer_refresh (void);

G_END_DECLS

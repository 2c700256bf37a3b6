/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sink/builtin-private.h"

G_BEGIN_DECLS

/* For tests: writes to @fd from now on, and waits at most @timeout_ms for its reader. */
void mvx_log_stream_set_fd (gpointer instance,
                            int      fd,
                            int      timeout_ms);

G_END_DECLS

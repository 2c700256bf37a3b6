/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an error that the server answers means for the event, and for whoever reads of it. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

/* RETRY, or DROP if the server will never take the event. @text: what the server said, of @size bytes. */
MvxLogDispatchResult mvx_redis_reply_judge (const char *address,
                                            const char *text,
                                            gsize       size,
                                            GError    **error);

G_END_DECLS

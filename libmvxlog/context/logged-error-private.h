/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/logged-error.h>

G_BEGIN_DECLS

/* Whatever this thread has marked: a new piece of work begins, and an error on its way up from an old one does not come
 * out of it. */
void mvx_log_error_forget_logged (void);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The short way for events without a callsite, such as those of g_log(): a finished message, words and short strings go
 * straight into the one sink's lane. Everything else takes the way of context/submit. */
#pragma once

#include "context/compose-private.h"

G_BEGIN_DECLS

#define MVX_LOG_EXPRESS_MAX_FIELDS 16

/* Past the level gate. @parts have no callsite. */
MvxLogSubmitResult mvx_log_express_submit (const MvxLogParts *parts);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sink/builtin-private.h"

G_BEGIN_DECLS

/* For reload: puts @replacement in the place of the member @old of an instance. FALSE if it has no such member.
 * Thread-safe; events that are on their way still go to @old. */
gboolean mvx_log_group_replace_member (gpointer    instance,
                                       MvxLogSink *old,
                                       MvxLogSink *replacement);

G_END_DECLS

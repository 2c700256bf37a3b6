/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event's message: the finished one it was given (which is data and never parsed), else its template with the values
 * filled in, else its name, else nothing. */
#pragma once

#include "base/escape-private.h"
#include "render/fieldlist-private.h"

G_BEGIN_DECLS

/* Raw: it may hold anything, also newlines. */
void     mvx_log_message_append        (const MvxLogEvent     *event,
                                        MvxLogBuffer          *buffer);

/* The message proper, each piece escaped. FALSE, and nothing is written, if there is neither message nor template. */
gboolean mvx_log_message_append_fields (const MvxLogEvent     *event,
                                        const MvxLogFieldList *fields,
                                        MvxLogEscape           escape,
                                        MvxLogBuffer          *buffer);

/* The same for text renderers: an event with a name instead is `context[.entity].name[ [outcome]]`. */
void     mvx_log_message_append_text   (const MvxLogEvent     *event,
                                        const MvxLogFieldList *fields,
                                        MvxLogEscape           escape,
                                        MvxLogBuffer          *buffer);

/* Has it a message or a template? */
gboolean mvx_log_message_exists        (const MvxLogEvent     *event);

G_END_DECLS

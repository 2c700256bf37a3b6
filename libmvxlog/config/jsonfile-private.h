/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same schema as a key-file, as one JSON object: an object per kind of group, in it an object per group (for
 * "mvxlog" the keys themselves):
 *
 *   { "mvxlog": { "version": 1 },
 *     "sink": { "console": { "plugin": "stream", "stream": "stderr" } },
 *     "context": { "": { "sinks": ["console"] }, "org.example": { "level": "debug" } },
 *     "policy": { "quiet": { "default": "allow" } },
 *     "rule": { "quiet 1": { "action": "deny", "events": ["org.example.health.*"] } } }
 *
 * Strings are taken as they stand (no key-file escapes; `${NAME}` is expanded), lists are arrays, numbers and truth
 * values may also be written as strings.
 */
#pragma once

#include "config/document-private.h"

G_BEGIN_DECLS

/* Merges a JSON file into @document. FALSE: broken off at a syntax error, it makes no sense to look at it further. */
gboolean mvx_log_jsonfile_parse (const char               *data,
                                 gsize                     length,
                                 const MvxLogConfigOrigin *at,
                                 MvxLogDocument           *document,
                                 MvxLogProblems           *problems);

G_END_DECLS

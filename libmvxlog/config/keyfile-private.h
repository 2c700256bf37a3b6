/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "config/document-private.h"

G_BEGIN_DECLS

/* Merges a key-file into @document. @at is the file's beginning. */
void mvx_log_keyfile_parse (const char               *data,
                            gsize                     length,
                            const MvxLogConfigOrigin *at,
                            MvxLogDocument           *document,
                            MvxLogProblems           *problems);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events for /loki/api/v1/push: a stream for each level, lines of JSON, and what is searched for most as metadata. */
#pragma once

#include "http-body.h"

G_BEGIN_DECLS

void mvx_http_loki_add (MvxHttpBody       *body,
                        const MvxLogEvent *event);
void mvx_http_loki_end (MvxHttpBody       *body);

G_END_DECLS

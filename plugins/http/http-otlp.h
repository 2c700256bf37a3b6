/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as log records of OpenTelemetry: ExportLogsServiceRequest in the JSON of protocol buffers. */
#pragma once

#include "http-body.h"

G_BEGIN_DECLS

GArray *mvx_http_otlp_new_fields (void);
void    mvx_http_otlp_add        (MvxHttpBody       *body,
                                  const MvxLogEvent *event);
void    mvx_http_otlp_end        (MvxHttpBody       *body);

G_END_DECLS

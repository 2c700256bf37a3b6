/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Structured data of RFC 5424, 6.3. */
#pragma once

#include <mvxlog/mvxlog.h>

#include "syslog-options.h"

G_BEGIN_DECLS

/* Up to @limit bytes of the buffer; what does not fit is left out, parameter by parameter. TRUE: all of it is there. */
gboolean mvx_syslog_sd_append (const MvxSyslogOptions *options,
                               const MvxLogEvent      *event,
                               gsize                   limit,
                               MvxLogBuffer           *buffer);

G_END_DECLS

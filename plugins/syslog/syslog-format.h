/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as syslog messages, without the framing of a transport. */
#pragma once

#include <mvxlog/mvxlog.h>

#include "syslog-options.h"

G_BEGIN_DECLS

/* Remembers the date of the latest second. */
typedef struct
{
  gint64 second;
  char   date[32]; /* empty: none yet */
} MvxSyslogFormat;

/* TRUE: all of the event is there; FALSE: it was cut. */
gboolean mvx_syslog_format_append (MvxSyslogFormat        *self,
                                   const MvxSyslogOptions *options,
                                   const MvxLogEvent      *event,
                                   MvxLogBuffer           *buffer);

G_END_DECLS

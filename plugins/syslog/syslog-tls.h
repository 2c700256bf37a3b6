/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TLS of RFC 5425, by GIO. */
#pragma once

#include <gio/gio.h>

#include "syslog-options.h"

G_BEGIN_DECLS

/* Is there TLS, and can the files be read? */
gboolean   mvx_syslog_tls_check     (const MvxSyslogOptions *options,
                                     GError                **error);
/* The files are read each time, so that what was renewed counts. */
GIOStream *mvx_syslog_tls_handshake (const MvxSyslogOptions *options,
                                     GIOStream              *base,
                                     GCancellable           *cancellable,
                                     gint64                  deadline_us,
                                     GError                **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event as one datagram of journald's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL). */
#pragma once

#include <mvxlog/mvxlog.h>

#include "journald-names.h"
#include "journald-options.h"

G_BEGIN_DECLS

void mvx_journald_entry_append (const MvxJournaldOptions *options,
                                MvxJournaldNames         *names,
                                const MvxLogEvent        *event,
                                MvxLogBuffer             *buffer);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The offered part of a flight as sinks of other languages see it. */
#pragma once

#include <mvxlog/async-sink.h>
#include <mvxlog/batch.h>

G_BEGIN_DECLS

/* For a class that has dispatch_batch in place of dispatch. @serial: what the worker knows this offer by. */
MvxLogDispatchResult mvx_log_batch_dispatch (MvxLogAsyncSink    *sink,
                                             guint64             serial,
                                             MvxLogEvent *const *events,
                                             guint               n_events,
                                             guint              *n_done,
                                             GError            **error);

G_END_DECLS

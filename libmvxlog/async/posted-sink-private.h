/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A function that is called on a main context: an asynchronous sink whose batches are answered from there. */
#pragma once

#include "async/async-sink-private.h"
#include "async/function-private.h"

G_BEGIN_DECLS

#define MVX_LOG_TYPE_POSTED_SINK (mvx_log_posted_sink_get_type ())

G_DECLARE_FINAL_TYPE (MvxLogPostedSink, mvx_log_posted_sink, MVX_LOG, POSTED_SINK, MvxLogAsyncSink)

/* Takes @function. */
MvxLogSink *mvx_log_posted_sink_new       (const char       *name,
                                           MvxLogFunction   *function,
                                           GMainContext     *context);
void        mvx_log_posted_sink_set_catch (MvxLogPostedSink *self,
                                           gboolean          catch_errors);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A function of the program as a sink. */
#pragma once

#include <mvxlog/sink.h>

G_BEGIN_DECLS

/**
 * MvxLogSinkFunc:
 * @event: an event, valid for the call
 * @data: (closure): what was given to [func@MvxLog.Sink.new_function]
 * @error: return location for an error
 *
 * Takes an event. Called for one event at a time, never under a lock of the library. On which thread, is said where
 * the sink is made.
 *
 * Returns: %TRUE if the event is delivered, else %FALSE with @error set
 *
 * Since: 1.0
 */
typedef gboolean (*MvxLogSinkFunc) (const MvxLogEvent *event,
                                    gpointer           data,
                                    GError           **error);

MVX_LOG_AVAILABLE_IN_1_0
MvxLogSink *mvx_log_sink_new_function       (const char     *name,
                                             MvxLogSinkFunc  func,
                                             gpointer        data,
                                             GDestroyNotify  destroy,
                                             GMainContext   *context);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_function_sink_set_catch (MvxLogSink     *sink,
                                             gboolean        catch_errors);

G_END_DECLS

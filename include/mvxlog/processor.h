/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/draft.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_PROCESSOR (mvx_log_processor_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
G_DECLARE_INTERFACE (MvxLogProcessor, mvx_log_processor, MVX_LOG, PROCESSOR, GObject)

/**
 * MvxLogProcessorInterface:
 * @process: changes the draft; returns %FALSE to drop the event, quietly, or with an error if it could not do its work.
 *   Called on the thread that logs, several at a time, with no lock held. What it logs itself goes to the diagnostics.
 *
 * A step on the way of events to a context's sinks, or to one sink.
 *
 * Since: 1.0
 */
struct _MvxLogProcessorInterface
{
  GTypeInterface parent_interface;

  gboolean (*process) (MvxLogProcessor  *processor,
                       MvxLogDraft      *draft,
                       GError          **error);

  /*< private >*/
  gpointer reserved[4];
};

/**
 * MvxLogProcessorFunc:
 * @draft: what becomes of an event
 * @data: (closure): what was given with the function
 * @error: return location for an error
 *
 * [vfunc@MvxLog.Processor.process] as a function. Called on the thread that logs, several at a time, with no lock
 * held.
 *
 * Returns: %TRUE, or %FALSE to drop the event, with an error if the work could not be done
 *
 * Since: 1.0
 */
typedef gboolean (*MvxLogProcessorFunc) (MvxLogDraft  *draft,
                                         gpointer      data,
                                         GError      **error);

/**
 * MvxLogFilterFunc:
 * @draft: the event, with its fields; it must not be changed
 * @data: (closure): what was given with the function
 * @error: return location for an error
 *
 * Decides whether a sink gets an event. Called on the thread that logs, several at a time, with no lock held. Who cannot
 * decide sets an error: the event is rejected.
 *
 * Returns: whether the sink wants it
 *
 * Since: 1.0
 */
typedef gboolean (*MvxLogFilterFunc) (const MvxLogDraft  *draft,
                                      gpointer            data,
                                      GError            **error);

MVX_LOG_AVAILABLE_IN_1_0
gboolean         mvx_log_processor_process      (MvxLogProcessor      *processor,
                                                 MvxLogDraft          *draft,
                                                 GError              **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogProcessor *mvx_log_processor_new_function (MvxLogProcessorFunc   func,
                                                 gpointer              data,
                                                 GDestroyNotify        destroy);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogProcessor *mvx_log_processor_new          (const char           *type,
                                                 GVariant             *options,
                                                 GError              **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean         mvx_log_register_processor     (const char           *name,
                                                 MvxLogProcessor      *processor,
                                                 GError              **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogProcessor *mvx_log_get_processor          (const char           *name);

G_END_DECLS

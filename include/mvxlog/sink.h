/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/event.h>
#include <mvxlog/ledger.h>

G_BEGIN_DECLS

/**
 * MvxLogOverflow:
 * @MVX_LOG_OVERFLOW_RAISE: refuse the event with QUEUE_OVERFLOW (the default)
 * @MVX_LOG_OVERFLOW_DROP_NEWEST: refuse it silently, counted
 * @MVX_LOG_OVERFLOW_DROP_OLDEST: drop the oldest waiting event, counted
 * @MVX_LOG_OVERFLOW_BLOCK: wait for space, at most block-timeout
 * @MVX_LOG_OVERFLOW_BELOW_LEVEL: from 90 % on refuse everything below ERROR
 *
 * What to do with an event when the queue is full.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_OVERFLOW_RAISE,
  MVX_LOG_OVERFLOW_DROP_NEWEST,
  MVX_LOG_OVERFLOW_DROP_OLDEST,
  MVX_LOG_OVERFLOW_BLOCK,
  MVX_LOG_OVERFLOW_BELOW_LEVEL
} MvxLogOverflow;

/**
 * MvxLogSinkHealth:
 * @MVX_LOG_SINK_HEALTH_UP: it delivers, as far as anybody knows
 * @MVX_LOG_SINK_HEALTH_RETRYING: its last delivery failed, and it will try again
 * @MVX_LOG_SINK_HEALTH_OPEN: so many failed one after the other that the circuit breaker has opened: it rests
 * @MVX_LOG_SINK_HEALTH_HALF_OPEN: it has rested; the next event is a probe
 * @MVX_LOG_SINK_HEALTH_DOWN: it does not run: failed, stopped or closed; or all sinks that it forwards to are down
 *
 * Whether a sink can deliver at present. Sinks that can choose prefer others to one that is RETRYING, OPEN or DOWN.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_SINK_HEALTH_UP,
  MVX_LOG_SINK_HEALTH_RETRYING,
  MVX_LOG_SINK_HEALTH_OPEN,
  MVX_LOG_SINK_HEALTH_HALF_OPEN,
  MVX_LOG_SINK_HEALTH_DOWN
} MvxLogSinkHealth;

#define MVX_LOG_TYPE_SINK (mvx_log_sink_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
G_DECLARE_INTERFACE (MvxLogSink, mvx_log_sink, MVX_LOG, SINK, GObject)

/**
 * MvxLogSinkInterface:
 * @log: delivers or enqueues one event; called on any thread, several at a time
 * @flush: (nullable): waits until everything accepted before is delivered
 * @reopen: (nullable): reopens files after they were renamed
 * @terminate: (nullable): stops the sink for good; idempotent and thread-safe; the second caller waits for the first
 * @get_counters: (nullable): the sink's own ledger; without it [method@MvxLog.Sink.log] keeps one
 *
 * What a sink does. @log must be thread-safe and must not wait.
 *
 * Since: 1.0
 */
struct _MvxLogSinkInterface
{
  GTypeInterface parent_interface;

  gboolean (*log)       (MvxLogSink        *sink,
                         const MvxLogEvent *event,
                         GError           **error);
  gboolean (*flush)     (MvxLogSink        *sink,
                         gint64             deadline_us,
                         GError           **error);
  gboolean (*reopen)    (MvxLogSink        *sink,
                         GError           **error);
  gboolean (*terminate) (MvxLogSink        *sink,
                         gint64             deadline_us,
                         GError           **error);

  void     (*get_counters) (MvxLogSink     *sink,
                            MvxLogCounters *counters);

  /*< private >*/
  gpointer reserved[8];
};

MVX_LOG_AVAILABLE_IN_1_0
gboolean    mvx_log_sink_log          (MvxLogSink        *sink,
                                       const MvxLogEvent *event,
                                       GError           **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean    mvx_log_sink_flush        (MvxLogSink        *sink,
                                       gint64             deadline_us,
                                       GError           **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean    mvx_log_sink_reopen       (MvxLogSink        *sink,
                                       GError           **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean    mvx_log_sink_terminate    (MvxLogSink        *sink,
                                       gint64             deadline_us,
                                       GError           **error);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_sink_get_counters (MvxLogSink        *sink,
                                       MvxLogCounters    *counters);
MVX_LOG_AVAILABLE_IN_1_0
char       *mvx_log_sink_dup_name     (MvxLogSink        *sink);
MVX_LOG_AVAILABLE_IN_1_0
gint        mvx_log_sink_get_level    (MvxLogSink        *sink);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_sink_set_level    (MvxLogSink        *sink,
                                       gint               level);
MVX_LOG_AVAILABLE_IN_1_0
gboolean    mvx_log_sink_get_enabled  (MvxLogSink        *sink);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_sink_set_enabled  (MvxLogSink        *sink,
                                       gboolean           enabled);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSinkHealth mvx_log_sink_get_health (MvxLogSink      *sink);

G_END_DECLS

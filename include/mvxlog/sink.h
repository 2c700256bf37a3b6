/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/event.h>

G_BEGIN_DECLS

/**
 * MvxLogReason:
 * @MVX_LOG_REASON_QUEUE_FULL: the queue was full
 * @MVX_LOG_REASON_LEVEL: refused at 90 % full because the level was too low
 * @MVX_LOG_REASON_STATE: the sink was stopping, stopped or failed
 * @MVX_LOG_REASON_ERROR: the sink's own error
 * @MVX_LOG_REASON_TIMEOUT: waited for space until the deadline, or retried for too long
 * @MVX_LOG_REASON_REJECTED: the sink dropped it (DROP)
 * @MVX_LOG_REASON_SHUTDOWN: undelivered when the sink was terminated
 *
 * Why an event was refused (never accepted) or dropped (accepted, then lost).
 */
typedef enum
{
  MVX_LOG_REASON_QUEUE_FULL,
  MVX_LOG_REASON_LEVEL,
  MVX_LOG_REASON_STATE,
  MVX_LOG_REASON_ERROR,
  MVX_LOG_REASON_TIMEOUT,
  MVX_LOG_REASON_REJECTED,
  MVX_LOG_REASON_SHUTDOWN,
  MVX_LOG_N_REASONS
} MvxLogReason;

/**
 * MvxLogOverflow:
 * @MVX_LOG_OVERFLOW_RAISE: refuse the event with QUEUE_OVERFLOW (the default)
 * @MVX_LOG_OVERFLOW_DROP_NEWEST: refuse it silently, counted
 * @MVX_LOG_OVERFLOW_DROP_OLDEST: drop the oldest waiting event, counted
 * @MVX_LOG_OVERFLOW_BLOCK: wait for space, at most block-timeout
 * @MVX_LOG_OVERFLOW_BELOW_LEVEL: from 90 % on refuse everything below ERROR
 *
 * What to do with an event when the queue is full.
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
 * MvxLogLevelClass:
 * @MVX_LOG_LEVEL_CLASS_DEBUG: below INFO
 * @MVX_LOG_LEVEL_CLASS_INFO: from INFO on
 * @MVX_LOG_LEVEL_CLASS_WARNING: from WARNING on
 * @MVX_LOG_LEVEL_CLASS_ERROR: from ERROR on
 * @MVX_LOG_LEVEL_CLASS_CRITICAL: from CRITICAL on
 *
 * How severe a lost event was, whatever levels a program has defined.
 */
typedef enum
{
  MVX_LOG_LEVEL_CLASS_DEBUG,
  MVX_LOG_LEVEL_CLASS_INFO,
  MVX_LOG_LEVEL_CLASS_WARNING,
  MVX_LOG_LEVEL_CLASS_ERROR,
  MVX_LOG_LEVEL_CLASS_CRITICAL,
  MVX_LOG_N_LEVEL_CLASSES
} MvxLogLevelClass;

/**
 * MVX_LOG_N_TIME_CLASSES:
 *
 * Classes of durations in [struct@MvxLog.Counters]. Class 0 is less than a microsecond, class N from 2^(N-1) to less
 * than 2^N microseconds, the last one everything from 4.2 seconds on.
 */
#define MVX_LOG_N_TIME_CLASSES 24

/**
 * MvxLogCounters:
 *
 * The ledger of a sink. At any quiescent point `offered = accepted + sum (refused)`,
 * `accepted = delivered + pending + spooled + sum (dropped)`, and for each reason `refused + dropped` is the sum of
 * `lost` over the level classes.
 */
typedef struct
{
  guint64 offered;
  guint64 accepted;
  guint64 delivered;
  guint64 pending;
  guint64 spooled;
  guint64 refused[MVX_LOG_N_REASONS];
  guint64 dropped[MVX_LOG_N_REASONS];
  guint64 retried;
  guint64 failed;      /* dispatch calls that ended in an error */
  guint64 high_water;  /* greatest pending seen by the worker */
  guint64 bytes;       /* accepted record bytes */
  guint64 batches;
  guint64 wakeups;     /* times a producer had to wake the worker */
  guint64 lost[MVX_LOG_N_LEVEL_CLASSES][MVX_LOG_N_REASONS]; /* refused and dropped, by severity */
  guint64 dispatch_time[MVX_LOG_N_TIME_CLASSES]; /* dispatch calls by duration, in a sink with a worker */
  /*< private >*/
  guint64 reserved[16];
} MvxLogCounters;

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

G_END_DECLS

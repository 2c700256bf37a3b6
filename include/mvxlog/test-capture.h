/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a part of the program logs, compared with what it should; and the clock of events. */
#pragma once

#include <mvxlog/event.h>
#include <mvxlog/log-macros.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_TEST_CAPTURE (mvx_log_test_capture_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MvxLogTestCapture, mvx_log_test_capture, MVX_LOG, TEST_CAPTURE, GObject)

/**
 * MvxLogTestFlags:
 * @MVX_LOG_TEST_EXACT: what was expected, in this order, and nothing else
 * @MVX_LOG_TEST_ANY_ORDER: the order does not matter
 * @MVX_LOG_TEST_ALLOW_OTHERS: other events may have been logged, too
 *
 * How what was logged is compared with what was expected.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_TEST_EXACT = 0,
  MVX_LOG_TEST_ANY_ORDER = 1 << 0,
  MVX_LOG_TEST_ALLOW_OTHERS = 1 << 1
} MvxLogTestFlags;

MVX_LOG_AVAILABLE_IN_1_0
MvxLogTestCapture *mvx_log_test_capture_begin       (const char             *context);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_test_capture_end         (MvxLogTestCapture      *capture);
MVX_LOG_AVAILABLE_IN_1_0
guint              mvx_log_test_capture_get_n_events (MvxLogTestCapture     *capture);
MVX_LOG_AVAILABLE_IN_1_0
GPtrArray         *mvx_log_test_capture_get_events  (MvxLogTestCapture      *capture);
MVX_LOG_AVAILABLE_IN_1_0
gboolean           mvx_log_test_capture_wait        (MvxLogTestCapture      *capture,
                                                     guint                   n_events,
                                                     gint64                  deadline_us);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_test_capture_clear       (MvxLogTestCapture      *capture);
MVX_LOG_AVAILABLE_IN_1_0
char              *mvx_log_test_capture_dup_text    (MvxLogTestCapture      *capture);

MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_test_capture_expect_args (MvxLogTestCapture      *capture,
                                                     gint                    level,
                                                     const char             *message_template,
                                                     const MvxLogCallsite   *callsite,
                                                     const MvxLogArg        *args);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_test_capture_expect      (MvxLogTestCapture      *capture,
                                                     gint                    level,
                                                     const char             *message_template,
                                                     GVariant               *fields);
MVX_LOG_AVAILABLE_IN_1_0
gboolean           mvx_log_test_capture_verify      (MvxLogTestCapture      *capture,
                                                     MvxLogTestFlags         flags,
                                                     GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_test_capture_assert_     (MvxLogTestCapture      *capture,
                                                     MvxLogTestFlags         flags,
                                                     const char             *domain,
                                                     const char             *file,
                                                     int                     line,
                                                     const char             *function);

MVX_LOG_AVAILABLE_IN_1_0
MvxLogEvent       *mvx_log_test_event_new_args      (const char             *context,
                                                     gint                    level,
                                                     const char             *message_template,
                                                     const MvxLogCallsite   *callsite,
                                                     const MvxLogArg        *args);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogEvent       *mvx_log_test_event_new_variant   (const char             *context,
                                                     gint                    level,
                                                     const char             *message_template,
                                                     GVariant               *fields);

MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_test_clock_set           (gint64                  time_ns);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_test_clock_advance       (gint64                  ns);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_test_clock_release       (void);

/* A template, then pairs of key and value. */
#define MVX_LOG_TEST_PAIRS_0_(call, tmpl)                                                                              \
  __extension__ ({                                                                                                     \
    const MvxLogCallsite *mvx_site = NULL;                                                                             \
    const MvxLogArg *mvx_args = NULL;                                                                                  \
    call;                                                                                                              \
  })
#define MVX_LOG_TEST_PAIRS_ODD_(call, tmpl, ...) MVX_LOG_PAIRS_EXPR_ODD_ (call, 0)
#define MVX_LOG_TEST_PAIRS_MANY_(call, tmpl, ...) MVX_LOG_PAIRS_EXPR_MANY_ (call, 0)
#define MVX_LOG_TEST_PAIRS_1_(call, tmpl, ...) MVX_LOG_EXPRESSION_ (call, 1, __VA_ARGS__)
#define MVX_LOG_TEST_PAIRS_2_(call, tmpl, ...) MVX_LOG_EXPRESSION_ (call, 2, __VA_ARGS__)
#define MVX_LOG_TEST_PAIRS_3_(call, tmpl, ...) MVX_LOG_EXPRESSION_ (call, 3, __VA_ARGS__)
#define MVX_LOG_TEST_PAIRS_4_(call, tmpl, ...) MVX_LOG_EXPRESSION_ (call, 4, __VA_ARGS__)
#define MVX_LOG_TEST_PAIRS_5_(call, tmpl, ...) MVX_LOG_EXPRESSION_ (call, 5, __VA_ARGS__)
#define MVX_LOG_TEST_PAIRS_6_(call, tmpl, ...) MVX_LOG_EXPRESSION_ (call, 6, __VA_ARGS__)
#define MVX_LOG_TEST_PAIRS_7_(call, tmpl, ...) MVX_LOG_EXPRESSION_ (call, 7, __VA_ARGS__)
#define MVX_LOG_TEST_PAIRS_8_(call, tmpl, ...) MVX_LOG_EXPRESSION_ (call, 8, __VA_ARGS__)
#define MVX_LOG_TEST_PAIRS_9_(call, tmpl, ...) MVX_LOG_EXPRESSION_ (call, 9, __VA_ARGS__)
#define MVX_LOG_TEST_PAIRS_10_(call, tmpl, ...) MVX_LOG_EXPRESSION_ (call, 10, __VA_ARGS__)
#define MVX_LOG_TEST_PAIRS_11_(call, tmpl, ...) MVX_LOG_EXPRESSION_ (call, 11, __VA_ARGS__)
#define MVX_LOG_TEST_PAIRS_12_(call, tmpl, ...) MVX_LOG_EXPRESSION_ (call, 12, __VA_ARGS__)
#define MVX_LOG_TEST_TEMPLATE_(tmpl, ...) (tmpl)
#define MVX_LOG_TEST_FIRST_(...) MVX_LOG_TEST_TEMPLATE_ (__VA_ARGS__, 0)

/**
 * mvx_log_test_expect:
 * @capture: a [class@MvxLogTest.Capture]
 * @level: the event's level, or %MVX_LOG_LEVEL_NOTSET for any
 * @...: the event's template, or %NULL for any, then up to 12 pairs of key and value that it must have
 *
 * Says what is to be logged next. Values are compared as they are logged, so a long string as it is cut. Other fields
 * of the event do not matter.
 *
 * Since: 1.0
 */
#define mvx_log_test_expect(capture, level, ...)                                                                       \
  MVX_LOG_DISPATCH_ (MVX_LOG_TEST_PAIRS_, MVX_LOG_PAIRS_ (__VA_ARGS__))                                                \
  (mvx_log_test_capture_expect_args (capture, level, MVX_LOG_TEST_FIRST_ (__VA_ARGS__), mvx_site, mvx_args),           \
   __VA_ARGS__)

/**
 * mvx_log_test_assert_expected:
 * @capture: a [class@MvxLogTest.Capture]
 *
 * Fails the test unless exactly what was expected was logged, in this order, and tells what was logged instead. Both are
 * forgotten then.
 *
 * Since: 1.0
 */
#define mvx_log_test_assert_expected(capture) mvx_log_test_assert_expected_as (capture, MVX_LOG_TEST_EXACT)
/**
 * mvx_log_test_assert_expected_as:
 * @capture: a [class@MvxLogTest.Capture]
 * @flags: [flags@MvxLogTest.Flags]
 *
 * [func@MvxLogTest.assert_expected], less strict.
 *
 * Since: 1.0
 */
#define mvx_log_test_assert_expected_as(capture, flags)                                                                \
  mvx_log_test_capture_assert_ (capture, flags, G_LOG_DOMAIN, __FILE__, __LINE__, G_STRFUNC)

/**
 * mvx_log_test_event_new:
 * @context: name of a context
 * @level: severity
 * @...: a template, then up to 12 pairs of key and value
 *
 * Makes an event that goes nowhere, to give to a plugin, renderer or filter.
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
#define mvx_log_test_event_new(context, level, ...)                                                                    \
  MVX_LOG_DISPATCH_ (MVX_LOG_TEST_PAIRS_, MVX_LOG_PAIRS_ (__VA_ARGS__))                                                \
  (mvx_log_test_event_new_args (context, level, MVX_LOG_TEST_FIRST_ (__VA_ARGS__), mvx_site, mvx_args), __VA_ARGS__)

G_END_DECLS

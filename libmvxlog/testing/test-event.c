/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events that go nowhere, and the clock. */
#include <mvxlog/delivery.h>
#include <mvxlog/test-capture.h>

#include "testing/test-hooks-private.h"

/* Before the clock is changed, workers finish with what was stamped by the old one. */
#define MVX_LOG_TEST_FLUSH_US (5 * G_USEC_PER_SEC)

static GMutex mvx_log_test_clock_mutex;
static gint64 mvx_log_test_clock_ns; /* while is_set */
static gboolean mvx_log_test_clock_is_set;

/**
 * mvx_log_test_event_new_args: (skip)
 * @context: name of a context
 * @level: severity
 * @message_template: (nullable): a template with `{key}` for fields
 * @callsite: (nullable): the keys
 * @args: (nullable): the values
 *
 * What %mvx_log_test_event_new expands to. Thread-safe.
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
MvxLogEvent *
mvx_log_test_event_new_args (const char *context,
                             gint level,
                             const char *message_template,
                             const MvxLogCallsite *callsite,
                             const MvxLogArg *args)
{
  g_return_val_if_fail (context != NULL, NULL);
  return mvx_log_test_hooks ()->make_event_from_args (context, level, message_template, callsite, args);
}

/**
 * mvx_log_test_event_new_variant:
 * @context: name of a context
 * @level: severity
 * @message_template: (nullable): a template with `{key}` for fields
 * @fields: (nullable): fields as a dictionary `a{sv}`; consumed if floating
 *
 * Makes an event that goes nowhere, to give to a plugin, renderer or filter. No limits are applied. Thread-safe.
 *
 * Returns: (transfer full): the event
 *
 * Since: 1.0
 */
MvxLogEvent *
mvx_log_test_event_new_variant (const char *context, gint level, const char *message_template, GVariant *fields)
{
  g_autoptr (GVariant) dict = fields ? g_variant_ref_sink (fields) : NULL;

  g_return_val_if_fail (context != NULL, NULL);
  g_return_val_if_fail (dict == NULL || g_variant_is_of_type (dict, G_VARIANT_TYPE_VARDICT), NULL);
  return mvx_log_test_hooks ()->make_event_from_variant (context, level, message_template, dict);
}

/* With the mutex. */
static void
mvx_log_test_clock_change (gboolean set, gint64 ns)
{
  if (set != mvx_log_test_clock_is_set)
    mvx_log_flush (g_get_monotonic_time () + MVX_LOG_TEST_FLUSH_US, NULL);
  mvx_log_test_clock_is_set = set;
  mvx_log_test_clock_ns = ns;
  if (set)
    mvx_log_test_hooks ()->set_clock (ns);
  else
    mvx_log_test_hooks ()->end_clock ();
}

/**
 * mvx_log_test_clock_set:
 * @time_ns: nanoseconds since 1970-01-01 UTC
 *
 * Stops the clock at a time. By it go the times of events, the durations of spans, and the intervals of policies: what
 * one has held back is told as soon as its interval is over. What waits in queues is delivered first, for 5 seconds at
 * most. Time-outs of the library go by the real clock. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_test_clock_set (gint64 time_ns)
{
  g_return_if_fail (time_ns > 0);

  g_mutex_lock (&mvx_log_test_clock_mutex);
  mvx_log_test_clock_change (TRUE, time_ns);
  g_mutex_unlock (&mvx_log_test_clock_mutex);
}

/**
 * mvx_log_test_clock_advance:
 * @ns: nanoseconds, not negative
 *
 * Moves the clock that [func@MvxLogTest.clock_set] has stopped. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_test_clock_advance (gint64 ns)
{
  g_return_if_fail (ns >= 0);

  g_mutex_lock (&mvx_log_test_clock_mutex);
  if (mvx_log_test_clock_is_set)
    mvx_log_test_clock_change (TRUE, mvx_log_test_clock_ns + ns);
  else
    g_critical ("%s: the clock has not been set", G_STRFUNC);
  g_mutex_unlock (&mvx_log_test_clock_mutex);
}

/**
 * mvx_log_test_clock_release:
 *
 * Goes back to the real clock. Does nothing if the clock was not set. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_test_clock_release (void)
{
  g_mutex_lock (&mvx_log_test_clock_mutex);
  if (mvx_log_test_clock_is_set)
    mvx_log_test_clock_change (FALSE, 0);
  g_mutex_unlock (&mvx_log_test_clock_mutex);
}

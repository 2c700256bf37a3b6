/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/function-sink.h>
#include <mvxlog/level.h>
#include <mvxlog/test-capture.h>
#include <mvxlog/test-error.h>

#include "testing/test-expect-private.h"
#include "testing/test-hooks-private.h"

/**
 * MvxLogTestCapture:
 *
 * Takes what a context and all below it log, from the lowest level on, instead of their sinks. Event policies,
 * processors, limits, bound and scoped fields work as ever; the configuration is not touched and holds again
 * afterwards. Captures of the same context may be nested: the one that began last gets the event. Thread-safe.
 *
 * Since: 1.0
 */
struct _MvxLogTestCapture
{
  GObject parent_instance;

  char *context;
  gpointer override; /* atomic: NULL when ended */
  MvxLogSink *sink;

  GMutex mutex; /* what follows */
  GCond cond;
  GPtrArray *events;
  GPtrArray *expected;
};

G_DEFINE_FINAL_TYPE (MvxLogTestCapture, mvx_log_test_capture, G_TYPE_OBJECT)

static gboolean
mvx_log_test_capture_take (const MvxLogEvent *event, gpointer data, GError **error)
{
  MvxLogTestCapture *self = data;

  g_mutex_lock (&self->mutex);
  g_ptr_array_add (self->events, mvx_log_event_copy (event));
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

static void
mvx_log_test_capture_dispose (GObject *object)
{
  MvxLogTestCapture *self = MVX_LOG_TEST_CAPTURE (object);

  mvx_log_test_capture_end (self);
  if (self->expected->len > 0)
    {
      g_ptr_array_set_size (self->expected, 0);
      g_critical ("A capture of '%s' ends, and nobody has compared what was expected; call "
                  "mvx_log_test_assert_expected ()",
                  *self->context ? self->context : "<root>");
    }
  G_OBJECT_CLASS (mvx_log_test_capture_parent_class)->dispose (object);
}

static void
mvx_log_test_capture_finalize (GObject *object)
{
  MvxLogTestCapture *self = MVX_LOG_TEST_CAPTURE (object);

  g_ptr_array_unref (self->events);
  g_ptr_array_unref (self->expected);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self->context);
  G_OBJECT_CLASS (mvx_log_test_capture_parent_class)->finalize (object);
}

static void
mvx_log_test_capture_class_init (MvxLogTestCaptureClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = mvx_log_test_capture_dispose;
  G_OBJECT_CLASS (klass)->finalize = mvx_log_test_capture_finalize;
}

static void
mvx_log_test_capture_init (MvxLogTestCapture *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  self->expected = g_ptr_array_new_with_free_func (mvx_log_test_expectation_free);
}

/**
 * mvx_log_test_capture_begin:
 * @context: name of a context; it need not exist. Empty for everything
 *
 * Begins to capture. Thread-safe.
 *
 * Returns: (transfer full): the capture, which ends with its last reference
 *
 * Since: 1.0
 */
MvxLogTestCapture *
mvx_log_test_capture_begin (const char *context)
{
  MvxLogTestCapture *self;

  g_return_val_if_fail (context != NULL, NULL);
  g_return_val_if_fail (mvx_log_test_hooks ()->is_context (context), NULL);

  self = g_object_new (MVX_LOG_TYPE_TEST_CAPTURE, NULL);
  self->context = g_strdup (context);
  self->sink = mvx_log_sink_new_function ("capture", mvx_log_test_capture_take, self, NULL, NULL);
  mvx_log_sink_set_level (self->sink, MVX_LOG_LEVEL_NOTSET);
  self->override = mvx_log_test_hooks ()->begin_capture (context, self->sink);
  return self;
}

/**
 * mvx_log_test_capture_end:
 * @capture: a capture
 *
 * Ends it; what was captured stays there. When the call returns, the context logs to its own sinks again. Does nothing
 * the second time. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_test_capture_end (MvxLogTestCapture *capture)
{
  gpointer override;

  g_return_if_fail (MVX_LOG_IS_TEST_CAPTURE (capture));

  override = g_atomic_pointer_exchange (&capture->override, NULL);
  if (override == NULL)
    return;
  mvx_log_test_hooks ()->end_capture (override);
  /* The function of a sink is not called once it is terminated: the sink may live longer than what it writes to. */
  mvx_log_sink_terminate (capture->sink, -1, NULL);
  g_clear_object (&capture->sink);
}

/**
 * mvx_log_test_capture_get_n_events:
 * @capture: a capture
 *
 * Counts what was captured and not yet taken.
 *
 * Returns: how many events it has. Thread-safe.
 *
 * Since: 1.0
 */
guint
mvx_log_test_capture_get_n_events (MvxLogTestCapture *capture)
{
  guint n;

  g_return_val_if_fail (MVX_LOG_IS_TEST_CAPTURE (capture), 0);
  g_mutex_lock (&capture->mutex);
  n = capture->events->len;
  g_mutex_unlock (&capture->mutex);
  return n;
}

/**
 * mvx_log_test_capture_get_events:
 * @capture: a capture
 *
 * Lists what was captured and not yet taken.
 *
 * Returns: (transfer container) (element-type MvxLogEvent): its events in the order of logging. Thread-safe.
 *
 * Since: 1.0
 */
GPtrArray *
mvx_log_test_capture_get_events (MvxLogTestCapture *capture)
{
  GPtrArray *events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);

  g_return_val_if_fail (MVX_LOG_IS_TEST_CAPTURE (capture), events);
  g_mutex_lock (&capture->mutex);
  for (guint i = 0; i < capture->events->len; i++)
    g_ptr_array_add (events, mvx_log_event_copy (g_ptr_array_index (capture->events, i)));
  g_mutex_unlock (&capture->mutex);
  return events;
}

/**
 * mvx_log_test_capture_wait:
 * @capture: a capture
 * @n_events: how many events
 * @deadline_us: monotonic time in microseconds, or -1 to wait for ever
 *
 * Waits until another thread has logged as many. Thread-safe.
 *
 * Returns: %TRUE if there are so many events
 *
 * Since: 1.0
 */
gboolean
mvx_log_test_capture_wait (MvxLogTestCapture *capture, guint n_events, gint64 deadline_us)
{
  gboolean in_time = TRUE;
  gboolean ok;

  g_return_val_if_fail (MVX_LOG_IS_TEST_CAPTURE (capture), FALSE);
  g_mutex_lock (&capture->mutex);
  while (capture->events->len < n_events && in_time)
    {
      if (deadline_us < 0)
        g_cond_wait (&capture->cond, &capture->mutex);
      else
        in_time = g_cond_wait_until (&capture->cond, &capture->mutex, deadline_us);
    }
  ok = capture->events->len >= n_events;
  g_mutex_unlock (&capture->mutex);
  return ok;
}

/**
 * mvx_log_test_capture_clear:
 * @capture: a capture
 *
 * Forgets its events and what was expected. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_test_capture_clear (MvxLogTestCapture *capture)
{
  g_return_if_fail (MVX_LOG_IS_TEST_CAPTURE (capture));
  g_mutex_lock (&capture->mutex);
  g_ptr_array_set_size (capture->events, 0);
  g_ptr_array_set_size (capture->expected, 0);
  g_mutex_unlock (&capture->mutex);
}

/**
 * mvx_log_test_capture_dup_text:
 * @capture: a capture
 *
 * Its events as text, a line for each: level, context, name, template, fields. Thread-safe.
 *
 * Returns: (transfer full): the text
 *
 * Since: 1.0
 */
char *
mvx_log_test_capture_dup_text (MvxLogTestCapture *capture)
{
  GString *text = g_string_new (NULL);

  g_return_val_if_fail (MVX_LOG_IS_TEST_CAPTURE (capture), g_string_free (text, FALSE));
  g_mutex_lock (&capture->mutex);
  for (guint i = 0; i < capture->events->len; i++)
    {
      mvx_log_test_match_append_event (text, g_ptr_array_index (capture->events, i));
      g_string_append_c (text, '\n');
    }
  g_mutex_unlock (&capture->mutex);
  return g_string_free (text, FALSE);
}

/* Takes @event. */
static void
mvx_log_test_capture_add_expected (MvxLogTestCapture *self, gint level, const char *template, MvxLogEvent *event)
{
  g_mutex_lock (&self->mutex);
  g_ptr_array_add (self->expected, mvx_log_test_expectation_new (level, template, event));
  g_mutex_unlock (&self->mutex);
}

/**
 * mvx_log_test_capture_expect_args: (skip)
 * @capture: a capture
 * @level: a level, or %MVX_LOG_LEVEL_NOTSET for any
 * @message_template: (nullable): a template, or %NULL for any
 * @callsite: (nullable): the keys
 * @args: (nullable): the values
 *
 * What %mvx_log_test_expect expands to. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_test_capture_expect_args (MvxLogTestCapture *capture,
                                  gint level,
                                  const char *message_template,
                                  const MvxLogCallsite *callsite,
                                  const MvxLogArg *args)
{
  g_return_if_fail (MVX_LOG_IS_TEST_CAPTURE (capture));
  mvx_log_test_capture_add_expected (
      capture, level, message_template,
      mvx_log_test_event_new_args (capture->context, level, message_template, callsite, args));
}

/**
 * mvx_log_test_capture_expect:
 * @capture: a capture
 * @level: a level, or %MVX_LOG_LEVEL_NOTSET for any
 * @message_template: (nullable): a template, or %NULL for any; of an event without one, its message
 * @fields: (nullable): fields that it must have, as a dictionary `a{sv}`; consumed if floating
 *
 * Says what is to be logged next, for language bindings. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_test_capture_expect (MvxLogTestCapture *capture, gint level, const char *message_template, GVariant *fields)
{
  g_return_if_fail (MVX_LOG_IS_TEST_CAPTURE (capture));
  mvx_log_test_capture_add_expected (
      capture, level, message_template,
      mvx_log_test_event_new_variant (capture->context, level, message_template, fields));
}

/**
 * mvx_log_test_capture_verify:
 * @capture: a capture
 * @flags: how strict to be
 * @error: return location for an error
 *
 * Compares what was logged with what was expected, and forgets both. For test frameworks other than GLib's;
 * %mvx_log_test_assert_expected is for that. Thread-safe.
 *
 * Returns: %TRUE if it is as expected, else %FALSE with %MVX_LOG_TEST_ERROR_NOT_EXPECTED, whose message lists both
 *
 * Since: 1.0
 */
gboolean
mvx_log_test_capture_verify (MvxLogTestCapture *capture, MvxLogTestFlags flags, GError **error)
{
  g_autofree char *problem = NULL;

  g_return_val_if_fail (MVX_LOG_IS_TEST_CAPTURE (capture), FALSE);
  g_mutex_lock (&capture->mutex);
  problem
      = mvx_log_test_expect_compare (capture->context, capture->expected, capture->events,
                                     (flags & MVX_LOG_TEST_ANY_ORDER) != 0, (flags & MVX_LOG_TEST_ALLOW_OTHERS) != 0);
  g_ptr_array_set_size (capture->events, 0);
  g_ptr_array_set_size (capture->expected, 0);
  g_mutex_unlock (&capture->mutex);
  if (problem)
    g_set_error_literal (error, MVX_LOG_TEST_ERROR, MVX_LOG_TEST_ERROR_NOT_EXPECTED, problem);
  return problem == NULL;
}

/* What mvx_log_test_assert_expected expands to. */
void
mvx_log_test_capture_assert_ (MvxLogTestCapture *capture,
                              MvxLogTestFlags flags,
                              const char *domain,
                              const char *file,
                              int line,
                              const char *function)
{
  g_autoptr (GError) error = NULL;

  if (!mvx_log_test_capture_verify (capture, flags, &error))
    g_assertion_message (domain, file, line, function, error ? error->message : "not a capture");
}

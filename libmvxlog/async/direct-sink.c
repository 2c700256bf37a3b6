/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A function that is called in the logging thread, and the public face of both kinds. */
#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "async/function-private.h"
#include "async/posted-sink-private.h"
#include "base/diag-private.h"
#include "sink/ledger-private.h"
#include "sink/sink-private.h"

#define MVX_LOG_TYPE_FUNCTION_SINK (mvx_log_function_sink_get_type ())

G_DECLARE_FINAL_TYPE (MvxLogFunctionSink, mvx_log_function_sink, MVX_LOG, FUNCTION_SINK, GObject)

struct _MvxLogFunctionSink
{
  GObject parent_instance;
  gint catches;            /* atomic */
  gint told;               /* atomic */
  MvxLogCounters counters; /* each atomic */

  GMutex mutex; /* what follows */
  GCond cond;
  GThread *runner;          /* who is in the function */
  MvxLogFunction *function; /* NULL when closed */
};

static void mvx_log_function_sink_iface_init (MvxLogSinkInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MvxLogFunctionSink,
                               mvx_log_function_sink,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_SINK, mvx_log_function_sink_iface_init))

static char *
mvx_log_function_sink_dup_name (MvxLogFunctionSink *self)
{
  char *name = mvx_log_sink_dup_name (MVX_LOG_SINK (self));

  return name ? name : g_strdup ("unnamed");
}

static gboolean
mvx_log_function_sink_refuse_closed (MvxLogFunctionSink *self, gint level, GError **error)
{
  g_autofree char *name = mvx_log_function_sink_dup_name (self);

  mvx_log_ledger_refuse (&self->counters, level, MVX_LOG_REASON_STATE);
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
               "Sink '%s' has been terminated and takes no events; make a new one", name);
  return FALSE;
}

static gboolean
mvx_log_function_sink_refuse_nested (MvxLogFunctionSink *self, gint level, GError **error)
{
  g_autofree char *name = mvx_log_function_sink_dup_name (self);

  mvx_log_ledger_refuse (&self->counters, level, MVX_LOG_REASON_ERROR);
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
               "Sink '%s' cannot take an event from its own function; do not log to it from there", name);
  return FALSE;
}

/* An error that is swallowed: the event was taken and is lost. */
static void
mvx_log_function_sink_drop (MvxLogFunctionSink *self, gint level, const GError *why)
{
  g_autofree char *name = NULL;

  mvx_log_ledger_count (&self->counters.accepted);
  mvx_log_ledger_drop (&self->counters, level, MVX_LOG_REASON_REJECTED);
  if (!g_atomic_int_compare_and_exchange (&self->told, FALSE, TRUE))
    return;
  name = mvx_log_function_sink_dup_name (self);
  mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Sink '%s' dropped an event: %s; further ones are only counted", name,
                why->message);
}

static gboolean
mvx_log_function_sink_settle (MvxLogFunctionSink *self, gint level, GError *why, GError **error)
{
  if (why == NULL)
    {
      mvx_log_ledger_count (&self->counters.accepted);
      mvx_log_ledger_count (&self->counters.delivered);
      return TRUE;
    }
  mvx_log_ledger_count (&self->counters.failed);
  if (g_atomic_int_get (&self->catches))
    {
      mvx_log_function_sink_drop (self, level, why);
      g_error_free (why);
      return TRUE;
    }
  mvx_log_ledger_refuse (&self->counters, level, MVX_LOG_REASON_ERROR);
  g_propagate_error (error, why);
  return FALSE;
}

/* One thread at a time, without a lock that the function could run into. */
static gboolean
mvx_log_function_sink_log (MvxLogSink *sink, const MvxLogEvent *event, GError **error)
{
  MvxLogFunctionSink *self = MVX_LOG_FUNCTION_SINK (sink);
  g_autoptr (MvxLogFunction) function = NULL;
  gboolean nested;
  GError *why = NULL;

  mvx_log_ledger_count (&self->counters.offered);
  g_mutex_lock (&self->mutex);
  nested = self->runner == g_thread_self ();
  while (self->runner && !nested && self->function)
    g_cond_wait (&self->cond, &self->mutex);
  if (self->function && !nested)
    {
      function = mvx_log_function_ref (self->function);
      self->runner = g_thread_self ();
    }
  g_mutex_unlock (&self->mutex);
  if (nested)
    return mvx_log_function_sink_refuse_nested (self, mvx_log_event_get_level (event), error);
  if (function == NULL)
    return mvx_log_function_sink_refuse_closed (self, mvx_log_event_get_level (event), error);

  mvx_log_function_call (function, event, &why);
  g_mutex_lock (&self->mutex);
  self->runner = NULL;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  return mvx_log_function_sink_settle (self, mvx_log_event_get_level (event), why, error);
}

/* Waits for the call that is on its way, unless it is the caller's own. */
static gboolean
mvx_log_function_sink_terminate (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  MvxLogFunctionSink *self = MVX_LOG_FUNCTION_SINK (sink);
  g_autoptr (MvxLogFunction) function = NULL;
  g_autofree char *name = NULL;
  gboolean late = FALSE;

  g_mutex_lock (&self->mutex);
  function = g_steal_pointer (&self->function);
  g_cond_broadcast (&self->cond);
  while (self->runner && self->runner != g_thread_self () && !late)
    {
      if (deadline_us < 0)
        g_cond_wait (&self->cond, &self->mutex);
      else
        late = !g_cond_wait_until (&self->cond, &self->mutex, deadline_us);
    }
  late = self->runner && self->runner != g_thread_self ();
  g_mutex_unlock (&self->mutex);
  if (!late)
    return TRUE;
  name = mvx_log_function_sink_dup_name (self);
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT,
               "The function of sink '%s' did not return by the deadline; it is not called again", name);
  return FALSE;
}

static void
mvx_log_function_sink_get_counters (MvxLogSink *sink, MvxLogCounters *counters)
{
  mvx_log_ledger_read (&MVX_LOG_FUNCTION_SINK (sink)->counters, counters);
}

static void
mvx_log_function_sink_iface_init (MvxLogSinkInterface *iface)
{
  iface->log = mvx_log_function_sink_log;
  iface->terminate = mvx_log_function_sink_terminate;
  iface->get_counters = mvx_log_function_sink_get_counters;
}

static void
mvx_log_function_sink_finalize (GObject *object)
{
  MvxLogFunctionSink *self = MVX_LOG_FUNCTION_SINK (object);

  g_clear_pointer (&self->function, mvx_log_function_unref);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (mvx_log_function_sink_parent_class)->finalize (object);
}

static void
mvx_log_function_sink_class_init (MvxLogFunctionSinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mvx_log_function_sink_finalize;
}

static void
mvx_log_function_sink_init (MvxLogFunctionSink *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
}

/**
 * mvx_log_sink_new_function:
 * @name: (nullable): name of the sink for diagnostics and errors
 * @func: (scope notified) (closure data) (destroy destroy): called for each event
 * @data: (nullable): for @func
 * @destroy: (nullable): frees @data; called once, after the last call of @func, on the thread that terminates or frees
 *   the sink or returns last from @func, without a lock held
 * @context: (nullable) (transfer none): where to call @func; %NULL for the logging thread
 *
 * Makes a sink out of a function. @func is called for one event at a time.
 *
 * Without a context it is called in the logging thread, so it must not care about threads; other threads that log wait
 * for it. Its error is that of the logging call, see [func@MvxLog.function_sink_set_catch]. An event that @func itself
 * hands to the sink is refused with %MVX_LOG_ERROR_WOULD_DEADLOCK.
 *
 * With a context the sink is a [class@MvxLog.AsyncSink]: events wait in its queue and @func is called while somebody
 * iterates @context, in order, at idle priority. An error of @func ends the sink for good, unless it is caught. If
 * nobody iterates @context, flush, stop and terminate give up at their deadlines, and what is left is counted as lost.
 * Flush and terminate on the thread that iterates @context call @func right there, and so they do on the main thread if
 * @context is the default one and no loop has begun yet; within @func they are refused.
 *
 * What @func logs goes to the diagnostics, not to sinks, else it could feed itself without end. Thread-safe.
 *
 * Returns: (transfer full): a new sink, which belongs to no context yet
 *
 * Since: 1.0
 */
MvxLogSink *
mvx_log_sink_new_function (const char *name,
                           MvxLogSinkFunc func,
                           gpointer data,
                           GDestroyNotify destroy,
                           GMainContext *context)
{
  MvxLogFunction *function;
  MvxLogFunctionSink *self;
  MvxLogSink *sink;

  g_return_val_if_fail (func != NULL, NULL);

  function = mvx_log_function_new (func, data, destroy);
  if (context)
    sink = mvx_log_posted_sink_new (name, function, context);
  else
    {
      self = g_object_new (MVX_LOG_TYPE_FUNCTION_SINK, NULL);
      self->function = function;
      sink = MVX_LOG_SINK (self);
    }
  if (name)
    mvx_log_sink_set_name (sink, name);
  return sink;
}

/**
 * mvx_log_function_sink_set_catch:
 * @sink: a sink of [func@MvxLog.Sink.new_function]
 * @catch_errors: whether errors of its function are swallowed
 *
 * Says what an error of the sink's function means. Not caught (the default), it fails the logging call, or ends a sink
 * with a main context. Caught, the event is counted as dropped (%MVX_LOG_REASON_REJECTED), the diagnostics tell, and
 * the sink goes on. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_function_sink_set_catch (MvxLogSink *sink, gboolean catch_errors)
{
  g_return_if_fail (MVX_LOG_IS_FUNCTION_SINK (sink) || MVX_LOG_IS_POSTED_SINK (sink));

  if (MVX_LOG_IS_POSTED_SINK (sink))
    mvx_log_posted_sink_set_catch (MVX_LOG_POSTED_SINK (sink), !!catch_errors);
  else
    g_atomic_int_set (&MVX_LOG_FUNCTION_SINK (sink)->catches, !!catch_errors);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A piece of work that is logged: a life with its Begin and End, or a scope with its entry. Its events, and those
 * inside it, belong to a span of the trace.
 */
#include <mvxlog/span.h>

#include "base/clock-private.h"
#include "context/compose-private.h"

struct _MvxLogSpan
{
  gint ref_count;
  gint ended; /* atomic: whoever sets it logs the end */
  MvxLogHead head;
  MvxLogSpanKind kind;
  MvxLogEventInit init; /* of its events: level and source */
  char *what;
  gint64 begin_us;
  MvxLogScopeCapture *state;
  MvxLogScope *scope; /* on the stack of the thread that began it; NULL if detached */
  GError **watched;   /* nullable */
};

/**
 * MvxLogSpan:
 *
 * A piece of work that is logged at its begin and its end, with its duration, and whose events belong together in a
 * trace.
 *
 * Since: 1.0
 */
G_DEFINE_BOXED_TYPE (MvxLogSpan, mvx_log_span, mvx_log_span_ref, mvx_log_span_unref)

/* Takes @message. */
static void
mvx_log_span_log (MvxLogSpan *span, char *message, const MvxLogField *fields, guint n_fields)
{
  MvxLogEventInit init = span->init;
  MvxLogParts parts = {
    .node = mvx_log_node_full (&span->head),
    .bound = span->head.bound,
    .init = &init,
    .fields = fields,
    .n_fields = n_fields,
  };
  MvxLogScope here;

  init.message = message;
  mvx_log_scope_borrow (&here, span->state);
  mvx_log_submit_parts (&parts, NULL);
  mvx_log_scope_give_back (&here);
  g_free (message);
}

/**
 * mvx_log_span_ref:
 * @span: a span
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @span with one more reference. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogSpan *
mvx_log_span_ref (MvxLogSpan *span)
{
  g_return_val_if_fail (span != NULL, NULL);
  g_atomic_int_inc (&span->ref_count);
  return span;
}

/**
 * mvx_log_span_unref:
 * @span: (transfer full): a span
 *
 * Drops a reference, which does not end the span. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_span_unref (MvxLogSpan *span)
{
  g_return_if_fail (span != NULL);

  if (!g_atomic_int_dec_and_test (&span->ref_count))
    return;
  if (span->head.bound)
    mvx_log_field_set_unref ((MvxLogFieldSet *) span->head.bound);
  g_clear_pointer (&span->scope, mvx_log_scope_unref);
  mvx_log_scope_capture_unref (span->state);
  g_free (span->what);
  g_free (span);
}

static MvxLogSpan *
mvx_log_span_new (const MvxLogHead *head, MvxLogSpanKind kind, const MvxLogEventInit *init, const char *what)
{
  const MvxLogScopeCapture *outer = mvx_log_scope_state (mvx_log_thread_get ());
  gboolean traced = outer && *outer->trace.trace_id;
  MvxLogField parent = { "parent_span_id", MVX_LOG_KIND_STRING, -1, { .s = traced ? outer->trace.span_id : NULL } };
  MvxLogSpan *span = g_new0 (MvxLogSpan, 1);

  span->ref_count = 1;
  span->head = *head;
  if (head->bound)
    mvx_log_field_set_ref ((MvxLogFieldSet *) head->bound);
  span->kind = kind;
  span->init = *init;
  span->what = g_strdup (what);
  span->state = mvx_log_scope_state_new (outer);
  mvx_log_traceparent_init (&span->state->trace, traced ? &outer->trace : NULL);
  mvx_log_span_log (span, g_strconcat (kind == MVX_LOG_SPAN_LIFE ? "Begin: " : "", what, NULL), &parent,
                    traced ? 1 : 0);
  span->begin_us = mvx_log_clock_steady_us ();
  return span;
}

static MvxLogSpan *
mvx_log_span_enter (MvxLogSpan *span)
{
  span->scope = mvx_log_scope_enter (span->state);
  return span;
}

/**
 * mvx_log_span_begin_at: (skip)
 * @head: a context or a resolved handle
 * @kind: what the span logs
 * @level: severity of its events
 * @what: what it is
 * @file: (nullable): source file; must live as long as the span
 * @line: source line
 * @function: (nullable): function; must live as long as the span
 *
 * What %MVX_LOG_LIFE and %MVX_LOG_SCOPE expand to, past the level gate. On the thread that it is in force on from
 * then on.
 *
 * Returns: (transfer full): the span
 *
 * Since: 1.0
 */
MvxLogSpan *
mvx_log_span_begin_at (const MvxLogHead *head,
                       MvxLogSpanKind kind,
                       gint level,
                       const char *what,
                       const char *file,
                       guint line,
                       const char *function)
{
  MvxLogEventInit init = { .level = level, .file = file, .line = line, .function = function };

  g_return_val_if_fail (head != NULL && !head->node->unresolved, NULL);
  g_return_val_if_fail (what != NULL, NULL);

  return mvx_log_span_enter (mvx_log_span_new (head, kind, &init, what));
}

/**
 * mvx_log_span_begin_detached:
 * @context: a context
 * @kind: what the span logs
 * @level: severity of its events
 * @what: what it is
 *
 * [func@MvxLog.Span.begin] for work that goes on elsewhere or in pieces: the span is not put in force on this thread;
 * %MVX_LOG_IN_SCOPE with [method@MvxLog.Span.dup_scope] does that where a piece is done. Any thread may end it.
 *
 * Returns: (transfer full) (nullable): the span, or %NULL if nobody wants the level
 *
 * Since: 1.0
 */
MvxLogSpan *
mvx_log_span_begin_detached (MvxLogContext *context, MvxLogSpanKind kind, gint level, const char *what)
{
  MvxLogEventInit init = { .level = level };

  g_return_val_if_fail (context != NULL, NULL);
  g_return_val_if_fail (what != NULL, NULL);

  return mvx_log_context_is_enabled (context, level) ? mvx_log_span_new (&context->head, kind, &init, what) : NULL;
}

/**
 * mvx_log_span_begin:
 * @context: a context
 * @kind: what the span logs
 * @level: severity of its events
 * @what: what it is
 *
 * Begins a piece of work on this thread. Its events and those that this thread logs until [method@MvxLog.Span.end]
 * belong to a new span of the thread's trace, or of a new trace. The first event has the span around it as field
 * `parent_span_id`. %MVX_LOG_LIFE and %MVX_LOG_SCOPE do this for a block.
 *
 * Returns: (transfer full) (nullable): the span, or %NULL if nobody wants the level
 *
 * Since: 1.0
 */
MvxLogSpan *
mvx_log_span_begin (MvxLogContext *context, MvxLogSpanKind kind, gint level, const char *what)
{
  MvxLogSpan *span = mvx_log_span_begin_detached (context, kind, level, what);

  return span ? mvx_log_span_enter (span) : NULL;
}

/**
 * mvx_log_span_error:
 * @span: (nullable): a span
 * @error: (nullable): what went wrong
 *
 * Logs "Error in WHAT", or "Error in a scope" with WHAT as field `scope`, at the level of the span and with the error,
 * which is left alone. Nothing happens after the end. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_span_error (MvxLogSpan *span, const GError *error)
{
  MvxLogField fields[2]
      = { { "error", MVX_LOG_KIND_ERROR, -1, { .p = error } }, { "scope", MVX_LOG_KIND_STRING, -1, { 0 } } };
  gboolean life;

  if (span == NULL || g_atomic_int_get (&span->ended))
    return;
  life = span->kind == MVX_LOG_SPAN_LIFE;
  fields[1].value.s = span->what;
  span->watched = NULL;
  mvx_log_span_log (span, life ? g_strconcat ("Error in ", span->what, NULL) : g_strdup ("Error in a scope"),
                    error ? fields : fields + 1, (error ? 1 : 0) + (life ? 0 : 1));
}

/**
 * mvx_log_span_watch: (skip)
 * @span: (nullable): a span
 * @error: (nullable): where an error will be, if there is one; must outlive the span
 *
 * Calls [method@MvxLog.Span.error] at the end of the span if there is an error then, unless it has been called
 * already. The error goes on to whoever asked for it. On the thread that began it.
 *
 * Since: 1.0
 */
void
mvx_log_span_watch (MvxLogSpan *span, GError **error)
{
  if (span)
    span->watched = error;
}

static void
mvx_log_span_log_end (MvxLogSpan *span)
{
  MvxLogField field = { "duration", MVX_LOG_KIND_DOUBLE, -1, { 0 } };
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];

  field.value.d = (double) MAX (mvx_log_clock_steady_us () - span->begin_us, 0) / G_USEC_PER_SEC;
  g_ascii_formatd (seconds, sizeof seconds, "%.2f", field.value.d);
  mvx_log_span_log (span, g_strdup_printf ("End (%s): %s", seconds, span->what), &field, 1);
}

/**
 * mvx_log_span_end:
 * @span: (nullable): a span; of one that is in force on a thread, on that thread
 *
 * Ends a span. A life logs "End (SECONDS): WHAT" with the seconds as field `duration`. Only the first call counts.
 *
 * Since: 1.0
 */
void
mvx_log_span_end (MvxLogSpan *span)
{
  if (span == NULL || g_atomic_int_get (&span->ended))
    return;
  if (span->watched && *span->watched)
    mvx_log_span_error (span, *span->watched);
  if (!g_atomic_int_compare_and_exchange (&span->ended, 0, 1))
    return;
  if (span->kind == MVX_LOG_SPAN_LIFE)
    mvx_log_span_log_end (span);
  g_clear_pointer (&span->scope, mvx_log_scope_pop);
}

/**
 * mvx_log_span_dup_scope:
 * @span: a span
 *
 * Gives what is in force inside the span, for %MVX_LOG_IN_SCOPE. Thread-safe.
 *
 * Returns: (transfer full): as [func@MvxLog.scope_capture] inside the span
 *
 * Since: 1.0
 */
MvxLogScopeCapture *
mvx_log_span_dup_scope (MvxLogSpan *span)
{
  g_return_val_if_fail (span != NULL, NULL);
  return mvx_log_scope_capture_ref (span->state);
}

/**
 * mvx_log_span_get_traceparent:
 * @span: a span
 * @traceparent: (out caller-allocates): its place in the trace
 *
 * Tells where in its trace a span stands. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_span_get_traceparent (MvxLogSpan *span, MvxLogTraceparent *traceparent)
{
  g_return_if_fail (span != NULL);
  g_return_if_fail (traceparent != NULL);

  *traceparent = span->state->trace;
}

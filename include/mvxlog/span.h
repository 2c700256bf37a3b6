/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pieces of work that are logged: when they begin, what goes wrong, how long they took. */
#pragma once

#include <mvxlog/log-macros.h>
#include <mvxlog/scope.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_SPAN (mvx_log_span_get_type ())

/**
 * MvxLogSpanKind:
 * @MVX_LOG_SPAN_LIFE: "Begin: WHAT", "Error in WHAT", "End (SECONDS): WHAT"
 * @MVX_LOG_SPAN_SCOPE: "WHAT", "Error in a scope", and nothing at the end
 *
 * What a span logs.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_SPAN_LIFE,
  MVX_LOG_SPAN_SCOPE
} MvxLogSpanKind;

MVX_LOG_AVAILABLE_IN_1_0
GType               mvx_log_span_get_type        (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSpan         *mvx_log_span_ref             (MvxLogSpan              *span);
MVX_LOG_AVAILABLE_IN_1_0
void                mvx_log_span_unref           (MvxLogSpan              *span);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSpan         *mvx_log_span_begin           (MvxLogContext           *context,
                                                  MvxLogSpanKind           kind,
                                                  gint                     level,
                                                  const char              *what);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSpan         *mvx_log_span_begin_detached  (MvxLogContext           *context,
                                                  MvxLogSpanKind           kind,
                                                  gint                     level,
                                                  const char              *what);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSpan         *mvx_log_span_begin_at        (const MvxLogHead        *head,
                                                  MvxLogSpanKind           kind,
                                                  gint                     level,
                                                  const char              *what,
                                                  const char              *file,
                                                  guint                    line,
                                                  const char              *function);
MVX_LOG_AVAILABLE_IN_1_0
void                mvx_log_span_error           (MvxLogSpan              *span,
                                                  const GError            *error);
MVX_LOG_AVAILABLE_IN_1_0
void                mvx_log_span_watch           (MvxLogSpan              *span,
                                                  GError                 **error);
MVX_LOG_AVAILABLE_IN_1_0
void                mvx_log_span_end             (MvxLogSpan              *span);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogScopeCapture *mvx_log_span_dup_scope       (MvxLogSpan              *span);
MVX_LOG_AVAILABLE_IN_1_0
void                mvx_log_span_get_traceparent (MvxLogSpan              *span,
                                                  MvxLogTraceparent       *traceparent);

static inline void
mvx_log_span_cleanup_ (MvxLogSpan **span)
{
  if (*span == NULL)
    return;
  mvx_log_span_end (*span);
  mvx_log_span_unref (*span);
}

/* Below the level there is no span. */
static inline MvxLogSpan *
mvx_log_span_start_ (MvxLogHead     *head,
                     MvxLogSpanKind  kind,
                     gint            level,
                     const char     *what,
                     const char     *file,
                     guint           line,
                     const char     *function)
{
  if (level < MVX_LOG_LEVEL_FLOOR || !mvx_log_passes_ (head, level))
    return NULL;
  return mvx_log_span_begin_at (head, kind, level, what, file, line, function);
}

#define MVX_LOG_SPAN_GUARD_(id, kind, context, level, what)                                                            \
  __attribute__ ((cleanup (mvx_log_span_cleanup_))) MvxLogSpan *id G_GNUC_UNUSED = mvx_log_span_start_ (               \
      MVX_LOG_HEAD_ (context), kind, level, what, MVX_LOG_FILE_, MVX_LOG_LINE_, MVX_LOG_FUNCTION_)

/**
 * MVX_LOG_LIFE_AS:
 * @id: identifier of the [struct@MvxLog.Span], %NULL if the level is off
 * @context: a handle or a [struct@MvxLog.Context]
 * @level: severity of the events
 * @what: the piece of work
 *
 * Logs "Begin: WHAT" now and "End (SECONDS): WHAT" when the block ends; [method@MvxLog.Span.error] logs
 * "Error in WHAT" in between. Events inside belong to a span of the thread's trace, or of a new one.
 *
 * Since: 1.0
 */
#define MVX_LOG_LIFE_AS(id, context, level, what) MVX_LOG_SPAN_GUARD_ (id, MVX_LOG_SPAN_LIFE, context, level, what)

/**
 * MVX_LOG_LIFE:
 * @context: a handle or a [struct@MvxLog.Context]
 * @what: the piece of work
 *
 * %MVX_LOG_LIFE_AS at level INFO, for work that cannot fail.
 *
 * Since: 1.0
 */
#define MVX_LOG_LIFE(context, what)                                                                                    \
  MVX_LOG_LIFE_AS (MVX_LOG_CAT_ (mvx_life_, __LINE__), context, MVX_LOG_LEVEL_INFO, what)

/**
 * MVX_LOG_SCOPE_AS:
 * @id: identifier of the [struct@MvxLog.Span], %NULL if the level is off
 * @context: a handle or a [struct@MvxLog.Context]
 * @level: severity of the events
 * @what: the piece of work
 *
 * Logs WHAT now, and "Error in a scope" at the same level if [method@MvxLog.Span.error] or [method@MvxLog.Span.watch]
 * say so; nothing when the block ends. Events inside belong to a span of the thread's trace, or of a new one.
 *
 * Since: 1.0
 */
#define MVX_LOG_SCOPE_AS(id, context, level, what) MVX_LOG_SPAN_GUARD_ (id, MVX_LOG_SPAN_SCOPE, context, level, what)

/**
 * MVX_LOG_SCOPE:
 * @context: a handle or a [struct@MvxLog.Context]
 * @what: the piece of work
 *
 * %MVX_LOG_SCOPE_AS at level INFO, for work that cannot fail.
 *
 * Since: 1.0
 */
#define MVX_LOG_SCOPE(context, what)                                                                                   \
  MVX_LOG_SCOPE_AS (MVX_LOG_CAT_ (mvx_span_, __LINE__), context, MVX_LOG_LEVEL_INFO, what)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogSpan, mvx_log_span_unref)

G_END_DECLS

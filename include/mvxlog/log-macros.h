/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the logging macros of log.h expand to. Everything that ends in an underscore is private. */
#pragma once

#if !defined(MVX_LOG_INSIDE) && !defined(MVX_LOG_COMPILATION)
#error "Only <mvxlog/mvxlog.h> can be included directly."
#endif

#include <mvxlog/log-lists.h>
#include <mvxlog/scope.h>

/* Values are named a second time to find their type; that second time they are not evaluated. */
#ifdef __clang__
#define MVX_LOG_WARNINGS_PUSH_                                                                                         \
  _Pragma ("clang diagnostic push") _Pragma ("clang diagnostic ignored \"-Wunevaluated-expression\"")
#define MVX_LOG_WARNINGS_POP_ _Pragma ("clang diagnostic pop")
#else
#define MVX_LOG_WARNINGS_PUSH_
#define MVX_LOG_WARNINGS_POP_
#endif

#define MVX_LOG_CAT2_(a, b) a##b
#define MVX_LOG_CAT_(a, b) MVX_LOG_CAT2_ (a, b)

#ifdef __cplusplus
#define MVX_LOG_ASSERT_(condition, message) static_assert (condition, message)
#else
#define MVX_LOG_ASSERT_(condition, message) _Static_assert (condition, message)
#endif

/* The level gate: two dependent loads. */
static inline gboolean
mvx_log_resolve_ (MvxLogHead *head,
                  gint        level)
{
  const MvxLogNode *node = mvx_log_handle_resolve (((MvxLogHandle *) head)->name);

  __atomic_store_n (&head->node, node, __ATOMIC_RELEASE);
  return level >= __atomic_load_n (&node->threshold, __ATOMIC_RELAXED);
}

static inline gboolean
mvx_log_passes_ (MvxLogHead *head,
                 gint        level)
{
  const MvxLogNode *node;

  if (head == NULL)
    return FALSE;
  node = __atomic_load_n (&head->node, __ATOMIC_ACQUIRE);
  if (level < __atomic_load_n (&node->threshold, __ATOMIC_RELAXED))
    return FALSE;
  return !node->unresolved || mvx_log_resolve_ (head, level);
}

/* The callsite, as `mvx_site`: laid down in the caller's memory, copied by the library at first use. The caller's own
 * code stores the result; pairs with the release in the same lines on another thread. */
#define MVX_LOG_SITE_(N, tmpl, file, line, function, ...)                                                              \
  static const MvxLogCallsite *mvx_site_slot;                                                                          \
  const MvxLogCallsite *mvx_site = __atomic_load_n (&mvx_site_slot, __ATOMIC_ACQUIRE);                                 \
  if (G_UNLIKELY (mvx_site == NULL))                                                                                   \
    {                                                                                                                  \
      static const char *const mvx_keys[] = { MVX_LOG_KEYS_##N##_ (__VA_ARGS__) };                                     \
      static const guint8 mvx_kinds[] = { MVX_LOG_KINDS_##N##_ (__VA_ARGS__) };                                        \
      const MvxLogCallsiteInfo mvx_info = { tmpl, file, function, mvx_keys, mvx_kinds, line, 0, N };                   \
      mvx_site = mvx_log_callsite_intern (&mvx_info);                                                                  \
      __atomic_store_n (&mvx_site_slot, mvx_site, __ATOMIC_RELEASE);                                                   \
    }

#define MVX_LOG_STATEMENT_(context, lvl, write, N, tmpl, ...)                                                          \
  do                                                                                                                   \
    {                                                                                                                  \
      MVX_LOG_WARNINGS_PUSH_                                                                                           \
      MvxLogHead *const mvx_head = MVX_LOG_HEAD_ (context);                                                            \
      const gint mvx_level = (lvl);                                                                                    \
      if (mvx_level >= MVX_LOG_LEVEL_FLOOR && mvx_log_passes_ (mvx_head, mvx_level))                                   \
        {                                                                                                              \
          const MvxLogArg mvx_args[] = { MVX_LOG_ARGS_##N##_ (__VA_ARGS__) };                                          \
          MVX_LOG_SITE_ (N, "" tmpl "", MVX_LOG_FILE_, MVX_LOG_LINE_, MVX_LOG_FUNCTION_, __VA_ARGS__)                  \
          write;                                                                                                       \
        }                                                                                                              \
      MVX_LOG_WARNINGS_POP_                                                                                            \
    }                                                                                                                  \
  while (0)

/* An expression of @call, in which mvx_site and mvx_args stand for the pairs. */
#define MVX_LOG_EXPRESSION_(call, N, ...)                                                                              \
  __extension__ ({                                                                                                     \
    MVX_LOG_WARNINGS_PUSH_                                                                                             \
    const MvxLogArg mvx_args[] = { MVX_LOG_ARGS_##N##_ (__VA_ARGS__) };                                                \
    MVX_LOG_SITE_ (N, NULL, NULL, 0, NULL, __VA_ARGS__)                                                                \
    MVX_LOG_WARNINGS_POP_                                                                                              \
    call;                                                                                                              \
  })

#define MVX_LOG_WRITE_ mvx_log_write (mvx_head, mvx_level, mvx_site, mvx_args)

#define MVX_LOG_DO_ODD_(...)                                                                                           \
  MVX_LOG_ASSERT_ (0, "mvxlog: every key needs a value: an odd number of arguments follows the template")
#define MVX_LOG_DO_MANY_(...) MVX_LOG_ASSERT_ (0, "mvxlog: too many fields: a macro takes at most 12 pairs")
#define MVX_LOG_DO_0_(context, level, write, tmpl) MVX_LOG_STATEMENT_ (context, level, write, 0, tmpl, 0, 0)
#define MVX_LOG_DO_1_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 1, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_2_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 2, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_3_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 3, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_4_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 4, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_5_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 5, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_6_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 6, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_7_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 7, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_8_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 8, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_9_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 9, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_10_(context, level, write, tmpl, ...)                                                               \
  MVX_LOG_STATEMENT_ (context, level, write, 10, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_11_(context, level, write, tmpl, ...)                                                               \
  MVX_LOG_STATEMENT_ (context, level, write, 11, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_12_(context, level, write, tmpl, ...)                                                               \
  MVX_LOG_STATEMENT_ (context, level, write, 12, tmpl, __VA_ARGS__)

#define MVX_LOG_PAIRS_EXPR_ODD_(call, ...)                                                                             \
  __extension__ ({ MVX_LOG_ASSERT_ (0, "mvxlog: every key needs a value: the number of arguments is odd"); call; })
#define MVX_LOG_PAIRS_EXPR_MANY_(call, ...)                                                                            \
  __extension__ ({ MVX_LOG_ASSERT_ (0, "mvxlog: too many fields: a macro takes at most 12 pairs"); call; })
#define MVX_LOG_PAIRS_EXPR_1_(call, ...) MVX_LOG_EXPRESSION_ (call, 1, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_2_(call, ...) MVX_LOG_EXPRESSION_ (call, 2, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_3_(call, ...) MVX_LOG_EXPRESSION_ (call, 3, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_4_(call, ...) MVX_LOG_EXPRESSION_ (call, 4, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_5_(call, ...) MVX_LOG_EXPRESSION_ (call, 5, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_6_(call, ...) MVX_LOG_EXPRESSION_ (call, 6, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_7_(call, ...) MVX_LOG_EXPRESSION_ (call, 7, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_8_(call, ...) MVX_LOG_EXPRESSION_ (call, 8, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_9_(call, ...) MVX_LOG_EXPRESSION_ (call, 9, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_10_(call, ...) MVX_LOG_EXPRESSION_ (call, 10, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_11_(call, ...) MVX_LOG_EXPRESSION_ (call, 11, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_12_(call, ...) MVX_LOG_EXPRESSION_ (call, 12, __VA_ARGS__)

#define MVX_LOG_DISPATCH_(prefix, n) MVX_LOG_CAT_ (MVX_LOG_CAT_ (prefix, n), _)

/**
 * MVX_LOG_CONTEXT:
 * @id: identifier of the handle
 * @name: name of the context, a string literal; `""` is the root
 *
 * Names a context for a source file. The handle costs nothing until it is used, and is looked up once.
 *
 * Since: 1.0
 */
#define MVX_LOG_CONTEXT(id, name)                                                                                      \
  static MvxLogHandle id[1] G_GNUC_UNUSED = { { { &mvx_log_unresolved_node, NULL }, "" name "" } };

/**
 * mvx_log:
 * @context: a handle or a [struct@MvxLog.Context]
 * @level: severity
 * @...: a template, then up to 12 pairs of key and value
 *
 * Logs an event. Template and keys are string literals. Nothing is evaluated but @context and @level if nobody wants
 * the level. Never fails: what goes wrong is treated as the context's error policy says. To %NULL nothing is logged.
 * Values are borrowed for the call: a #GVariant that was never sunk stays floating, and somebody has to free it.
 *
 * Since: 1.0
 */
#define mvx_log(context, level, ...)                                                                                   \
  MVX_LOG_DISPATCH_ (MVX_LOG_DO_, MVX_LOG_PAIRS_ (__VA_ARGS__)) (context, level, MVX_LOG_WRITE_, __VA_ARGS__)
/**
 * mvx_trace:
 * @context: a handle or a [struct@MvxLog.Context]
 * @...: a template, then up to 12 pairs of key and value
 *
 * %mvx_log at level TRACE: steps of the program, for who debugs it.
 *
 * Since: 1.0
 */
#define mvx_trace(context, ...) mvx_log (context, MVX_LOG_LEVEL_TRACE, __VA_ARGS__)
/**
 * mvx_debug:
 * @context: a handle or a [struct@MvxLog.Context]
 * @...: a template, then up to 12 pairs of key and value
 *
 * %mvx_log at level DEBUG: details, for who debugs the program.
 *
 * Since: 1.0
 */
#define mvx_debug(context, ...) mvx_log (context, MVX_LOG_LEVEL_DEBUG, __VA_ARGS__)
/**
 * mvx_info:
 * @context: a handle or a [struct@MvxLog.Context]
 * @...: a template, then up to 12 pairs of key and value
 *
 * %mvx_log at level INFO: what goes on.
 *
 * Since: 1.0
 */
#define mvx_info(context, ...) mvx_log (context, MVX_LOG_LEVEL_INFO, __VA_ARGS__)
/**
 * mvx_notice:
 * @context: a handle or a [struct@MvxLog.Context]
 * @...: a template, then up to 12 pairs of key and value
 *
 * %mvx_log at level NOTICE: what goes on and is worth a look.
 *
 * Since: 1.0
 */
#define mvx_notice(context, ...) mvx_log (context, MVX_LOG_LEVEL_NOTICE, __VA_ARGS__)
/**
 * mvx_warning:
 * @context: a handle or a [struct@MvxLog.Context]
 * @...: a template, then up to 12 pairs of key and value
 *
 * %mvx_log at level WARNING: what may become a problem.
 *
 * Since: 1.0
 */
#define mvx_warning(context, ...) mvx_log (context, MVX_LOG_LEVEL_WARNING, __VA_ARGS__)
/**
 * mvx_error:
 * @context: a handle or a [struct@MvxLog.Context]
 * @...: a template, then up to 12 pairs of key and value
 *
 * %mvx_log at level ERROR: what has failed.
 *
 * Since: 1.0
 */
#define mvx_error(context, ...) mvx_log (context, MVX_LOG_LEVEL_ERROR, __VA_ARGS__)
/**
 * mvx_critical:
 * @context: a handle or a [struct@MvxLog.Context]
 * @...: a template, then up to 12 pairs of key and value
 *
 * %mvx_log at level CRITICAL: what keeps the program from its work.
 *
 * Since: 1.0
 */
#define mvx_critical(context, ...) mvx_log (context, MVX_LOG_LEVEL_CRITICAL, __VA_ARGS__)

/**
 * mvx_event:
 * @context: a handle or a [struct@MvxLog.Context]
 * @level: severity
 * @name: the event's name, or its %MVX_LOG_EVENT_ID; evaluated only if the level passes
 * @...: a template, then up to 12 pairs of key and value
 *
 * Logs an event that has a name, which policies can select by.
 *
 * Since: 1.0
 */
#define mvx_event(context, level, name, ...)                                                                           \
  MVX_LOG_DISPATCH_ (MVX_LOG_DO_, MVX_LOG_PAIRS_ (__VA_ARGS__))                                                        \
  (context, level, MVX_LOG_WRITE_NAMED_ (name) (mvx_head, mvx_level, name, mvx_site, mvx_args), __VA_ARGS__)

/**
 * mvx_log_bind:
 * @context: a handle or a [struct@MvxLog.Context]
 * @...: 1 to 12 pairs of key and value
 *
 * Makes a view of a context whose events all have these fields, too. Values are captured now.
 *
 * Returns: (transfer full): the view
 *
 * Since: 1.0
 */
#define mvx_log_bind(context, ...)                                                                                     \
  MVX_LOG_DISPATCH_ (MVX_LOG_PAIRS_EXPR_, MVX_LOG_ONLY_PAIRS_ (__VA_ARGS__))                                           \
  (mvx_log_bind_args (mvx_log_resolved_ (MVX_LOG_HEAD_ (context)), mvx_site, mvx_args), __VA_ARGS__)

/* A handle is looked up at its first use, whatever that is. */
static inline MvxLogHead *
mvx_log_resolved_ (MvxLogHead *head)
{
  if (head != NULL && __atomic_load_n (&head->node, __ATOMIC_ACQUIRE)->unresolved)
    mvx_log_resolve_ (head, 0);
  return head;
}

/**
 * MVX_LOG_SCOPED:
 * @...: 1 to 12 pairs of key and value
 *
 * Gives every event of this thread these fields until the block ends. Values are captured now.
 *
 * Since: 1.0
 */
#define MVX_LOG_SCOPED(...)                                                                                            \
  MVX_LOG_SCOPE_GUARD_ (MVX_LOG_DISPATCH_ (MVX_LOG_PAIRS_EXPR_, MVX_LOG_ONLY_PAIRS_ (__VA_ARGS__)) (                   \
      mvx_log_scope_push_args (mvx_site, mvx_args), __VA_ARGS__))

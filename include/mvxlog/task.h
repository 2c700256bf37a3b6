/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tree of goals that crosses processes: every piece of work says what it is for. */
#pragma once

#include <mvxlog/log-macros.h>
#include <mvxlog/scope.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_TASK (mvx_log_task_get_type ())

/**
 * MvxLogTaskFlags:
 * @MVX_LOG_TASK_TOP_LEVEL: begin a new tree, also inside another task
 * @MVX_LOG_TASK_INNERMOST: the data of the tasks around it are not repeated in the records of this one
 *
 * How a task begins.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_TASK_TOP_LEVEL = 1 << 0,
  MVX_LOG_TASK_INNERMOST = 1 << 1
} MvxLogTaskFlags;

MVX_LOG_AVAILABLE_IN_1_0
GType       mvx_log_task_get_type       (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogTask *mvx_log_task_ref            (MvxLogTask            *task);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_task_unref          (MvxLogTask            *task);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogTask *mvx_log_task_begin          (MvxLogContext         *context,
                                         MvxLogTaskFlags        flags,
                                         const char            *what,
                                         const MvxLogField     *data,
                                         guint                  n_data);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogTask *mvx_log_task_begin_variant  (MvxLogContext         *context,
                                         MvxLogTaskFlags        flags,
                                         const char            *what,
                                         GVariant              *data);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogTask *mvx_log_task_begin_args     (const MvxLogHead      *head,
                                         MvxLogTaskFlags        flags,
                                         const char            *what,
                                         const MvxLogCallsite  *callsite,
                                         const MvxLogArg       *args);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogTask *mvx_log_task_import         (MvxLogContext         *context,
                                         MvxLogTaskFlags        flags,
                                         const char            *path,
                                         const char            *what,
                                         const MvxLogField     *data,
                                         guint                  n_data,
                                         GError               **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogTask *mvx_log_task_import_variant (MvxLogContext         *context,
                                         MvxLogTaskFlags        flags,
                                         const char            *path,
                                         const char            *what,
                                         GVariant              *data,
                                         GError               **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogTask *mvx_log_task_get_current    (void);
MVX_LOG_AVAILABLE_IN_1_0
const char *mvx_log_task_get_path       (MvxLogTask            *task);
MVX_LOG_AVAILABLE_IN_1_0
char       *mvx_log_task_export         (MvxLogTask            *task);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_task_bind_fields    (MvxLogTask            *task,
                                         const MvxLogField     *data,
                                         guint                  n_data);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_task_bind_variant   (MvxLogTask            *task,
                                         GVariant              *data);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_task_bind_args      (MvxLogTask            *task,
                                         const MvxLogCallsite  *callsite,
                                         const MvxLogArg       *args);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_task_set_success    (MvxLogTask            *task,
                                         const char            *message);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_task_watch          (MvxLogTask            *task,
                                         GError               **error);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_task_fail           (MvxLogTask            *task,
                                         const GError          *error);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_task_end            (MvxLogTask            *task);

static inline void
mvx_log_task_cleanup_ (MvxLogTask **task)
{
  if (*task == NULL)
    return;
  mvx_log_task_end (*task);
  mvx_log_task_unref (*task);
}

#define MVX_LOG_TASK_ODD_(head, flags, what, ...)                                                                      \
  MVX_LOG_PAIRS_EXPR_ODD_ (mvx_log_task_begin_args (head, flags, what, NULL, NULL))
#define MVX_LOG_TASK_MANY_(head, flags, what, ...)                                                                     \
  MVX_LOG_PAIRS_EXPR_MANY_ (mvx_log_task_begin_args (head, flags, what, NULL, NULL))
#define MVX_LOG_TASK_0_(head, flags, what) mvx_log_task_begin_args (head, flags, what, NULL, NULL)
#define MVX_LOG_TASK_ANY_(n, head, flags, what, ...)                                                                   \
  MVX_LOG_DISPATCH_ (MVX_LOG_PAIRS_EXPR_, n) (mvx_log_task_begin_args (head, flags, what, mvx_site, mvx_args), __VA_ARGS__)
#define MVX_LOG_TASK_1_(...) MVX_LOG_TASK_ANY_ (1, __VA_ARGS__)
#define MVX_LOG_TASK_2_(...) MVX_LOG_TASK_ANY_ (2, __VA_ARGS__)
#define MVX_LOG_TASK_3_(...) MVX_LOG_TASK_ANY_ (3, __VA_ARGS__)
#define MVX_LOG_TASK_4_(...) MVX_LOG_TASK_ANY_ (4, __VA_ARGS__)
#define MVX_LOG_TASK_5_(...) MVX_LOG_TASK_ANY_ (5, __VA_ARGS__)
#define MVX_LOG_TASK_6_(...) MVX_LOG_TASK_ANY_ (6, __VA_ARGS__)
#define MVX_LOG_TASK_7_(...) MVX_LOG_TASK_ANY_ (7, __VA_ARGS__)
#define MVX_LOG_TASK_8_(...) MVX_LOG_TASK_ANY_ (8, __VA_ARGS__)
#define MVX_LOG_TASK_9_(...) MVX_LOG_TASK_ANY_ (9, __VA_ARGS__)
#define MVX_LOG_TASK_10_(...) MVX_LOG_TASK_ANY_ (10, __VA_ARGS__)
#define MVX_LOG_TASK_11_(...) MVX_LOG_TASK_ANY_ (11, __VA_ARGS__)
#define MVX_LOG_TASK_12_(...) MVX_LOG_TASK_ANY_ (12, __VA_ARGS__)

/**
 * MVX_LOG_TASK_WITH:
 * @id: identifier of the [struct@MvxLog.Task]
 * @context: a handle or a [struct@MvxLog.Context]
 * @flags: [flags@MvxLog.TaskFlags]
 * @...: what the task is for, then up to 12 pairs of key and value
 *
 * Begins a task for the rest of the block: a child of the thread's task, or a tree of its own. Logs what it is for at
 * level INFO, and again when the block ends; "FAILED" and what, at level ERROR, if [method@MvxLog.Task.fail] or
 * [method@MvxLog.Task.watch] say so. All records inside have the pairs, and `task` with `NUMBER@PATH`.
 *
 * Since: 1.0
 */
#define MVX_LOG_TASK_WITH(id, context, flags, ...)                                                                     \
  __attribute__ ((cleanup (mvx_log_task_cleanup_))) MvxLogTask *id G_GNUC_UNUSED                                       \
      = MVX_LOG_DISPATCH_ (MVX_LOG_TASK_, MVX_LOG_PAIRS_ (__VA_ARGS__)) (                                              \
          mvx_log_resolved_ (MVX_LOG_HEAD_ (context)), (MvxLogTaskFlags) (flags), __VA_ARGS__)

/**
 * MVX_LOG_TASK:
 * @id: identifier of the [struct@MvxLog.Task]
 * @context: a handle or a [struct@MvxLog.Context]
 * @...: what the task is for, then up to 12 pairs of key and value
 *
 * %MVX_LOG_TASK_WITH without flags.
 *
 * Since: 1.0
 */
#define MVX_LOG_TASK(id, context, ...) MVX_LOG_TASK_WITH (id, context, 0, __VA_ARGS__)

/**
 * mvx_log_task_bind:
 * @task: a task that is in force on this thread
 * @...: 1 to 12 pairs of key and value
 *
 * Adds data to a task: all records that are made in it from now on by this thread have them, too.
 *
 * Since: 1.0
 */
#define mvx_log_task_bind(task, ...)                                                                                   \
  MVX_LOG_DISPATCH_ (MVX_LOG_PAIRS_EXPR_, MVX_LOG_ONLY_PAIRS_ (__VA_ARGS__))                                           \
  (mvx_log_task_bind_args (task, mvx_site, mvx_args), __VA_ARGS__)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogTask, mvx_log_task_unref)

G_END_DECLS

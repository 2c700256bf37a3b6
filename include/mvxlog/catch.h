/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors that end here: logged and cleared. */
#pragma once

#include <mvxlog/log-macros.h>
#include <mvxlog/logged-error.h>

G_BEGIN_DECLS

/**
 * MvxLogErrorMatch:
 * @domain: a domain of errors
 * @code: a code of it, or %MVX_LOG_ANY_CODE
 *
 * Some kind of error.
 *
 * Since: 1.0
 */
typedef struct
{
  GQuark domain;
  gint   code;
} MvxLogErrorMatch;

/**
 * MvxLogCatchFlags:
 * @MVX_LOG_CATCH_KEEP: the error goes on to whoever asked for it, marked as logged
 *
 * What becomes of an error that was caught.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_CATCH_KEEP = 1 << 0
} MvxLogCatchFlags;

/**
 * MvxLogCatchFunc:
 * @error: an error that was caught
 * @data: (closure): user data
 *
 * Called before an error is logged. Called on the thread that caught it.
 *
 * Since: 1.0
 */
typedef void (*MvxLogCatchFunc) (const GError *error,
                                 gpointer      data);

MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_catch      (MvxLogContext           *context,
                             gint                     level,
                             GError                 **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_catch_full (MvxLogContext           *context,
                             gint                     level,
                             MvxLogCatchFlags         flags,
                             const MvxLogErrorMatch  *only,
                             guint                    n_only,
                             const MvxLogErrorMatch  *except,
                             guint                    n_except,
                             MvxLogCatchFunc          func,
                             gpointer                 data,
                             GError                 **error);

/**
 * MvxLogAttemptFunc:
 * @data: (closure): user data
 * @error: return location for an error
 *
 * Something that may fail. Called on the thread that tries it.
 *
 * Returns: %TRUE, or %FALSE with an error
 *
 * Since: 1.0
 */
typedef gboolean (*MvxLogAttemptFunc) (gpointer   data,
                                       GError   **error);

MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_catch_call (MvxLogContext           *context,
                             gint                     level,
                             MvxLogCatchFlags         flags,
                             MvxLogAttemptFunc        func,
                             gpointer                 data,
                             GDestroyNotify           destroy,
                             GError                 **error);

/**
 * MvxLogCatch:
 *
 * What %MVX_LOG_CATCH keeps until the block ends.
 *
 * Since: 1.0
 */
typedef struct
{
  /*< private >*/
  const MvxLogHead *head;
  gint              level;
  GError          **error;
} MvxLogCatch;

MVX_LOG_AVAILABLE_IN_1_0
void     mvx_log_catch_end  (MvxLogCatch             *guard);

/**
 * MVX_LOG_CATCH:
 * @error: identifier of a #GError pointer, which is declared and is %NULL
 * @context: a handle or a [struct@MvxLog.Context], which must live as long as the block
 *
 * Whatever error there is when the block ends is logged at level ERROR and cleared.
 *
 *     {
 *       MVX_LOG_CATCH (error, net);
 *       refresh_cache (cache, &error);
 *     }
 *
 * Since: 1.0
 */
#define MVX_LOG_CATCH(error, context)                                                                                  \
  GError *error = NULL;                                                                                                \
  __attribute__ ((cleanup (mvx_log_catch_end))) MvxLogCatch MVX_LOG_CAT_ (mvx_catch_, __LINE__) G_GNUC_UNUSED          \
      = { mvx_log_resolved_ (MVX_LOG_HEAD_ (context)), MVX_LOG_LEVEL_ERROR, &error }

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors on their way up that have been logged already. A GError has no place for a mark, and its address is soon used
 * again: so the mark is kept beside it, by thread, with what the error says, and for a few errors only. It may get
 * lost, and then the error is logged twice; it must not stand for another error.
 */
#include "context/logged-error-private.h"

#define MVX_LOG_LOGGED_ERRORS 8

typedef struct
{
  const GError *error;
  GQuark domain;
  gint code;
  guint message;
} MvxLogLoggedError;

static __thread MvxLogLoggedError mvx_log_logged_errors[MVX_LOG_LOGGED_ERRORS];
static __thread guint mvx_log_logged_errors_next;

static MvxLogLoggedError
mvx_log_logged_error_describe (const GError *error)
{
  return (MvxLogLoggedError){ error, error->domain, error->code, error->message ? g_str_hash (error->message) : 0 };
}

/**
 * mvx_log_error_is_logged:
 * @error: an error
 *
 * Tells whether this thread has marked the error as logged. Best effort.
 *
 * Returns: %TRUE if so
 *
 * Since: 1.0
 */
gboolean
mvx_log_error_is_logged (const GError *error)
{
  MvxLogLoggedError wanted;

  g_return_val_if_fail (error != NULL, FALSE);

  wanted = mvx_log_logged_error_describe (error);
  for (guint i = 0; i < MVX_LOG_LOGGED_ERRORS; i++)
    {
      const MvxLogLoggedError *entry = &mvx_log_logged_errors[i];

      if (entry->error == wanted.error && entry->domain == wanted.domain && entry->code == wanted.code
          && entry->message == wanted.message)
        return TRUE;
    }
  return FALSE;
}

/**
 * mvx_log_error_mark_logged:
 * @error: an error that goes on to the caller
 *
 * Says that the error has been logged, so that invocations ([struct@MvxLog.Invocation]) on the way up do not tell all
 * of it once more. The mark holds for this thread, for this #GError (not its copies), for the last eight that were
 * marked, and until the next invocation begins.
 *
 * Since: 1.0
 */
void
mvx_log_error_mark_logged (const GError *error)
{
  g_return_if_fail (error != NULL);

  if (mvx_log_error_is_logged (error))
    return;
  mvx_log_logged_errors[mvx_log_logged_errors_next] = mvx_log_logged_error_describe (error);
  mvx_log_logged_errors_next = (mvx_log_logged_errors_next + 1) % MVX_LOG_LOGGED_ERRORS;
}

void
mvx_log_error_forget_logged (void)
{
  for (guint i = 0; i < MVX_LOG_LOGGED_ERRORS; i++)
    mvx_log_logged_errors[i].error = NULL;
}

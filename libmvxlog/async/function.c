/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "async/function-private.h"
#include "base/quiesce-private.h"

MvxLogFunction *
mvx_log_function_new (MvxLogSinkFunc func, gpointer data, GDestroyNotify destroy)
{
  MvxLogFunction *self = g_atomic_rc_box_new0 (MvxLogFunction);

  self->func = func;
  self->data = data;
  self->destroy = destroy;
  return self;
}

MvxLogFunction *
mvx_log_function_ref (MvxLogFunction *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
mvx_log_function_clear (gpointer data)
{
  MvxLogFunction *self = data;

  if (self->destroy)
    self->destroy (self->data);
}

void
mvx_log_function_unref (MvxLogFunction *self)
{
  g_atomic_rc_box_release_full (self, mvx_log_function_clear);
}

gboolean
mvx_log_function_call (MvxLogFunction *self, const MvxLogEvent *event, GError **error)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  g_autoptr (GError) why = NULL;
  gboolean ok;

  thread->depth++; /* what it logs would come back to it: it goes to the diagnostics */
  ok = self->func (event, self->data, &why);
  thread->depth--;
  if (ok)
    return TRUE;
  if (why)
    g_propagate_error (error, g_steal_pointer (&why));
  else
    g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNEXPECTED,
                         "the sink's function failed without a reason; let it set the error when it returns FALSE");
  return FALSE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls into a plugin, and what its answers are worth. */
#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "plugin/plugin-instance-private.h"

static const char *
mvx_log_plugin_call_result_name (MvxLogDispatchResult result)
{
  switch (result)
    {
    case MVX_LOG_DISPATCH_FAILED:
      return "FAILED";
    case MVX_LOG_DISPATCH_OK:
      return "OK";
    case MVX_LOG_DISPATCH_RETRY:
      return "RETRY";
    case MVX_LOG_DISPATCH_DROP:
      return "DROP";
    case MVX_LOG_DISPATCH_PENDING:
      return "PENDING";
    default:
      return NULL;
    }
}

/* What is wrong with an answer of dispatch_core, or NULL. */
static char *
mvx_log_plugin_call_find_fault (MvxLogPluginInstance *self,
                                MvxLogDispatchResult result,
                                guint n_done,
                                guint n_events,
                                const GError *reason)
{
  const char *name = mvx_log_plugin_call_result_name (result);
  guint flags = mvx_log_plugin_instance_get_plugin (self)->flags;

  if (name == NULL)
    return g_strdup_printf ("returned the unknown result %d", (int) result);
  if (n_done > n_events)
    return g_strdup_printf ("returned %s and settled %u of %u events", name, n_done, n_events);
  if (result == MVX_LOG_DISPATCH_OK && reason == NULL && n_done != n_events)
    return g_strdup_printf ("returned OK but settled %u of %u events", n_done, n_events);
  if (result == MVX_LOG_DISPATCH_PENDING && !(flags & MVX_LOG_PLUGIN_ACKNOWLEDGES))
    return g_strdup ("returned PENDING, but the plugin does not have the flag ACKNOWLEDGES");
  if (result == MVX_LOG_DISPATCH_PENDING && reason != NULL)
    return g_strdup_printf ("returned PENDING with an error (%s)", reason->message);
  return NULL;
}

MvxLogDispatchResult
mvx_log_plugin_instance_dispatch (MvxLogPluginInstance *self,
                                  MvxLogEvent *const *events,
                                  guint n_events,
                                  guint *n_done,
                                  GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *fault = NULL;
  MvxLogDispatchResult result;
  guint done = 0;

  result = mvx_log_plugin_instance_get_api (self)->dispatch_core (mvx_log_plugin_instance_get_inner (self), events,
                                                                  n_events, &done, &local);
  *n_done = done <= n_events ? done : 0;
  fault = mvx_log_plugin_call_find_fault (self, result, done, n_events, local);
  if (fault)
    {
      g_clear_error (&local);
      local = g_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED,
                           "Plugin '%s' of sink '%s' broke its contract: dispatch_core %s; the sink goes offline",
                           mvx_log_plugin_instance_get_plugin (self)->name, mvx_log_plugin_instance_get_name (self),
                           fault);
      mvx_log_diag (MVX_LOG_LEVEL_ERROR, "%s", local->message);
      result = MVX_LOG_DISPATCH_FAILED;
    }
  if (result == MVX_LOG_DISPATCH_OK && local)
    result = MVX_LOG_DISPATCH_FAILED;
  if (result != MVX_LOG_DISPATCH_OK && result != MVX_LOG_DISPATCH_PENDING && local == NULL)
    local = g_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED,
                         "Plugin '%s' of sink '%s' returned %s and gave no reason",
                         mvx_log_plugin_instance_get_plugin (self)->name, mvx_log_plugin_instance_get_name (self),
                         mvx_log_plugin_call_result_name (result));
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return result;
}

/* The end of every hook: success and an error exclude each other. */
static gboolean
mvx_log_plugin_call_judge (MvxLogPluginInstance *self,
                           const char *name,
                           gboolean success,
                           GError *reason,
                           GError **error)
{
  if (success && reason == NULL)
    return TRUE;
  if (reason == NULL)
    reason = g_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNEXPECTED,
                          "'%s' of plugin '%s' failed for sink '%s' and gave no reason", name,
                          mvx_log_plugin_instance_get_plugin (self)->name, mvx_log_plugin_instance_get_name (self));
  g_propagate_error (error, reason);
  return FALSE;
}

gboolean
mvx_log_plugin_instance_call (MvxLogPluginInstance *self,
                              const char *name,
                              MvxLogPluginHook hook,
                              gint64 deadline_us,
                              GError **error)
{
  GError *reason = NULL;
  gboolean success;

  if (hook == NULL)
    return TRUE;
  if (!mvx_log_plugin_instance_enter (self, deadline_us, error))
    return FALSE;
  success = hook (mvx_log_plugin_instance_get_inner (self), &reason);
  mvx_log_plugin_instance_leave (self);
  return mvx_log_plugin_call_judge (self, name, success, reason, error);
}

gboolean
mvx_log_plugin_instance_flush (MvxLogPluginInstance *self, gint64 deadline_us, GError **error)
{
  GError *reason = NULL;
  gboolean success;

  if (mvx_log_plugin_instance_get_plugin (self)->flush == NULL)
    return TRUE;
  if (!mvx_log_plugin_instance_enter (self, deadline_us, error))
    return FALSE;
  success = mvx_log_plugin_instance_get_plugin (self)->flush (mvx_log_plugin_instance_get_inner (self), deadline_us,
                                                              &reason);
  mvx_log_plugin_instance_leave (self);
  return mvx_log_plugin_call_judge (self, "flush", success, reason, error);
}

gboolean
mvx_log_plugin_instance_reconfigure (MvxLogPluginInstance *self,
                                     MvxLogOptions *options,
                                     gint64 deadline_us,
                                     GError **error)
{
  GError *reason = NULL;
  gboolean success;

  if (!mvx_log_plugin_instance_enter (self, deadline_us, error))
    return FALSE;
  success = mvx_log_plugin_instance_get_plugin (self)->reconfigure (mvx_log_plugin_instance_get_inner (self), options,
                                                                    &reason);
  mvx_log_plugin_instance_leave (self);
  return mvx_log_plugin_call_judge (self, "reconfigure", success, reason, error);
}

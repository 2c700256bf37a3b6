/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "async/async-sink-private.h"
#include "base/error-private.h"
#include "base/translate-private.h"
#include "plugin/plugin-instance-private.h"
#include "plugin/plugin-private.h"
#include "plugin/plugin-sink-private.h"
#include "sink/common-private.h"
#include "sink/options-private.h"
#include "sink/sink-private.h"

typedef struct
{
  MvxLogPluginInstance *instance;
  MvxLogOptions *options;
} MvxLogReconfigure;

static gboolean
mvx_log_reconfigure_run (gpointer data, GError **error)
{
  MvxLogReconfigure *job = data;

  return mvx_log_plugin_instance_reconfigure (job->instance, job->options, -1, error);
}

/* Sets @for_plugin if the plugin itself has to be told. */
static gboolean
mvx_log_reconfigure_check (MvxLogPluginInstance *instance, MvxLogOptions *options, gboolean *for_plugin, GError **error)
{
  MvxLogOptions *present = mvx_log_plugin_instance_get_options (instance);
  g_auto (GStrv) names = mvx_log_options_diff (present, options);
  const MvxLogPlugin *plugin = mvx_log_plugin_instance_get_plugin (instance);

  for (guint i = 0; names[i]; i++)
    {
      const MvxLogOptionSpec *spec = mvx_log_options_find (present, names[i]);

      if (mvx_log_common_has_option (spec))
        continue;
      *for_plugin = TRUE;
      if (spec && (spec->flags & MVX_LOG_OPTION_RELOADABLE) && plugin->reconfigure)
        continue;
      g_set_error (
          error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_RECONFIGURE_FAILED,
          _ ("Plugin '%s' cannot change '%s' in a running sink; sink '%s' has to be closed and configured again"),
          plugin->name, names[i], mvx_log_plugin_instance_get_name (instance));
      return FALSE;
    }
  return TRUE;
}

static gboolean
mvx_log_reconfigure_plugin (MvxLogSink *sink,
                            MvxLogPluginInstance *instance,
                            MvxLogOptions *options,
                            gint64 deadline_us,
                            GError **error)
{
  g_autoptr (GError) local = NULL;
  MvxLogReconfigure job = { instance, options };
  gboolean success;

  if (MVX_LOG_IS_ASYNC_SINK (sink))
    success
        = mvx_log_async_sink_run (MVX_LOG_ASYNC_SINK (sink), mvx_log_reconfigure_run, &job, NULL, deadline_us, &local);
  else
    success = mvx_log_plugin_instance_reconfigure (instance, options, deadline_us, &local);
  if (success)
    return TRUE;
  mvx_log_error_wrap (&local, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_RECONFIGURE_FAILED,
                      "Plugin '%s' could not reconfigure sink '%s', which goes on as it was",
                      mvx_log_plugin_instance_get_plugin (instance)->name, mvx_log_plugin_instance_get_name (instance));
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
mvx_log_plugin_sink_reconfigure (MvxLogSink *sink, MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  MvxLogPluginInstance *instance = mvx_log_plugin_instance_of (sink);
  gboolean for_plugin = FALSE;
  gint level = MVX_LOG_LEVEL_INFO;
  const char *text;

  g_return_val_if_fail (instance != NULL, FALSE);

  text = mvx_log_options_get_string (options, "level");
  if (!mvx_log_options_check (options, error) || (text && !mvx_log_level_from_string (text, &level, error))
      || !mvx_log_reconfigure_check (instance, options, &for_plugin, error))
    return FALSE;
  /* What can fail comes first, so that nothing has to be rolled back. */
  if (for_plugin && !mvx_log_reconfigure_plugin (sink, instance, options, deadline_us, error))
    return FALSE;
  if (mvx_log_options_is_set (options, "level"))
    mvx_log_sink_set_level (sink, level);
  else
    mvx_log_sink_reset_level (sink);
  mvx_log_sink_set_enabled (sink, mvx_log_options_get_boolean (options, "enabled"));
  mvx_log_plugin_instance_set_options (instance, options);
  return TRUE;
}

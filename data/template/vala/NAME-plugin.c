/* SPDX-License-Identifier: @licence@ */
/* The contract with libmvxlog, for the class in @name@.vala. */
#define MVX_LOG_PLUGIN_COMPILATION
#include <mvxlog/mvxlog.h>

#include "@name@.h"

static const MvxLogOptionSpec @ident@_options[] = {
  { "path", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL, "File to append to", { NULL, NULL } },
  MVX_LOG_RENDERER_OPTIONS,
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static gboolean
@ident@_close (gpointer instance, GError **error)
{
  g_autoptr (GError) reason = NULL;

  @ident@_sink_close (instance, &reason);
  if (reason == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

/* After a rotation the file is opened again with the next event, as it is after a stop. */
MVX_LOG_PLUGIN_DEFINE ("@name@",
                       "0.1.0",
                       "Appends events to a file",
                       "@licence@",
                       MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_EXCLUSIVE_RESOURCE,
                       @ident@_options,
                       g_object_unref,
                       .on_stopped = @ident@_close,
                       .reopen = @ident@_close);

/* What a sink with these options would be; opens nothing. Equal descriptors are the same sink. */
MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (GVariant) all = mvx_log_options_to_variant (options);

  return mvx_log_sink_descriptor_new ("@name@", g_variant_new_string (mvx_log_options_get_string (options, "path")), all);
}

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  return @ident@_sink_new (options, error);
}

/* What Vala throws means: try again later. */
MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      GError *reason = NULL;

      @ident@_sink_send (instance, events[*n_done], &reason);
      if (reason == NULL)
        continue;
      g_propagate_error (error, reason);
      @ident@_close (instance, NULL);
      return MVX_LOG_DISPATCH_RETRY;
    }
  return MVX_LOG_DISPATCH_OK;
}

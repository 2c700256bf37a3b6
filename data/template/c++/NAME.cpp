/* SPDX-License-Identifier: @licence@ */
/* @name@: events of libmvxlog, appended to a file. Put your own destination in the place of that. */
#define MVX_LOG_PLUGIN_COMPILATION
#include <mvxlog/mvxlog.h>

namespace
{

class @Type@
{
public:
  @Type@ (MvxLogRenderer *renderer, const char *path)
      : renderer (renderer), file (g_file_new_for_path (path))
  {
  }

  ~@Type@ ()
  {
    close (nullptr);
    g_object_unref (file);
    mvx_log_renderer_unref (renderer);
  }

  @Type@ (const @Type@ &) = delete;
  @Type@ &operator= (const @Type@ &) = delete;

  bool
  send (const MvxLogEvent *event, GError **error)
  {
    MvxLogBuffer line = MVX_LOG_BUFFER_INIT;

    if (!connect (error))
      return false;
    mvx_log_renderer_render (renderer, event, &line);
    const bool sent = g_output_stream_write_all (stream, line.data, line.len, nullptr, nullptr, error);
    mvx_log_buffer_clear (&line);
    return sent;
  }

  bool
  close (GError **error)
  {
    if (stream == nullptr)
      return true;
    const bool closed = g_output_stream_close (stream, nullptr, error);
    g_clear_object (&stream);
    return closed;
  }

private:
  MvxLogRenderer *renderer;
  GFile *file;
  GOutputStream *stream = nullptr; /* while it is open */

  bool
  connect (GError **error)
  {
    if (stream == nullptr)
      stream = reinterpret_cast<GOutputStream *> (g_file_append_to (file, G_FILE_CREATE_NONE, nullptr, error));
    return stream != nullptr;
  }
};

const MvxLogOptionSpec @ident@_options[] = {
  { "path", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, nullptr, 0, 0, nullptr, "File to append to", {} },
  MVX_LOG_RENDERER_OPTIONS,
  {},
};

void
@ident@_destroy (gpointer instance)
{
  delete static_cast<@Type@ *> (instance);
}

gboolean
@ident@_close (gpointer instance, GError **error)
{
  return static_cast<@Type@ *> (instance)->close (error);
}

} // namespace

/* After a rotation the file is opened again with the next event, as it is after a stop. */
MVX_LOG_PLUGIN_DEFINE ("@name@",
                       "0.1.0",
                       "Appends events to a file",
                       "@licence@",
                       MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_EXCLUSIVE_RESOURCE,
                       @ident@_options,
                       @ident@_destroy,
                       .on_stopped = @ident@_close,
                       .reopen = @ident@_close);

/* What a sink with these options would be; opens nothing. Equal descriptors are the same sink. */
MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (GVariant) all = mvx_log_options_to_variant (options);

  return mvx_log_sink_descriptor_new ("@name@", g_variant_new_string (mvx_log_options_get_string (options, "path")), all);
}

/* No exception may leave these functions: whoever calls them is C. */
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  MvxLogRenderer *renderer = mvx_log_options_new_renderer (options, error);

  return renderer ? new @Type@ (renderer, mvx_log_options_get_string (options, "path")) : nullptr;
}

/* On the sink's own thread. What is behind n_done stays in the queue and is offered again later. */
MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  auto *self = static_cast<@Type@ *> (instance);

  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    if (!self->send (events[*n_done], error))
      {
        self->close (nullptr);
        return MVX_LOG_DISPATCH_RETRY;
      }
  return MVX_LOG_DISPATCH_OK;
}

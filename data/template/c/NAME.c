/* SPDX-License-Identifier: @licence@ */
/* @name@: events of libmvxlog, appended to a file. Put your own destination in the place of that. */
#define MVX_LOG_PLUGIN_COMPILATION
#include <mvxlog/mvxlog.h>

typedef struct
{
  MvxLogRenderer *renderer;
  GFile *file;
  GOutputStream *stream; /* NULL while it is not open */
} @Type@;

static const MvxLogOptionSpec @ident@_options[] = {
  { "path", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL, "File to append to", { NULL, NULL } },
  MVX_LOG_RENDERER_OPTIONS,
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static gboolean
@ident@_connect (@Type@ *self, GError **error)
{
  if (self->stream == NULL)
    self->stream = G_OUTPUT_STREAM (g_file_append_to (self->file, G_FILE_CREATE_NONE, NULL, error));
  return self->stream != NULL;
}

static gboolean
@ident@_close (gpointer instance, GError **error)
{
  @Type@ *self = instance;
  g_autoptr (GOutputStream) stream = g_steal_pointer (&self->stream);

  return stream == NULL || g_output_stream_close (stream, NULL, error);
}

static gboolean
@ident@_send (@Type@ *self, const MvxLogEvent *event, GError **error)
{
  MvxLogBuffer line = MVX_LOG_BUFFER_INIT;
  gboolean sent;

  mvx_log_renderer_render (self->renderer, event, &line);
  sent = g_output_stream_write_all (self->stream, line.data, line.len, NULL, NULL, error);
  mvx_log_buffer_clear (&line);
  return sent;
}

static void
@ident@_destroy (gpointer instance)
{
  @Type@ *self = instance;

  @ident@_close (self, NULL);
  g_clear_object (&self->file);
  g_clear_pointer (&self->renderer, mvx_log_renderer_unref);
  g_free (self);
}

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

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  MvxLogRenderer *renderer = mvx_log_options_new_renderer (options, error);
  @Type@ *self;

  if (renderer == NULL)
    return NULL;
  self = g_new0 (@Type@, 1);
  self->renderer = renderer;
  self->file = g_file_new_for_path (mvx_log_options_get_string (options, "path"));
  return self;
}

/* On the sink's own thread. What is behind n_done stays in the queue and is offered again later. */
MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  @Type@ *self = instance;

  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    if (!@ident@_connect (self, error) || !@ident@_send (self, events[*n_done], error))
      {
        @ident@_close (self, NULL);
        return MVX_LOG_DISPATCH_RETRY;
      }
  return MVX_LOG_DISPATCH_OK;
}

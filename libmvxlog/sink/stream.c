/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Standard error and standard output, one line per event. */
#include <unistd.h>

#include <mvxlog/error.h>

#include "base/error-private.h"
#include "sink/builtin-private.h"
#include "sink/options-private.h"
#include "sink/outlet-private.h"
#include "sink/rendering-private.h"
#include "sink/stream-private.h"

#define MVX_LOG_STREAM_TIMEOUT_MS 1000

/* What one large event leaves behind is given back above this. */
#define MVX_LOG_STREAM_KEEP_BYTES (64 * 1024)

typedef struct
{
  MvxLogOutlet outlet;
  MvxLogRenderer *renderer;
  MvxLogBuffer buffer;
} MvxLogStream;

static const char *const mvx_log_stream_names[] = { "stderr", "stdout", NULL };

static const MvxLogOptionSpec mvx_log_stream_options[] = {
  { "stream",
    MVX_LOG_OPTION_ENUM,
    0,
    "stderr",
    0,
    0,
    mvx_log_stream_names,
    "Standard error or standard output",
    { NULL, NULL } },
  MVX_LOG_RENDERER_OPTIONS_WITH_DEFAULT ("pretty"),
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

void
mvx_log_stream_set_fd (gpointer instance, int fd, int timeout_ms)
{
  MvxLogStream *self = instance;

  self->outlet.fd = fd;
  self->outlet.timeout_ms = timeout_ms;
}

static MvxLogSinkDescriptor *
mvx_log_stream_build_descriptor (MvxLogOptions *options, GError **error)
{
  /* A wrong pattern is told before anything is made. */
  g_autoptr (MvxLogRenderer) renderer = mvx_log_options_new_renderer (options, error);

  if (renderer == NULL)
    return NULL;
  return mvx_log_sink_descriptor_new ("stream", g_variant_new_string (mvx_log_options_get_string (options, "stream")),
                                      mvx_log_options_renderer_key (options));
}

static gpointer
mvx_log_stream_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  guint index = mvx_log_options_get_enum (options, "stream");
  int fd = index == 0 ? STDERR_FILENO : STDOUT_FILENO;
  MvxLogRenderer *renderer = mvx_log_options_new_renderer_for (options, mvx_log_rendering_has_colour (fd), error);
  MvxLogStream *self;

  if (renderer == NULL)
    return NULL;
  self = g_new0 (MvxLogStream, 1);
  self->outlet.fd = fd;
  self->outlet.name = mvx_log_stream_names[index];
  self->outlet.timeout_ms = MVX_LOG_STREAM_TIMEOUT_MS;
  self->renderer = renderer;
  return self;
}

static MvxLogDispatchResult
mvx_log_stream_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxLogStream *self = instance;

  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      MvxLogOutletResult result;

      self->buffer.len = 0;
      mvx_log_renderer_render (self->renderer, events[*n_done], &self->buffer);
      result = mvx_log_outlet_write (&self->outlet, self->buffer.data, self->buffer.len, error);
      if (self->buffer.len > MVX_LOG_STREAM_KEEP_BYTES)
        mvx_log_buffer_clear (&self->buffer);
      /* What is half written cannot be offered again. */
      if (result != MVX_LOG_OUTLET_WRITTEN)
        return result == MVX_LOG_OUTLET_TORN ? MVX_LOG_DISPATCH_DROP : MVX_LOG_DISPATCH_RETRY;
    }
  return MVX_LOG_DISPATCH_OK;
}

static gboolean
mvx_log_stream_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxLogStream *self = instance;
  MvxLogRenderer *renderer
      = mvx_log_options_new_renderer_for (options, mvx_log_rendering_has_colour (self->outlet.fd), error);

  if (renderer == NULL)
    return FALSE;
  mvx_log_renderer_unref (self->renderer);
  self->renderer = renderer;
  return TRUE;
}

static void
mvx_log_stream_destroy (gpointer instance)
{
  MvxLogStream *self = instance;

  mvx_log_renderer_unref (self->renderer);
  mvx_log_buffer_clear (&self->buffer);
  g_free (self);
}

static const MvxLogPlugin mvx_log_stream_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .name = "stream",
  .version = MVX_LOG_VERSION_S,
  .summary = "Standard error or standard output",
  .licence = "LGPL-2.1-or-later",
  .options = mvx_log_stream_options,
  .destroy = mvx_log_stream_destroy,
  .reconfigure = mvx_log_stream_reconfigure,
};

const MvxLogStaticPlugin mvx_log_stream_plugin = {
  &mvx_log_stream_data,
  mvx_log_stream_build_descriptor,
  mvx_log_stream_create,
  mvx_log_stream_dispatch,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Standard error and standard output, one line per event. */
#include <unistd.h>

#include <mvxlog/error.h>

#include "base/error-private.h"
#include "sink/builtin-private.h"
#include "sink/options-private.h"
#include "sink/outflow-private.h"
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

  gboolean async;
  MvxLogOutflow outflow; /* with a worker */
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
  { "async",
    MVX_LOG_OPTION_BOOLEAN,
    0,
    "true",
    0,
    0,
    NULL,
    "Write on a thread of its own, so that a reader that does not read never holds the program",
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

static GVariant *
mvx_log_stream_config_key (MvxLogOptions *options)
{
  g_autoptr (GVariant) rendering = g_variant_ref_sink (mvx_log_options_renderer_key (options));
  GVariantBuilder builder;
  GVariantIter iter;
  GVariant *entry;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_iter_init (&iter, rendering);
  while ((entry = g_variant_iter_next_value (&iter)))
    {
      g_variant_builder_add_value (&builder, entry);
      g_variant_unref (entry);
    }
  if (!mvx_log_options_get_boolean (options, "async"))
    g_variant_builder_add (&builder, "{sv}", "async", g_variant_new_boolean (FALSE));
  return g_variant_builder_end (&builder);
}

static MvxLogSinkDescriptor *
mvx_log_stream_build_descriptor (MvxLogOptions *options, GError **error)
{
  /* A wrong pattern is told before anything is made. */
  g_autoptr (MvxLogRenderer) renderer = mvx_log_options_new_renderer (options, error);

  if (renderer == NULL)
    return NULL;
  return mvx_log_sink_descriptor_new ("stream", g_variant_new_string (mvx_log_options_get_string (options, "stream")),
                                      mvx_log_stream_config_key (options));
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
  self->async = mvx_log_options_get_boolean (options, "async");
  mvx_log_outflow_init (&self->outflow, host, &self->outlet, &self->renderer);
  self->outlet.timeout_ms = self->async ? 0 : MVX_LOG_STREAM_TIMEOUT_MS;
  self->renderer = renderer;
  return self;
}

/* What is half written cannot be offered again; with nobody to keep the event, it is lost. */
static MvxLogDispatchResult
mvx_log_stream_write (MvxLogStream *self, const MvxLogEvent *event, GError **error)
{
  MvxLogOutletResult result;

  self->buffer.len = 0;
  mvx_log_renderer_render (self->renderer, event, &self->buffer);
  result = mvx_log_outlet_write (&self->outlet, self->buffer.data, self->buffer.len, error);
  if (self->buffer.len > MVX_LOG_STREAM_KEEP_BYTES)
    mvx_log_buffer_clear (&self->buffer);
  if (result == MVX_LOG_OUTLET_WRITTEN)
    return MVX_LOG_DISPATCH_OK;
  return result == MVX_LOG_OUTLET_TORN ? MVX_LOG_DISPATCH_DROP : MVX_LOG_DISPATCH_RETRY;
}

static MvxLogDispatchResult
mvx_log_stream_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxLogStream *self = instance;

  if (self->async)
    return mvx_log_outflow_dispatch (&self->outflow, events, n_events, n_done, error);
  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      MvxLogDispatchResult result = mvx_log_stream_write (self, events[*n_done], error);

      if (result != MVX_LOG_DISPATCH_OK)
        return result;
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

static gboolean
mvx_log_stream_stopped (gpointer instance, GError **error)
{
  mvx_log_outflow_stop (&((MvxLogStream *) instance)->outflow);
  return TRUE;
}

static void
mvx_log_stream_destroy (gpointer instance)
{
  MvxLogStream *self = instance;

  mvx_log_outflow_clear (&self->outflow);
  mvx_log_renderer_unref (self->renderer);
  mvx_log_buffer_clear (&self->buffer);
  g_free (self);
}

static const MvxLogPlugin mvx_log_stream_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .flags = MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES,
  .name = "stream",
  .version = MVX_LOG_VERSION_S,
  .summary = "Standard error or standard output",
  .licence = "LGPL-2.1-or-later",
  .options = mvx_log_stream_options,
  .destroy = mvx_log_stream_destroy,
  .on_stopped = mvx_log_stream_stopped,
  .reconfigure = mvx_log_stream_reconfigure,
};

const MvxLogStaticPlugin mvx_log_stream_plugin = {
  &mvx_log_stream_data,
  mvx_log_stream_build_descriptor,
  mvx_log_stream_create,
  mvx_log_stream_dispatch,
};

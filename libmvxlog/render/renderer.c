/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include <mvxlog/error.h>

#include "base/number-private.h"
#include "base/suggest-private.h"
#include "event/sender-private.h"
#include "render/linehead-private.h"
#include "render/renderer-private.h"

/**
 * MvxLogRenderer:
 *
 * Makes bytes of events, in one of the formats that [func@MvxLog.Renderer.get_names] lists.
 *
 * It never changes after it was made, but for references, which any thread may take and drop.
 *
 * Since: 1.0
 */
G_DEFINE_BOXED_TYPE (MvxLogRenderer, mvx_log_renderer, mvx_log_renderer_ref, mvx_log_renderer_unref)

static const MvxLogFormat *const mvx_log_renderer_formats[] = {
  &mvx_log_format_json,    &mvx_log_format_logfmt,   &mvx_log_format_pretty,
  &mvx_log_format_pattern, &mvx_log_format_template,
};

/**
 * mvx_log_renderer_get_names:
 *
 * Lists the formats there are. Thread-safe.
 *
 * Returns: (transfer none) (array zero-terminated=1): their names
 *
 * Since: 1.0
 */
const char *const *
mvx_log_renderer_get_names (void)
{
  static const char *names[G_N_ELEMENTS (mvx_log_renderer_formats) + 1];
  static gsize once;

  if (g_once_init_enter (&once))
    {
      for (guint i = 0; i < G_N_ELEMENTS (mvx_log_renderer_formats); i++)
        names[i] = mvx_log_renderer_formats[i]->name;
      g_once_init_leave (&once, 1);
    }
  return names;
}

static const MvxLogFormat *
mvx_log_renderer_find (const char *name, GError **error)
{
  g_autofree char *known = NULL;
  const char *suggestion;

  for (guint i = 0; i < G_N_ELEMENTS (mvx_log_renderer_formats); i++)
    if (strcmp (mvx_log_renderer_formats[i]->name, name) == 0)
      return mvx_log_renderer_formats[i];

  known = g_strjoinv (", ", (char **) mvx_log_renderer_get_names ());
  suggestion = mvx_log_suggest (name, mvx_log_renderer_get_names ());
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNKNOWN_NAME, "Unknown format '%s'.%s%s%s Known formats: %s", name,
               suggestion ? " Did you mean '" : "", suggestion ? suggestion : "", suggestion ? "'?" : "", known);
  return NULL;
}

void
mvx_log_renderer_set_pid (MvxLogRenderer *renderer, guint32 pid)
{
  renderer->owner = mvx_log_linehead_new_owner ();
  renderer->process = pid;
  memcpy (renderer->pid, ",\"pid\":", 7);
  renderer->pid_len = (guint8) (7 + mvx_log_number_put_uint64 ((guint8 *) renderer->pid + 7, pid));
}

guint32
mvx_log_renderer_pid_of (const MvxLogRenderer *renderer, const MvxLogEvent *event)
{
  MvxLogSender sender;

  return mvx_log_event_get_sender (event, &sender) ? sender.pid : renderer->process;
}

const char *
mvx_log_renderer_host_of (const MvxLogEvent *event)
{
  MvxLogSender sender;

  return mvx_log_event_get_sender (event, &sender) ? sender.host : NULL;
}

/**
 * mvx_log_renderer_new:
 * @name: a format: `json`, `logfmt`, `pretty`, `pattern` or `template`
 * @settings: (nullable) (array zero-terminated=1): names and values in turn: `pattern`; `template`; `json-keys`
 * (`default`, `ecs`, `gelf`) and, with its default keys, `json-fields` (`flat`, `nested`) and `json-template` (`off`,
 * `on`); `color` (`auto`, `always`, `never`); `time-zone` (`local`, `utc`); for
 * `pretty`: `time` (`clock`, `relative`: seconds since the library was loaded) and `align` (`off`, `on`). A setting
 * that does not concern the format is checked and otherwise ignored
 * @error: return location for an error
 *
 * Makes a renderer, which turns events into bytes: one line for each event, whatever is in it. Thread-safe.
 *
 * Returns: (transfer full) (nullable): the renderer, or %NULL with %MVX_LOG_ERROR_UNKNOWN_NAME for an unknown format,
 *   %MVX_LOG_ERROR_INVALID_ARGUMENT for a wrong setting, %MVX_LOG_ERROR_INVALID_TEMPLATE for a wrong pattern
 *   or template
 *
 * Since: 1.0
 */
MvxLogRenderer *
mvx_log_renderer_new (const char *name, const char *const *settings, GError **error)
{
  const MvxLogFormat *format;
  MvxLogRenderer *renderer;
  MvxLogRenderSettings parsed;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  format = mvx_log_renderer_find (name, error);
  if (format == NULL || !mvx_log_render_settings_parse (&parsed, name, settings, error))
    return NULL;
  renderer = g_new0 (MvxLogRenderer, 1);
  renderer->format = format;
  renderer->settings = parsed;
  g_atomic_ref_count_init (&renderer->ref_count);
  mvx_log_renderer_set_pid (renderer, (guint32) getpid ());
  if (format->set_up && !format->set_up (renderer, error))
    {
      g_free (renderer);
      return NULL;
    }
  renderer->settings.pattern = renderer->settings.template = NULL;
  return renderer;
}

/**
 * mvx_log_renderer_ref:
 * @renderer: a renderer
 *
 * Takes a reference. Thread-safe.
 *
 * Returns: (transfer full): @renderer
 *
 * Since: 1.0
 */
MvxLogRenderer *
mvx_log_renderer_ref (MvxLogRenderer *renderer)
{
  g_return_val_if_fail (renderer != NULL, NULL);

  g_atomic_ref_count_inc (&renderer->ref_count);
  return renderer;
}

/**
 * mvx_log_renderer_unref:
 * @renderer: (transfer full): a renderer
 *
 * Drops a reference; the last one frees it. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_renderer_unref (MvxLogRenderer *renderer)
{
  g_return_if_fail (renderer != NULL);

  if (!g_atomic_ref_count_dec (&renderer->ref_count))
    return;
  if (renderer->format->tear_down)
    renderer->format->tear_down (renderer);
  g_free (renderer);
}

/**
 * mvx_log_renderer_get_name:
 * @renderer: a renderer
 *
 * Tells the format. Thread-safe.
 *
 * Returns: (transfer none): its name
 *
 * Since: 1.0
 */
const char *
mvx_log_renderer_get_name (MvxLogRenderer *renderer)
{
  g_return_val_if_fail (renderer != NULL, NULL);

  return renderer->format->name;
}

/**
 * mvx_log_renderer_render: (skip)
 * @renderer: a renderer
 * @event: an event
 * @buffer: where to append to
 *
 * Appends the event as exactly one line, which ends with the only newline in it. It cannot fail. Thread-safe as long as
 * each thread has its own buffer.
 *
 * Since: 1.0
 */
void
mvx_log_renderer_render (MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  g_return_if_fail (renderer != NULL);
  g_return_if_fail (event != NULL);
  g_return_if_fail (buffer != NULL);

  renderer->format->render (renderer, event, buffer);
}

/**
 * mvx_log_renderer_render_bytes:
 * @renderer: a renderer
 * @event: an event
 *
 * Renders the event as exactly one line with its newline. It cannot fail. Thread-safe.
 *
 * Returns: (transfer full): the line
 *
 * Since: 1.0
 */
GBytes *
mvx_log_renderer_render_bytes (MvxLogRenderer *renderer, const MvxLogEvent *event)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  g_return_val_if_fail (renderer != NULL, NULL);
  g_return_val_if_fail (event != NULL, NULL);

  renderer->format->render (renderer, event, &buffer);
  return g_bytes_new_take (buffer.data, buffer.len);
}

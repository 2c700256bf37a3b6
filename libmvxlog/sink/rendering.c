/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "base/error-private.h"
#include "sink/options-private.h"
#include "sink/rendering-private.h"

/* MVX_LOG_RENDERER_OPTIONS but for the format. */
static const char *const mvx_log_rendering_settings[] = { "pattern", "template",  "json-fields", "json-template",
                                                          "color",   "time-zone", "json-keys",   "time",
                                                          "align",   NULL };

gboolean
mvx_log_rendering_has_colour (int fd)
{
  const char *no_color = g_getenv ("NO_COLOR");
  const char *force = g_getenv ("CLICOLOR_FORCE"); /* https://bixense.com/clicolors/ */
  const char *term = g_getenv ("TERM");

  if (no_color && *no_color)
    return FALSE;
  if (force && *force && strcmp (force, "0") != 0)
    return TRUE;
  return term && *term && strcmp (term, "dumb") != 0 && isatty (fd);
}

MvxLogRenderer *
mvx_log_options_new_renderer_for (MvxLogOptions *options, gboolean tty, GError **error)
{
  g_autoptr (GPtrArray) settings = g_ptr_array_new ();
  const char *format = mvx_log_options_get_string (options, "format");
  MvxLogRenderer *renderer;

  for (guint i = 0; mvx_log_rendering_settings[i]; i++)
    {
      const char *name = mvx_log_rendering_settings[i];
      const char *value = mvx_log_options_find (options, name) ? mvx_log_options_get_string (options, name) : NULL;

      if (value == NULL)
        continue;
      g_ptr_array_add (settings, (gpointer) name);
      g_ptr_array_add (settings, (gpointer) value);
    }
  if (g_strcmp0 (format, "pretty") == 0)
    {
      g_ptr_array_add (settings, (gpointer) "tty");
      g_ptr_array_add (settings, (gpointer) (tty ? "yes" : "no"));
    }
  g_ptr_array_add (settings, NULL);
  renderer = mvx_log_renderer_new (format ? format : "json", (const char *const *) settings->pdata, error);
  if (renderer == NULL && error && *error)
    mvx_log_error_wrap (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "Events cannot be rendered");
  return renderer;
}

/* The one that is wrong by itself; the format, if it is that without any. */
const char *
mvx_log_options_find_wrong_setting (MvxLogOptions *options)
{
  const char *format = mvx_log_options_get_string (options, "format");

  for (guint i = 0; mvx_log_rendering_settings[i]; i++)
    {
      const char *name = mvx_log_rendering_settings[i];
      const char *const one[]
          = { name, mvx_log_options_find (options, name) ? mvx_log_options_get_string (options, name) : NULL, NULL };
      g_autoptr (MvxLogRenderer) alone = mvx_log_renderer_new (format ? format : "json", NULL, NULL);
      g_autoptr (MvxLogRenderer) with
          = alone && one[1] ? mvx_log_renderer_new (format ? format : "json", one, NULL) : NULL;

      if (alone && one[1] && with == NULL)
        return name;
    }
  return "format";
}

GVariant *
mvx_log_options_renderer_key (MvxLogOptions *options)
{
  const char *names[G_N_ELEMENTS (mvx_log_rendering_settings) + 1] = { "format" };

  memcpy (names + 1, mvx_log_rendering_settings, sizeof mvx_log_rendering_settings);
  return mvx_log_options_pick (options, names);
}

/**
 * mvx_log_options_new_renderer:
 * @options: options whose table has `MVX_LOG_RENDERER_OPTIONS`
 * @error: return location for an error
 *
 * Makes the renderer that a sink's options ask for. Its output has no colour unless the options demand it. Cheap and
 * without side effects, so that `build_descriptor` can call it to refuse wrong settings early. Thread-safe.
 *
 * Returns: (nullable) (transfer full): a renderer, or %NULL with %MVX_LOG_SINK_ERROR_INVALID_OPTION
 *
 * Since: 1.0
 */
MvxLogRenderer *
mvx_log_options_new_renderer (MvxLogOptions *options, GError **error)
{
  g_return_val_if_fail (options != NULL, NULL);

  return mvx_log_options_new_renderer_for (options, FALSE, error);
}

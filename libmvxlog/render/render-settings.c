/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "base/suggest-private.h"
#include "render/render-settings-private.h"

#define MVX_LOG_RENDER_SETTING_CHOICES 3

typedef struct
{
  const char *name;
  gsize offset;                                            /* of the number of the choice, or of the text */
  const char *choices[MVX_LOG_RENDER_SETTING_CHOICES + 1]; /* none: free text */
  gint values[MVX_LOG_RENDER_SETTING_CHOICES];
} MvxLogRenderSetting;

static const MvxLogRenderSetting mvx_log_render_settings_table[] = {
  { "pattern", G_STRUCT_OFFSET (MvxLogRenderSettings, pattern), { NULL }, { 0 } },
  { "template", G_STRUCT_OFFSET (MvxLogRenderSettings, template), { NULL }, { 0 } },
  { "json-keys",
    G_STRUCT_OFFSET (MvxLogRenderSettings, keys),
    { "default", "ecs", "gelf" },
    { MVX_LOG_JSON_KEYS_DEFAULT, MVX_LOG_JSON_KEYS_ECS, MVX_LOG_JSON_KEYS_GELF } },
  { "json-fields", G_STRUCT_OFFSET (MvxLogRenderSettings, nested), { "flat", "nested" }, { FALSE, TRUE } },
  { "json-template", G_STRUCT_OFFSET (MvxLogRenderSettings, with_template), { "off", "on" }, { FALSE, TRUE } },
  { "color",
    G_STRUCT_OFFSET (MvxLogRenderSettings, colour),
    { "auto", "always", "never" },
    { MVX_LOG_COLOUR_AUTO, MVX_LOG_COLOUR_ALWAYS, MVX_LOG_COLOUR_NEVER } },
  { "time-zone",
    G_STRUCT_OFFSET (MvxLogRenderSettings, zone),
    { "local", "utc" },
    { MVX_LOG_ZONE_LOCAL, MVX_LOG_ZONE_UTC } },
  { "time",
    G_STRUCT_OFFSET (MvxLogRenderSettings, time),
    { "clock", "relative" },
    { MVX_LOG_TIME_CLOCK, MVX_LOG_TIME_RELATIVE } },
  { "align", G_STRUCT_OFFSET (MvxLogRenderSettings, align), { "off", "on" }, { FALSE, TRUE } },
  /* Set by a sink that knows where its output goes, not by people: not offered in errors. */
  { "tty", G_STRUCT_OFFSET (MvxLogRenderSettings, tty), { "yes", "no" }, { TRUE, FALSE } },
};

#define MVX_LOG_RENDER_SETTINGS_PUBLIC (G_N_ELEMENTS (mvx_log_render_settings_table) - 1)

G_STATIC_ASSERT (sizeof (gboolean) == sizeof (gint) && sizeof (MvxLogColour) == sizeof (gint)
                 && sizeof (MvxLogZone) == sizeof (gint) && sizeof (MvxLogJsonKeys) == sizeof (gint)
                 && sizeof (MvxLogTimeForm) == sizeof (gint));

static const MvxLogRenderSetting *
mvx_log_render_settings_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (mvx_log_render_settings_table); i++)
    if (strcmp (mvx_log_render_settings_table[i].name, name) == 0)
      return &mvx_log_render_settings_table[i];
  return NULL;
}

static void
mvx_log_render_settings_set_unknown (const char *format, const char *name, GError **error)
{
  const char *names[MVX_LOG_RENDER_SETTINGS_PUBLIC + 1] = { NULL };
  g_autofree char *known = NULL;
  const char *suggestion;

  for (guint i = 0; i < MVX_LOG_RENDER_SETTINGS_PUBLIC; i++)
    names[i] = mvx_log_render_settings_table[i].name;
  known = g_strjoinv (", ", (char **) names);
  suggestion = mvx_log_suggest (name, names);
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
               "Format '%s' has no setting '%s'.%s%s%s Known settings: %s", format, name,
               suggestion ? " Did you mean '" : "", suggestion ? suggestion : "", suggestion ? "'?" : "", known);
}

static gboolean
mvx_log_render_settings_apply (MvxLogRenderSettings *settings,
                               const MvxLogRenderSetting *setting,
                               const char *format,
                               const char *value,
                               GError **error)
{
  g_autofree char *allowed = NULL;
  const char *suggestion;

  if (setting->choices[0] == NULL)
    {
      G_STRUCT_MEMBER (const char *, settings, setting->offset) = value;
      return TRUE;
    }
  for (guint i = 0; setting->choices[i]; i++)
    if (strcmp (setting->choices[i], value) == 0)
      {
        G_STRUCT_MEMBER (gint, settings, setting->offset) = setting->values[i];
        return TRUE;
      }
  allowed = g_strjoinv (", ", (char **) setting->choices);
  suggestion = mvx_log_suggest (value, setting->choices);
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
               "Setting '%s' of format '%s' cannot be '%s'.%s%s%s Allowed: %s", setting->name, format, value,
               suggestion ? " Did you mean '" : "", suggestion ? suggestion : "", suggestion ? "'?" : "", allowed);
  return FALSE;
}

gboolean
mvx_log_render_settings_parse (MvxLogRenderSettings *settings,
                               const char *format,
                               const char *const *list,
                               GError **error)
{
  *settings = (MvxLogRenderSettings){ 0 };
  for (guint i = 0; list && list[i]; i += 2)
    {
      const MvxLogRenderSetting *setting = mvx_log_render_settings_find (list[i]);

      if (setting == NULL)
        {
          mvx_log_render_settings_set_unknown (format, list[i], error);
          return FALSE;
        }
      if (list[i + 1] == NULL)
        {
          g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                       "Setting '%s' of format '%s' has no value; give names and values in turn", list[i], format);
          return FALSE;
        }
      if (!mvx_log_render_settings_apply (settings, setting, format, list[i + 1], error))
        return FALSE;
    }
  return TRUE;
}

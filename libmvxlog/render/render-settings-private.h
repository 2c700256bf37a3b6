/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be set for a renderer. All formats take all settings, so that changing the format of a sink needs no other
 * change; each looks only at its own. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_COLOUR_AUTO, /* if tty says yes */
  MVX_LOG_COLOUR_ALWAYS,
  MVX_LOG_COLOUR_NEVER
} MvxLogColour;

typedef enum
{
  MVX_LOG_ZONE_DEFAULT, /* of the format */
  MVX_LOG_ZONE_LOCAL,
  MVX_LOG_ZONE_UTC
} MvxLogZone;

typedef enum
{
  MVX_LOG_JSON_KEYS_DEFAULT,
  MVX_LOG_JSON_KEYS_ECS,
  MVX_LOG_JSON_KEYS_GELF
} MvxLogJsonKeys;

typedef enum
{
  MVX_LOG_TIME_CLOCK,
  MVX_LOG_TIME_RELATIVE /* since the start */
} MvxLogTimeForm;

typedef struct
{
  const char    *pattern; /* NULL for the default; valid only while the renderer is made */
  const char    *template; /* likewise */
  MvxLogJsonKeys keys;
  gboolean       nested;
  gboolean       with_template;
  gboolean       tty;
  MvxLogColour   colour;
  MvxLogZone     zone;
  MvxLogTimeForm time;
  gboolean       align;
} MvxLogRenderSettings;

/* @list is key, value, ..., NULL, or NULL. @format is named in errors. */
gboolean mvx_log_render_settings_parse (MvxLogRenderSettings *settings,
                                        const char           *format,
                                        const char *const    *list,
                                        GError              **error);

G_END_DECLS

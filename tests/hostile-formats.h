/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every format that lines of a sink can have, and which layout of judge-hostile.py's it is. */
#pragma once

#include <mvxlog/options.h>

#include "hostile-judge.h"

typedef struct
{
  const char *name;
  const char *layout;
  const char *options[5]; /* names and values in turn */
} HostileFormat;

static const HostileFormat hostile_formats[] = {
  { "json", "json", { "format", "json" } },
  { "json-nested", "nested", { "format", "json", "json-fields", "nested" } },
  { "json-ecs", "ecs", { "format", "json", "json-keys", "ecs" } },
  { "json-gelf", "gelf", { "format", "json", "json-keys", "gelf" } },
  { "logfmt", "logfmt", { "format", "logfmt" } },
  { "pretty", "pretty", { "format", "pretty", "color", "never" } },
  { "pattern", "fields", { "format", "pattern", "pattern", "%f\t%m" } },
  { "template", "fields", { "format", "template", "template", "{fields}\t{message}" } },
};

static inline void
hostile_set_format (const HostileFormat *format, MvxLogOptions *options)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; format->options[i]; i += 2)
    {
      mvx_log_options_set (options, format->options[i], format->options[i + 1], &error);
      g_assert_no_error (error);
    }
}

/* The events of @texts through a sink whose output is this file in the end. */
static inline void
hostile_judge_file (const char *sink, const HostileFormat *format, GPtrArray *texts, const char *path)
{
  g_autofree char *name = g_strdup_printf ("%s %s", sink, format->name);
  g_autofree char *found = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &found, &size, NULL));
  hostile_judge (name, format->layout, texts, found, size);
}

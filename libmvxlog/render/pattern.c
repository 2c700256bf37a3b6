/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/parts-private.h"
#include "render/pattern-compile-private.h"

static gboolean
mvx_log_pattern_set_up (MvxLogRenderer *renderer, GError **error)
{
  const char *pattern = renderer->settings.pattern;
  GArray *parts = mvx_log_pattern_compile (pattern ? pattern : MVX_LOG_PATTERN_DEFAULT, error);

  if (parts)
    mvx_log_parts_set (renderer, parts);
  return parts != NULL;
}

const MvxLogFormat mvx_log_format_pattern = {
  .name = "pattern",
  .set_up = mvx_log_pattern_set_up,
  .tear_down = mvx_log_parts_tear_down,
  .render = mvx_log_parts_render,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/brace-compile-private.h"
#include "render/parts-private.h"

static gboolean
mvx_log_brace_set_up (MvxLogRenderer *renderer, GError **error)
{
  const char *text = renderer->settings.template;
  GArray *parts = mvx_log_brace_compile (text ? text : MVX_LOG_BRACE_DEFAULT, error);

  if (parts)
    mvx_log_parts_set (renderer, parts);
  return parts != NULL;
}

const MvxLogFormat mvx_log_format_template = {
  .name = "template",
  .set_up = mvx_log_brace_set_up,
  .tear_down = mvx_log_parts_tear_down,
  .render = mvx_log_parts_render,
};

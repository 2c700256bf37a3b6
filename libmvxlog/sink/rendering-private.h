/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/rendering.h>

G_BEGIN_DECLS

/* For sinks that may write to a terminal: @tty says whether colour "auto" means colour. */
MvxLogRenderer *mvx_log_options_new_renderer_for (MvxLogOptions *options,
                                                  gboolean       tty,
                                                  GError       **error);
/* Which of the renderer's options is wrong, of those that mvx_log_options_new_renderer() refuses. */
const char     *mvx_log_options_find_wrong_setting (MvxLogOptions *options);
/* The renderer's options as a{sv}, for descriptors (floating). */
GVariant       *mvx_log_options_renderer_key     (MvxLogOptions *options);
/* Does this file descriptor show colour? A terminal that is not dumb, and nobody set NO_COLOR. */
gboolean        mvx_log_rendering_has_colour     (int            fd);

G_END_DECLS

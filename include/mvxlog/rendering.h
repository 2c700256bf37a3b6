/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A renderer out of a sink's options. */
#pragma once

#include <mvxlog/options.h>
#include <mvxlog/renderer.h>

G_BEGIN_DECLS

MVX_LOG_AVAILABLE_IN_1_0
MvxLogRenderer *mvx_log_options_new_renderer (MvxLogOptions *options,
                                              GError       **error);

G_END_DECLS

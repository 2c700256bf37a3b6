/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bridge from GStreamer's debugging output, GST_DEBUG. */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_install_gstreamer_debug (void);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/buffer.h>
#include <mvxlog/event.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_RENDERER (mvx_log_renderer_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
GType              mvx_log_renderer_get_type  (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogRenderer    *mvx_log_renderer_new       (const char         *name,
                                               const char *const  *settings,
                                               GError            **error);
MVX_LOG_AVAILABLE_IN_1_0
const char *const *mvx_log_renderer_get_names (void);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogRenderer    *mvx_log_renderer_ref       (MvxLogRenderer     *renderer);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_renderer_unref     (MvxLogRenderer     *renderer);
MVX_LOG_AVAILABLE_IN_1_0
const char        *mvx_log_renderer_get_name  (MvxLogRenderer     *renderer);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_renderer_render    (MvxLogRenderer     *renderer,
                                               const MvxLogEvent  *event,
                                               MvxLogBuffer       *buffer);
MVX_LOG_AVAILABLE_IN_1_0
GBytes            *mvx_log_renderer_render_bytes (MvxLogRenderer  *renderer,
                                               const MvxLogEvent  *event);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogRenderer, mvx_log_renderer_unref)

G_END_DECLS

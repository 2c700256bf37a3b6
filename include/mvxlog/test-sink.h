/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sink that does what a test tells it to. */
#pragma once

#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_TEST_SINK (mvx_log_test_sink_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MvxLogTestSink, mvx_log_test_sink, MVX_LOG, TEST_SINK, GObject)

MVX_LOG_AVAILABLE_IN_1_0
gboolean        mvx_log_test_sink_register_plugins (GError          **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogTestSink *mvx_log_test_sink_new            (const char         *name,
                                                  gboolean            async,
                                                  GVariant           *options,
                                                  GError            **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogTestSink *mvx_log_test_sink_get            (const char         *name);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSink     *mvx_log_test_sink_ref_sink       (MvxLogTestSink     *self);
MVX_LOG_AVAILABLE_IN_1_0
void            mvx_log_test_sink_answer         (MvxLogTestSink     *self,
                                                  guint               n_events,
                                                  MvxLogDispatchResult result,
                                                  const char         *why);
MVX_LOG_AVAILABLE_IN_1_0
void            mvx_log_test_sink_block          (MvxLogTestSink     *self);
MVX_LOG_AVAILABLE_IN_1_0
void            mvx_log_test_sink_release        (MvxLogTestSink     *self);
MVX_LOG_AVAILABLE_IN_1_0
gboolean        mvx_log_test_sink_wait_blocked   (MvxLogTestSink     *self,
                                                  gint64              deadline_us);
MVX_LOG_AVAILABLE_IN_1_0
gboolean        mvx_log_test_sink_wait_events    (MvxLogTestSink     *self,
                                                  guint               n_events,
                                                  gint64              deadline_us);
MVX_LOG_AVAILABLE_IN_1_0
GPtrArray      *mvx_log_test_sink_get_events     (MvxLogTestSink     *self);
MVX_LOG_AVAILABLE_IN_1_0
guint           mvx_log_test_sink_get_n_attempts (MvxLogTestSink     *self);

G_END_DECLS

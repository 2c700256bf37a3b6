/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An instance of a plugin: one call into it at a time, its results checked, destroyed exactly once and never while
 * something is inside. Both sorts of sink are built on it. */
#pragma once

#include <mvxlog/plugin-abi.h>

#include "sink/host-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogPluginInstance MvxLogPluginInstance;

typedef gboolean (*MvxLogPluginHook) (gpointer instance,
                                      GError **error);

/* create(); CREATE_FAILED. The new instance belongs to @sink from then on and lives as long as that. */
MvxLogPluginInstance *mvx_log_plugin_instance_new (const MvxLogStaticPlugin *api,
                                                   const char               *sink_name,
                                                   MvxLogOptions            *options,
                                                   const MvxLogHostFuncs    *funcs,
                                                   MvxLogSink               *sink,
                                                   GError                  **error);
/* The one that belongs to @sink, or NULL. */
MvxLogPluginInstance *mvx_log_plugin_instance_of  (MvxLogSink               *sink);

/* No call into the plugin but between these. WOULD_DEADLOCK if the thread is inside already, TIMED_OUT, INVALID_STATE
 * after close. No lock is held in between. */
gboolean mvx_log_plugin_instance_enter     (MvxLogPluginInstance *self,
                                            gint64                deadline_us,
                                            GError              **error);
void     mvx_log_plugin_instance_leave     (MvxLogPluginInstance *self);
/* Destroys it now, or when whoever is inside leaves. Idempotent. */
void     mvx_log_plugin_instance_close     (MvxLogPluginInstance *self);
/* The same on a thread of its own, which nobody waits for beyond the deadline, but at least for a second: TIMED_OUT. */
gboolean mvx_log_plugin_instance_close_by  (MvxLogPluginInstance *self,
                                            gint64                deadline_us,
                                            GError              **error);
gboolean mvx_log_plugin_instance_is_closed (MvxLogPluginInstance *self);

/* dispatch_core with all that it says checked: a broken contract is diagnosed and FAILED; anything but OK and PENDING
 * has an error. Inside. */
MvxLogDispatchResult mvx_log_plugin_instance_dispatch (MvxLogPluginInstance *self,
                                                       MvxLogEvent *const   *events,
                                                       guint                 n_events,
                                                       guint                *n_done,
                                                       GError              **error);
/* A hook by its name in the contract; TRUE if the plugin does not have it. Enters and leaves. */
gboolean mvx_log_plugin_instance_call      (MvxLogPluginInstance *self,
                                            const char           *name,
                                            MvxLogPluginHook      hook,
                                            gint64                deadline_us,
                                            GError              **error);
gboolean mvx_log_plugin_instance_flush     (MvxLogPluginInstance *self,
                                            gint64                deadline_us,
                                            GError              **error);
gboolean mvx_log_plugin_instance_reconfigure (MvxLogPluginInstance *self,
                                            MvxLogOptions        *options,
                                            gint64                deadline_us,
                                            GError              **error);

const MvxLogStaticPlugin *mvx_log_plugin_instance_get_api     (MvxLogPluginInstance *self);
const MvxLogPlugin       *mvx_log_plugin_instance_get_plugin  (MvxLogPluginInstance *self);
MvxLogSinkHost           *mvx_log_plugin_instance_get_host    (MvxLogPluginInstance *self);
const char               *mvx_log_plugin_instance_get_name    (MvxLogPluginInstance *self);
MvxLogOptions            *mvx_log_plugin_instance_get_options (MvxLogPluginInstance *self);
void                      mvx_log_plugin_instance_set_options (MvxLogPluginInstance *self,
                                                               MvxLogOptions        *options);
/* What create() returned, for calls into the plugin. Inside. */
gpointer                  mvx_log_plugin_instance_get_inner   (MvxLogPluginInstance *self);
/* The same for others; NULL after close. */
gpointer                  mvx_log_plugin_instance_get_data    (MvxLogPluginInstance *self);

G_END_DECLS

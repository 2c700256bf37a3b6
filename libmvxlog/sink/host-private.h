/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

struct _MvxLogMembers;

/* What higher floors give to a host. All nullable. */
typedef struct
{
  GMainContext *(*main_context) (gpointer data);
  void          (*complete)     (gpointer data, MvxLogEvent *const *batch, MvxLogDispatchResult result, guint n_done,
                                 GError *error);
  void          (*diagnose)     (gpointer data, gint level, const char *message); /* else to the diagnostics */
  void          (*resume)       (gpointer data);
  void          (*reject)       (gpointer data, MvxLogEvent *event, const char *reason);
} MvxLogHostFuncs;

MvxLogSinkHost *mvx_log_sink_host_new    (const char            *name,
                                          const MvxLogHostFuncs *funcs,
                                          gpointer               data);
void            mvx_log_sink_host_free   (MvxLogSinkHost        *host);
/* Cancels the cancellable: the sink is going away. */
void            mvx_log_sink_host_cancel (MvxLogSinkHost        *host);
/* Custom counters as a{sx}. */
GVariant       *mvx_log_sink_host_get_counts (MvxLogSinkHost    *host);
/* Where the instance forwards to: told in create(), once. Takes over @members. */
void            mvx_log_sink_host_take_members (MvxLogSinkHost        *host,
                                                struct _MvxLogMembers *members,
                                                GDestroyNotify         unref);
/* (transfer none) (nullable) */
struct _MvxLogMembers *mvx_log_sink_host_get_members (MvxLogSinkHost  *host);

/* Process-wide: how a host finds another sink by name (front/ hands it in). */
void            mvx_log_sink_host_set_lookup (MvxLogSink      *(*lookup) (const char *name));

G_END_DECLS

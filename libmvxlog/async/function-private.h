/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A function and its data. Whoever calls it holds a reference, so that the data goes after the last call. */
#pragma once

#include <mvxlog/function-sink.h>

G_BEGIN_DECLS

typedef struct
{
  MvxLogSinkFunc func;
  gpointer       data;
  GDestroyNotify destroy;
} MvxLogFunction;

MvxLogFunction *mvx_log_function_new   (MvxLogSinkFunc     func,
                                        gpointer           data,
                                        GDestroyNotify     destroy);
MvxLogFunction *mvx_log_function_ref   (MvxLogFunction    *self);
/* Without a lock: may call the destroy notify. */
void            mvx_log_function_unref (MvxLogFunction    *self);
/* FALSE always with an error, TRUE never. */
gboolean        mvx_log_function_call  (MvxLogFunction    *self,
                                        const MvxLogEvent *event,
                                        GError           **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogFunction, mvx_log_function_unref)

G_END_DECLS

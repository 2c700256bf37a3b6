/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forward declarations, so that no header needs another one only for a pointer. */
#pragma once

#if !defined(MVX_LOG_INSIDE) && !defined(MVX_LOG_COMPILATION)
#error "Only <mvxlog/mvxlog.h> can be included directly."
#endif

#include <gio/gio.h>
#include <glib-object.h>

#include <mvxlog/version.h>

G_BEGIN_DECLS

typedef struct _MvxLogBatch MvxLogBatch;
typedef struct _MvxLogBuffer MvxLogBuffer;
typedef struct _MvxLogCallsite MvxLogCallsite;
typedef struct _MvxLogContext MvxLogContext;
typedef struct _MvxLogEvent MvxLogEvent;
typedef struct _MvxLogInvocation MvxLogInvocation;
typedef struct _MvxLogNode MvxLogNode;
typedef struct _MvxLogOptions MvxLogOptions;
typedef struct _MvxLogOptionSpec MvxLogOptionSpec;
typedef struct _MvxLogPlugin MvxLogPlugin;
typedef struct _MvxLogRenderer MvxLogRenderer;
typedef struct _MvxLogScope MvxLogScope;
typedef struct _MvxLogScopeCapture MvxLogScopeCapture;
typedef struct _MvxLogSink MvxLogSink; /* dummy, an interface */
typedef struct _MvxLogSinkDescriptor MvxLogSinkDescriptor;
typedef struct _MvxLogSinkHost MvxLogSinkHost;
typedef struct _MvxLogSpan MvxLogSpan;
typedef struct _MvxLogTask MvxLogTask;

G_END_DECLS

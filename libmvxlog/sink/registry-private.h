/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sinks by name. Knows nothing of plugins and contexts: it is handed functions. No lock is held over any of them. */
#pragma once

#include <mvxlog/descriptor.h>
#include <mvxlog/sink.h>

G_BEGIN_DECLS

typedef struct _MvxLogRegistry MvxLogRegistry;

typedef struct
{
  /* Pure; called on every configure, before look-up. */
  MvxLogSinkDescriptor *(*build)  (gpointer data, GError **error);
  /* Called only for a new name. */
  MvxLogSink           *(*create) (gpointer data, GError **error);
} MvxLogSinkFactory;

/* Names of the contexts that hold @sink as their own; NULL or empty if none. "<root>" stands for the root. */
typedef char **(*MvxLogSinkUsersFunc) (MvxLogSink *sink, gpointer data);

/* Lets a sink begin to deliver what it has, before it is terminated; does not wait for that. */
typedef void (*MvxLogSinkBeginFunc) (MvxLogSink *sink, gint64 deadline_us);

MvxLogRegistry *mvx_log_registry_new            (void);
void            mvx_log_registry_free           (MvxLogRegistry          *registry);
gboolean        mvx_log_registry_check_name     (const char              *name,
                                                 GError                 **error);
/* (transfer full). Same name and equal descriptor: the existing sink, whatever its state; different: CONFLICT with both
 * descriptors and their differences. A second caller for a name in creation waits for the first. */
MvxLogSink     *mvx_log_registry_configure      (MvxLogRegistry          *registry,
                                                 const char              *name,
                                                 const MvxLogSinkFactory *factory,
                                                 gpointer                 data,
                                                 GError                 **error);
MvxLogSink     *mvx_log_registry_get            (MvxLogRegistry          *registry,
                                                 const char              *name);
MvxLogSinkDescriptor *mvx_log_registry_get_descriptor (MvxLogRegistry    *registry,
                                                 const char              *name);
char          **mvx_log_registry_get_names      (MvxLogRegistry          *registry);
/* FALSE without an error: unknown name. */
gboolean        mvx_log_registry_close          (MvxLogRegistry          *registry,
                                                 const char              *name,
                                                 MvxLogSinkUsersFunc      users,
                                                 gpointer                 data,
                                                 gint64                   deadline_us,
                                                 GError                 **error);
/* Terminates all, last registered first; CLOSE_FAILED lists every failure. The registry is empty afterwards. @begin
 * (nullable) is called for all before one is waited for. */
gboolean        mvx_log_registry_reset          (MvxLogRegistry          *registry,
                                                 MvxLogSinkBeginFunc      begin,
                                                 gint64                   deadline_us,
                                                 GError                 **error);
/* For reload: puts @sink (nullable: removes) in the place of what has @name, keeps the place in the order, returns what
 * was there (transfer full, nullable), which the caller terminates. */
MvxLogSink     *mvx_log_registry_exchange       (MvxLogRegistry          *registry,
                                                 const char              *name,
                                                 MvxLogSink              *sink,
                                                 MvxLogSinkDescriptor    *descriptor);
/* Name of another sink with this resource key and sink type, or NULL (transfer full). */
char           *mvx_log_registry_find_resource  (MvxLogRegistry          *registry,
                                                 const MvxLogSinkDescriptor *descriptor,
                                                 const char              *except);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of a registry and who works on them. Called with the registry's lock held. */
#pragma once

#include <mvxlog/descriptor.h>
#include <mvxlog/sink.h>

G_BEGIN_DECLS

typedef struct _MvxLogRegistry MvxLogRegistry;

typedef enum
{
  MVX_LOG_ENTRY_CREATING, /* its sink is being made; nobody sees it yet */
  MVX_LOG_ENTRY_READY,
  MVX_LOG_ENTRY_CLOSING   /* nobody sees it any more; its sink is being terminated */
} MvxLogEntryState;

typedef struct
{
  char                 *name;
  MvxLogEntryState      state;
  GThread              *owner;      /* who creates or closes it; compared only */
  gboolean              doomed;     /* a reset came while it was being created */
  MvxLogSink           *sink;       /* NULL while CREATING */
  MvxLogSinkDescriptor *descriptor;
} MvxLogEntry;

struct _MvxLogRegistry
{
  GMutex      mutex;
  GCond       cond;    /* an entry left CREATING or CLOSING */
  GHashTable *entries; /* name to MvxLogEntry, which it owns */
  GPtrArray  *order;   /* READY and CLOSING ones in the order of registration */
  GHashTable *waiters; /* GThread to the name it waits for */
};

void         mvx_log_registry_entry_free   (gpointer              entry);
MvxLogEntry *mvx_log_registry_add_entry    (MvxLogRegistry       *registry,
                                            const char           *name,
                                            MvxLogSinkDescriptor *descriptor);
/* Without the lock: names the sink unless it has a name. */
void         mvx_log_registry_name_sink    (MvxLogSink           *sink,
                                            const char           *name);
/* Publishes the sink; takes its own reference. */
void         mvx_log_registry_ready_entry  (MvxLogRegistry       *registry,
                                            MvxLogEntry          *entry,
                                            MvxLogSink           *sink);
void         mvx_log_registry_remove_entry (MvxLogRegistry       *registry,
                                            MvxLogEntry          *entry);
MvxLogEntry *mvx_log_registry_find_ready   (MvxLogRegistry       *registry,
                                            const char           *name);
/* Waits for something to change about @name, which another thread works on. FALSE if that thread waits, over however
 * many others, for this one, or at the deadline. */
gboolean     mvx_log_registry_wait         (MvxLogRegistry       *registry,
                                            const char           *name,
                                            gint64                deadline_us);
gboolean     mvx_log_registry_would_deadlock (MvxLogRegistry     *registry,
                                            const char           *name);

G_END_DECLS

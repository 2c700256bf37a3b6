/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An asynchronous call of GIO that is waited for, until a deadline or until the sink goes. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  GMainContext *context;     /* the thread's default meanwhile */
  GCancellable *cancellable; /* for the call */
  GCancellable *outer;
  gulong outer_id;
  GSource *timeout;
  gboolean timed_out;
  GAsyncResult *result;
} MvxCall;

/* Are there some for a call? Where GLib finds none for a context or a cancellable, it ends the program. */
gboolean mvx_call_has_descriptors (GError **error);
/* Whoever waits with @cancellable needs none of his own from here on, if there are some now. */
void mvx_call_keep_descriptor (GCancellable *cancellable);
/* FALSE: there are none, and nothing has to be ended. */
gboolean mvx_call_begin (MvxCall *self, GCancellable *outer, gint64 deadline_us, GError **error);
/* The callback, with the call as its data. */
void mvx_call_done (GObject *source, GAsyncResult *result, gpointer data);
/* Until the callback was called, which happens in any case; borrowed. */
GAsyncResult *mvx_call_wait (MvxCall *self);
void mvx_call_end (MvxCall *self);

G_END_DECLS

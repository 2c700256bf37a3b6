/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An asynchronous call of GIO that is waited for, until a deadline or until the sink goes. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  GMainContext *context; /* the thread's default meanwhile */
  GCancellable *cancellable; /* for the call */
  GCancellable *outer;
  gulong        outer_id;
  GSource      *timeout;
  gboolean      timed_out;
  GAsyncResult *result;
} MvxSyslogCall;

void          mvx_syslog_call_begin     (MvxSyslogCall *self,
                                         GCancellable  *outer,
                                         gint64         deadline_us);
/* The callback, with the call as its data. */
void          mvx_syslog_call_done      (GObject       *source,
                                         GAsyncResult  *result,
                                         gpointer       data);
/* Until the callback was called, which happens in any case; borrowed. */
GAsyncResult *mvx_syslog_call_wait      (MvxSyslogCall *self);
void          mvx_syslog_call_end       (MvxSyslogCall *self);

G_END_DECLS

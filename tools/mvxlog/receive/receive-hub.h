/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the messages of all inputs come together: they are counted and handed over. Of one thread. */
#pragma once

#include "receive/receive-event.h"
#include "receive/receive-stream.h"

G_BEGIN_DECLS

typedef struct
{
  gint64  window_us;    /* when it was begun to complain */
  guint   n;
  guint64 n_silent;     /* that nothing was said about */
} MvxReceiveComplaints;

typedef struct
{
  gsize   max_size;     /* bytes of a message */
  guint64 stop_after;   /* events; 0 for never */
  void  (*on_done) (gpointer data);
  gpointer data;

  guint64 n_received;   /* events */
  guint64 n_filtered;   /* nobody wanted them */
  guint64 n_refused;    /* a sink did not take them */
  guint64 n_malformed;  /* messages that are no event */
  MvxReceiveStreams *streams;
  MvxReceiveEvent *event; /* for whoever reads one just now */

  /*< private >*/
  MvxReceiveComplaints malformed;
  MvxReceiveComplaints refused;
} MvxReceiveHub;

void     mvx_receive_hub_init      (MvxReceiveHub     *hub,
                                    gsize              max_size,
                                    guint64            stop_after);
void     mvx_receive_hub_clear     (MvxReceiveHub     *hub);
/* hub->event has been filled in. */
void     mvx_receive_hub_take      (MvxReceiveHub     *hub);
/* One that has come as a whole. */
void     mvx_receive_hub_take_event (MvxReceiveHub    *hub,
                                    const MvxLogEvent *event);
/* Counts it, and says so unless too much has been said already. */
void     mvx_receive_hub_malformed (MvxReceiveHub     *hub,
                                    const char        *from,
                                    const char        *format,
                                    ...) G_GNUC_PRINTF (3, 4);
/* Who may not send, and why; says so unless too much has been said already. */
void     mvx_receive_hub_refused   (MvxReceiveHub     *hub,
                                    const char        *who);
/* No more events are wanted. */
gboolean mvx_receive_hub_is_done   (const MvxReceiveHub *hub);
/* Says what has not been said. */
void     mvx_receive_hub_catch_up  (MvxReceiveHub     *hub);

G_END_DECLS

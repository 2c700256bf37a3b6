/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who numbers its events can be told what is missing of them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MvxReceiveStreams MvxReceiveStreams;

typedef struct
{
  guint64 n_streams;
  guint64 n_shared;     /* of them: even ones, which others receive, too; nothing is missing or earlier of them */
  guint64 n_missing;    /* between the first and the last number of a stream, not come yet */
  guint64 n_earlier;    /* before the first */
  guint64 n_duplicates;
} MvxReceiveMissing;

MvxReceiveStreams *mvx_receive_streams_new  (void);
void               mvx_receive_streams_free (MvxReceiveStreams       *streams);
/* An event has come; nothing is done for stream 0 or number 0. */
void               mvx_receive_streams_note (MvxReceiveStreams       *streams,
                                             guint64                  stream,
                                             guint64                  seq);
void               mvx_receive_streams_get  (const MvxReceiveStreams *streams,
                                             MvxReceiveMissing       *missing);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive/receive-stream.h"

/* Names of streams come from outside: memory has a bound. Gaps that are forgotten stay counted. */
#define MVX_RECEIVE_MAX_STREAMS 10000
#define MVX_RECEIVE_MAX_GAPS 256

typedef struct
{
  guint64 from;
  guint64 to; /* inclusive */
} MvxReceiveGap;

typedef struct
{
  guint64 first;
  guint64 last;
  MvxReceiveMissing *counts;
  GArray *gaps; /* MvxReceiveGap, NULL for none */
} MvxReceiveStream;

struct _MvxReceiveStreams
{
  GHashTable *by_id; /* guint64 to MvxReceiveStream */
  MvxReceiveMissing own;
  MvxReceiveMissing shared; /* only what is there twice means something */
};

static void
mvx_receive_stream_free (gpointer data)
{
  MvxReceiveStream *stream = data;

  g_clear_pointer (&stream->gaps, g_array_unref);
  g_free (stream);
}

MvxReceiveStreams *
mvx_receive_streams_new (void)
{
  MvxReceiveStreams *streams = g_new0 (MvxReceiveStreams, 1);

  streams->by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, mvx_receive_stream_free);
  return streams;
}

void
mvx_receive_streams_free (MvxReceiveStreams *streams)
{
  g_hash_table_unref (streams->by_id);
  g_free (streams);
}

static void
mvx_receive_stream_add_gap (MvxReceiveStream *stream, guint64 from, guint64 to)
{
  const MvxReceiveGap gap = { from, to };

  if (stream->gaps == NULL)
    stream->gaps = g_array_new (FALSE, FALSE, sizeof gap);
  if (stream->gaps->len >= MVX_RECEIVE_MAX_GAPS)
    g_array_remove_index (stream->gaps, 0);
  g_array_append_val (stream->gaps, gap);
}

/* One that comes late, over another connection. FALSE: it was there already. */
static gboolean
mvx_receive_stream_fill (MvxReceiveStream *stream, guint64 seq)
{
  for (guint i = 0; stream->gaps && i < stream->gaps->len; i++)
    {
      MvxReceiveGap *gap = &g_array_index (stream->gaps, MvxReceiveGap, i);
      MvxReceiveGap found = *gap;

      if (seq < found.from || seq > found.to)
        continue;
      if (seq == found.from && seq == found.to)
        g_array_remove_index (stream->gaps, i);
      else if (seq == found.from)
        gap->from++;
      else
        gap->to = seq - 1;
      if (seq > found.from && seq < found.to)
        mvx_receive_stream_add_gap (stream, seq + 1, found.to);
      return TRUE;
    }
  return FALSE;
}

static void
mvx_receive_streams_begin (MvxReceiveStreams *streams, guint64 id, guint64 seq)
{
  MvxReceiveStream *stream;

  if (g_hash_table_size (streams->by_id) >= MVX_RECEIVE_MAX_STREAMS)
    return;
  stream = g_new0 (MvxReceiveStream, 1);
  stream->first = stream->last = seq;
  stream->counts = id & 1 ? &streams->own : &streams->shared;
  stream->counts->n_earlier += seq - 1;
  stream->counts->n_streams++;
  g_hash_table_insert (streams->by_id, g_memdup2 (&id, sizeof id), stream);
}

void
mvx_receive_streams_note (MvxReceiveStreams *streams, guint64 id, guint64 seq)
{
  MvxReceiveStream *stream;

  if (id == 0 || seq == 0)
    return;
  stream = g_hash_table_lookup (streams->by_id, &id);
  if (stream == NULL)
    mvx_receive_streams_begin (streams, id, seq);
  else if (seq > stream->last)
    {
      if (seq > stream->last + 1)
        mvx_receive_stream_add_gap (stream, stream->last + 1, seq - 1);
      stream->counts->n_missing += seq - stream->last - 1;
      stream->last = seq;
    }
  else if (mvx_receive_stream_fill (stream, seq))
    stream->counts->n_missing--;
  else if (seq >= stream->first)
    stream->counts->n_duplicates++;
  else
    {
      /* Still earlier than the first: now those in between are missing, and not what is before. */
      stream->counts->n_earlier -= stream->first - seq;
      stream->counts->n_missing += stream->first - seq - 1;
      if (stream->first > seq + 1)
        mvx_receive_stream_add_gap (stream, seq + 1, stream->first - 1);
      stream->first = seq;
    }
}

void
mvx_receive_streams_get (const MvxReceiveStreams *streams, MvxReceiveMissing *missing)
{
  *missing = streams->own;
  missing->n_streams += streams->shared.n_streams;
  missing->n_shared = streams->shared.n_streams;
  missing->n_duplicates += streams->shared.n_duplicates;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive/receive-stream.h"

static void
assert_missing (MvxReceiveStreams *streams, guint64 missing, guint64 earlier, guint64 duplicates)
{
  MvxReceiveMissing found;

  mvx_receive_streams_get (streams, &found);
  g_assert_cmpuint (found.n_missing, ==, missing);
  g_assert_cmpuint (found.n_earlier, ==, earlier);
  g_assert_cmpuint (found.n_duplicates, ==, duplicates);
}

static void
test_order (void)
{
  MvxReceiveStreams *streams = mvx_receive_streams_new ();

  mvx_receive_streams_note (streams, 0, 5);
  mvx_receive_streams_note (streams, 7, 0);
  for (guint64 i = 1; i <= 10; i++)
    mvx_receive_streams_note (streams, 1, i);
  assert_missing (streams, 0, 0, 0);
  mvx_receive_streams_note (streams, 1, 10);
  mvx_receive_streams_note (streams, 1, 3);
  assert_missing (streams, 0, 0, 2);
  mvx_receive_streams_note (streams, 1, 15);
  assert_missing (streams, 4, 0, 2);
  /* They come late: from the middle, the ends, twice. */
  mvx_receive_streams_note (streams, 1, 13);
  mvx_receive_streams_note (streams, 1, 11);
  mvx_receive_streams_note (streams, 1, 14);
  assert_missing (streams, 1, 0, 2);
  mvx_receive_streams_note (streams, 1, 13);
  assert_missing (streams, 1, 0, 3);
  mvx_receive_streams_note (streams, 1, 12);
  assert_missing (streams, 0, 0, 3);
  mvx_receive_streams_free (streams);
}

/* A stream that was there before. */
static void
test_earlier (void)
{
  MvxReceiveStreams *streams = mvx_receive_streams_new ();

  mvx_receive_streams_note (streams, 1, 101);
  assert_missing (streams, 0, 100, 0);
  mvx_receive_streams_note (streams, 1, 98);
  assert_missing (streams, 2, 97, 0);
  mvx_receive_streams_note (streams, 1, 99);
  mvx_receive_streams_note (streams, 1, 100);
  assert_missing (streams, 0, 97, 0);
  mvx_receive_streams_free (streams);
}

/* Any order with losses and repetitions against a plain list. */
static void
test_model (void)
{
  for (guint round = 0; round < 200; round++)
    {
      MvxReceiveStreams *streams = mvx_receive_streams_new ();
      gboolean seen[101] = { FALSE };
      guint first = 101, last = 0, n_seen = 0, n_twice = 0;

      for (guint i = 0; i < 120; i++)
        {
          guint seq = (guint) g_test_rand_int_range (1, 101);

          n_twice += seen[seq];
          n_seen += !seen[seq];
          seen[seq] = TRUE;
          first = MIN (first, seq);
          last = MAX (last, seq);
          mvx_receive_streams_note (streams, 1, seq);
          assert_missing (streams, last - first + 1 - n_seen, first - 1, n_twice);
        }
      mvx_receive_streams_free (streams);
    }
}

/* Of what several receivers share only what comes twice means something. */
static void
test_shared (void)
{
  MvxReceiveStreams *streams = mvx_receive_streams_new ();
  MvxReceiveMissing found;

  for (guint64 i = 7; i <= 1007; i += 2)
    mvx_receive_streams_note (streams, 2, i);
  mvx_receive_streams_note (streams, 2, 1007);
  mvx_receive_streams_note (streams, 3, 2);
  mvx_receive_streams_note (streams, 3, 4);
  assert_missing (streams, 1, 1, 1);
  mvx_receive_streams_get (streams, &found);
  g_assert_cmpuint (found.n_streams, ==, 2);
  g_assert_cmpuint (found.n_shared, ==, 1);
  mvx_receive_streams_free (streams);
}

/* Memory has a bound. */
static void
test_many (void)
{
  MvxReceiveStreams *streams = mvx_receive_streams_new ();
  MvxReceiveMissing found;

  for (guint64 i = 1; i <= 20000; i++)
    mvx_receive_streams_note (streams, i, 1);
  mvx_receive_streams_get (streams, &found);
  g_assert_cmpuint (found.n_streams, ==, 10000);
  mvx_receive_streams_free (streams);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/receive-stream/order", test_order);
  g_test_add_func ("/receive-stream/earlier", test_earlier);
  g_test_add_func ("/receive-stream/model", test_model);
  g_test_add_func ("/receive-stream/shared", test_shared);
  g_test_add_func ("/receive-stream/many", test_many);
  return g_test_run ();
}

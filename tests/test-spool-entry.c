/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events on their way through a spool: they are the same in the end, and tell which ones they are. */
#include "spool-rig.h"

#include "durable/spool-entry-private.h"

#include <mvxlog/error.h>
#include <mvxlog/level.h>
#include <mvxlog/sender.h>

static MvxLogEvent *
make_event (guint k)
{
  const MvxLogField fields[] = { { "n", MVX_LOG_KIND_INT64, 0, { .i = k }, 0 } };

  return mvx_log_event_new ("org.example.spool", MVX_LOG_LEVEL_WARNING, 1000 + k, "event {n}", fields, 1);
}

static void
test_through (void)
{
  MvxLogBuffer entries = MVX_LOG_BUFFER_INIT;
  g_autoptr (MvxLogSpoolBatch) batch = NULL;
  MvxLogStreamId stream;
  MvxLogSpool *spool;
  SpoolRig rig;

  spool_rig_init (&rig);
  rig.config.first_seq = 500;
  spool = spool_rig_open (&rig);
  stream = *mvx_log_spool_get_stream (spool);
  for (guint k = 0; k < 10; k++)
    {
      g_autoptr (MvxLogEvent) event = make_event (k);

      mvx_log_spool_entry_put (&entries, event, &stream);
    }
  g_assert_cmpuint (mvx_log_spool_append (spool, entries.data, entries.len, 10, NULL, NULL), ==, 10);
  batch = mvx_log_spool_read (spool, 100, NULL);
  g_assert_cmpuint (batch->n, ==, 10);
  for (guint k = 0; k < 10; k++)
    {
      const MvxLogSpoolItem *item = &batch->items[k];
      g_autoptr (GError) error = NULL;
      g_autoptr (MvxLogEvent) event
          = mvx_log_spool_entry_get (item->bytes, item->size, &batch->stream, item->seq, &error);
      g_autofree char *message = NULL;
      MvxLogSender sender;

      g_assert_no_error (error);
      message = mvx_log_event_dup_message (event);
      g_assert_cmpint (message[strlen (message) - 1], ==, '0' + (int) k);
      g_assert_cmpstr (mvx_log_event_get_context (event), ==, "org.example.spool");
      g_assert_cmpint (mvx_log_event_get_timestamp (event), ==, 1000 + k);
      g_assert_cmpint (mvx_log_event_get_level (event), ==, MVX_LOG_LEVEL_WARNING);
      g_assert_cmpuint (mvx_log_event_get_seq (event), ==, 500 + k);
      g_assert_true (mvx_log_event_get_sender (event, &sender));
      g_assert_cmphex (sender.stream, ==, mvx_log_stream_id_number (&stream));
      g_assert_cmpuint (sender.seq, ==, 500 + k);
    }
  mvx_log_buffer_clear (&entries);
  mvx_log_spool_ack (spool, &stream, 509);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

/* What another one has sent keeps the number that that one has given it. */
static void
test_received (void)
{
  g_autoptr (MvxLogEvent) event = make_event (3);
  g_autoptr (MvxLogEvent) sent = mvx_log_event_copy_for_sending (event, 77);
  g_autoptr (MvxLogEvent) read = NULL;
  MvxLogBuffer entries = MVX_LOG_BUFFER_INIT;
  MvxLogStreamId stream;
  MvxLogSender sender;
  MvxLogEntry entry;

  mvx_log_stream_id_make (&stream);
  mvx_log_spool_entry_put (&entries, sent, &stream);
  g_assert_cmpuint (mvx_log_entry_get (&entry, entries.data, entries.len, 0), ==, entries.len);
  read = mvx_log_spool_entry_get (entry.bytes, entry.size, &stream, 5, NULL);
  g_assert_true (mvx_log_event_get_sender (read, &sender));
  g_assert_cmpuint (sender.stream, ==, 77);
  g_assert_cmpuint (sender.seq, ==, 0);
  mvx_log_buffer_clear (&entries);
}

static void
test_refused (void)
{
  g_autoptr (GError) error = NULL;
  MvxLogStreamId stream = { { 0 } };

  g_assert_null (mvx_log_spool_entry_get ("abc", 3, &stream, 1, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_RECORD);
  g_assert_cmpstr (error->message, ==, "Not an event: it does not begin with 'MVXE'");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spool/entry/through", test_through);
  g_test_add_func ("/spool/entry/received", test_received);
  g_test_add_func ("/spool/entry/refused", test_refused);
  return g_test_run ();
}

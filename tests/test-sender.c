/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events from one process to another: nothing is lost on the way, and nothing that comes is trusted. */
#include "capture-sink.h"

#include <math.h>
#include <unistd.h>

#include "event/event-private.h"
#include "event/sender-private.h"

#define STREAM G_GUINT64_CONSTANT (0x00c0ffee00c0ffee)
#define HEAD 8
#define N_FLIPS 20000

static const char hostile[] = "line\nbreak \"quotes\" \033[31m \xff\xfe \xe2\x80\xae {brace} %s";

static char *
render (const char *format, const MvxLogEvent *event)
{
  const char *settings[] = { "pattern", "%H %p %h %s %m", NULL };
  g_autoptr (GError) error = NULL;
  MvxLogRenderer *renderer = mvx_log_renderer_new (format, strcmp (format, "pattern") == 0 ? settings : NULL, &error);
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  g_assert_no_error (error);
  mvx_log_renderer_render (renderer, event, &buffer);
  mvx_log_buffer_append_c (&buffer, '\0');
  mvx_log_renderer_unref (renderer);
  return (char *) buffer.data;
}

/* Everything that an event can be, through a macro: its callsite and its symbol stay here. */
static void
log_one (MvxLogContext *context)
{
  g_autoptr (GError) problem = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, hostile);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\1\xff", 3);
  g_autoptr (GVariant) map
      = g_variant_ref_sink (g_variant_new_parsed ("{'list': <[<1>, <'x'>, <@ms nothing>, <-0.5>]>, 'b': <true>}"));

  MVX_LOG_IN_TRACE ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  mvx_event (context, MVX_LOG_LEVEL_WARNING, "bind", "hello {text}", "text", hostile, "min", G_MININT64, "max",
             G_MAXUINT64, "nan", (double) INFINITY, "third", 1.0 / 3, "yes", MVX_LOG_BOOL (TRUE), "none",
             (const char *) NULL, "at", MVX_LOG_TIME (1), "bytes", bytes, "map", map, "error", problem);
}

/* As an event that was sent says it: what its process and its sink say of themselves is in other places. */
static void
assert_same_line (const MvxLogEvent *here, const MvxLogEvent *there)
{
  g_autofree char *expected = render ("json", here);
  g_autofree char *line = render ("json", there);
  g_autofree char *suffix = g_strdup_printf (
      ",\"seq\":7,\"sender_host\":\"%s\",\"sender_stream\":\"00c0ffee00c0ffee\"}\n", g_get_host_name ());

  g_assert_true (g_str_has_suffix (line, suffix));
  strcpy (line + strlen (line) - strlen (suffix), "}\n");
  g_assert_cmpstr (line, ==, expected);
}

static void
test_round_trip (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("sender.here", sink);
  g_autoptr (MvxLogEvent) received = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) second = NULL;
  g_autoptr (GError) error = NULL;
  MvxLogSender sender;
  MvxLogEvent *event;

  log_one (context);
  event = (MvxLogEvent *) capture_last (sink);
  g_assert_false (mvx_log_event_get_sender (event, &sender));
  event->seq = 7;
  bytes = mvx_log_event_to_bytes (event, STREAM);
  received = mvx_log_event_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  event->seq = 0;
  assert_same_line (event, received);
  g_assert_cmpuint (received->record->callsite | received->record->context, ==, 0);
  g_assert_true (mvx_log_event_get_sender (received, &sender));
  g_assert_cmpstr (sender.host, ==, g_get_host_name ());
  g_assert_cmpuint (sender.pid, ==, getpid ());
  g_assert_cmpuint (sender.thread, ==, mvx_log_event_get_thread (event));
  g_assert_cmpuint (sender.stream, ==, STREAM);
  g_assert_cmpuint (sender.seq, ==, 7);
  g_assert_cmpuint (mvx_log_event_get_seq (received), ==, 7);
  /* Who passes it on is not who has logged it. */
  second = mvx_log_event_to_bytes (received, 1);
  g_assert_true (g_bytes_equal (bytes, second));
}

/* Its own time, place and name, but the level, policy and sinks of the context that it is handed to. */
static void
test_log_event (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (CaptureSink) other = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("sender.from", sink);
  g_autoptr (MvxLogContext) into = capture_context ("sender.into", other);
  g_autoptr (MvxLogContext) bound = mvx_log_bind (into, "bound", 1);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (MvxLogEvent) event = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *line = NULL;

  log_one (context);
  bytes = mvx_log_event_to_bytes (capture_last (sink), STREAM);
  event = mvx_log_event_new_from_bytes (bytes, NULL);
  g_assert_cmpint (mvx_log_context_log_event (bound, event, NULL), ==, MVX_LOG_ACCEPTED);
  expected = render ("json", event);
  line = render ("json", capture_last (other));
  g_assert_cmpstr (line, ==, expected);
  g_assert_cmpstr (mvx_log_event_get_context (capture_last (other)), ==, "sender.from");
  mvx_log_context_set_level (into, MVX_LOG_LEVEL_ERROR, NULL);
  g_assert_cmpint (mvx_log_context_log_event (into, event, NULL), ==, MVX_LOG_FILTERED);
  mvx_log_context_set_level (into, MVX_LOG_LEVEL_TRACE, NULL);
  /* One of our own has this process for a sender. */
  g_assert_cmpint (mvx_log_context_log_event (into, capture_last (sink), NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_cmpuint (other->events->len, ==, 2);
  g_assert_true (mvx_log_event_is_remote (capture_last (other)));
}

/* Through a shape: the sender stays, and so does its number. */
static void
test_shaped (void)
{
  g_autoptr (GError) error = NULL;
  static const char config[] = "[mvxlog]\nversion=1\n[sink q]\nplugin=memory\nlevel=trace\nredact=password\n"
                               "[context]\nlevel=trace\nsinks=q\n";
  g_autoptr (MvxLogContext) root = NULL;
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GPtrArray) events = NULL;
  const MvxLogSender sender = { "web1", 4242, 4243, STREAM, 99 };
  const MvxLogEventInit init = {
    .level = MVX_LOG_LEVEL_INFO, .message = "moved", .event_namespace = "org.example", .timestamp = 1, .sender = &sender
  };
  const MvxLogField fields[] = { { "password", MVX_LOG_KIND_STRING, -1, { .s = "xyzzy" }, 0 },
                                 { "sender_host", MVX_LOG_KIND_STRING, -1, { .s = "mine" }, 0 } };
  g_autofree char *line = NULL;
  g_autofree char *text = NULL;

  mvx_log_configure_from_data (config, -1, "test", &error);
  g_assert_no_error (error);
  root = mvx_log_get_root_context ();
  g_assert_cmpint (mvx_log_event_submit (root, &init, fields, G_N_ELEMENTS (fields), NULL), ==, MVX_LOG_ACCEPTED);
  sink = mvx_log_get_sink ("q");
  events = mvx_log_memory_sink_get_events (sink);
  g_assert_cmpuint (events->len, ==, 1);
  line = render ("json", events->pdata[0]);
  g_assert_cmpstr (
      line, ==,
      "{\"ts\":\"1970-01-01T00:00:00.000000001Z\",\"level\":\"info\",\"context\":\"org.example\",\"message\":"
      "\"moved\",\"password\":\"***\",\"field_sender_host\":\"mine\",\"pid\":4242,\"thread\":4243,\"seq\":99,"
      "\"sender_host\":\"web1\",\"sender_stream\":\"00c0ffee00c0ffee\"}\n");
  text = render ("pattern", events->pdata[0]);
  g_assert_cmpstr (text, ==, "web1 4242 4243 99 moved\n");
}

static gboolean
queued (const MvxLogEvent *event, gpointer data, GError **error)
{
  *(char **) data = render ("json", event);
  return TRUE;
}

/* Through a queue, whose sink counts, too: the number is the sender's. */
static void
test_queued (void)
{
  g_autofree char *line = NULL;
  g_autoptr (MvxLogSink) sink = mvx_log_sink_new_function ("q", queued, &line, NULL, NULL);
  g_autoptr (MvxLogContext) context = capture_context ("sender.queued", sink);
  const MvxLogSender sender = { NULL, 0, 0, 0, 99 };
  const MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message = "m", .timestamp = 1, .sender = &sender };

  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
  g_assert_cmpstr (line, ==,
                   "{\"ts\":\"1970-01-01T00:00:00.000000001Z\",\"level\":\"info\",\"context\":\"sender.queued\","
                   "\"message\":\"m\",\"seq\":99}\n");
}

/* The schemas of others have keys for it. */
static void
test_other_keys (void)
{
  const MvxLogSender sender = { "web1", 4242, 4243, 0, 0 };
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("sender.keys", sink);
  const MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message = "m", .timestamp = 1, .sender = &sender };
  static const char ecs[]
      = "{\"@timestamp\":\"1970-01-01T00:00:00.000000001Z\",\"log.level\":\"info\",\"message\":\"m\","
        "\"ecs.version\":\"8.11.0\",\"host.hostname\":\"web1\",\"log.logger\":\"sender.keys\","
        "\"process.pid\":4242,\"process.thread.id\":4243}\n";
  static const char gelf[] = "{\"version\":\"1.1\",\"host\":\"web1\",\"short_message\":\"m\",\"timestamp\":0.000000,"
                             "\"_timestamp_ns\":\"1\",\"level\":6,\"_level_name\":\"info\",\"_logger\":\"sender.keys\","
                             "\"_pid\":4242,\"_tid\":4243}\n";
  const char *const expected[] = { "ecs", ecs, "gelf", gelf };

  mvx_log_event_submit (context, &init, NULL, 0, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i += 2)
    {
      const char *settings[] = { "json-keys", expected[i], NULL };
      MvxLogRenderer *renderer = mvx_log_renderer_new ("json", settings, NULL);
      MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

      mvx_log_renderer_render (renderer, capture_last (sink), &buffer);
      mvx_log_buffer_append_c (&buffer, '\0');
      g_assert_cmpstr ((const char *) buffer.data, ==, expected[i + 1]);
      mvx_log_buffer_clear (&buffer);
      mvx_log_renderer_unref (renderer);
    }
}

static void
assert_refused (const char *what, gsize size, const char *message)
{
  g_autoptr (GBytes) bytes = g_bytes_new (what, size);
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_event_new_from_bytes (bytes, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_RECORD);
  g_assert_cmpstr (error->message, ==, message);
}

static void
assert_refused_record (const MvxLogRecord *record, const char *message)
{
  g_autofree char *bytes = g_malloc0 (HEAD + record->size);

  memcpy (bytes, "MVXE\1l\0", HEAD);
  bytes[5] = G_BYTE_ORDER == G_LITTLE_ENDIAN ? 'l' : 'b';
  memcpy (bytes + HEAD, record, record->size);
  assert_refused (bytes, HEAD + record->size, message);
}

static void
test_refused (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("sender.refused", sink);
  g_autoptr (MvxLogEvent) sent = NULL;
  MvxLogRecord *record;
  char *at;

  log_one (context);
  sent = mvx_log_event_copy_for_sending (capture_last (sink), STREAM);
  record = (MvxLogRecord *) sent->record;
  assert_refused ("", 0, "Not an event: it does not begin with 'MVXE'");
  assert_refused ("{\"a\": 1}", 8, "Not an event: it does not begin with 'MVXE'");
  assert_refused ("MVXE\2l\0\0", 8,
                  "An event of version 2 cannot be read, only one of version 1; upgrade libmvxlog here");
  assert_refused ("MVXE\1?\0\0", 8, "An event of a machine with another byte order cannot be read; send it as JSON");
  assert_refused (G_BYTE_ORDER == G_LITTLE_ENDIAN ? "MVXE\1l\0\1" : "MVXE\1b\0\1", 8,
                  "Not an event: the last two bytes of its head are not zero");
  assert_refused (G_BYTE_ORDER == G_LITTLE_ENDIAN ? "MVXE\1l\0\0" : "MVXE\1b\0\0", 8,
                  "Not a record: it is shorter than a record's header");
  record->context = 1;
  assert_refused_record (record, "Not an event: it is not meant for another process");
  record->context = 0;
  record->flags |= MVX_LOG_RECORD_SKIP;
  assert_refused_record (record, "Not an event: it is not meant for another process");
  record->flags &= (guint16) ~MVX_LOG_RECORD_SKIP;
  record->callsite = 1;
  assert_refused_record (record, "Not a record: its callsite is unknown");
  record->callsite = 0;
  at = (char *) mvx_log_event_get_trace_id (sent);
  *at = 'x';
  assert_refused_record (record, "Not an event: an id in it is none");
  *at = '0';
  at = (char *) mvx_log_event_meta (sent, MVX_LOG_META_SENDER, NULL) - 5;
  *at = MVX_LOG_META_OUTCOME;
  assert_refused_record (record, "Not an event: it does not say who has sent it");
}

/* Whatever somebody sends can be refused or, if it is accepted, be walked, written and kept. */
static void
test_flips (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (CaptureSink) other = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("sender.flips", sink);
  g_autoptr (MvxLogContext) into = capture_context ("sender.flipped", other);
  g_autoptr (GBytes) bytes = NULL;
  guint n_accepted = 0;
  gsize size;
  const guint8 *data;

  log_one (context);
  bytes = mvx_log_event_to_bytes (capture_last (sink), STREAM);
  data = g_bytes_get_data (bytes, &size);
  for (guint i = 0; i < N_FLIPS; i++)
    {
      guint8 *copy = g_memdup2 (data, size);
      gsize cut = i % 8 == 0 ? (gsize) g_test_rand_int_range (0, (gint) size) : size;
      g_autoptr (GBytes) broken = NULL;
      g_autoptr (MvxLogEvent) event = NULL;

      copy[g_test_rand_int_range (0, (gint) size)] ^= (guint8) (1 << g_test_rand_int_range (0, 8));
      if (i % 3 == 0)
        copy[g_test_rand_int_range (0, (gint) size)] = (guint8) g_test_rand_int ();
      broken = g_bytes_new_take (copy, cut);
      event = mvx_log_event_new_from_bytes (broken, NULL);
      if (event == NULL)
        continue;
      n_accepted++;
      for (const char *const *name = mvx_log_renderer_get_names (); *name; name++)
        if (strcmp (*name, "pattern") != 0 && strcmp (*name, "template") != 0)
          {
            g_autofree char *line = render (*name, event);

            g_assert_true (strchr (line, '\n') == line + strlen (line) - 1);
          }
      g_assert_cmpint (mvx_log_context_log_event (into, event, NULL), !=, MVX_LOG_REFUSED);
      g_ptr_array_set_size (other->events, 0);
    }
  g_assert_cmpuint (n_accepted, >, N_FLIPS / 10);
}

static void
test_variant (void)
{
  static const char meta[] = "{'message': <'m'>, 'timestamp': <int64 1>, 'host': <'web1'>, 'pid': <uint32 1>, "
                             "'thread': <uint32 2>, 'stream': <uint64 3>, 'seq': <uint64 4>}";
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("sender.variant", sink);
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  g_assert_cmpint (mvx_log_context_submit_variant (context, MVX_LOG_LEVEL_INFO, g_variant_new_parsed (meta),
                                                   g_variant_new_parsed ("{'n': <1>}"), NULL),
                   ==, MVX_LOG_ACCEPTED);
  line = render ("json", capture_last (sink));
  g_assert_cmpstr (line, ==,
                   "{\"ts\":\"1970-01-01T00:00:00.000000001Z\",\"level\":\"info\",\"context\":\"sender.variant\","
                   "\"message\":\"m\",\"n\":1,\"pid\":1,\"thread\":2,\"seq\":4,\"sender_host\":\"web1\","
                   "\"sender_stream\":\"0000000000000003\"}\n");
  g_assert_cmpint (
      mvx_log_context_submit_variant (context, MVX_LOG_LEVEL_INFO, g_variant_new_parsed ("{'seq': <1>}"), NULL, &error),
      ==, MVX_LOG_REFUSED);
  g_assert_cmpstr (error->message, ==, "Metadata 'seq' of an event has type 'i' where 't' is needed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sender/round-trip", test_round_trip);
  g_test_add_func ("/sender/log-event", test_log_event);
  g_test_add_func ("/sender/shaped", test_shaped);
  g_test_add_func ("/sender/queued", test_queued);
  g_test_add_func ("/sender/other-keys", test_other_keys);
  g_test_add_func ("/sender/refused", test_refused);
  g_test_add_func ("/sender/flips", test_flips);
  g_test_add_func ("/sender/variant", test_variant);
  return g_test_run ();
}

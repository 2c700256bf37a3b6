/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the http plugin sends to collectors of OpenTelemetry, judged by the official protocol buffers. */
#include <math.h>

#include "http-fixture.h"

static char *
dup_resource (void)
{
  return g_strdup_printf (
      "{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}},"
      "{\"key\":\"host.name\",\"value\":{\"stringValue\":\"%s\"}},"
      "{\"key\":\"process.pid\",\"value\":{\"intValue\":\"%d\"}}]},\"scopeLogs\":[",
      g_get_host_name (), (int) getpid ());
}

static void
open_otlp (HttpFixture *fixture)
{
  http_set (fixture, "profile", "otlp");
  http_set (fixture, "service", "shop");
  http_open (fixture);
}

/* Every byte of it. */
static void
test_record (HttpFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) failure = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "broken");
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\xff", 2);
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'a': <[1, 2]>}"));
  g_autofree char *resource = dup_resource ();
  g_autofree char *expected = NULL;
  g_autoptr (HttpRequest) request = NULL;
  const MvxLogField fields[] = {
    FIELD_STRING ("s", "1\"2"),
    FIELD_INT ("i", -12),
    FIELD_UINT ("u", G_MAXUINT64),
    FIELD_UINT ("v", 3),
    FIELD_DOUBLE ("d", 12.5),
    FIELD_DOUBLE ("nan", NAN),
    FIELD_BOOL ("b", TRUE),
    FIELD_NULL ("z"),
    FIELD_TIME ("t", 1),
    FIELD_VARIANT ("m", map),
    FIELD_INT ("i", 7),
    FIELD_ERROR ("error", failure),
    FIELD_BYTES ("raw", bytes),
    FIELD_STRING ("thread.id", "x"),
  };

  open_otlp (fixture);
  g_ptr_array_add (fixture->events, fixture_event ((Fixture){ .context = "net.http",
                                                              .level = MVX_LOG_LEVEL_ERROR,
                                                              .name = "bind",
                                                              .message_template = "{s} took {d}",
                                                              .trace = "0af7651916cd43dd8448eb211c80319c",
                                                              .file = "a.c",
                                                              .line = "42",
                                                              .fields = fields,
                                                              .n_fields = G_N_ELEMENTS (fields),
                                                              .seq = 3 }));
  http_assert_delivers (fixture, 0);
  request = http_take (&fixture->server);
  g_assert_cmpstr (request->path, ==, "/v1/logs");
  http_assert_header (request, "Content-Type", "application/json");
  expected = g_strconcat (
      "{\"resourceLogs\":[", resource,
      "{\"scope\":{\"name\":\"net.http\"},\"logRecords\":[{\"timeUnixNano\":\"1795262400123456789\","
      "\"observedTimeUnixNano\":\"1795262400123456789\",\"severityNumber\":17,\"severityText\":\"error\","
      "\"body\":{\"stringValue\":\"1\\\"2 took 12.5\"},\"attributes\":["
      "{\"key\":\"exception.type\",\"value\":{\"stringValue\":\"g-io-error-quark\"}},"
      "{\"key\":\"exception.message\",\"value\":{\"stringValue\":\"broken\"}},"
      "{\"key\":\"exception.stacktrace\",\"value\":{\"stringValue\":\"broken (g-io-error-quark, 0)\"}},"
      "{\"key\":\"s\",\"value\":{\"stringValue\":\"1\\\"2\"}},"
      "{\"key\":\"u\",\"value\":{\"stringValue\":\"18446744073709551615\"}},"
      "{\"key\":\"v\",\"value\":{\"intValue\":\"3\"}},"
      "{\"key\":\"d\",\"value\":{\"doubleValue\":12.5}},"
      "{\"key\":\"nan\",\"value\":{\"doubleValue\":\"NaN\"}},"
      "{\"key\":\"b\",\"value\":{\"boolValue\":true}},"
      "{\"key\":\"z\",\"value\":{}},"
      "{\"key\":\"t\",\"value\":{\"stringValue\":\"1970-01-01T00:00:00.000000001Z\"}},"
      "{\"key\":\"m\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":{\"arrayValue\":{\"values\":"
      "[{\"intValue\":\"1\"},{\"intValue\":\"2\"}]}}}]}}},"
      "{\"key\":\"i\",\"value\":{\"intValue\":\"7\"}},"
      "{\"key\":\"raw\",\"value\":{\"bytesValue\":\"AP8=\"}},"
      "{\"key\":\"field.thread.id\",\"value\":{\"stringValue\":\"x\"}},"
      "{\"key\":\"mvx.event\",\"value\":{\"stringValue\":\"bind\"}},"
      "{\"key\":\"code.file.path\",\"value\":{\"stringValue\":\"a.c\"}},"
      "{\"key\":\"code.line.number\",\"value\":{\"intValue\":\"42\"}},"
      "{\"key\":\"mvx.seq\",\"value\":{\"intValue\":\"3\"}}"
      "],\"traceId\":\"0af7651916cd43dd8448eb211c80319c\"}]}]}]}",
      NULL);
  g_assert_cmpstr (request->body, ==, expected);
}

typedef struct
{
  gint level;
  const char *expected;
} SeverityCase;

static const SeverityCase severity_cases[] = {
  { MVX_LOG_LEVEL_TRACE, "\"severityNumber\":1,\"severityText\":\"trace\"" },
  { MVX_LOG_LEVEL_DEBUG, "\"severityNumber\":5,\"severityText\":\"debug\"" },
  { MVX_LOG_LEVEL_INFO, "\"severityNumber\":9,\"severityText\":\"info\"" },
  { MVX_LOG_LEVEL_NOTICE, "\"severityNumber\":10,\"severityText\":\"notice\"" },
  { MVX_LOG_LEVEL_WARNING, "\"severityNumber\":13,\"severityText\":\"warning\"" },
  { MVX_LOG_LEVEL_ERROR, "\"severityNumber\":17,\"severityText\":\"error\"" },
  { MVX_LOG_LEVEL_CRITICAL, "\"severityNumber\":18,\"severityText\":\"critical\"" },
  { 43, "\"severityNumber\":17,\"severityText\":\"43\"" },
  { 60, "\"severityNumber\":21,\"severityText\":\"60\"" },
};

static void
test_severity (HttpFixture *fixture, gconstpointer data)
{
  open_otlp (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (severity_cases); i++)
    {
      g_autoptr (HttpRequest) request = NULL;

      g_ptr_array_add (fixture->events, fixture_event ((Fixture){ .level = severity_cases[i].level, .seq = i + 1 }));
      http_assert_delivers (fixture, i);
      request = http_take (&fixture->server);
      if (strstr (request->body, severity_cases[i].expected) == NULL)
        g_error ("%s", request->body);
    }
}

static guint
count (const char *text, const char *part)
{
  guint n = 0;

  for (const char *p = text; (p = strstr (p, part)); p++)
    n++;
  return n;
}

/* One after the other with the same origin and context share these; what was received has an origin of its own. */
static void
test_groups (HttpFixture *fixture, gconstpointer data)
{
  const MvxLogSender web = { "web1", 4242, 0, 0xc0ffee, 99 };
  g_autoptr (HttpRequest) request = NULL;

  open_otlp (fixture);
  http_add_events (fixture, 2);
  g_ptr_array_add (fixture->events, fixture_event ((Fixture){ .context = "other", .message = "m", .seq = 3 }));
  g_ptr_array_add (fixture->events,
                   fixture_event ((Fixture){ .context = "other", .message = "m", .seq = 4, .sender = &web }));
  http_assert_delivers (fixture, 0);
  request = http_take (&fixture->server);
  g_assert_cmpuint (count (request->body, "\"resource\":"), ==, 2);
  g_assert_cmpuint (count (request->body, "\"scope\":"), ==, 3);
  g_assert_cmpuint (count (request->body, "\"timeUnixNano\":"), ==, 4);
  g_assert_nonnull (strstr (request->body, "{\"stringValue\":\"unknown_service\"}"));
  g_assert_nonnull (strstr (request->body, "{\"key\":\"host.name\",\"value\":{\"stringValue\":\"web1\"}}"));
  g_assert_nonnull (strstr (request->body, "{\"key\":\"process.pid\",\"value\":{\"intValue\":\"4242\"}}"));
  g_assert_nonnull (strstr (request->body, "{\"key\":\"mvx.seq\",\"value\":{\"intValue\":\"99\"}}"));
  g_assert_nonnull (
      strstr (request->body, "{\"key\":\"mvx.sender.stream\",\"value\":{\"stringValue\":\"0000000000c0ffee\"}}"));
}

/* Nothing of an id that is none; it would spoil the whole request. */
static void
test_ids (HttpFixture *fixture, gconstpointer data)
{
  static const char *const bad[] = { "0af7", "zaf7651916cd43dd8448eb211c80319c", "00000000000000000000000000000000" };
  g_autoptr (HttpRequest) request = NULL;

  open_otlp (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_ptr_array_add (fixture->events, fixture_event ((Fixture){ .message = "m", .trace = bad[i], .seq = i + 1 }));
  http_assert_delivers (fixture, 0);
  request = http_take (&fixture->server);
  g_assert_cmpuint (count (request->body, "\"timeUnixNano\":"), ==, 3);
  g_assert_null (strstr (request->body, "traceId"));
}

/* Whatever is in the events: the requests are good, and hold them all. */
static void
test_judged (HttpFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = fixture_make_directory ();
  g_autofree char *judge = g_test_build_filename (G_TEST_DIST, "plugins", "judge-otlp.py", NULL);
  g_autofree char *proto = g_test_build_filename (G_TEST_BUILT, "..", "peers", "otlp", NULL);
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *said = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  open_otlp (fixture);
  for (guint i = 0; i < hostile->len; i++)
    g_ptr_array_add (fixture->events, fixture_hostile_event (hostile->pdata[i]));
  http_assert_delivers (fixture, 0);
  g_ptr_array_add (argv, g_strdup ("/usr/bin/python3"));
  g_ptr_array_add (argv, g_steal_pointer (&judge));
  g_ptr_array_add (argv, g_steal_pointer (&proto));
  while (g_async_queue_length (fixture->server.requests) > 0)
    {
      g_autoptr (HttpRequest) request = http_take (&fixture->server);
      char *path = g_strdup_printf ("%s/%u", directory, argv->len);

      g_assert_true (g_file_set_contents (path, request->body, (gssize) request->size, NULL));
      g_ptr_array_add (argv, path);
    }
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const char *const *) argv->pdata, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  if (process == NULL)
    {
      g_test_skip ("/usr/bin/python3 is not installed");
      fixture_remove (directory);
      return;
    }
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &said, NULL, &error));
  if (g_subprocess_get_exit_status (process) == 77)
    g_test_skip (g_strstrip (said));
  else
    {
      if (!g_subprocess_get_successful (process))
        g_error ("%s", said);
      lines = g_strsplit (said, "\n", -1);
      for (guint i = 0; lines[i]; i++)
        n += (guint) g_ascii_strtoull (lines[i], NULL, 10);
      g_assert_cmpuint (n, ==, hostile->len);
    }
  fixture_remove (directory);
}

#define ADD(name, func)                                                                                                \
  g_test_add ("/http-otlp/" name, HttpFixture, NULL, http_fixture_set_up, func, http_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("record", test_record);
  ADD ("severity", test_severity);
  ADD ("groups", test_groups);
  ADD ("ids", test_ids);
  ADD ("judged", test_judged);
  return g_test_run ();
}

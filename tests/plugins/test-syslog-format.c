/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a syslog message looks like. */
#include <stdlib.h>
#include <unistd.h>

#include "../../plugins/syslog/syslog-format.h"
#include "syslog-fixture.h"

#define DATE "2026-11-21T12:00:00.123456Z"
#define TS " ts_ns=\"1795262400123456789\""

static MvxSyslogOptions *
make_options (const char *const *settings)
{
  MvxSyslogOptions *options;
  g_autoptr (GError) error = NULL;
  Instance instance;

  syslog_init (&instance, settings);
  options = mvx_syslog_options_new (instance.options, &error);
  g_assert_no_error (error);
  instance_clear (&instance);
  return options;
}

/* %d stands for the process. */
static void
assert_message (const char *const *settings, const MvxLogEvent *event, gboolean complete, const char *expected)
{
  g_autoptr (MvxSyslogOptions) options = make_options (settings);
  g_auto (GStrv) parts = g_strsplit (expected, "%d", 2);
  g_autofree char *pid = g_strdup_printf ("%d", (int) getpid ());
  g_autofree char *whole = g_strjoinv (pid, parts);
  MvxSyslogFormat format = { 0 };
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *text = NULL;

      buffer.len = 0;
      g_assert_true (mvx_syslog_format_append (&format, options, event, &buffer) == complete);
      text = g_strndup ((const char *) buffer.data, buffer.len);
      g_assert_cmpstr (text, ==, whole);
    }
  mvx_log_buffer_clear (&buffer);
}

static const char *const udp[] = { "transport", "udp", NULL };

static void
test_5424 (void)
{
  const MvxLogField fields[] = { FIELD_STRING ("user", "a\"b]c\\d"), FIELD_INT ("n", -1), FIELD_DOUBLE ("f", 1) };
  g_autoptr (MvxLogEvent) full = fixture_event ((Fixture){ .context = "org.example",
                                                           .level = MVX_LOG_LEVEL_ERROR,
                                                           .message_template = "hello\nworld",
                                                           .name = "bind",
                                                           .entity = "conn-1",
                                                           .outcome = "failed",
                                                           .id = "6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1",
                                                           .trace = "0af7651916cd43dd8448eb211c80319c",
                                                           .span = "b7ad6b7169203331",
                                                           .file = "net.c",
                                                           .line = "12",
                                                           .function = "net_bind",
                                                           .fields = fields,
                                                           .n_fields = 3,
                                                           .thread = 77,
                                                           .seq = 3 });

  assert_message (udp, full, TRUE,
                  "<11>1 " DATE " box prog %d 6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1 [mvx@32473 context=\"org.example\" "
                  "level=\"error\" event=\"bind\" entity=\"conn-1\" outcome=\"failed\" file=\"net.c\" line=\"12\" "
                  "func=\"net_bind\" tid=\"77\"" TS " seq=\"3\"][opentelemetry "
                  "trace_id=\"0af7651916cd43dd8448eb211c80319c\" span_id=\"b7ad6b7169203331\"][f-mvx@32473 "
                  "user=\"a\\\"b\\]c\\\\d\" n=\"-1\" f=\"1.0\"] hello\nworld");
}

/* What has come from elsewhere is not ours, and its host may be anything. */
static void
test_received (void)
{
  static const char *const old[] = { "transport", "udp", "protocol", "rfc3164", NULL };
  const MvxLogSender web = { "web 1\xc3\xa9\n", 4000000000, 0, 1, 99 };
  const MvxLogSender nobody = { NULL };
  g_autofree char *name = g_strnfill (300, 'x');
  const MvxLogSender longest = { name, 1 };
  g_autofree char *cut = g_strdup_printf ("<14>Nov 21 14:00:00 %.255s prog[1]: m", name);
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = "m", .sender = &web });
  g_autoptr (MvxLogEvent) unknown = fixture_event ((Fixture){ .message = "m", .sender = &nobody });
  g_autoptr (MvxLogEvent) large = fixture_event ((Fixture){ .message = "m", .sender = &longest });

  assert_message (udp, event, TRUE,
                  "<14>1 " DATE " web_1___ prog 4000000000 - [mvx@32473 level=\"info\"" TS " seq=\"99\"] m");
  assert_message (udp, unknown, TRUE, "<14>1 " DATE " box prog - - [mvx@32473 level=\"info\"" TS "] m");
  assert_message (old, unknown, TRUE, "<14>Nov 21 14:00:00 box prog: m");
  assert_message (old, large, TRUE, cut);
}

static void
test_names (void)
{
  static const char *const all[] = { "transport", "tcp", "facility", "local3", "msgid", "ID", "sd-id", "x@1", NULL };
  g_autoptr (MvxLogEvent) named = fixture_event ((Fixture){ .level = -1, .name = "a b" });
  g_autoptr (MvxLogEvent) empty = fixture_event ((Fixture){ .message_template = "" });

  assert_message (all, named, TRUE, "<159>1 " DATE " box prog %d ID [x@1 event=\"a b\"" TS "] a b");
  assert_message (udp, named, TRUE, "<15>1 " DATE " box prog %d a_b [mvx@32473 event=\"a b\"" TS "] a b");
  assert_message (udp, empty, TRUE, "<14>1 " DATE " box prog %d - [mvx@32473 level=\"info\"" TS "]");
}

static void
test_keys (void)
{
  const MvxLogField fields[]
      = { FIELD_INT ("a=b c]\"\xc3\xa9", 1), FIELD_INT ("", 2), FIELD_INT ("abcdefghijklmnopqrstuvwxyz0123456789", 3),
          FIELD_STRING ("bad", "x\xff\ny") };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = "m", .fields = fields, .n_fields = 4 });

  assert_message (udp, event, TRUE,
                  "<14>1 " DATE " box prog %d - [mvx@32473 level=\"info\"" TS "][f-mvx@32473 a_b_c____=\"1\" _=\"2\" "
                  "abcdefghijklmnopqrstuvwxyz012345=\"3\" bad=\"x\xef\xbf\xbd\ny\"] m");
}

static void
test_bom (void)
{
  static const char *const bom[] = { "transport", "udp", "bom", "true", NULL };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = "caf\xc3\xa9" });
  g_autoptr (MvxLogEvent) latin = fixture_event ((Fixture){ .message = "caf\xe9" });

  assert_message (bom, event, TRUE,
                  "<14>1 " DATE " box prog %d - [mvx@32473 level=\"info\"" TS "] \xef\xbb\xbf"
                  "caf\xc3\xa9");
  assert_message (bom, latin, TRUE, "<14>1 " DATE " box prog %d - [mvx@32473 level=\"info\"" TS "] caf\xe9");
}

/* A date of local time, with a blank before the 1 of a day; for a local server without the host. */
static void
test_3164 (void)
{
  static const char *const local[] = { "app-name", "my/prog:x[1]", "facility", "daemon", NULL };
  static const char *const remote[] = { "transport", "udp", "protocol", "rfc3164", NULL };
  const MvxLogField fields[] = { FIELD_INT ("n", 1), FIELD_STRING ("s", "a b") };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = "two\nlines", .fields = fields, .n_fields = 2 });
  g_autoptr (MvxLogEvent) plain = fixture_event ((Fixture){
      .message = "plain", .time = G_GINT64_CONSTANT (1793534400) * 1000000000, .level = MVX_LOG_LEVEL_WARNING });

  assert_message (local, event, TRUE, "<30>Nov 21 14:00:00 my_prog_x_1_[%d]: two\\nlines n=1 s=\"a b\"");
  assert_message (remote, plain, TRUE, "<12>Nov  1 14:00:00 box prog[%d]: plain");
}

/* Any renderer instead. */
static void
test_renderer (void)
{
  static const char *const settings[]
      = { "transport", "udp", "format", "template", "template", "{level}/{message}", NULL };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = "m" });

  assert_message (settings, event, TRUE, "<14>1 " DATE " box prog %d - [mvx@32473 level=\"info\"" TS "] info/m");
}

/* Parameters that do not fit are left out, so that it stays structured data; the text ends between characters. */
static void
test_cut (void)
{
  static const char *const settings[] = { "transport", "udp", "max-message-size", "480", NULL };
  g_autofree char *wide = g_strnfill (400, 'w');
  g_autoptr (GString) text = g_string_new (NULL);
  const MvxLogField fields[] = { FIELD_STRING ("wide", wide), FIELD_INT ("n", 1) };
  g_autoptr (MvxLogEvent) event = NULL;
  g_autoptr (MvxSyslogOptions) options = make_options (settings);

  for (guint i = 0; i < 300; i++)
    g_string_append (text, "\xe2\x82\xac");
  event = fixture_event ((Fixture){ .message = text->str, .fields = fields, .n_fields = 2 });
  /* Wherever the cut falls. */
  for (gsize max = 480; max < 490; max++)
    {
      MvxSyslogFormat format = { 0 };
      MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
      g_autofree char *message = NULL;

      options->max_size = max;
      g_assert_false (mvx_syslog_format_append (&format, options, event, &buffer));
      g_assert_cmpuint (buffer.len, <=, max);
      g_assert_cmpuint (buffer.len, >, max - 3);
      message = g_strndup ((const char *) buffer.data, buffer.len);
      g_assert_true (g_utf8_validate (message, -1, NULL));
      g_assert_nonnull (strstr (message, "[f-mvx@32473 n=\"1\"] \xe2\x82\xac"));
      mvx_log_buffer_clear (&buffer);
    }
}

/* The end of an element, whose parameters must be well-formed. */
static const char *
skip_element (const char *p)
{
  p += strcspn (p, " ]");
  while (*p == ' ')
    {
      gsize n = strcspn (++p, "= ]\"");

      g_assert_true (n >= 1 && n <= 32 && p[n] == '=' && p[n + 1] == '"');
      for (p += n + 2; *p != '"'; p++)
        {
          g_assert_cmpint (*p, !=, ']');
          p += *p == '\\';
        }
      p++;
    }
  g_assert_cmpint (*p, ==, ']');
  return p + 1;
}

/* A message is a header, structured data that ends where it says, and the text; nothing breaks out. */
static void
assert_well_formed (const char *data, gsize size, GBytes *text)
{
  const char *end = data + size;
  gsize text_size;
  const char *expected = g_bytes_get_data (text, &text_size);

  for (guint i = 0; i < 6; i++)
    {
      data = memchr (data, ' ', (gsize) (end - data));
      g_assert_nonnull (data++);
    }
  while (data < end && *data == '[')
    data = skip_element (data);
  if (text_size > 0)
    g_assert_cmpmem (data + 1, (gsize) (end - data - 1), expected, text_size);
}

static void
test_hostile (void)
{
  static const char *const settings[] = { "transport", "tcp", "max-message-size", "1MiB", NULL };
  g_autoptr (MvxSyslogOptions) options = make_options (settings);
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxSyslogFormat format = { 0 };

  for (guint i = 0; i < hostile->len; i++)
    {
      GBytes *bytes = g_ptr_array_index (hostile, i);
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (bytes);

      buffer.len = 0;
      if (g_bytes_get_size (bytes) > 100000)
        continue;
      g_assert_true (mvx_syslog_format_append (&format, options, event, &buffer));
      mvx_log_buffer_append_c (&buffer, '\0'); /* for those that look for an end */
      assert_well_formed ((const char *) buffer.data, buffer.len - 1, bytes);
    }
  mvx_log_buffer_clear (&buffer);
}

static void
assert_invalid (const char *const *settings, const char *message)
{
  Instance instance;

  syslog_init (&instance, settings);
  instance_assert_invalid (&instance, message);
  instance_clear (&instance);
}

#define INVALID(message, ...) assert_invalid ((const char *const[]){ __VA_ARGS__, NULL }, message)

static void
test_bad_options (void)
{
  INVALID ("path: 'log' cannot be the path of a socket; give an absolute one of at most 107 bytes", "path", "log");
  INVALID ("host: 'a b' is not the name or address of a server; give one such as loghost.example.org", "transport",
           "tcp", "host", "a b");
  INVALID ("ca-file: '/x' is for transport=tls; set that, or leave it out", "transport", "tcp", "ca-file", "/x");
  INVALID ("client-key: '/k' is the key of no certificate; set client-certificate, too", "transport", "tls",
           "client-key", "/k");
  INVALID ("app-name: 'a b' does not go into a syslog header; give 1 to 48 printable ASCII characters and no space",
           "app-name", "a b");
  INVALID (
      "msgid: 'caf\xc3\xa9' does not go into a syslog header; give 1 to 32 printable ASCII characters and no space",
      "msgid", "caf\xc3\xa9");
  INVALID ("sd-id: 'mvx' cannot name structured data; give NAME@ENTERPRISE-NUMBER, such as mvx@32473", "sd-id", "mvx");
  INVALID ("max-message-size: 65508 is more than a datagram holds; give at most 65507", "transport", "udp",
           "max-message-size", "65508");
}

static void
test_descriptor (void)
{
  static const char *const cases[][5] = {
    { "/dev/log", NULL },
    { "udp://localhost:514", "transport", "udp", NULL },
    { "tcp://localhost:601", "transport", "tcp", NULL },
    { "tls://[::1]:6514", "transport", "tls", "host", "::1" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *settings[] = { cases[i][1], cases[i][2], cases[i][3], cases[i][4], NULL };
      g_autoptr (MvxLogSinkDescriptor) descriptor = NULL;
      g_autoptr (GError) error = NULL;
      Instance instance;

      syslog_init (&instance, settings);
      descriptor = mvx_static_plugin_syslog.build_descriptor (instance.options, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (mvx_log_sink_descriptor_get_sink_type (descriptor), ==, "syslog");
      g_assert_cmpstr (g_variant_get_string (mvx_log_sink_descriptor_get_resource_key (descriptor), NULL), ==,
                       cases[i][0]);
      instance_clear (&instance);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  setenv ("TZ", "EET-2", TRUE);
  tzset ();
  g_test_add_func ("/syslog-format/5424", test_5424);
  g_test_add_func ("/syslog-format/received", test_received);
  g_test_add_func ("/syslog-format/names", test_names);
  g_test_add_func ("/syslog-format/keys", test_keys);
  g_test_add_func ("/syslog-format/bom", test_bom);
  g_test_add_func ("/syslog-format/3164", test_3164);
  g_test_add_func ("/syslog-format/renderer", test_renderer);
  g_test_add_func ("/syslog-format/cut", test_cut);
  g_test_add_func ("/syslog-format/hostile", test_hostile);
  g_test_add_func ("/syslog-format/bad-options", test_bad_options);
  g_test_add_func ("/syslog-format/descriptor", test_descriptor);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/escape-private.h"
#include "base/scan-private.h"
#include "base/utf8-private.h"
#include "render-fixture.h"

static char *
escape (MvxLogEscape mode, const char *text, gssize len)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_escape_append (&buffer, mode, text, len < 0 ? strlen (text) : (gsize) len);
  mvx_log_buffer_append_c (&buffer, '\0');
  return (char *) buffer.data;
}

#define assert_escape(mode, text, len, expected)                                                                       \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *escaped_ = escape (MVX_LOG_ESCAPE_##mode, text, len);                                             \
    g_assert_cmpstr (escaped_, ==, expected);                                                                          \
  }                                                                                                                    \
  G_STMT_END

static void
test_json (void)
{
  assert_escape (JSON, "", 0, "");
  assert_escape (JSON, "plain text / with 'things'", -1, "plain text / with 'things'");
  assert_escape (JSON, "\"\\\b\f\n\r\t", -1, "\\\"\\\\\\b\\f\\n\\r\\t");
  assert_escape (JSON, "a\0b", 3, "a\\u0000b");
  assert_escape (JSON, "\x01\x1f\x7f", -1, "\\u0001\\u001f\\u007f");
  assert_escape (JSON, "\xc2\x80\xc2\x85\xc2\x9f\xc2\xa0", -1, "\\u0080\\u0085\\u009f\xc2\xa0");
  assert_escape (JSON, "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", -1, "\xe2\x80\xa7\\u2028\\u2029\\u202a");
  assert_escape (JSON, "\xf0\x9f\x98\x80\xe2\x82\xac", -1, "\xf0\x9f\x98\x80\xe2\x82\xac");
}

/* Each maximal subpart becomes one U+FFFD: table 3-8 of the Unicode standard and its neighbours. */
static void
test_json_invalid (void)
{
#define R "\xef\xbf\xbd"
  assert_escape (JSON,
                 "a\xf1\x80\x80\xe1\x80\xc2"
                 "b\x80"
                 "c\x80\xbf"
                 "d",
                 -1, "a" R R R "b" R "c" R R "d");
  assert_escape (JSON,
                 "\xc0\xaf\xe0\x80\xbf\xf0\x81\x82"
                 "A",
                 -1, R R R R R R R R "A");
  assert_escape (JSON,
                 "\xed\xa0\x80\xed\xbf\xbf\xed\xaf"
                 "A",
                 -1, R R R R R R R R "A");
  assert_escape (JSON,
                 "\xf4\x91\x92\x93\xff"
                 "A\x80\xbf"
                 "B",
                 -1, R R R R R "A" R R "B");
  assert_escape (JSON,
                 "\xe1\x80\xe2\xf0\x91\x92\xf1\xbf"
                 "A",
                 -1, R R R R "A");
  assert_escape (JSON, "\xc3", -1, R);
  assert_escape (JSON, "\xe2\x82", -1, R);
  assert_escape (JSON, "\xf0\x9f\x98", -1, R);
  assert_escape (JSON, "\xf8\x88\x80\x80\x80", -1, R R R R R);
#undef R
}

/* Valid text stays as it is, and JSON does not notice the difference. */
static void
test_valid (void)
{
  static const char text[] = "a\0b\t\xe2\x80\xa8\xc3|\xe2\x82|\xf0\x9f\x98\x80\x80|\xed\xa0\x80";
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  g_autofree char *json = escape (MVX_LOG_ESCAPE_JSON, text, sizeof text - 1);
  g_autofree char *again = NULL;

  mvx_log_escape_append (&buffer, MVX_LOG_ESCAPE_VALID, text, sizeof text - 1);
#define R "\xef\xbf\xbd"
  g_assert_cmpmem (buffer.data, buffer.len, "a\0b\t\xe2\x80\xa8" R "|" R "|\xf0\x9f\x98\x80" R "|" R R R,
                   sizeof "a\0b\t\xe2\x80\xa8" R "|" R "|\xf0\x9f\x98\x80" R "|" R R R - 1);
#undef R
  again = escape (MVX_LOG_ESCAPE_JSON, (const char *) buffer.data, (gssize) buffer.len);
  g_assert_cmpstr (again, ==, json);
  mvx_log_buffer_clear (&buffer);
}

static void
test_text (void)
{
  assert_escape (TEXT, "a b=\"c\" \\ \t\n\r", -1, "a b=\"c\" \\ \\t\\n\\r");
  assert_escape (TEXT, "\033[31m\a\x7f", -1, "\\x1b[31m\\x07\\x7f");
  assert_escape (TEXT, "a\0b", 3, "a\\x00b");
  assert_escape (TEXT, "\xc2\x85\xc2\x9b", -1, "\\xc2\\x85\\xc2\\x9b");
  assert_escape (TEXT, "\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\xe2\x80\x8f", -1,
                 "\\xe2\\x80\\xa8\\xe2\\x80\\xae\\xe2\\x81\\xa6\\xd8\\x9c\\xe2\\x80\\x8f");
  assert_escape (TEXT, "caf\xc3\xa9 \xff\xe2\x82", -1, "caf\xc3\xa9 \\xff\\xe2\\x82");
  assert_escape (QUOTED, "a \"b\" \\ \t\n\r\x01", -1, "a \\\"b\\\" \\\\ \\t\\n\\r\\x01");
  assert_escape (WORD, "a b=c\"d\\e\tf\xff\xc3\xa9", -1, "a\\x20b\\x3dc\\x22d\\x5ce\\x09f\\xff\xc3\xa9");
  assert_escape (NONE, "a\n\"\xff", -1, "a\n\"\xff");
}

/* Turns \t, \n, \r, \", \\ and \xNN back. */
static GBytes *
unescape (const char *text)
{
  GByteArray *bytes = g_byte_array_new ();

  for (const char *p = text; *p; p++)
    {
      guint8 byte = (guint8) *p;

      if (byte == '\\')
        {
          p++;
          byte = (guint8) (*p == 't' ? '\t' : *p == 'n' ? '\n' : *p == 'r' ? '\r' : *p);
          if (*p == 'x')
            {
              byte = (guint8) (g_ascii_xdigit_value (p[1]) * 16 + g_ascii_xdigit_value (p[2]));
              p += 2;
            }
        }
      g_byte_array_append (bytes, &byte, 1);
    }
  return g_byte_array_free_to_bytes (bytes);
}

static void
test_round_trip (void)
{
  g_autoptr (GPtrArray) hostile = fixture_hostile ();

  for (guint i = 0; i < hostile->len; i++)
    {
      gsize len;
      const char *data = g_bytes_get_data (hostile->pdata[i], &len);
      const char *text = data ? data : "";
      g_autofree char *quoted = escape (MVX_LOG_ESCAPE_QUOTED, text, (gssize) len);
      g_autofree char *word = escape (MVX_LOG_ESCAPE_WORD, text, (gssize) len);
      g_autoptr (GBytes) from_quoted = unescape (quoted);
      g_autoptr (GBytes) from_word = unescape (word);

      g_assert_true (g_bytes_equal (from_quoted, hostile->pdata[i]));
      g_assert_true (g_bytes_equal (from_word, hostile->pdata[i]));
      g_assert_true (g_utf8_validate (quoted, -1, NULL));
      g_assert_null (strpbrk (quoted, "\n\r\t\033\177"));
      g_assert_null (strpbrk (word, "\n\r\t\033\177 =\""));
      g_assert_cmpint (mvx_log_escape_is_word (text, len), ==, strlen (word) == len && memcmp (word, text, len) == 0);
    }
}

/* Every byte at every place of blocks of every length: the fast ways agree with the definition. */
static void
test_scan (void)
{
  guint8 in[64];
  guint8 out[64];

  for (gsize len = 0; len <= 40; len++)
    for (gsize at = 0; at < len; at++)
      for (guint byte = 0; byte < 256; byte++)
        {
          gsize plain;
          gsize word;

          memset (in, 'a', sizeof in);
          memset (out, 0, sizeof out);
          in[at] = (guint8) byte;
          plain = mvx_log_scan_is_plain ((guint8) byte) ? len : at;
          word = plain == at || byte == ' ' || byte == '=' ? at : len;
          g_assert_cmpuint (mvx_log_scan_copy (out, in, len), ==, plain);
          g_assert_cmpint (memcmp (out, in, plain), ==, 0);
          g_assert_cmpuint (mvx_log_scan_word_len (in, len), ==, word);
        }
}

/* The same without wide registers. */
static void
test_scan_word (void)
{
  for (guint at = 0; at < 8; at++)
    for (guint byte = 0; byte < 256; byte++)
      {
        guint8 bytes[8] = "abcdefgh";
        guint64 word;

        bytes[at] = (guint8) byte;
        memcpy (&word, bytes, 8);
        g_assert_cmpint (mvx_log_scan_word (word) == 0, ==, mvx_log_scan_is_plain ((guint8) byte));
      }
}

/* GLib's decoder accepts the same sequences. */
static void
test_utf8 (void)
{
  for (gunichar c = 0; c <= 0x10ffff; c++)
    {
      char text[8];
      gint n = g_unichar_to_utf8 (c, text);
      gunichar found;

      g_assert_cmpuint (mvx_log_utf8_next ((const guint8 *) text, (gsize) n, &found), ==,
                        c >= 0xd800 && c < 0xe000 ? 1 : n);
      g_assert_cmpuint (found, ==, c >= 0xd800 && c < 0xe000 ? MVX_LOG_UTF8_INVALID : c);
    }
}

static void
test_base64 (void)
{
  for (gsize n = 0; n < 300; n++)
    {
      guint8 bytes[300];
      MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
      g_autofree char *expected = NULL;

      for (gsize i = 0; i < n; i++)
        bytes[i] = (guint8) (i * 7 + n);
      expected = g_base64_encode (bytes, n);
      mvx_log_escape_base64 (&buffer, bytes, n);
      g_assert_cmpmem (buffer.data, buffer.len, expected, strlen (expected));
      mvx_log_buffer_clear (&buffer);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/escape/json", test_json);
  g_test_add_func ("/escape/json-invalid", test_json_invalid);
  g_test_add_func ("/escape/valid", test_valid);
  g_test_add_func ("/escape/text", test_text);
  g_test_add_func ("/escape/round-trip", test_round_trip);
  g_test_add_func ("/escape/scan", test_scan);
  g_test_add_func ("/escape/scan-word", test_scan_word);
  g_test_add_func ("/escape/utf8", test_utf8);
  g_test_add_func ("/escape/base64", test_base64);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The quick way writes what the general way writes, within the room that it reserved. An event with an empty block of
 * metadata goes the general way. */
#include <math.h>

#include "render-fixture.h"
#include "render/quick-private.h"

#define MAX_FIELDS MVX_LOG_PREPARED_QUICK_FIELDS

static const char *const everything[] = { "pattern", "%t|%-9L|%3.2l|%12c|%m|%f|%p|%h|%n|%s|%%\t", NULL };

static MvxLogCallsite *
site_new (const char *template, const char *const *keys, const guint8 *kinds, guint n)
{
  const MvxLogCallsiteInfo info
      = { template, "dir/a \"b\".c", "f\x01", keys, kinds, 7, MVX_LOG_LEVEL_INFO, (guint16) n };

  return (MvxLogCallsite *) mvx_log_callsite_intern (&info);
}

static gboolean
is_quick (const MvxLogEvent *event)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogQuick quick;
  gboolean result = mvx_log_quick_begin (&quick, event, &buffer, 0) != NULL;

  mvx_log_buffer_clear (&buffer);
  return result;
}

/* As fixture_line(), from an empty buffer: all there is was reserved for this line. */
static char *
render (const MvxLogRenderer *renderer, const MvxLogEvent *event)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_renderer_render ((MvxLogRenderer *) renderer, event, &buffer);
  g_assert_cmpuint (buffer.len, <=, buffer.allocated);
  mvx_log_buffer_append_c (&buffer, '\0');
  return (char *) buffer.data;
}

static void
assert_same (const Fixture *fixture)
{
  const struct
  {
    const char *format;
    const char *const *settings;
  } formats[] = { { "json", NULL }, { "pattern", NULL }, { "pattern", everything } };
  Fixture bare = *fixture;
  g_autoptr (MvxLogEvent) general = fixture_event (*fixture);
  g_autoptr (MvxLogEvent) quick = NULL;

  bare.bare = TRUE;
  quick = fixture_event (bare);
  g_assert_false (is_quick (general));
  g_assert_true (is_quick (quick));
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr (MvxLogRenderer) renderer = fixture_renderer (formats[i].format, formats[i].settings);
      g_autofree char *expected = render (renderer, general);
      g_autofree char *line = render (renderer, quick);

      g_assert_cmpstr (line, ==, expected);
    }
}

/* Every kind of word, also those that JSON has in quotation marks. */
static void
test_words (void)
{
  static const char *const keys[] = { "i", "u", "d", "b", "t", "s" };
  static const guint8 kinds[] = { MVX_LOG_KIND_INT64, MVX_LOG_KIND_UINT64, MVX_LOG_KIND_DOUBLE,
                                  MVX_LOG_KIND_BOOL,  MVX_LOG_KIND_TIME,   MVX_LOG_KIND_STRING };
  static const double doubles[] = { 0, -0.0, 12, 0.125, 1e300, -1e-300, 4.9e-324, NAN, INFINITY, -INFINITY };
  static const char *const strings[] = { NULL, "", "word", "two words", "a\"b\n", "\xff", "a=b" };
  static const char *const templates[] = { "{i} {u} {d} {b} {t} {s}", "{s}{s}{i}", "nothing {of} it", "{i}" };

  for (guint i = 0; i < G_N_ELEMENTS (templates); i++)
    for (guint j = 0; j < G_N_ELEMENTS (doubles); j++)
      for (guint k = 0; k < G_N_ELEMENTS (strings); k++)
        {
          const MvxLogArg args[] = { { .i = j ? -(gint64) j : G_MININT64 },
                                     { .u = k ? k : G_MAXUINT64 },
                                     { .d = doubles[j] },
                                     { .i = j & 1 },
                                     { .i = (gint64) j - 3 },
                                     { .s = strings[k] } };

          assert_same (&(Fixture){ .symbol = "org.example.quick",
                                   .level = (gint) k * 10 + 3,
                                   .site = site_new (templates[i], keys, kinds, G_N_ELEMENTS (keys)),
                                   .args = args,
                                   .thread = j,
                                   .seq = k });
        }
}

/* Text of all kinds as value, key, context and in the template. */
static void
test_hostile (void)
{
  static const guint8 kinds[] = { MVX_LOG_KIND_STRING, MVX_LOG_KIND_DOUBLE };
  g_autoptr (GPtrArray) hostile = fixture_hostile ();

  for (guint i = 0; i < hostile->len; i++)
    {
      gsize len;
      const char *data = g_bytes_get_data (hostile->pdata[i], &len);
      g_autofree char *text = g_strndup (data ? data : "", MIN (len, 300));
      /* Callsites with keys of more than 200 bytes have no slots. */
      g_autofree char *key = g_strdup_printf ("k%.199s", text);
      g_autofree char *template = g_strconcat ("{k}", text, "{n}", NULL);
      const char *keys[] = { "k", "n" };
      const char *odd_keys[] = { key, "n" };
      const MvxLogArg args[] = { { .s = text }, { .d = i } };

      assert_same (&(Fixture){ .symbol = text, .site = site_new ("{k} {n}", keys, kinds, 2), .args = args });
      assert_same (&(Fixture){ .symbol = text, .site = site_new (template, keys, kinds, 2), .args = args });
      assert_same (&(Fixture){ .symbol = text, .site = site_new ("{n}", odd_keys, kinds, 2), .args = args });
    }
}

/* Strings of all lengths around that of a block, with one odd byte at every place. */
static void
test_lengths (void)
{
  static const char *const keys[] = { "a", "b" };
  static const guint8 kinds[] = { MVX_LOG_KIND_STRING, MVX_LOG_KIND_STRING };
  static const char odd[] = "x =\"\\\n\x1f\x7f\x80\xff~";

  for (guint len = 0; len < 36; len++)
    for (guint at = 0; at < MAX (len, 1); at++)
      for (guint i = 0; i < sizeof odd - 1; i++)
        {
          g_autofree char *text = g_strnfill (len, 'm');
          const MvxLogArg args[] = { { .s = text }, { .s = text } };

          if (len > 0)
            text[at] = odd[i];
          assert_same (&(Fixture){ .symbol = "quick", .site = site_new ("<{a}>", keys, kinds, 2), .args = args });
        }
}

/* What needs most room: control characters, again and again. */
static void
test_room (void)
{
  g_autoptr (GString) template = g_string_new (NULL);
  char keys_text[MAX_FIELDS][8];
  const char *keys[MAX_FIELDS];
  guint8 kinds[MAX_FIELDS];
  MvxLogArg args[MAX_FIELDS];
  char text[150];

  memset (text, '\x01', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  for (guint i = 0; i < MAX_FIELDS; i++)
    {
      g_snprintf (keys_text[i], sizeof keys_text[i], "\x01%u", i);
      keys[i] = keys_text[i];
      kinds[i] = MVX_LOG_KIND_STRING;
      args[i].s = text;
      g_string_append_printf (template, "{%s}\x01{%s}{%s}", keys[i], keys[0], keys[i]);
    }
  assert_same (&(Fixture){ .symbol = text, .site = site_new (template->str, keys, kinds, MAX_FIELDS), .args = args });
  memset (kinds, MVX_LOG_KIND_TIME, sizeof kinds);
  for (guint i = 0; i < MAX_FIELDS; i++)
    args[i].i = G_MININT64;
  assert_same (&(Fixture){ .symbol = text, .site = site_new (template->str, keys, kinds, MAX_FIELDS), .args = args });
}

/* What fields have in common with the message is taken from there, but not from one that was cut or padded, comes
 * behind them or is not there at all. */
static void
test_message_and_fields (void)
{
  static const char *const formats[][2] = {
    { "pattern", "%m %f" },
    { "pattern", "%f %m" },
    { "pattern", "%f" },
    { "pattern", "%.3m %f" },
    { "pattern", "%60m %f" },
    { "pattern", "%-60m %f" },
    { "pattern", "%5.5m|%60f" },
    { "pattern", "%f %60m" },
    { "pattern", "%60m" },
    { "template", "{message:^60} {fields}" },
    { "template", "{fields}" },
    { "template", "{message:\xc3\xa4>60.7}{fields}" },
    { "template", "{fields:.9}{message:.2}" },
  };
  static const char *const keys[] = { "a", "i", "s", "none", "not" };
  static const guint8 kinds[]
      = { MVX_LOG_KIND_STRING, MVX_LOG_KIND_INT64, MVX_LOG_KIND_STRING, MVX_LOG_KIND_STRING, MVX_LOG_KIND_INT64 };
  const MvxLogArg args[] = { { .s = "word" }, { .i = -12345 }, { .s = "two \"words\"" }, { .s = NULL }, { .i = 7 } };
  Fixture fixture = { .symbol = "org.example.quick",
                      .site = site_new ("{a}, {i} and {s}, {none}", keys, kinds, G_N_ELEMENTS (keys)),
                      .args = args };
  g_autoptr (MvxLogEvent) general = fixture_event (fixture);
  g_autoptr (MvxLogEvent) quick = NULL;

  fixture.bare = TRUE;
  quick = fixture_event (fixture);
  g_assert_true (is_quick (quick));
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      const char *const settings[] = { formats[i][0], formats[i][1], NULL };
      g_autoptr (MvxLogRenderer) renderer = fixture_renderer (formats[i][0], settings);
      g_autofree char *expected = render (renderer, general);
      g_autofree char *line = render (renderer, quick);

      g_assert_cmpstr (line, ==, expected);
    }
}

/* Of one event for each renderer, both ways, without and with a head that is kept. */
static void
assert_heads (MvxLogRenderer *const *renderers, Fixture fixture)
{
  g_autoptr (MvxLogEvent) general = fixture_event (fixture);
  g_autoptr (MvxLogEvent) quick = NULL;

  fixture.bare = TRUE;
  quick = fixture_event (fixture);
  g_assert_true (is_quick (quick));
  for (; *renderers; renderers++)
    {
      g_autofree char *expected = render (*renderers, general);

      for (guint i = 0; i < 2; i++)
        {
          g_autofree char *line = render (*renderers, quick);

          g_assert_cmpstr (line, ==, expected);
        }
    }
}

/* All pairs of events that differ in one thing that a head holds, or in two. */
static void
assert_all_heads (MvxLogRenderer *const *renderers)
{
  static const char *const keys[] = { "s" };
  static const guint8 string[] = { MVX_LOG_KIND_STRING };
  static const gint64 times[]
      = { FIXTURE_TIME, FIXTURE_TIME + 1, FIXTURE_TIME + 1000000000, FIXTURE_TIME - 1000000000, -1,
          G_MININT64,   G_MAXINT64 };
  static const gint levels[] = { MVX_LOG_LEVEL_INFO, MVX_LOG_LEVEL_ERROR, 9, 704 };
  g_autofree char *longish = g_strnfill (150, 'c');
  g_autofree char *large = g_strnfill (400, '\x01');
  const char *const symbols[] = { NULL, "org.example.a", "org.example.b", "odd \"\n", longish, large };
  const MvxLogArg args[] = { { .s = "x" } };

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    for (guint j = 0; j < G_N_ELEMENTS (levels); j++)
      for (guint k = 0; k < G_N_ELEMENTS (symbols); k++)
        for (guint thread = 0; thread < 3; thread++)
          assert_heads (renderers, (Fixture){ .symbol = symbols[k],
                                              .time = times[i],
                                              .level = levels[j],
                                              .site = site_new ("{s}", keys, string, 1),
                                              .args = args,
                                              .thread = thread * 16,
                                              .seq = thread });
  for (guint i = 0; i < 2; i++)
    assert_heads (
        renderers,
        (Fixture){ .time = i ? G_MININT64 + 1 : G_MAXINT64, .site = site_new ("{s}", keys, string, 1), .args = args });
}

static void
test_heads (void)
{
  static const char *const no_time[] = { "pattern", "%c %p\t%l|%m", NULL };
  static const char *const two_times[] = { "pattern", "%t%%%t %m %t", NULL };
  static const char *const level_behind[] = { "pattern", "%c %m %L", NULL };
  static const char *const wide[] = { "pattern", "%60t|%-20.4c|%m %h %f", NULL };
  g_autoptr (MvxLogRenderer) json = fixture_renderer ("json", NULL);
  g_autoptr (MvxLogRenderer) text = fixture_renderer ("pattern", NULL);
  g_autoptr (MvxLogRenderer) other = fixture_renderer ("pattern", no_time);
  g_autoptr (MvxLogRenderer) twice = fixture_renderer ("pattern", two_times);
  g_autoptr (MvxLogRenderer) behind = fixture_renderer ("pattern", level_behind);
  g_autoptr (MvxLogRenderer) padded = fixture_renderer ("pattern", wide);
  g_autoptr (MvxLogRenderer) braces = fixture_renderer ("template", NULL);
  MvxLogRenderer *const renderers[] = { json, text, other, twice, behind, padded, braces, NULL };

  assert_all_heads (renderers);
  /* A head that is kept does not keep an old name of a level, nor an old number of the process. */
  g_assert_true (mvx_log_level_register ("quick-nine", 9, NULL, NULL, NULL));
  assert_all_heads (renderers);
  g_assert_true (mvx_log_level_register ("quick-other", 704, NULL, NULL, NULL));
  assert_all_heads (renderers);
  for (guint i = 0; renderers[i]; i++)
    mvx_log_renderer_set_pid (renderers[i], 7);
  assert_all_heads (renderers);
}

/* What goes the general way, because the quick one does not know it or would reserve too much. */
static void
test_declined (void)
{
  static const char *const keys[] = { "s" };
  static const char *const error_key[] = { "error" };
  static const guint8 string[] = { MVX_LOG_KIND_STRING };
  static const guint8 error[] = { MVX_LOG_KIND_ERROR };
  const MvxLogField bound[] = { FIELD_INT ("request", 7) };
  g_autofree char *large = g_strnfill (3000, 'x');
  const MvxLogArg args[] = { { .s = "x" } };
  const MvxLogArg large_args[] = { { .s = large } };
  const Fixture cases[] = {
    { .bare = TRUE, .site = site_new (NULL, keys, string, 1), .args = args },
    { .bare = TRUE, .site = site_new ("{s}", keys, string, 1), .args = large_args },
    { .bare = TRUE, .site = site_new (large, keys, string, 1), .args = args },
    { .bare = TRUE, .site = site_new ("{s}", error_key, string, 1), .args = args },
    { .bare = TRUE, .site = site_new ("{s}", keys, error, 1) },
    { .bare = TRUE, .site = site_new ("{s}", keys, string, 1), .args = args, .fields = bound, .n_fields = 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_event (cases[i]);
      g_autoptr (MvxLogRenderer) renderer = fixture_renderer ("json", NULL);
      g_autofree char *line = fixture_line (renderer, event);

      g_assert_false (is_quick (event));
      g_assert_cmpint (line[0], ==, '{');
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quick/words", test_words);
  g_test_add_func ("/quick/hostile", test_hostile);
  g_test_add_func ("/quick/lengths", test_lengths);
  g_test_add_func ("/quick/room", test_room);
  g_test_add_func ("/quick/message-and-fields", test_message_and_fields);
  g_test_add_func ("/quick/heads", test_heads);
  g_test_add_func ("/quick/declined", test_declined);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a writer of GLib is given, whoever gives it: GLib's macros, a binding that gives everything a length, or
 * somebody who makes fields up. */
#include <string.h>

#include <mvxlog/level.h>

#include "front/glib-message-private.h"

#define TEXT(key, value)                                                                                               \
  {                                                                                                                    \
    key, value, -1                                                                                                     \
  }

static void
test_places (void)
{
  const GLogField fields[] = {
    TEXT ("GLIB_DOMAIN", "d"), TEXT ("PRIORITY", "4"), TEXT ("CODE_FILE", "f.c"), TEXT ("CODE_LINE", "7"),
    TEXT ("CODE_FUNC", "f"),   TEXT ("MESSAGE", "m"),  TEXT (NULL, "no key"),     TEXT ("GLIB_OLD_LOG_API", "1"),
  };
  MvxLogGlibMessage message;

  mvx_log_glib_message_sort (&message, fields, G_N_ELEMENTS (fields));
  g_assert_true (message.domain == &fields[0]);
  g_assert_true (message.file == &fields[2]);
  g_assert_true (message.line == &fields[3]);
  g_assert_true (message.function == &fields[4]);
  g_assert_true (message.message == &fields[5]);
  g_assert_true (message.old_api);
  g_assert_cmpuint (message.n_custom, ==, 0);
  mvx_log_glib_message_sort (&message, NULL, 0);
  g_assert_null (message.domain);
  g_assert_null (message.message);
  g_assert_false (message.old_api);
}

/* Keys that only begin, or end, like one that is known are the program's own. */
static void
test_lookalikes (void)
{
  static const char *const keys[] = {
    "",           "C",         "CO",        "COD",          "CODE",          "CODE_",       "CODE_F",
    "CODE_FI",    "CODE_FIL",  "CODE_FILX", "CODE_FILES",   "CODE_L",        "CODE_LI",     "CODE_LIN",
    "CODE_LINES", "CODE_FU",   "CODE_FUN",  "CODE_FUNX",    "CODE_FUNCTION", "CXDE_FILE",   "COXE_FILE",
    "CODX_FILE",  "CODEXFILE", "M",         "MESSAGE_ID",   "MESSAG",        "P",           "PRIORITY_",
    "G",          "GLIB",      "GLIB_",     "GLIB_DOMAINS", "message",       "glib_domain", "code_file",
    "CODE_XINE",  "CODE_LXNE", "CODE_LIXE", "CODE_LINX",    "CODE_FXLE",     "CODE_FIXE",   "CODE_FXNC",
    "CODE_FUXC",
  };
  GLogField fields[G_N_ELEMENTS (keys)];
  MvxLogField own[G_N_ELEMENTS (keys)];
  MvxLogGlibMessage message;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    fields[i] = (GLogField) TEXT (keys[i], "v");
  for (guint n = 1; n <= G_N_ELEMENTS (keys); n++)
    {
      mvx_log_glib_message_sort (&message, fields, n);
      g_assert_cmpuint (message.n_custom, ==, n);
      g_assert_null (message.message);
      g_assert_null (message.domain);
      g_assert_null (message.file);
      g_assert_null (message.line);
      g_assert_null (message.function);
      g_assert_false (message.old_api);
      g_assert_cmpuint (mvx_log_glib_message_take (&message, own, fields, n), ==, n);
      for (guint i = 0; i < n; i++)
        g_assert_cmpstr (own[i].key, ==, keys[i]);
      mvx_log_glib_message_release (own, n);
    }
}

/* Few or many: the same fields in the same order, without those that GLib knows and those without a key. */
static void
test_take (void)
{
  enum
  {
    MOST = 3 * MVX_LOG_GLIB_MESSAGE_FEW
  };
  static const GLogField known[]
      = { TEXT ("MESSAGE", "m"), TEXT ("PRIORITY", "4"), TEXT (NULL, "x"), TEXT ("GLIB_OLD_LOG_API", "1") };
  static const char keys[MOST][4] = { "A0", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "B0", "B1",
                                      "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "C0", "C1", "C2", "C3" };

  for (guint n_own = 0; n_own < MOST; n_own++)
    {
      GLogField fields[2 * MOST];
      MvxLogField own[MOST];
      MvxLogGlibMessage message;
      guint n = 0;

      for (guint i = 0; i < n_own; i++)
        {
          fields[n++] = (GLogField){ keys[i], "\0\1\2", i % 2 ? 3 : -1 };
          fields[n++] = known[i % G_N_ELEMENTS (known)];
        }
      mvx_log_glib_message_sort (&message, fields, n);
      g_assert_cmpuint (message.n_custom, ==, n_own);
      g_assert_cmpuint (mvx_log_glib_message_take (&message, own, fields, n), ==, n_own);
      for (guint i = 0; i < n_own; i++)
        {
          gsize size;

          g_assert_cmpstr (own[i].key, ==, keys[i]);
          g_assert_cmpint (own[i].kind, ==, i % 2 ? MVX_LOG_KIND_BYTES : MVX_LOG_KIND_STRING);
          if (i % 2 == 0)
            g_assert_cmpstr (own[i].value.s, ==, "");
          else
            g_assert_cmpmem (g_bytes_get_data ((GBytes *) own[i].value.p, &size), 3, "\0\1\2", 3);
        }
      mvx_log_glib_message_release (own, n_own);
    }
}

static void
test_text (void)
{
  static const GLogField whole = TEXT ("CODE_FILE", "whole.c");
  static const GLogField none = TEXT ("CODE_FILE", NULL);
  static const GLogField part = { "CODE_FILE", "part.cXX", 6 };
  static const GLogField empty = { "CODE_FILE", "XX", 0 };
  static const GLogField nothing = { "CODE_FILE", "", 0 };
  char room[8];
  char small[4];

  g_assert_null (mvx_log_glib_message_text (NULL, room, sizeof room));
  g_assert_null (mvx_log_glib_message_text (&none, room, sizeof room));
  g_assert_true (mvx_log_glib_message_text (&whole, room, sizeof room) == whole.value);
  g_assert_cmpstr (mvx_log_glib_message_text (&part, room, sizeof room), ==, "part.c");
  g_assert_cmpstr (mvx_log_glib_message_text (&part, small, sizeof small), ==, "par");
  g_assert_cmpstr (mvx_log_glib_message_text (&empty, room, sizeof room), ==, "");
  g_assert_cmpstr (mvx_log_glib_message_text (&nothing, room, sizeof room), ==, "");
}

static void
test_number (void)
{
  static const struct
  {
    GLogField field;
    guint expected;
  } cases[] = {
    { TEXT ("CODE_LINE", "0"), 0 },          { TEXT ("CODE_LINE", "42"), 42 },
    { TEXT ("CODE_LINE", "0042"), 42 },      { TEXT ("CODE_LINE", "4294967295"), G_MAXUINT },
    { TEXT ("CODE_LINE", "4294967296"), 0 }, { TEXT ("CODE_LINE", "99999999999999999999999999"), 0 },
    { TEXT ("CODE_LINE", "12x"), 12 },       { TEXT ("CODE_LINE", "-1"), 0 },
    { TEXT ("CODE_LINE", " 1"), 0 },         { TEXT ("CODE_LINE", "/"), 0 },
    { TEXT ("CODE_LINE", ":"), 0 },          { TEXT ("CODE_LINE", ""), 0 },
    { TEXT ("CODE_LINE", NULL), 0 },         { { "CODE_LINE", "1789", 3 }, 178 },
    { { "CODE_LINE", "1789", 0 }, 0 },
  };

  g_assert_cmpuint (mvx_log_glib_message_number (NULL), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (mvx_log_glib_message_number (&cases[i].field), ==, cases[i].expected);
}

/* The most serious one. */
static void
test_level (void)
{
  static const struct
  {
    guint glib;
    gint level;
  } cases[] = {
    { G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_FLAG_FATAL, MVX_LOG_LEVEL_CRITICAL },
    { G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING, MVX_LOG_LEVEL_ERROR },
    { G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE, MVX_LOG_LEVEL_WARNING },
    { G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO, MVX_LOG_LEVEL_NOTICE },
    { G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG, MVX_LOG_LEVEL_INFO },
    { G_LOG_LEVEL_DEBUG | G_LOG_FLAG_RECURSION, MVX_LOG_LEVEL_DEBUG },
    { 1u << (G_LOG_LEVEL_USER_SHIFT + 3), MVX_LOG_LEVEL_NOTICE },
    { 0, MVX_LOG_LEVEL_NOTICE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (mvx_log_glib_message_level (cases[i].glib), ==, cases[i].level);
}

/* Only what g_malloc() says before it ends the program, and nobody who says the like. */
static void
test_shortage (void)
{
  static const char words[] = "../glib/gmem.c:106: failed to allocate 8 bytes";
  static const struct
  {
    GLogLevelFlags level;
    GLogField fields[3];
    gboolean expected;
  } cases[] = {
    { G_LOG_LEVEL_ERROR,
      { TEXT ("GLIB_OLD_LOG_API", "1"), TEXT ("GLIB_DOMAIN", "GLib"), TEXT ("MESSAGE", words) },
      TRUE },
    { G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION,
      { TEXT ("GLIB_OLD_LOG_API", "1"), TEXT ("GLIB_DOMAIN", "GLib"), TEXT ("MESSAGE", words) },
      TRUE },
    { G_LOG_LEVEL_CRITICAL,
      { TEXT ("GLIB_OLD_LOG_API", "1"), TEXT ("GLIB_DOMAIN", "GLib"), TEXT ("MESSAGE", words) },
      FALSE },
    { G_LOG_LEVEL_ERROR,
      { TEXT ("OTHER_LOG_API", "1"), TEXT ("GLIB_DOMAIN", "GLib"), TEXT ("MESSAGE", words) },
      FALSE },
    { G_LOG_LEVEL_ERROR,
      { TEXT ("GLIB_OLD_LOG_API", "1"), TEXT ("GLIB_DOMAIN", "Gtk"), TEXT ("MESSAGE", words) },
      FALSE },
    { G_LOG_LEVEL_ERROR, { TEXT ("GLIB_OLD_LOG_API", "1"), TEXT ("DOMAIN", "GLib"), TEXT ("MESSAGE", words) }, FALSE },
    { G_LOG_LEVEL_ERROR,
      { TEXT ("GLIB_OLD_LOG_API", "1"), TEXT ("GLIB_DOMAIN", "GLib"), TEXT ("TEXT", words) },
      FALSE },
    { G_LOG_LEVEL_ERROR,
      { TEXT ("GLIB_OLD_LOG_API", "1"), TEXT ("GLIB_DOMAIN", "GLib"), TEXT ("MESSAGE", "x") },
      FALSE },
    { G_LOG_LEVEL_ERROR,
      { TEXT ("GLIB_OLD_LOG_API", "1"), { "GLIB_DOMAIN", "GLib", 4 }, TEXT ("MESSAGE", words) },
      FALSE },
    { G_LOG_LEVEL_ERROR,
      { TEXT ("GLIB_OLD_LOG_API", "1"), TEXT ("GLIB_DOMAIN", "GLib"), { "MESSAGE", words, sizeof words - 1 } },
      FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      MvxLogGlibMessage message;

      mvx_log_glib_message_sort (&message, cases[i].fields, 3);
      g_assert_cmpint (mvx_log_glib_message_is_shortage (&message, cases[i].level), ==, cases[i].expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/glib-message/places", test_places);
  g_test_add_func ("/glib-message/lookalikes", test_lookalikes);
  g_test_add_func ("/glib-message/take", test_take);
  g_test_add_func ("/glib-message/text", test_text);
  g_test_add_func ("/glib-message/number", test_number);
  g_test_add_func ("/glib-message/level", test_level);
  g_test_add_func ("/glib-message/shortage", test_shortage);
  return g_test_run ();
}

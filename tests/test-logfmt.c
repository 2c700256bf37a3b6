/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "render-fixture.h"

#define HEAD "ts=2026-11-21T12:00:00.123456789Z level=info"

static void
test_least (void)
{
  assert_renders ("logfmt", NULL, HEAD, .context = "");
  assert_renders ("logfmt", NULL, HEAD " context=a.b msg=\"\"", .context = "a.b", .message_template = "");
  assert_renders ("logfmt", NULL, "ts=2026-11-21T12:00:00.123456789Z level=-7", .level = -7);
}

static void
test_order (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  const MvxLogField fields[] = { FIELD_ERROR ("error", error), FIELD_INT ("z", 1), FIELD_STRING ("a", "x") };

  assert_renders ("logfmt", NULL,
                  HEAD
                  " context=mvx.ldap event=bind event_id=00112233445566778899aabbccddeeff entity=\"conn 1\" "
                  "outcome=failed msg=\"bind x\" z=1 a=x "
                  "error=\"gone (g-io-error-quark, 1)\" trace_id=0af7 span_id=b7ad file=l.c line=12 func=ldap_bind",
                  .context = "mvx.ldap", .name = "bind", .entity = "conn 1", .id = "00112233445566778899aabbccddeeff",
                  .outcome = "failed", .message_template = "bind {a}", .fields = fields, .n_fields = 3, .trace = "0af7",
                  .span = "b7ad", .file = "l.c", .line = "12", .function = "ldap_bind", .thread = 77, .seq = 3);
}

static void
test_values (void)
{
  g_autoptr (GVariant) list = g_variant_ref_sink (g_variant_new_parsed ("[<1>, <'a b'>]"));
  g_autoptr (GVariant) numbers = g_variant_ref_sink (g_variant_new_parsed ("[1, 2]"));
  g_autoptr (GVariant) map
      = g_variant_ref_sink (g_variant_new_parsed ("{'b': <{'c d': <1>, '': <'x y'>}>, 'e': <@a{sv} {}>}"));
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\xff", 2);
  const MvxLogField fields[] = {
    FIELD_STRING ("empty", ""),
    FIELD_STRING ("space", "a b"),
    FIELD_STRING ("equals", "a=b"),
    FIELD_STRING ("quote", "a\"b"),
    FIELD_STRING ("slash", "a\\b"),
    FIELD_STRING ("newline", "a\nb"),
    FIELD_STRING ("text", "caf\xc3\xa9"),
    FIELD_STRING ("bad", "caf\xe9"),
    FIELD_STRING ("null", NULL),
    FIELD_DOUBLE ("d", 12),
    FIELD_DOUBLE ("nan", NAN),
    FIELD_BOOL ("t", TRUE),
    FIELD_TIME ("w", -1),
    FIELD_VARIANT ("l", list),
    FIELD_VARIANT ("n", numbers),
    FIELD_VARIANT ("a", map),
    FIELD_BYTES ("b", bytes),
  };

  assert_renders ("logfmt", NULL,
                  HEAD
                  " empty=\"\" space=\"a b\" equals=\"a=b\" quote=\"a\\\"b\" slash=\"a\\\\b\" newline=\"a\\nb\" "
                  "text=caf\xc3\xa9 bad=\"caf\\xe9\" null=null d=12.0 nan=NaN t=true "
                  "w=1969-12-31T23:59:59.999999999Z l=\"[1,\\\"a b\\\"]\" n=[1,2] a.b.c\\x20d=1 a.b._=\"x y\" a.e={} "
                  "b=\"AP8=\"",
                  .fields = fields, .n_fields = G_N_ELEMENTS (fields));
}

static void
test_keys (void)
{
  const MvxLogField fields[] = {
    FIELD_INT ("msg", 1), FIELD_INT ("level", 2),   FIELD_INT ("field_level", 3),
    FIELD_INT ("a b", 4), FIELD_INT ("a=\"b", 5),   FIELD_INT ("a\n\\", 6),
    FIELD_INT ("", 7),    FIELD_INT ("message", 8), FIELD_INT ("seq", 9),
    FIELD_INT ("x", 10),  FIELD_INT ("x", 11),
  };

  assert_renders ("logfmt", NULL,
                  HEAD " field_msg=1 field_field_level=2 field_level=3 a\\x20b=4 a\\x3d\\x22b=5 a\\x0a\\x5c=6 _=7 "
                       "message=8 seq=9 x=11",
                  .fields = fields, .n_fields = G_N_ELEMENTS (fields));
}

static void
test_callsite (void)
{
  static const char *const keys[] = { "a b", "n", "s" };
  static const char *const reserved[] = { "msg", "n", "s" };
  static const guint8 kinds[] = { MVX_LOG_KIND_INT64, MVX_LOG_KIND_DOUBLE, MVX_LOG_KIND_STRING };
  const MvxLogCallsiteInfo info = { "{s}", "f.c", "f", keys, kinds, 9, MVX_LOG_LEVEL_INFO, 3 };
  const MvxLogCallsiteInfo reserved_info = { "{s}", "f.c", "f", reserved, kinds, 9, MVX_LOG_LEVEL_INFO, 3 };
  const MvxLogArg args[] = { { .i = 1 }, { .d = 0.5 }, { .s = "x y" } };
  const MvxLogField bound[] = { FIELD_INT ("n", 3), FIELD_INT ("b", 4) };

  assert_renders ("logfmt", NULL, HEAD " msg=\"x y\" a\\x20b=1 n=0.5 s=\"x y\" file=f.c line=9 func=f",
                  .site = mvx_log_callsite_intern (&info), .args = args);
  assert_renders ("logfmt", NULL, HEAD " msg=\"x y\" b=4 a\\x20b=1 n=0.5 s=\"x y\" file=f.c line=9 func=f",
                  .site = mvx_log_callsite_intern (&info), .args = args, .fields = bound, .n_fields = 2);
  assert_renders ("logfmt", NULL, HEAD " msg=\"x y\" field_msg=1 n=0.5 s=\"x y\" file=f.c line=9 func=f",
                  .site = mvx_log_callsite_intern (&reserved_info), .args = args);
}

static void
test_local_time (void)
{
  static const char *const local[] = { "time-zone", "local", NULL };

  assert_renders ("logfmt", local, "ts=2026-11-21T17:30:00.123456789+05:30 level=info", .context = "");
}

/* An independent reader of the format: pairs between spaces; a value in quotation marks has escapes. */
typedef struct
{
  GByteArray *key;
  GByteArray *value;
} Pair;

static void
pair_free (gpointer data)
{
  Pair *pair = data;

  g_byte_array_unref (pair->key);
  g_byte_array_unref (pair->value);
  g_free (pair);
}

static const char *
read_byte (const char *p, GByteArray *out)
{
  guint8 byte = (guint8) *p++;

  if (byte == '\\')
    {
      byte = (guint8) *p++;
      if (byte == 'x')
        {
          byte = (guint8) (g_ascii_xdigit_value (p[0]) << 4 | g_ascii_xdigit_value (p[1]));
          p += 2;
        }
      else if (byte == 'n' || byte == 't' || byte == 'r')
        byte = byte == 'n' ? '\n' : byte == 't' ? '\t' : '\r';
      else
        g_assert_true (byte == '"' || byte == '\\');
    }
  g_byte_array_append (out, &byte, 1);
  return p;
}

static GPtrArray *
parse (const char *p)
{
  GPtrArray *pairs = g_ptr_array_new_with_free_func (pair_free);

  for (;;)
    {
      Pair *pair = g_new0 (Pair, 1);

      pair->key = g_byte_array_new ();
      pair->value = g_byte_array_new ();
      g_ptr_array_add (pairs, pair);
      while (*p != '=')
        {
          g_assert_true ((guint8) *p > ' ' && *p != '"');
          p = read_byte (p, pair->key);
        }
      g_assert_cmpuint (pair->key->len, >, 0);
      if (*++p == '"')
        {
          for (p++; *p != '"'; p = read_byte (p, pair->value))
            g_assert_cmpint (*p, !=, '\0');
          p++;
        }
      else
        while (*p && *p != ' ')
          {
            g_assert_null (strchr ("=\"\\", *p));
            p = read_byte (p, pair->value);
          }
      if (*p == '\0')
        return pairs;
      g_assert_cmpint (*p, ==, ' ');
      p++;
    }
}

static const Pair *
find (GPtrArray *pairs, const char *key)
{
  const Pair *found = NULL;

  for (guint i = 0; i < pairs->len; i++)
    {
      const Pair *pair = pairs->pdata[i];

      if (pair->key->len == strlen (key) && memcmp (pair->key->data, key, strlen (key)) == 0)
        {
          g_assert_null (found);
          found = pair;
        }
    }
  return found;
}

static void
test_hostile (void)
{
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  g_autoptr (MvxLogRenderer) renderer = fixture_renderer ("logfmt", NULL);

  for (guint i = 0; i < hostile->len; i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);
      g_autofree char *line = fixture_line (renderer, event);
      g_autoptr (GPtrArray) pairs = parse (line);
      gsize len;
      const char *data = g_bytes_get_data (hostile->pdata[i], &len);
      g_autofree char *text = g_strndup (data ? data : "", len);
      const Pair *value = find (pairs, "value");
      const Pair *msg = find (pairs, "msg");

      g_assert_nonnull (value);
      g_assert_nonnull (msg);
      g_assert_cmpmem (value->value->data, value->value->len, data, len);
      g_assert_cmpmem (msg->value->data, msg->value->len, data, len);
      if (*text)
        {
          const Pair *own = find (pairs, text);
          const Pair *context = find (pairs, "context");

          g_assert_nonnull (own);
          g_assert_cmpmem (own->value->data, own->value->len, text, strlen (text));
          g_assert_cmpmem (context->value->data, context->value->len, text, strlen (text));
        }
    }
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "IST-05:30", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/logfmt/least", test_least);
  g_test_add_func ("/logfmt/order", test_order);
  g_test_add_func ("/logfmt/values", test_values);
  g_test_add_func ("/logfmt/keys", test_keys);
  g_test_add_func ("/logfmt/callsite", test_callsite);
  g_test_add_func ("/logfmt/local-time", test_local_time);
  g_test_add_func ("/logfmt/hostile", test_hostile);
  return g_test_run ();
}

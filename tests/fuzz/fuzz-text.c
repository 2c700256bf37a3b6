/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as text: one is one line that no terminal obeys, and logfmt says again what went in. */
#include "fuzz-event.h"

static MvxLogRenderer *
renderer_for (char letter)
{
  static const char *const pattern[] = { "pattern", "%t %L %c: %m %f", NULL };
  static const char *const brace[] = { "template", "{time} {level:>8.3} {context} {message:^20.30} {fields}", NULL };
  static const char *const aligned[] = { "align", "on", NULL };

  if (letter == '%')
    return fixture_renderer ("pattern", pattern);
  if (letter == '{')
    return fixture_renderer ("template", brace);
  if (letter == 'p')
    return fixture_renderer ("pretty", NULL);
  return letter == 'a' ? fixture_renderer ("pretty", aligned) : fixture_renderer ("logfmt", NULL);
}

static gint
hex (const char *digits)
{
  return g_ascii_xdigit_value (digits[0]) * 16 + g_ascii_xdigit_value (digits[1]);
}

/* What stands between the quotation marks; *@p is behind the last one then. */
static GByteArray *
take_quoted (const char **p)
{
  static const char letters[] = "tnr\"\\";
  static const char meant[] = "\t\n\r\"\\";
  GByteArray *out = g_byte_array_new ();
  guint8 byte;

  for (; **p != '"'; (*p)++)
    {
      byte = (guint8) * *p;
      g_assert_cmpint (byte, !=, '\0');
      if (byte == '\\' && (*p)[1] == 'x')
        {
          byte = (guint8) hex (*p + 2);
          *p += 3;
        }
      else if (byte == '\\')
        {
          g_assert_nonnull (strchr (letters, *++*p));
          byte = (guint8) meant[strchr (letters, **p) - letters];
        }
      g_byte_array_append (out, &byte, 1);
    }
  (*p)++;
  return out;
}

static GByteArray *
take_value (const char **p)
{
  GByteArray *out;
  gsize n;

  if (**p == '"')
    {
      (*p)++;
      return take_quoted (p);
    }
  out = g_byte_array_new ();
  n = strcspn (*p, " ");
  g_assert_null (memchr (*p, '"', n));
  g_byte_array_append (out, (const guint8 *) *p, (guint) n);
  *p += n;
  return out;
}

/* Takes a line of logfmt apart to the last byte. */
static GHashTable *
parse (const char *line)
{
  GHashTable *pairs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_byte_array_unref);
  const char *p = line;

  while (*p)
    {
      gsize n = strcspn (p, "= \"");
      char *key = g_strndup (p, n);

      g_assert_true (n > 0 && p[n] == '=');
      p += n + 1;
      g_hash_table_replace (pairs, key, take_value (&p));
      g_assert_true (*p == ' ' || *p == '\0');
      if (*p == ' ')
        g_assert_cmpint (*++p, !=, '\0');
    }
  return pairs;
}

static void
check_pairs (const FuzzEvent *self, const char *line)
{
  g_autoptr (GHashTable) pairs = parse (line);

  g_assert_nonnull (g_hash_table_lookup (pairs, "ts"));
  for (guint i = 0; i < self->n_fields; i++)
    {
      const MvxLogField *field = &self->fields[i];
      const GByteArray *found = g_hash_table_lookup (pairs, field->key);

      if (!fuzz_event_is_plain (self, i) || field->kind != MVX_LOG_KIND_STRING)
        continue;
      g_assert_nonnull (found);
      g_assert_cmpmem (found->data, found->len, field->value.s, field->length);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_auto (FuzzEvent) self = { 0 };
  g_autoptr (MvxLogRenderer) renderer = NULL;
  g_autofree char *line = NULL;

  fuzz_event_read (&self, data, size);
  renderer = renderer_for (self.settings.text[0]);
  line = fixture_line (renderer, self.event);
  for (const char *p = line; *p; p = g_utf8_next_char (p))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (p)));
  if (g_strcmp0 (mvx_log_renderer_get_name (renderer), "logfmt") == 0)
    check_pairs (&self, line);
  return 0;
}

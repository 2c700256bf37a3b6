/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Templates of messages: nothing of them is lost, and both ways to a message lead to the same one. */
#include "fuzz.h"

#include "../render-fixture.h"
#include "render/message-private.h"
#include "render/template-private.h"

static void
check_pieces (const char *text)
{
  const MvxLogCallsite site = { .message_template = text };
  MvxLogTemplate compiled = { 0 };
  MvxLogTemplateToken token;
  const char *p = text;
  guint n = 0;

  mvx_log_template_compile (&compiled, &site);
  for (const char *before = p; mvx_log_template_next (&p, &token); before = p)
    {
      g_assert_true (token.text == before && token.len > 0);
      /* The second brace of two is all that is left out. */
      g_assert_true (token.text + token.len == p || (token.text + token.len + 1 == p && strchr ("{}", p[-1])));
      g_assert_cmpuint (n, <, compiled.n_pieces);
      g_assert_cmpmem (compiled.pieces[n].text, compiled.pieces[n].len, token.text, token.len);
      n++;
    }
  g_assert_true (*p == '\0');
  g_assert_cmpuint (n, ==, compiled.n_pieces);
  mvx_log_template_clear (&compiled);
}

/* The message as the template says it, with the values of the two fields. */
static char *
expand (const char *text)
{
  GString *out = g_string_new (NULL);
  MvxLogTemplateToken token;

  while (mvx_log_template_next (&text, &token))
    if (token.is_key && token.len == 3 && token.text[1] == 'a')
      g_string_append (out, "{b}");
    else if (token.is_key && token.len == 3 && token.text[1] == 'n')
      g_string_append (out, "-5");
    else
      g_string_append_len (out, token.text, (gssize) token.len);
  return g_string_free (out, FALSE);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const MvxLogField fields[] = { FIELD_STRING ("a", "{b}"), FIELD_STRING ("b", "never"), FIELD_INT ("n", -5) };
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (MvxLogEvent) event = fixture_event (
      (Fixture){ .message_template = text, .fields = fields, .n_fields = strstr (text, "{b}") ? 0 : 3 });
  g_autofree char *message = mvx_log_event_dup_message (event);
  g_autofree char *expected = NULL;

  check_pieces (text);
  if (strstr (text, "{b}"))
    return 0;
  expected = expand (text);
  g_assert_cmpstr (message, ==, expected);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as JSON, whichever keys (l own ones, e ECS, g GELF), read back by json-glib. */
#include <math.h>

#include "fuzz-event.h"

static MvxLogRenderer *
renderer_for (char letter)
{
  static const char *const own[] = { "json-keys", "default", NULL };
  static const char *const ecs[] = { "json-keys", "ecs", NULL };
  static const char *const gelf[] = { "json-keys", "gelf", NULL };
  static const char *const nested[] = { "json-fields", "nested", NULL };

  return fixture_renderer ("json", letter == 'e' ? ecs : letter == 'g' ? gelf : letter == 'n' ? nested : own);
}

/* What of a text everybody agrees on: neither bytes that are no UTF-8 nor what stands for them, up to a NUL; and where
 * halves of characters may have met, only ASCII, which is below 0x80. */
static char *
skeleton (const char *text, gunichar below)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_new (NULL);

  for (const char *p = valid; *p; p = g_utf8_next_char (p))
    if (g_utf8_get_char (p) != 0xfffd && g_utf8_get_char (p) < below)
      g_string_append_unichar (out, g_utf8_get_char (p));
  return g_string_free (out, FALSE);
}

static void
assert_text (JsonObject *object, const char *key, const char *expected, gunichar below)
{
  g_autofree char *found = skeleton (json_object_get_string_member (object, key), below);
  g_autofree char *wanted = skeleton (expected, below);

  g_assert_cmpstr (found, ==, wanted);
}

static void
assert_field (JsonObject *object, const MvxLogField *field)
{
  double read = 0;

  g_assert_true (json_object_has_member (object, field->key));
  if (field->kind == MVX_LOG_KIND_STRING)
    assert_text (object, field->key, field->value.s, G_MAXUINT32);
  else if (field->kind == MVX_LOG_KIND_INT64)
    g_assert_cmpint (json_object_get_int_member (object, field->key), ==, field->value.i);
  else if (field->kind == MVX_LOG_KIND_NULL)
    g_assert_true (json_object_get_null_member (object, field->key));
  else if (field->kind == MVX_LOG_KIND_DOUBLE && isfinite (field->value.d))
    {
      read = json_object_get_double_member (object, field->key);
      g_assert_true (memcmp (&read, &field->value.d, sizeof read) == 0);
    }
}

/* Half a character of the template and half a one of a value, or of two values, are one only for who puts them together
 * before looking at them. */
static gboolean
may_have_halves (const FuzzEvent *self)
{
  gboolean valid = g_utf8_validate (self->message.text, -1, NULL);

  for (guint i = 0; i < self->n_fields; i++)
    valid = valid && g_utf8_validate (self->texts[i].text, -1, NULL);
  return self->message.text[0] == '{' && !valid;
}

static void
check (const FuzzEvent *self, JsonObject *object)
{
  g_autofree char *message = mvx_log_event_dup_message (self->event);

  g_assert_true (json_object_has_member (object, "ts"));
  if (message)
    assert_text (object, "message", message, may_have_halves (self) ? 0x80 : G_MAXUINT32);
  for (guint i = 0; i < self->n_fields; i++)
    if (fuzz_event_is_plain (self, i))
      assert_field (object, &self->fields[i]);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_auto (FuzzEvent) self = { 0 };
  g_autoptr (MvxLogRenderer) renderer = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  fuzz_event_read (&self, data, size);
  renderer = renderer_for (self.settings.text[0]);
  line = fixture_line (renderer, self.event);
  node = json_from_string (line, &error);
  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (node));
  if (!strchr ("egn", self.settings.text[0]) || self.settings.len == 0)
    check (&self, json_node_get_object (node));
  return 0;
}

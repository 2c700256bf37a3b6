/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event of any texts. Parts: settings, context, message (a template if it begins with '{'), then for each field its
 * key and its value, which begins with how it is meant: n null, i integer, d double, b bytes, v as GVariant writes it,
 * x an error, else text. */
#pragma once

#include "fuzz.h"

#include "../render-fixture.h"

#define FUZZ_MOST_FIELDS 8

typedef struct
{
  FuzzPart settings;
  FuzzPart context;
  FuzzPart message;
  FuzzPart keys[FUZZ_MOST_FIELDS];
  FuzzPart texts[FUZZ_MOST_FIELDS];
  MvxLogField fields[FUZZ_MOST_FIELDS];
  guint n_fields;
  MvxLogEvent *event;
} FuzzEvent;

static inline void
fuzz_event_clear (FuzzEvent *self)
{
  fuzz_part_clear (&self->settings);
  fuzz_part_clear (&self->context);
  fuzz_part_clear (&self->message);
  for (guint i = 0; i < FUZZ_MOST_FIELDS; i++)
    {
      const MvxLogField *field = &self->fields[i];

      fuzz_part_clear (&self->keys[i]);
      fuzz_part_clear (&self->texts[i]);
      if (i < self->n_fields && field->kind == MVX_LOG_KIND_BYTES)
        g_bytes_unref ((GBytes *) field->value.p);
      if (i < self->n_fields && field->kind == MVX_LOG_KIND_VARIANT)
        g_variant_unref ((GVariant *) field->value.p);
      if (i < self->n_fields && field->kind == MVX_LOG_KIND_ERROR)
        g_error_free ((GError *) field->value.p);
    }
  mvx_log_event_free (self->event);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FuzzEvent, fuzz_event_clear)

/* A value of one character: a digit, t true, or text; [ items ] a list; { a map, of a character each for the keys, }.
 * g_variant_parse() forgets memory when it fails. */
static inline GVariant *
fuzz_event_variant (const char **p, guint depth)
{
  const char text[2] = { g_ascii_isprint (**p) ? **p : 'x', '\0' };
  g_auto (GVariantBuilder) builder
      = G_VARIANT_BUILDER_INIT (*text == '{' ? G_VARIANT_TYPE_VARDICT : G_VARIANT_TYPE ("av"));

  *p += **p != '\0';
  if (g_ascii_isdigit (*text))
    return g_variant_new_int64 (*text - '0');
  if (*text == 't')
    return g_variant_new_boolean (TRUE);
  if ((*text != '[' && *text != '{') || depth > 40)
    return g_variant_new_string (text);
  while (**p && **p != ']' && **p != '}')
    {
      const char key[2] = { g_ascii_isprint (**p) ? **p : 'k', '\0' };

      if (*text == '[')
        {
          g_variant_builder_add (&builder, "v", fuzz_event_variant (p, depth + 1));
          continue;
        }
      ++*p;
      g_variant_builder_add (&builder, "{sv}", key, fuzz_event_variant (p, depth + 1));
    }
  *p += **p != '\0';
  return g_variant_builder_end (&builder);
}

static inline MvxLogField
fuzz_event_field (const char *key, const FuzzPart *text)
{
  MvxLogField field = { key, MVX_LOG_KIND_STRING, (gint32) text->len, { .s = text->text } };
  const char *rest = text->len > 0 ? text->text + 1 : text->text;

  switch (text->text[0])
    {
    case 'n':
      return (MvxLogField) FIELD_NULL (key);
    case 'i':
      return (MvxLogField) FIELD_INT (key, g_ascii_strtoll (rest, NULL, 10));
    case 'd':
      return (MvxLogField) FIELD_DOUBLE (key, g_ascii_strtod (rest, NULL));
    case 'b':
      return (MvxLogField) FIELD_BYTES (key, g_bytes_new (rest, text->len - 1));
    case 'v':
      return (MvxLogField) FIELD_VARIANT (key, g_variant_ref_sink (fuzz_event_variant (&rest, 0)));
    case 'x':
      return (MvxLogField) FIELD_ERROR (key, g_error_new_literal (MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG, rest));
    default:
      return field;
    }
}

static inline void
fuzz_event_read (FuzzEvent *self, const guint8 *data, gsize size)
{
  FuzzInput input = { (const char *) data, (const char *) data + size };
  gboolean is_template;

  self->settings = fuzz_take (&input);
  self->context = fuzz_take (&input);
  self->message = fuzz_take (&input);
  for (; input.p < input.end && self->n_fields < FUZZ_MOST_FIELDS; self->n_fields++)
    {
      self->keys[self->n_fields] = fuzz_take (&input);
      self->texts[self->n_fields] = fuzz_take (&input);
      self->fields[self->n_fields] = fuzz_event_field (self->keys[self->n_fields].text, &self->texts[self->n_fields]);
    }
  is_template = self->message.text[0] == '{';
  self->event = fixture_event ((Fixture){
      .context = self->context.text,
      .message = is_template ? NULL : self->message.text,
      .message_len = (gssize) self->message.len,
      .message_template = is_template ? self->message.text : NULL,
      .fields = self->fields,
      .n_fields = self->n_fields,
  });
}

/* Is it a key that no format changes, and the only one of its name? */
static inline gboolean
fuzz_event_is_plain (const FuzzEvent *self, guint i)
{
  const char *key = self->keys[i].text;

  if (key[0] != 'k')
    return FALSE;
  for (const char *p = key; *p; p++)
    if (!g_ascii_isalnum (*p))
      return FALSE;
  for (guint j = 0; j < self->n_fields; j++)
    if (j != i && g_str_has_prefix (self->keys[j].text, key))
      return FALSE;
  return TRUE;
}

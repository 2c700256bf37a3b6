/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines that `mvxlog view` reads. Parts: a regular expression for --parse, then a line. What we take for JSON is JSON
 * to json-glib, too, and says the same. */
#include "fuzz.h"

#include <json-glib/json-glib.h>

#include "view/view-filter.h"
#include "view/view-parse.h"

static void
print (const MvxViewEvent *event)
{
  for (guint i = 0; i < event->fields->len; i++)
    {
      const MvxViewField *field = &g_array_index (event->fields, MvxViewField, i);

      g_assert_nonnull (field->key);
      g_assert_true (field->text[field->length] == '\0');
    }
}

static void
check_json (const FuzzPart *line)
{
  MvxJsonSlice value;
  g_autofree char *copy = g_memdup2 (line->text, line->len);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) variant = NULL;

  if (!mvx_json_check (copy ? copy : "", line->len, &value, NULL))
    return;
  variant = g_variant_ref_sink (mvx_json_to_variant (&value));
  if (!g_utf8_validate (line->text, (gssize) line->len, NULL) || strstr (line->text, "\\ud")
      || strstr (line->text, "\\uD"))
    return;
  json_parser_load_from_data (parser, copy, (gssize) line->len, &error);
  g_assert_no_error (error);
}

static void
filter (MvxViewEvent *event)
{
  const MvxViewFilterOptions options
      = { .level = "info", .where = "a.b == 1 or has (a) and message =~ 'x'", .grep = "y" };
  g_autoptr (MvxViewFilter) self = mvx_view_filter_new (&options, 0, NULL);

  g_assert_nonnull (self);
  mvx_view_filter_matches (self, event);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  FuzzInput input = { (const char *) data, (const char *) data + size };
  g_auto (FuzzPart) pattern = fuzz_take (&input);
  g_auto (FuzzPart) line = fuzz_take (&input);
  g_autoptr (MvxViewEvent) event = mvx_view_event_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxViewParser) parser = NULL;

  if (mvx_view_event_read (event, line.text, line.len))
    print (event);
  filter (event);
  check_json (&line);
  parser = mvx_view_parser_new (pattern.text, &error);
  g_assert_true ((parser != NULL) == (error == NULL));
  mvx_view_event_reset (event);
  if (parser && mvx_view_parser_parse (parser, line.text, line.len, event))
    print (event);
  return 0;
}

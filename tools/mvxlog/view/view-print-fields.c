/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values, error chains and the formats that consist of nothing but fields. */
#include <string.h>

#include "base/tool-text.h"
#include "view/view-print-private.h"

void
mvx_view_print_value (const MvxViewField *field, GString *out)
{
  if (field->kind == MVX_JSON_STRING)
    mvx_tool_text_word (out, field->text, (gssize) field->length);
  else
    mvx_tool_text_escape (out, field->text, (gssize) field->length, 0);
}

/* Appends one of domain, code and message of @error; FALSE if it has none. */
static gboolean
mvx_view_print_error_member (const MvxJsonSlice *error, const char *name, const char *behind, GString *out)
{
  g_autoptr (GString) text = g_string_new (NULL);
  MvxJsonSlice key = { 0 };
  MvxJsonSlice value;
  MvxJsonIter iter;

  mvx_json_iter_init (&iter, error);
  while (mvx_json_iter_next (&iter, &key, &value))
    {
      if (key.length != strlen (name) + 2 || strncmp (key.start + 1, name, strlen (name)) != 0)
        continue;
      if (value.kind == MVX_JSON_STRING)
        mvx_json_unquote (&value, text);
      else
        g_string_append_len (text, value.start, (gssize) value.length);
      mvx_tool_text_escape (out, text->str, (gssize) text->len, 0);
      g_string_append (out, behind);
      return TRUE;
    }
  return FALSE;
}

void
mvx_view_print_chain (const MvxViewPrinter *printer, const MvxViewEvent *event, GString *out)
{
  const MvxViewField *field = mvx_view_event_get (event, MVX_VIEW_ERROR);
  const char *before = "  \342\224\224\342\224\200 ";
  MvxJsonSlice list;
  MvxJsonSlice error;
  MvxJsonIter iter;

  if (field == NULL || field->kind != MVX_JSON_ARRAY)
    return;
  list = (MvxJsonSlice){ MVX_JSON_ARRAY, field->text, field->length };
  mvx_json_iter_init (&iter, &list);
  while (mvx_json_iter_next (&iter, NULL, &error))
    {
      g_string_append (out, before);
      before = " \342\206\220 ";
      mvx_view_print_colour (printer, "31", out);
      if (error.kind != MVX_JSON_OBJECT)
        mvx_tool_text_escape (out, error.start, (gssize) error.length, 0);
      else
        {
          mvx_view_print_error_member (&error, "domain", ":", out);
          mvx_view_print_error_member (&error, "code", " ", out);
          mvx_view_print_error_member (&error, "message", "", out);
        }
      mvx_view_print_colour (printer, "0", out);
    }
  if (*before == ' ' && before[1] != ' ')
    g_string_append_c (out, '\n');
}

void
mvx_view_print_logfmt (const MvxViewPrinter *printer, const MvxViewEvent *event, GString *out)
{
  const char *space = "";

  for (guint i = 0; i < event->fields->len; i++)
    {
      const MvxViewField *field = &g_array_index (event->fields, MvxViewField, i);

      if (!mvx_view_print_wants (printer, field->key))
        continue;
      g_string_append (out, space);
      mvx_tool_text_word (out, field->key, -1);
      g_string_append_c (out, '=');
      /* Lists and maps are one value: what is in them must not look like another field. */
      if (field->kind == MVX_JSON_ARRAY || field->kind == MVX_JSON_OBJECT)
        mvx_tool_text_word (out, field->text, (gssize) field->length);
      else
        mvx_view_print_value (field, out);
      space = " ";
    }
  g_string_append_c (out, '\n');
}

void
mvx_view_print_json (const MvxViewPrinter *printer, const MvxViewEvent *event, GString *out)
{
  const char *comma = "";

  if (event->is_json && printer->fields == NULL)
    {
      g_string_append_len (out, event->line, (gssize) event->line_length);
      g_string_append_c (out, '\n');
      return;
    }
  g_string_append_c (out, '{');
  for (guint i = 0; i < event->fields->len; i++)
    {
      const MvxViewField *field = &g_array_index (event->fields, MvxViewField, i);

      if (!mvx_view_print_wants (printer, field->key))
        continue;
      g_string_append (out, comma);
      mvx_tool_text_json (out, field->key, -1);
      g_string_append_c (out, ':');
      if (field->kind == MVX_JSON_STRING)
        mvx_tool_text_json (out, field->text, (gssize) field->length);
      else
        g_string_append_len (out, field->text, (gssize) field->length);
      comma = ",";
    }
  g_string_append (out, "}\n");
}

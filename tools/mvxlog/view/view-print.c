/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "base/suggest-private.h"
#include "base/tool-text.h"
#include "view/view-print-private.h"

static const char *const mvx_view_format_names[] = { "pretty", "short", "logfmt", "json", NULL };

gboolean
mvx_view_format_parse (const char *name, MvxViewFormat *format, GError **error)
{
  const char *meant;

  for (guint i = 0; mvx_view_format_names[i]; i++)
    if (strcmp (name, mvx_view_format_names[i]) == 0)
      {
        *format = (MvxViewFormat) i;
        return TRUE;
      }
  meant = mvx_log_suggest (name, mvx_view_format_names);
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "'%s' is not an output format%s%s%s; use pretty, short, logfmt or json", name,
               meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
  return FALSE;
}

gboolean
mvx_view_print_wants (const MvxViewPrinter *printer, const char *key)
{
  return printer->fields == NULL || g_strv_contains ((const char *const *) printer->fields, key);
}

void
mvx_view_print_colour (const MvxViewPrinter *printer, const char *colour, GString *out)
{
  if (printer->colour && colour)
    g_string_append_printf (out, "\033[%sm", colour);
}

/* Neighbouring events share their second; looking up the local time zone for each costs more than all the rest. */
static const char *
mvx_view_print_second (const MvxViewPrinter *printer, gint64 second)
{
  static GTimeZone *local;
  static gint64 cached_second;
  static MvxViewFormat cached_format;
  static gboolean cached_utc;
  static char *cached;
  const char *format = printer->format == MVX_VIEW_SHORT ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S";
  g_autoptr (GDateTime) utc = NULL;
  g_autoptr (GDateTime) when = NULL;

  if (cached && cached_second == second && cached_format == printer->format && cached_utc == printer->utc)
    return cached;
  if (local == NULL)
    local = g_time_zone_new_local ();
  utc = g_date_time_new_from_unix_utc (second);
  if (utc)
    when = printer->utc ? g_date_time_ref (utc) : g_date_time_to_timezone (utc, local);
  if (when == NULL)
    return NULL;
  g_free (cached);
  cached = g_date_time_format (when, format);
  cached_second = second;
  cached_format = printer->format;
  cached_utc = printer->utc;
  return cached;
}

static void
mvx_view_print_time (const MvxViewPrinter *printer, const MvxViewEvent *event, GString *out)
{
  const MvxViewField *ts = mvx_view_event_get (event, MVX_VIEW_TS);
  gint64 us = event->time_us % G_USEC_PER_SEC;
  const char *text = NULL;

  if (ts == NULL)
    return;
  /* Before 1970 the remainder is negative. */
  us += us < 0 ? G_USEC_PER_SEC : 0;
  if (event->has_time)
    text = mvx_view_print_second (printer, (event->time_us - us) / G_USEC_PER_SEC);
  mvx_view_print_colour (printer, "2", out);
  if (text)
    g_string_append_printf (out, "%s.%03d", text, (int) (us / 1000));
  else
    mvx_tool_text_escape (out, ts->text, (gssize) ts->length, 0);
  mvx_view_print_colour (printer, "0", out);
  g_string_append_c (out, ' ');
}

static void
mvx_view_print_level (const MvxViewPrinter *printer, const MvxViewEvent *event, GString *out)
{
  const MvxViewField *field = mvx_view_event_get (event, MVX_VIEW_LEVEL);
  const char *name = event->has_level ? mvx_log_level_to_string (event->level) : NULL;
  const gsize before = out->len;

  if (field == NULL)
    return;
  mvx_view_print_colour (printer, event->has_level ? mvx_log_level_get_colour (event->level) : NULL, out);
  if (name)
    {
      g_autofree char *upper = g_ascii_strup (name, -1);

      g_string_append_printf (out, "%-8s", upper);
    }
  else
    mvx_tool_text_escape (out, field->text, (gssize) field->length, 0);
  if (out->len > before)
    mvx_view_print_colour (printer, "0", out);
  g_string_append_c (out, ' ');
}

/* Without a message: what happened to what, and how it ended. */
static void
mvx_view_print_event_name (const MvxViewEvent *event, GString *out)
{
  const MvxViewField *entity = mvx_view_event_get (event, MVX_VIEW_ENTITY);
  const MvxViewField *name = mvx_view_event_get (event, MVX_VIEW_EVENT);
  const MvxViewField *outcome = mvx_view_event_get (event, MVX_VIEW_OUTCOME);

  if (entity)
    {
      mvx_tool_text_escape (out, entity->text, (gssize) entity->length, 0);
      g_string_append_c (out, '.');
    }
  if (name)
    mvx_tool_text_escape (out, name->text, (gssize) name->length, 0);
  if (outcome)
    {
      g_string_append (out, " [");
      mvx_tool_text_escape (out, outcome->text, (gssize) outcome->length, 0);
      g_string_append_c (out, ']');
    }
}

static void
mvx_view_print_message (const MvxViewPrinter *printer, const MvxViewEvent *event, GString *out)
{
  const MvxViewField *context = mvx_view_event_get (event, MVX_VIEW_CONTEXT);
  const MvxViewField *message = mvx_view_event_get (event, MVX_VIEW_MESSAGE);

  if (context)
    {
      mvx_view_print_colour (printer, "1", out);
      mvx_tool_text_escape (out, context->text, (gssize) context->length, 0);
      mvx_view_print_colour (printer, "0", out);
      g_string_append (out, ": ");
    }
  if (message)
    mvx_tool_text_escape (out, message->text, (gssize) message->length, 0);
  else
    mvx_view_print_event_name (event, out);
}

static gboolean
mvx_view_print_is_field (const MvxViewPrinter *printer, const MvxViewField *field)
{
  if (printer->fields)
    return mvx_view_print_wants (printer, field->key);
  return field->role == MVX_VIEW_USER || field->role == MVX_VIEW_TRACE;
}

static void
mvx_view_print_fields (const MvxViewPrinter *printer, const MvxViewEvent *event, GString *out)
{
  const char *space = "  ";

  for (guint i = 0; i < event->fields->len; i++)
    {
      const MvxViewField *field = &g_array_index (event->fields, MvxViewField, i);

      if (!mvx_view_print_is_field (printer, field) || field->role == MVX_VIEW_ERROR)
        continue;
      g_string_append (out, space);
      mvx_view_print_colour (printer, "36", out);
      mvx_tool_text_word (out, field->key, -1);
      g_string_append_c (out, '=');
      mvx_view_print_colour (printer, "0", out);
      mvx_view_print_value (field, out);
      space = " ";
    }
}

static void
mvx_view_print_source (const MvxViewPrinter *printer, const MvxViewEvent *event, GString *out)
{
  const MvxViewField *file = mvx_view_event_get (event, MVX_VIEW_FILE);
  const MvxViewField *line = mvx_view_event_get (event, MVX_VIEW_LINE);

  if (file == NULL || printer->fields)
    return;
  g_string_append (out, "  ");
  mvx_view_print_colour (printer, "2", out);
  mvx_tool_text_escape (out, file->text, (gssize) file->length, 0);
  if (line)
    {
      g_string_append_c (out, ':');
      mvx_tool_text_escape (out, line->text, (gssize) line->length, 0);
    }
  mvx_view_print_colour (printer, "0", out);
}

void
mvx_view_print_event (const MvxViewPrinter *printer, const MvxViewEvent *event, GString *out)
{
  if (printer->format == MVX_VIEW_JSON)
    {
      mvx_view_print_json (printer, event, out);
      return;
    }
  if (printer->format == MVX_VIEW_LOGFMT)
    {
      mvx_view_print_logfmt (printer, event, out);
      return;
    }
  mvx_view_print_time (printer, event, out);
  mvx_view_print_level (printer, event, out);
  mvx_view_print_message (printer, event, out);
  if (printer->format == MVX_VIEW_PRETTY || printer->fields)
    mvx_view_print_fields (printer, event, out);
  if (printer->format == MVX_VIEW_PRETTY)
    mvx_view_print_source (printer, event, out);
  g_string_append_c (out, '\n');
  if (printer->format == MVX_VIEW_PRETTY && mvx_view_print_wants (printer, "error"))
    mvx_view_print_chain (printer, event, out);
}

void
mvx_view_print_line (const MvxViewPrinter *printer, const char *line, gsize length, GString *out)
{
  if (length > 0 && line[length - 1] == '\r')
    length--;
  if (printer->format == MVX_VIEW_JSON)
    {
      /* Whatever reads this expects JSON. */
      g_string_append (out, "{\"message\":");
      mvx_tool_text_json (out, line, (gssize) length);
      g_string_append_c (out, '}');
    }
  else
    mvx_tool_text_escape (out, line, (gssize) length, MVX_TOOL_TEXT_TABS);
  g_string_append_c (out, '\n');
}

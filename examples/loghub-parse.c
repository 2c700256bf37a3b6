/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loghub-parse.h"

#include <string.h>

#include "loghub-formats.h"

/* sshd leaves the severity to syslog, which does not write it: the text tells. */
static const struct
{
  const char *phrase;
  gint level;
} loghub_openssh_levels[] = {
  { "]: fatal:", MVX_LOG_LEVEL_CRITICAL },        { "]: error:", MVX_LOG_LEVEL_ERROR },
  { "POSSIBLE BREAK-IN", MVX_LOG_LEVEL_WARNING }, { "Invalid user", MVX_LOG_LEVEL_WARNING },
  { "Failed ", MVX_LOG_LEVEL_WARNING },           { "authentication failure", MVX_LOG_LEVEL_WARNING },
  { "max retries", MVX_LOG_LEVEL_WARNING },       { "Accepted ", MVX_LOG_LEVEL_NOTICE },
};

struct _LoghubParser
{
  const LoghubFormatInfo *info;
  LoghubFormat format;
  GRegex *head;
  GPtrArray *details; /* of GRegex, in the order of info->details */
};

static GRegex *
loghub_regex (const char *pattern)
{
  g_autoptr (GError) error = NULL;
  GRegex *regex = g_regex_new (pattern, G_REGEX_OPTIMIZE | G_REGEX_RAW, 0, &error);

  if (regex == NULL)
    g_error ("%s", error->message);
  return regex;
}

LoghubParser *
loghub_parser_new (LoghubFormat format)
{
  LoghubParser *parser = g_new0 (LoghubParser, 1);

  parser->info = loghub_format_get_info (format);
  parser->format = format;
  parser->head = loghub_regex (parser->info->head.pattern);
  parser->details = g_ptr_array_new_with_free_func ((GDestroyNotify) g_regex_unref);
  for (const LoghubPattern *detail = parser->info->details; detail->pattern != NULL; detail++)
    g_ptr_array_add (parser->details, loghub_regex (detail->pattern));
  return parser;
}

void
loghub_parser_free (LoghubParser *parser)
{
  g_regex_unref (parser->head);
  g_ptr_array_unref (parser->details);
  g_free (parser);
}

/* The bytes of a group, in place; a group that took no part has none. */
static const char *
loghub_group (GMatchInfo *match, const char *text, const char *key, gint *length)
{
  gint start = -1;
  gint end = -1;

  if (!g_match_info_fetch_named_pos (match, key, &start, &end) || start < 0)
    return NULL;
  *length = end - start;
  return text + start;
}

/* A number that ends with its group: 081109 holds three. */
static gint
loghub_number (GMatchInfo *match, const char *text, const char *key, gint fallback)
{
  gint length = 0;
  gint number = 0;
  const char *digits = loghub_group (match, text, key, &length);

  for (gint i = 0; digits != NULL && i < length; i++)
    if (g_ascii_isdigit (digits[i]))
      number = number * 10 + digits[i] - '0';
  return digits != NULL ? number : fallback;
}

static void
loghub_line_add (LoghubLine *line, const char *key, const char *text, gint length)
{
  MvxLogField *field = &line->fields[line->n_fields];

  for (guint i = 0; i < line->n_fields; i++)
    if (strcmp (line->fields[i].key, key) == 0)
      return;
  g_assert (line->n_fields < LOGHUB_MAX_FIELDS);
  line->n_fields++;
  *field = (MvxLogField){ 0 };
  field->key = key;
  field->kind = loghub_format_get_kind (key);
  field->length = length;
  if (field->kind == MVX_LOG_KIND_INT64)
    field->value.i = g_ascii_strtoll (text, NULL, 10);
  else if (field->kind == MVX_LOG_KIND_DOUBLE)
    field->value.d = g_ascii_strtod (text, NULL);
  else
    field->value.s = text;
}

static void
loghub_line_add_groups (LoghubLine *line, const LoghubPattern *pattern, GMatchInfo *match, const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (pattern->keys) && pattern->keys[i] != NULL; i++)
    {
      gint length = 0;
      const char *value = loghub_group (match, text, pattern->keys[i], &length);

      if (value != NULL)
        loghub_line_add (line, pattern->keys[i], value, length);
    }
}

static gint
loghub_month (GMatchInfo *match, const char *text)
{
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  gint length = 0;
  const char *month = loghub_group (match, text, "month", &length);

  for (gint i = 0; i < 12; i++)
    if (strncmp (names + 3 * i, month, 3) == 0)
      return i + 1;
  return loghub_number (match, text, "month", 0);
}

/* The logs name no time zone: they are taken as UTC. */
static gboolean
loghub_line_add_time (LoghubLine *line, GMatchInfo *match, const char *text)
{
  gint year = loghub_number (match, text, "year", LOGHUB_SYSLOG_YEAR);
  g_autoptr (GDateTime) time = NULL;

  time = g_date_time_new_utc (year < 100 ? 2000 + year : year, loghub_month (match, text),
                              loghub_number (match, text, "day", 0), loghub_number (match, text, "hour", 0),
                              loghub_number (match, text, "minute", 0), loghub_number (match, text, "second", 0));
  if (time == NULL)
    return FALSE;
  line->n_fields = 1;
  line->fields[0] = (MvxLogField){ 0 };
  line->fields[0].key = "logged_at";
  line->fields[0].kind = MVX_LOG_KIND_TIME;
  line->fields[0].length = -1;
  line->fields[0].value.i = g_date_time_to_unix (time) * G_GINT64_CONSTANT (1000000000)
                            + loghub_number (match, text, "milli", 0) * G_GINT64_CONSTANT (1000000);
  return TRUE;
}

static gint
loghub_level (LoghubParser *parser, GMatchInfo *match, const char *text)
{
  g_autofree char *name = g_match_info_fetch_named (match, "level");
  gint level = MVX_LOG_LEVEL_INFO;

  if (name != NULL && name[0] != '\0')
    {
      if (!mvx_log_level_from_string (name, &level, NULL))
        level = MVX_LOG_LEVEL_INFO;
      return level;
    }
  for (guint i = 0; parser->format == LOGHUB_OPENSSH && i < G_N_ELEMENTS (loghub_openssh_levels); i++)
    if (strstr (text, loghub_openssh_levels[i].phrase) != NULL)
      return loghub_openssh_levels[i].level;
  return level;
}

/* Java writes inner classes as Outer$Inner; a context's name takes no '$'. */
static void
loghub_line_set_context (LoghubLine *line, const LoghubFormatInfo *info, GMatchInfo *match)
{
  g_autofree char *name
      = info->context == NULL ? g_match_info_fetch_named (match, "context") : g_strdup (info->context);

  g_strlcpy (line->context, g_strdelimit (name, "$", '.'), sizeof line->context);
}

/* Reads one line without its line end. A line of another format is no match and has no fields. */
gboolean
loghub_parser_read (LoghubParser *parser, const char *text, LoghubLine *line)
{
  g_autoptr (GMatchInfo) head = NULL;

  line->matched = FALSE;
  line->level = MVX_LOG_LEVEL_INFO;
  line->n_fields = 0;
  line->context[0] = '\0';
  if (!g_regex_match (parser->head, text, 0, &head) || !loghub_line_add_time (line, head, text))
    return FALSE;
  line->matched = TRUE;
  line->level = loghub_level (parser, head, text);
  loghub_line_set_context (line, parser->info, head);
  loghub_line_add_groups (line, &parser->info->head, head, text);
  for (guint i = 0; i < parser->details->len; i++)
    {
      g_autoptr (GMatchInfo) match = NULL;

      if (g_regex_match (g_ptr_array_index (parser->details, i), text, 0, &match))
        loghub_line_add_groups (line, &parser->info->details[i], match, text);
    }
  return TRUE;
}

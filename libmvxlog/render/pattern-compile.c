/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "render/parts-private.h"
#include "render/pattern-compile-private.h"

#define MVX_LOG_PATTERN_DIRECTIVES "tTlLceImfFnMphsH%"

static const char mvx_log_pattern_help[]
    = "%t time, %T{FORMAT} time by strftime, %l level, %L LEVEL, %c context, %e event, %I event id, %m message, %f "
      "fields, %{KEY} one field, %F file, %n line, %M function, %p process, %h thread, %s sequence number, %H host, %% "
      "percent sign";

G_GNUC_PRINTF (4, 5)
static gboolean
mvx_log_pattern_fail (const char *pattern, const char *at, GError **error, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_TEMPLATE, "Pattern '%s': %s at character %ld", pattern,
               reason, g_utf8_pointer_to_offset (pattern, at) + 1);
  return FALSE;
}

static gboolean
mvx_log_pattern_parse_number (const char *pattern, const char **p, guint16 *number, GError **error)
{
  const char *start = *p;
  guint n = 0;

  for (; g_ascii_isdigit (**p) && n <= MVX_LOG_PARTS_MAX_WIDTH; (*p)++)
    n = n * 10 + (guint) (**p - '0');
  if (n > MVX_LOG_PARTS_MAX_WIDTH)
    return mvx_log_pattern_fail (pattern, start, error, "width over %d", MVX_LOG_PARTS_MAX_WIDTH);
  *number = (guint16) n;
  return TRUE;
}

/* {TEXT} at *p. */
static gboolean
mvx_log_pattern_parse_braces (const char *pattern, const char *start, const char **p, MvxLogPart *part, GError **error)
{
  const char *end = **p == '{' ? strchr (*p, '}') : NULL;

  if (**p != '{')
    return mvx_log_pattern_fail (pattern, start, error, "'%%T' without a format such as %%T{%%H:%%M:%%S}");
  if (end == NULL)
    return mvx_log_pattern_fail (pattern, *p, error, "'{' without '}'");
  if (end == *p + 1)
    return mvx_log_pattern_fail (pattern, *p, error, "'{}' with nothing in it");
  part->len = (gsize) (end - *p - 1);
  part->text = g_strndup (*p + 1, part->len);
  *p = end + 1;
  return TRUE;
}

/* The directive behind the percent sign at *p. */
static gboolean
mvx_log_pattern_parse_part (const char *pattern, const char **p, MvxLogPart *part, GError **error)
{
  const char *start = (*p)++;
  const char *end;

  part->align = **p == '-' ? MVX_LOG_ALIGN_LEFT : MVX_LOG_ALIGN_RIGHT;
  if (**p == '-')
    (*p)++;
  if (!mvx_log_pattern_parse_number (pattern, p, &part->width, error))
    return FALSE;
  if (**p == '.')
    {
      (*p)++;
      if (!mvx_log_pattern_parse_number (pattern, p, &part->most, error))
        return FALSE;
      if (part->most == 0)
        return mvx_log_pattern_fail (pattern, *p - 1, error, "'.' without a number over 0");
    }
  part->kind = (MvxLogPartKind) * *p;
  if (**p == '\0')
    return mvx_log_pattern_fail (pattern, start, error, "'%%' without a directive");
  if (**p == '{')
    return mvx_log_pattern_parse_braces (pattern, start, p, part, error);
  end = g_utf8_find_next_char (*p, NULL);
  if (strchr (MVX_LOG_PATTERN_DIRECTIVES, **p))
    {
      *p = end;
      return part->kind != MVX_LOG_PART_STRFTIME || mvx_log_pattern_parse_braces (pattern, start, p, part, error);
    }
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_TEMPLATE,
               "Pattern '%s': unknown directive '%%%.*s' at character %ld; use %s", pattern, (int) (end - *p), *p,
               g_utf8_pointer_to_offset (pattern, start) + 1, mvx_log_pattern_help);
  return FALSE;
}

static gboolean
mvx_log_pattern_parse (const char *pattern, GArray *parts, GError **error)
{
  const char *p = pattern;

  while (*p)
    {
      MvxLogPart part = { 0 };
      gsize n = strcspn (p, "%");

      if (n > 0)
        mvx_log_parts_add_literal (parts, p, n);
      p += n;
      if (*p == '\0')
        break;
      if (!mvx_log_pattern_parse_part (pattern, &p, &part, error))
        return FALSE;
      if (part.kind == '%')
        mvx_log_parts_add_literal (parts, "%", 1);
      else
        g_array_append_val (parts, part);
    }
  return TRUE;
}

GArray *
mvx_log_pattern_compile (const char *pattern, GError **error)
{
  g_autoptr (GArray) parts = mvx_log_parts_new ();

  if (*pattern == '\0')
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_TEMPLATE, "The pattern is empty; use for example '%s'",
                   MVX_LOG_PATTERN_DEFAULT);
      return NULL;
    }
  if (!g_utf8_validate (pattern, -1, NULL))
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_TEMPLATE, "The pattern is not valid UTF-8");
      return NULL;
    }
  if (!mvx_log_pattern_parse (pattern, parts, error))
    return NULL;
  return g_steal_pointer (&parts);
}

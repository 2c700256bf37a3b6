/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "base/copy-private.h"
#include "base/escape-private.h"
#include "render/brace-compile-private.h"
#include "render/parts-private.h"

static const struct
{
  const char *name;
  MvxLogPartKind kind;
} mvx_log_brace_tokens[] = {
  { "time", MVX_LOG_PART_TIME },         { "level", MVX_LOG_PART_LEVEL },
  { "LEVEL", MVX_LOG_PART_UPPER_LEVEL }, { "level_no", MVX_LOG_PART_LEVEL_NUMBER },
  { "context", MVX_LOG_PART_CONTEXT },   { "name", MVX_LOG_PART_CONTEXT },
  { "event", MVX_LOG_PART_EVENT },       { "event_id", MVX_LOG_PART_EVENT_ID },
  { "entity", MVX_LOG_PART_ENTITY },     { "outcome", MVX_LOG_PART_OUTCOME },
  { "message", MVX_LOG_PART_MESSAGE },   { "fields", MVX_LOG_PART_FIELDS },
  { "error", MVX_LOG_PART_ERROR },       { "exception", MVX_LOG_PART_ERROR },
  { "file", MVX_LOG_PART_FILE },         { "filename", MVX_LOG_PART_BASENAME },
  { "module", MVX_LOG_PART_MODULE },     { "line", MVX_LOG_PART_LINE },
  { "function", MVX_LOG_PART_FUNCTION }, { "process", MVX_LOG_PART_PROCESS },
  { "thread", MVX_LOG_PART_THREAD },     { "seq", MVX_LOG_PART_SEQ },
  { "trace_id", MVX_LOG_PART_TRACE },    { "span_id", MVX_LOG_PART_SPAN },
  { "host", MVX_LOG_PART_HOST },
};

static char *
mvx_log_brace_escape (const char *text, gsize len)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_escape_append (&buffer, MVX_LOG_ESCAPE_TEXT, text, len);
  mvx_log_buffer_append_c (&buffer, '\0');
  return (char *) buffer.data;
}

/* extra[key] and extra.key: a field of the event, or what stands there if it has none. */
static gboolean
mvx_log_brace_find_field (MvxLogPart *part, const char *token, gsize len)
{
  static const char prefix[] = "extra";
  gsize n = strlen (prefix);
  const char *key = token + n + 1;

  if (len < n + 2 || memcmp (token, prefix, n) != 0)
    return FALSE;
  len -= n + 1;
  if (token[n] == '[' && len >= 2 && key[len - 1] == ']')
    len--;
  else if (token[n] != '.')
    return FALSE;
  part->kind = MVX_LOG_PART_FIELD;
  part->text = mvx_log_copy_dup (key, len);
  part->len = len;
  return TRUE;
}

static gboolean
mvx_log_brace_find (MvxLogPart *part, const char *token, gsize len)
{
  for (guint i = 0; i < G_N_ELEMENTS (mvx_log_brace_tokens); i++)
    if (strlen (mvx_log_brace_tokens[i].name) == len && memcmp (mvx_log_brace_tokens[i].name, token, len) == 0)
      {
        part->kind = mvx_log_brace_tokens[i].kind;
        return TRUE;
      }
  return mvx_log_brace_find_field (part, token, len);
}

static gboolean
mvx_log_brace_parse_align (MvxLogPart *part, char c)
{
  static const char letters[] = "><^";
  const char *found = c ? strchr (letters, c) : NULL;

  if (found)
    part->align = (MvxLogAlign) (found - letters);
  return found != NULL;
}

static gboolean
mvx_log_brace_parse_number (const char **p, guint16 *number)
{
  guint n = 0;

  for (; g_ascii_isdigit (**p) && n <= MVX_LOG_PARTS_MAX_WIDTH; (*p)++)
    n = n * 10 + (guint) (**p - '0');
  *number = (guint16) n;
  return n <= MVX_LOG_PARTS_MAX_WIDTH;
}

/* [[FILL]ALIGN][WIDTH][.MOST] up to the closing brace at @end. */
static gboolean
mvx_log_brace_parse_spec (MvxLogPart *part, const char *p, const char *end)
{
  const char *next = p < end ? g_utf8_next_char (p) : end;

  if (next < end && mvx_log_brace_parse_align (part, *next))
    {
      char *fill = mvx_log_brace_escape (p, (gsize) (next - p));

      /* A control character would be escaped into several. */
      if (g_utf8_strlen (fill, -1) == 1)
        g_strlcpy (part->fill, fill, sizeof part->fill);
      g_free (fill);
      p = next + 1;
    }
  else if (p < end && mvx_log_brace_parse_align (part, *p))
    p++;
  if (!mvx_log_brace_parse_number (&p, &part->width))
    return FALSE;
  if (*p == '.')
    {
      p++;
      if (!mvx_log_brace_parse_number (&p, &part->most) || part->most == 0)
        return FALSE;
    }
  return p == end;
}

static gboolean
mvx_log_brace_set_spec (MvxLogPart *part, const char *text, const char *spec, const char *end, GError **error)
{
  if (part->kind == MVX_LOG_PART_TIME && memchr (spec, '%', (gsize) (end - spec)))
    {
      part->kind = MVX_LOG_PART_STRFTIME;
      part->len = (gsize) (end - spec);
      part->text = mvx_log_copy_dup (spec, part->len);
      return TRUE;
    }
  if (mvx_log_brace_parse_spec (part, spec, end))
    return TRUE;
  g_clear_pointer (&part->text, g_free);
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_TEMPLATE,
               "Template '%s': '%.*s' at character %ld is no format; use a fill character, '<', '>' or '^', a width up "
               "to %d and '.' with the number of characters to keep, such as '<8' or '.20'",
               text, (int) (end - spec), spec, g_utf8_pointer_to_offset (text, spec) + 1, MVX_LOG_PARTS_MAX_WIDTH);
  return FALSE;
}

/* The token between the brace at @start and the one at @end. */
static gboolean
mvx_log_brace_add_token (GArray *parts, const char *text, const char *start, const char *end, GError **error)
{
  const char *colon = memchr (start, ':', (gsize) (end - start));
  const char *name_end = colon ? colon : end;
  MvxLogPart part = { .align = MVX_LOG_ALIGN_LEFT };

  if (!mvx_log_brace_find (&part, start + 1, (gsize) (name_end - start - 1)))
    {
      mvx_log_parts_add_literal (parts, start, (gsize) (end + 1 - start));
      return TRUE;
    }
  if (colon && !mvx_log_brace_set_spec (&part, text, colon + 1, end, error))
    return FALSE;
  if (part.kind == MVX_LOG_PART_FIELD)
    part.otherwise = mvx_log_brace_escape (start, (gsize) (end + 1 - start));
  g_array_append_val (parts, part);
  return TRUE;
}

static gboolean
mvx_log_brace_parse (GArray *parts, const char *text, GError **error)
{
  const char *p = text;

  while (*p)
    {
      gsize n = strcspn (p, "{}");
      const char *end;

      if (n > 0)
        mvx_log_parts_add_literal (parts, p, n);
      p += n;
      if (*p == '\0')
        break;
      end = *p == '{' && p[1] != '{' ? p + 1 + strcspn (p + 1, "{}") : p;
      if (*end == '}' && end > p)
        {
          if (!mvx_log_brace_add_token (parts, text, p, end, error))
            return FALSE;
          p = end + 1;
          continue;
        }
      mvx_log_parts_add_literal (parts, p, 1);
      p += p[1] == *p ? 2 : 1;
    }
  return TRUE;
}

GArray *
mvx_log_brace_compile (const char *text, GError **error)
{
  g_autoptr (GArray) parts = mvx_log_parts_new ();

  if (*text == '\0')
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_TEMPLATE, "The template is empty; use for example '%s'",
                   MVX_LOG_BRACE_DEFAULT);
      return NULL;
    }
  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_TEMPLATE, "The template is not valid UTF-8");
      return NULL;
    }
  if (!mvx_log_brace_parse (parts, text, error))
    return NULL;
  return g_steal_pointer (&parts);
}

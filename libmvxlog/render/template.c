/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/template-private.h"
#include "base/copy-private.h"

/* Length of the {key} at @p with its braces, or 0. A key has one character at least and no brace. */
static gsize
mvx_log_template_key_len (const char *p)
{
  gsize n = 1 + strcspn (p + 1, "{}");

  return n > 1 && p[n] == '}' ? n + 1 : 0;
}

gboolean
mvx_log_template_next (const char **p, MvxLogTemplateToken *token)
{
  const char *start = *p;
  const char *end = start;

  if (*start == '\0')
    return FALSE;
  token->text = start;
  token->is_key = FALSE;
  for (;; end++)
    {
      end += strcspn (end, "{}");
      if (*end == '\0')
        break;
      if (end[1] == *end)
        {
          /* The first brace belongs to the literal, the second one to nothing. */
          token->len = (gsize) (end + 1 - start);
          *p = end + 2;
          return TRUE;
        }
      if (*end == '{' && mvx_log_template_key_len (end) > 0)
        break;
    }
  token->is_key = end == start;
  if (token->is_key)
    end += mvx_log_template_key_len (start);
  token->len = (gsize) (end - start);
  *p = end;
  return TRUE;
}

static gint
mvx_log_template_find_field (const MvxLogCallsite *site, const char *key, gsize len)
{
  for (gint i = site->n_fields - 1; i >= 0; i--)
    if (site->fields[i].key_len == len && memcmp (site->fields[i].key, key, len) == 0)
      return i;
  return MVX_LOG_TEMPLATE_BY_KEY;
}

static void
mvx_log_template_compile_piece (MvxLogTemplatePiece *piece,
                                const MvxLogTemplateToken *token,
                                const MvxLogCallsite *site)
{
  MvxLogBuffer json = MVX_LOG_BUFFER_INIT;

  mvx_log_escape_json (&json, token->text, token->len);
  piece->text = token->text;
  piece->len = (guint32) token->len;
  piece->json_len = (guint32) json.len;
  piece->json = mvx_log_copy_dup (json.data, json.len);
  piece->plain = json.len == token->len && g_str_is_ascii (piece->json);
  piece->field
      = token->is_key ? mvx_log_template_find_field (site, token->text + 1, token->len - 2) : MVX_LOG_TEMPLATE_LITERAL;
  mvx_log_buffer_clear (&json);
}

void
mvx_log_template_compile (MvxLogTemplate *compiled, const MvxLogCallsite *site)
{
  MvxLogTemplateToken token;
  const char *p = site->message_template;
  guint n = 0;

  while (p && mvx_log_template_next (&p, &token))
    n++;
  compiled->n_pieces = n;
  compiled->pieces = g_new0 (MvxLogTemplatePiece, n);
  p = site->message_template;
  for (guint i = 0; i < n && mvx_log_template_next (&p, &token); i++)
    mvx_log_template_compile_piece (&compiled->pieces[i], &token, site);
}

void
mvx_log_template_clear (MvxLogTemplate *compiled)
{
  for (guint i = 0; i < compiled->n_pieces; i++)
    g_free ((char *) compiled->pieces[i].json);
  g_clear_pointer (&compiled->pieces, g_free);
  compiled->n_pieces = 0;
}

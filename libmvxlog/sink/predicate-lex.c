/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/utf8-private.h"
#include "sink/predicate-internal.h"

G_DEFINE_QUARK (mvx - log - predicate - error - quark, mvx_log_predicate_error)

static const struct
{
  const char *text;
  MvxLogPredicateTokenKind kind;
  MvxLogPredicateOperator op;
} mvx_log_predicate_signs[] = {
  { "==", MVX_LOG_PREDICATE_TOKEN_OPERATOR, MVX_LOG_PREDICATE_EQ },
  { "!=", MVX_LOG_PREDICATE_TOKEN_OPERATOR, MVX_LOG_PREDICATE_NE },
  { "<=", MVX_LOG_PREDICATE_TOKEN_OPERATOR, MVX_LOG_PREDICATE_LE },
  { ">=", MVX_LOG_PREDICATE_TOKEN_OPERATOR, MVX_LOG_PREDICATE_GE },
  { "=~", MVX_LOG_PREDICATE_TOKEN_OPERATOR, MVX_LOG_PREDICATE_MATCH },
  { "!~", MVX_LOG_PREDICATE_TOKEN_OPERATOR, MVX_LOG_PREDICATE_NO_MATCH },
  { "<", MVX_LOG_PREDICATE_TOKEN_OPERATOR, MVX_LOG_PREDICATE_LT },
  { ">", MVX_LOG_PREDICATE_TOKEN_OPERATOR, MVX_LOG_PREDICATE_GT },
  { "&&", MVX_LOG_PREDICATE_TOKEN_AND, 0 },
  { "||", MVX_LOG_PREDICATE_TOKEN_OR, 0 },
  { "!", MVX_LOG_PREDICATE_TOKEN_NOT, 0 },
  { "(", MVX_LOG_PREDICATE_TOKEN_OPEN, 0 },
  { ")", MVX_LOG_PREDICATE_TOKEN_CLOSE, 0 },
};

guint
mvx_log_predicate_lexer_column (const MvxLogPredicateLexer *lexer, const char *at)
{
  guint column = 1;

  for (const char *p = lexer->source; p < at; p++)
    column += ((guchar) *p & 0xc0) != 0x80;
  return column;
}

void
mvx_log_predicate_lexer_clear (MvxLogPredicateLexer *lexer)
{
  if (lexer->token.text)
    g_string_free (lexer->token.text, TRUE);
  lexer->token.text = NULL;
}

void
mvx_log_predicate_lexer_fail (MvxLogPredicateLexer *lexer, const char *expected, GError **error)
{
  const MvxLogPredicateToken *token = &lexer->token;
  guint column = mvx_log_predicate_lexer_column (lexer, token->start);

  if (token->kind == MVX_LOG_PREDICATE_TOKEN_END)
    g_set_error (error, MVX_LOG_PREDICATE_ERROR, MVX_LOG_PREDICATE_ERROR_SYNTAX,
                 "column %u: expected %s, found the end", column, expected);
  else
    g_set_error (error, MVX_LOG_PREDICATE_ERROR, MVX_LOG_PREDICATE_ERROR_SYNTAX, "column %u: expected %s, found '%.*s'",
                 column, expected, (int) mvx_log_utf8_cut (token->start, token->length, 60), token->start);
}

static gboolean
mvx_log_predicate_lexer_refuse (MvxLogPredicateLexer *lexer, const char *at, const char *reason, GError **error)
{
  g_set_error (error, MVX_LOG_PREDICATE_ERROR, MVX_LOG_PREDICATE_ERROR_SYNTAX, "column %u: %s",
               mvx_log_predicate_lexer_column (lexer, at), reason);
  return FALSE;
}

static gboolean
mvx_log_predicate_lexer_text (MvxLogPredicateLexer *lexer, GError **error)
{
  MvxLogPredicateToken *token = &lexer->token;
  const char quote = *lexer->p;
  const char *p = lexer->p + 1;

  token->kind = MVX_LOG_PREDICATE_TOKEN_TEXT;
  token->text = g_string_new (NULL);
  for (; *p != quote; p++)
    {
      if (*p == '\0')
        return mvx_log_predicate_lexer_refuse (lexer, lexer->p, "the text that begins here has no closing quote",
                                               error);
      if (*p != '\\')
        {
          g_string_append_c (token->text, *p);
          continue;
        }
      p++;
      if (*p == 'n' || *p == 't')
        g_string_append_c (token->text, *p == 'n' ? '\n' : '\t');
      else if (*p == '"' || *p == '\'' || *p == '\\')
        g_string_append_c (token->text, *p);
      else if (*p != '\0')
        /* Of a regular expression: \d, \. and the like stay as they are. */
        g_string_append_printf (token->text, "\\%c", *p);
      else
        p--;
    }
  lexer->p = p + 1;
  return TRUE;
}

static gsize
mvx_log_predicate_lexer_word_length (const char *p)
{
  gsize n = 0;

  while (g_ascii_isalnum (p[n]) || (guchar) p[n] >= 0x80 || (p[n] && strchr ("_.-@", p[n])))
    n++;
  return n;
}

static void
mvx_log_predicate_lexer_word (MvxLogPredicateLexer *lexer)
{
  MvxLogPredicateToken *token = &lexer->token;
  const gsize n = mvx_log_predicate_lexer_word_length (lexer->p);

  token->kind = MVX_LOG_PREDICATE_TOKEN_WORD;
  if (n == 3 && strncmp (lexer->p, "and", n) == 0)
    token->kind = MVX_LOG_PREDICATE_TOKEN_AND;
  else if (n == 2 && strncmp (lexer->p, "or", n) == 0)
    token->kind = MVX_LOG_PREDICATE_TOKEN_OR;
  else if (n == 3 && strncmp (lexer->p, "not", n) == 0)
    token->kind = MVX_LOG_PREDICATE_TOKEN_NOT;
  lexer->p += n;
}

static gboolean
mvx_log_predicate_lexer_number (MvxLogPredicateLexer *lexer, GError **error)
{
  char *end;

  g_ascii_strtod (lexer->p, &end);
  if (end == lexer->p || mvx_log_predicate_lexer_word_length (end) > 0)
    return mvx_log_predicate_lexer_refuse (lexer, lexer->p, "not a number; text that begins like one stands in quotes",
                                           error);
  lexer->token.kind = MVX_LOG_PREDICATE_TOKEN_NUMBER;
  lexer->p = end;
  return TRUE;
}

static gboolean
mvx_log_predicate_lexer_sign (MvxLogPredicateLexer *lexer, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (mvx_log_predicate_signs); i++)
    if (g_str_has_prefix (lexer->p, mvx_log_predicate_signs[i].text))
      {
        lexer->token.kind = mvx_log_predicate_signs[i].kind;
        lexer->token.op = mvx_log_predicate_signs[i].op;
        lexer->p += strlen (mvx_log_predicate_signs[i].text);
        return TRUE;
      }
  if (*lexer->p == '=')
    return mvx_log_predicate_lexer_refuse (lexer, lexer->p, "'=' is not an operator; use '==' or '=~'", error);
  g_set_error (error, MVX_LOG_PREDICATE_ERROR, MVX_LOG_PREDICATE_ERROR_SYNTAX, "column %u: unexpected character '%c'",
               mvx_log_predicate_lexer_column (lexer, lexer->p), *lexer->p);
  return FALSE;
}

gboolean
mvx_log_predicate_lexer_next (MvxLogPredicateLexer *lexer, GError **error)
{
  gboolean fine = TRUE;

  mvx_log_predicate_lexer_clear (lexer);
  while (g_ascii_isspace (*lexer->p))
    lexer->p++;
  lexer->token.start = lexer->p;
  if (*lexer->p == '\0')
    lexer->token.kind = MVX_LOG_PREDICATE_TOKEN_END;
  else if (*lexer->p == '"' || *lexer->p == '\'')
    fine = mvx_log_predicate_lexer_text (lexer, error);
  else if (g_ascii_isalpha (*lexer->p) || *lexer->p == '_' || *lexer->p == '@' || (guchar) *lexer->p >= 0x80)
    mvx_log_predicate_lexer_word (lexer);
  else if (g_ascii_isdigit (*lexer->p) || *lexer->p == '-' || *lexer->p == '+' || *lexer->p == '.')
    fine = mvx_log_predicate_lexer_number (lexer, error);
  else
    fine = mvx_log_predicate_lexer_sign (lexer, error);
  lexer->token.length = (gsize) (lexer->p - lexer->token.start);
  return fine;
}

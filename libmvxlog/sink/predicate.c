/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "sink/predicate-internal.h"

#define MVX_LOG_PREDICATE_MAX_DEPTH 100
/* Steps that one search may take, in the words of PCRE2; some expressions need ages for some texts. */
#define MVX_LOG_PREDICATE_REGEX_LIMIT "(*LIMIT_MATCH=100000)"

static MvxLogPredicate *mvx_log_predicate_parse_any (MvxLogPredicateLexer *lexer, guint depth, GError **error);

static MvxLogPredicate *
mvx_log_predicate_node_new (MvxLogPredicateNodeKind kind)
{
  MvxLogPredicate *node = g_new0 (MvxLogPredicate, 1);

  node->kind = kind;
  if (kind == MVX_LOG_PREDICATE_NODE_AND || kind == MVX_LOG_PREDICATE_NODE_OR || kind == MVX_LOG_PREDICATE_NODE_NOT)
    node->children = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_predicate_free);
  return node;
}

void
mvx_log_predicate_free (MvxLogPredicate *predicate)
{
  g_clear_pointer (&predicate->children, g_ptr_array_unref);
  g_clear_pointer (&predicate->regex, g_regex_unref);
  g_free (predicate->name);
  g_free (predicate->text);
  g_free (predicate);
}

static gboolean
mvx_log_predicate_parse_name (MvxLogPredicateLexer *lexer, MvxLogPredicate *node, const char *expected, GError **error)
{
  const MvxLogPredicateToken *token = &lexer->token;

  if (token->kind != MVX_LOG_PREDICATE_TOKEN_WORD && token->kind != MVX_LOG_PREDICATE_TOKEN_TEXT)
    {
      mvx_log_predicate_lexer_fail (lexer, expected, error);
      return FALSE;
    }
  node->name = token->text ? g_strdup (token->text->str) : g_strndup (token->start, token->length);
  return mvx_log_predicate_lexer_next (lexer, error);
}

static void
mvx_log_predicate_set_number (MvxLogPredicate *node)
{
  MvxLogPredicateValue *value = &node->value;
  gboolean whole = strpbrk (node->text, ".eExXnN") == NULL;

  value->type = MVX_LOG_PREDICATE_DOUBLE;
  value->d = g_ascii_strtod (node->text, NULL);
  errno = 0;
  value->i = g_ascii_strtoll (node->text, NULL, 10);
  if (whole && errno == 0)
    {
      value->type = MVX_LOG_PREDICATE_INT;
      return;
    }
  errno = 0;
  value->u = g_ascii_strtoull (node->text, NULL, 10);
  if (whole && errno == 0 && *node->text != '-')
    value->type = MVX_LOG_PREDICATE_UINT;
}

static gboolean
mvx_log_predicate_parse_value (MvxLogPredicateLexer *lexer, MvxLogPredicate *node, GError **error)
{
  const MvxLogPredicateToken *token = &lexer->token;
  const gboolean bare = token->kind == MVX_LOG_PREDICATE_TOKEN_WORD;

  if (!bare && token->kind != MVX_LOG_PREDICATE_TOKEN_TEXT && token->kind != MVX_LOG_PREDICATE_TOKEN_NUMBER)
    {
      mvx_log_predicate_lexer_fail (lexer, "a value (text, a number, true, false or null)", error);
      return FALSE;
    }
  node->text = token->text ? g_strdup (token->text->str) : g_strndup (token->start, token->length);
  node->value.type = MVX_LOG_PREDICATE_STRING;
  node->value.text = node->text;
  node->value.length = -1;
  if (token->kind == MVX_LOG_PREDICATE_TOKEN_NUMBER)
    mvx_log_predicate_set_number (node);
  else if (bare && strcmp (node->text, "null") == 0)
    node->value.type = MVX_LOG_PREDICATE_NULL;
  else if (bare && (strcmp (node->text, "true") == 0 || strcmp (node->text, "false") == 0))
    {
      node->value.type = MVX_LOG_PREDICATE_BOOL;
      node->value.boolean = *node->text == 't';
    }
  return TRUE;
}

static gboolean
mvx_log_predicate_parse_regex (MvxLogPredicateLexer *lexer, MvxLogPredicate *node, GError **error)
{
  g_autofree char *bounded = g_strconcat (MVX_LOG_PREDICATE_REGEX_LIMIT, node->text, NULL);
  g_autoptr (GRegex) plain = NULL;
  g_autoptr (GError) local = NULL;

  /* As it is written first: the message shows it. */
  plain = g_regex_new (node->text, 0, 0, &local);
  if (plain)
    node->regex = g_regex_new (bounded, G_REGEX_OPTIMIZE, 0, &local);
  if (node->regex)
    return TRUE;
  g_set_error (error, MVX_LOG_PREDICATE_ERROR, MVX_LOG_PREDICATE_ERROR_REGEX, "column %u: %s",
               mvx_log_predicate_lexer_column (lexer, lexer->token.start), local->message);
  return FALSE;
}

static MvxLogPredicate *
mvx_log_predicate_parse_comparison (MvxLogPredicateLexer *lexer, GError **error)
{
  g_autoptr (MvxLogPredicate) node = mvx_log_predicate_node_new (MVX_LOG_PREDICATE_NODE_COMPARE);

  if (!mvx_log_predicate_parse_name (lexer, node, "a field name, has(), not or '('", error))
    return NULL;
  if (lexer->token.kind != MVX_LOG_PREDICATE_TOKEN_OPERATOR)
    {
      g_autofree char *expected = g_strdup_printf ("an operator (== != < <= > >= =~ !~) after '%s'", node->name);

      mvx_log_predicate_lexer_fail (lexer, expected, error);
      return NULL;
    }
  node->op = lexer->token.op;
  if (!mvx_log_predicate_lexer_next (lexer, error) || !mvx_log_predicate_parse_value (lexer, node, error))
    return NULL;
  if (node->op >= MVX_LOG_PREDICATE_MATCH && !mvx_log_predicate_parse_regex (lexer, node, error))
    return NULL;
  return mvx_log_predicate_lexer_next (lexer, error) ? g_steal_pointer (&node) : NULL;
}

static gboolean
mvx_log_predicate_parse_close (MvxLogPredicateLexer *lexer, GError **error)
{
  if (lexer->token.kind == MVX_LOG_PREDICATE_TOKEN_CLOSE)
    return mvx_log_predicate_lexer_next (lexer, error);
  mvx_log_predicate_lexer_fail (lexer, "')'", error);
  return FALSE;
}

static MvxLogPredicate *
mvx_log_predicate_parse_has (MvxLogPredicateLexer *lexer, GError **error)
{
  g_autoptr (MvxLogPredicate) node = mvx_log_predicate_node_new (MVX_LOG_PREDICATE_NODE_HAS);

  if (!mvx_log_predicate_lexer_next (lexer, error) || !mvx_log_predicate_lexer_next (lexer, error))
    return NULL;
  if (!mvx_log_predicate_parse_name (lexer, node, "a field name", error)
      || !mvx_log_predicate_parse_close (lexer, error))
    return NULL;
  return g_steal_pointer (&node);
}

/* The word `has` alone may also be a field. */
static gboolean
mvx_log_predicate_is_has (const MvxLogPredicateLexer *lexer)
{
  const char *p = lexer->p;

  if (lexer->token.kind != MVX_LOG_PREDICATE_TOKEN_WORD || lexer->token.length != 3
      || strncmp (lexer->token.start, "has", 3) != 0)
    return FALSE;
  while (g_ascii_isspace (*p))
    p++;
  return *p == '(';
}

static MvxLogPredicate *
mvx_log_predicate_parse_term (MvxLogPredicateLexer *lexer, guint depth, GError **error)
{
  g_autoptr (MvxLogPredicate) node = NULL;
  MvxLogPredicate *inner;

  if (depth >= MVX_LOG_PREDICATE_MAX_DEPTH)
    {
      g_set_error (error, MVX_LOG_PREDICATE_ERROR, MVX_LOG_PREDICATE_ERROR_SYNTAX,
                   "column %u: nested more than %d deep", mvx_log_predicate_lexer_column (lexer, lexer->token.start),
                   MVX_LOG_PREDICATE_MAX_DEPTH);
      return NULL;
    }
  if (mvx_log_predicate_is_has (lexer))
    return mvx_log_predicate_parse_has (lexer, error);
  if (lexer->token.kind == MVX_LOG_PREDICATE_TOKEN_OPEN)
    {
      if (!mvx_log_predicate_lexer_next (lexer, error))
        return NULL;
      node = mvx_log_predicate_parse_any (lexer, depth + 1, error);
      return node && mvx_log_predicate_parse_close (lexer, error) ? g_steal_pointer (&node) : NULL;
    }
  if (lexer->token.kind != MVX_LOG_PREDICATE_TOKEN_NOT)
    return mvx_log_predicate_parse_comparison (lexer, error);
  node = mvx_log_predicate_node_new (MVX_LOG_PREDICATE_NODE_NOT);
  inner = mvx_log_predicate_lexer_next (lexer, error) ? mvx_log_predicate_parse_term (lexer, depth + 1, error) : NULL;
  if (inner == NULL)
    return NULL;
  g_ptr_array_add (node->children, inner);
  return g_steal_pointer (&node);
}

/* One level of precedence: terms (or what binds closer) joined by the same word. */
static MvxLogPredicate *
mvx_log_predicate_parse_list (MvxLogPredicateLexer *lexer, MvxLogPredicateNodeKind kind, guint depth, GError **error)
{
  const gboolean any = kind == MVX_LOG_PREDICATE_NODE_OR;
  g_autoptr (MvxLogPredicate) list = mvx_log_predicate_node_new (kind);
  MvxLogPredicate *child;

  while (TRUE)
    {
      child = any ? mvx_log_predicate_parse_list (lexer, MVX_LOG_PREDICATE_NODE_AND, depth, error)
                  : mvx_log_predicate_parse_term (lexer, depth, error);
      if (child == NULL)
        return NULL;
      g_ptr_array_add (list->children, child);
      if (lexer->token.kind != (any ? MVX_LOG_PREDICATE_TOKEN_OR : MVX_LOG_PREDICATE_TOKEN_AND))
        return g_steal_pointer (&list);
      if (!mvx_log_predicate_lexer_next (lexer, error))
        return NULL;
    }
}

static MvxLogPredicate *
mvx_log_predicate_parse_any (MvxLogPredicateLexer *lexer, guint depth, GError **error)
{
  return mvx_log_predicate_parse_list (lexer, MVX_LOG_PREDICATE_NODE_OR, depth, error);
}

MvxLogPredicate *
mvx_log_predicate_new (const char *text, GError **error)
{
  MvxLogPredicateLexer lexer = { text, text, { 0 } };
  g_autoptr (MvxLogPredicate) predicate = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, MVX_LOG_PREDICATE_ERROR, MVX_LOG_PREDICATE_ERROR_SYNTAX, "the predicate is not valid UTF-8");
      return NULL;
    }
  if (mvx_log_predicate_lexer_next (&lexer, error))
    predicate = mvx_log_predicate_parse_any (&lexer, 0, error);
  if (predicate && lexer.token.kind != MVX_LOG_PREDICATE_TOKEN_END)
    {
      mvx_log_predicate_lexer_fail (&lexer, "and, or or the end", error);
      g_clear_pointer (&predicate, mvx_log_predicate_free);
    }
  mvx_log_predicate_lexer_clear (&lexer);
  return g_steal_pointer (&predicate);
}

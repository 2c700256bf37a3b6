/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "predicate-private.h"

#define MVX_PREDICATE_MAX_DEPTH 100

static MvxPredicate *mvx_predicate_parse_any (MvxPredicateLexer *lexer, guint depth, GError **error);

static MvxPredicate *
mvx_predicate_node_new (MvxPredicateNodeKind kind)
{
  MvxPredicate *node = g_new0 (MvxPredicate, 1);

  node->kind = kind;
  if (kind == MVX_PREDICATE_NODE_AND || kind == MVX_PREDICATE_NODE_OR || kind == MVX_PREDICATE_NODE_NOT)
    node->children = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_predicate_free);
  return node;
}

void
mvx_predicate_free (MvxPredicate *predicate)
{
  g_clear_pointer (&predicate->children, g_ptr_array_unref);
  g_clear_pointer (&predicate->regex, g_regex_unref);
  g_free (predicate->name);
  g_free (predicate->text);
  g_free (predicate);
}

static gboolean
mvx_predicate_parse_name (MvxPredicateLexer *lexer, MvxPredicate *node, const char *expected, GError **error)
{
  const MvxPredicateToken *token = &lexer->token;

  if (token->kind != MVX_PREDICATE_TOKEN_WORD && token->kind != MVX_PREDICATE_TOKEN_TEXT)
    {
      mvx_predicate_lexer_fail (lexer, expected, error);
      return FALSE;
    }
  node->name = token->text ? g_strdup (token->text->str) : g_strndup (token->start, token->length);
  return mvx_predicate_lexer_next (lexer, error);
}

static void
mvx_predicate_set_number (MvxPredicate *node)
{
  MvxPredicateValue *value = &node->value;
  gboolean whole = strpbrk (node->text, ".eExXnN") == NULL;

  value->type = MVX_PREDICATE_DOUBLE;
  value->d = g_ascii_strtod (node->text, NULL);
  errno = 0;
  value->i = g_ascii_strtoll (node->text, NULL, 10);
  if (whole && errno == 0)
    {
      value->type = MVX_PREDICATE_INT;
      return;
    }
  errno = 0;
  value->u = g_ascii_strtoull (node->text, NULL, 10);
  if (whole && errno == 0 && *node->text != '-')
    value->type = MVX_PREDICATE_UINT;
}

static gboolean
mvx_predicate_parse_value (MvxPredicateLexer *lexer, MvxPredicate *node, GError **error)
{
  const MvxPredicateToken *token = &lexer->token;
  const gboolean bare = token->kind == MVX_PREDICATE_TOKEN_WORD;

  if (!bare && token->kind != MVX_PREDICATE_TOKEN_TEXT && token->kind != MVX_PREDICATE_TOKEN_NUMBER)
    {
      mvx_predicate_lexer_fail (lexer, "a value (text, a number, true, false or null)", error);
      return FALSE;
    }
  node->text = token->text ? g_strdup (token->text->str) : g_strndup (token->start, token->length);
  node->value.type = MVX_PREDICATE_STRING;
  node->value.text = node->text;
  node->value.length = -1;
  if (token->kind == MVX_PREDICATE_TOKEN_NUMBER)
    mvx_predicate_set_number (node);
  else if (bare && strcmp (node->text, "null") == 0)
    node->value.type = MVX_PREDICATE_NULL;
  else if (bare && (strcmp (node->text, "true") == 0 || strcmp (node->text, "false") == 0))
    {
      node->value.type = MVX_PREDICATE_BOOL;
      node->value.boolean = *node->text == 't';
    }
  return TRUE;
}

static gboolean
mvx_predicate_parse_regex (MvxPredicateLexer *lexer, MvxPredicate *node, GError **error)
{
  g_autoptr (GError) local = NULL;

  node->regex = g_regex_new (node->text, G_REGEX_OPTIMIZE, 0, &local);
  if (node->regex)
    return TRUE;
  g_set_error (error, MVX_PREDICATE_ERROR, MVX_PREDICATE_ERROR_REGEX, "column %u: %s",
               mvx_predicate_lexer_column (lexer, lexer->token.start), local->message);
  return FALSE;
}

static MvxPredicate *
mvx_predicate_parse_comparison (MvxPredicateLexer *lexer, GError **error)
{
  g_autoptr (MvxPredicate) node = mvx_predicate_node_new (MVX_PREDICATE_NODE_COMPARE);

  if (!mvx_predicate_parse_name (lexer, node, "a field name, has(), not or '('", error))
    return NULL;
  if (lexer->token.kind != MVX_PREDICATE_TOKEN_OPERATOR)
    {
      g_autofree char *expected = g_strdup_printf ("an operator (== != < <= > >= =~ !~) after '%s'", node->name);

      mvx_predicate_lexer_fail (lexer, expected, error);
      return NULL;
    }
  node->op = lexer->token.op;
  if (!mvx_predicate_lexer_next (lexer, error) || !mvx_predicate_parse_value (lexer, node, error))
    return NULL;
  if (node->op >= MVX_PREDICATE_MATCH && !mvx_predicate_parse_regex (lexer, node, error))
    return NULL;
  return mvx_predicate_lexer_next (lexer, error) ? g_steal_pointer (&node) : NULL;
}

static gboolean
mvx_predicate_parse_close (MvxPredicateLexer *lexer, GError **error)
{
  if (lexer->token.kind == MVX_PREDICATE_TOKEN_CLOSE)
    return mvx_predicate_lexer_next (lexer, error);
  mvx_predicate_lexer_fail (lexer, "')'", error);
  return FALSE;
}

static MvxPredicate *
mvx_predicate_parse_has (MvxPredicateLexer *lexer, GError **error)
{
  g_autoptr (MvxPredicate) node = mvx_predicate_node_new (MVX_PREDICATE_NODE_HAS);

  if (!mvx_predicate_lexer_next (lexer, error) || !mvx_predicate_lexer_next (lexer, error))
    return NULL;
  if (!mvx_predicate_parse_name (lexer, node, "a field name", error) || !mvx_predicate_parse_close (lexer, error))
    return NULL;
  return g_steal_pointer (&node);
}

/* The word `has` alone may also be a field. */
static gboolean
mvx_predicate_is_has (const MvxPredicateLexer *lexer)
{
  const char *p = lexer->p;

  if (lexer->token.kind != MVX_PREDICATE_TOKEN_WORD || lexer->token.length != 3
      || strncmp (lexer->token.start, "has", 3) != 0)
    return FALSE;
  while (g_ascii_isspace (*p))
    p++;
  return *p == '(';
}

static MvxPredicate *
mvx_predicate_parse_term (MvxPredicateLexer *lexer, guint depth, GError **error)
{
  g_autoptr (MvxPredicate) node = NULL;
  MvxPredicate *inner;

  if (depth >= MVX_PREDICATE_MAX_DEPTH)
    {
      g_set_error (error, MVX_PREDICATE_ERROR, MVX_PREDICATE_ERROR_SYNTAX, "column %u: nested more than %d deep",
                   mvx_predicate_lexer_column (lexer, lexer->token.start), MVX_PREDICATE_MAX_DEPTH);
      return NULL;
    }
  if (mvx_predicate_is_has (lexer))
    return mvx_predicate_parse_has (lexer, error);
  if (lexer->token.kind == MVX_PREDICATE_TOKEN_OPEN)
    {
      if (!mvx_predicate_lexer_next (lexer, error))
        return NULL;
      node = mvx_predicate_parse_any (lexer, depth + 1, error);
      return node && mvx_predicate_parse_close (lexer, error) ? g_steal_pointer (&node) : NULL;
    }
  if (lexer->token.kind != MVX_PREDICATE_TOKEN_NOT)
    return mvx_predicate_parse_comparison (lexer, error);
  node = mvx_predicate_node_new (MVX_PREDICATE_NODE_NOT);
  inner = mvx_predicate_lexer_next (lexer, error) ? mvx_predicate_parse_term (lexer, depth + 1, error) : NULL;
  if (inner == NULL)
    return NULL;
  g_ptr_array_add (node->children, inner);
  return g_steal_pointer (&node);
}

/* One level of precedence: terms (or what binds closer) joined by the same word. */
static MvxPredicate *
mvx_predicate_parse_list (MvxPredicateLexer *lexer, MvxPredicateNodeKind kind, guint depth, GError **error)
{
  const gboolean any = kind == MVX_PREDICATE_NODE_OR;
  g_autoptr (MvxPredicate) list = mvx_predicate_node_new (kind);
  MvxPredicate *child;

  while (TRUE)
    {
      child = any ? mvx_predicate_parse_list (lexer, MVX_PREDICATE_NODE_AND, depth, error)
                  : mvx_predicate_parse_term (lexer, depth, error);
      if (child == NULL)
        return NULL;
      g_ptr_array_add (list->children, child);
      if (lexer->token.kind != (any ? MVX_PREDICATE_TOKEN_OR : MVX_PREDICATE_TOKEN_AND))
        return g_steal_pointer (&list);
      if (!mvx_predicate_lexer_next (lexer, error))
        return NULL;
    }
}

static MvxPredicate *
mvx_predicate_parse_any (MvxPredicateLexer *lexer, guint depth, GError **error)
{
  return mvx_predicate_parse_list (lexer, MVX_PREDICATE_NODE_OR, depth, error);
}

MvxPredicate *
mvx_predicate_new (const char *text, GError **error)
{
  MvxPredicateLexer lexer = { text, text, { 0 } };
  g_autoptr (MvxPredicate) predicate = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, MVX_PREDICATE_ERROR, MVX_PREDICATE_ERROR_SYNTAX, "the predicate is not valid UTF-8");
      return NULL;
    }
  if (mvx_predicate_lexer_next (&lexer, error))
    predicate = mvx_predicate_parse_any (&lexer, 0, error);
  if (predicate && lexer.token.kind != MVX_PREDICATE_TOKEN_END)
    {
      mvx_predicate_lexer_fail (&lexer, "and, or or the end", error);
      g_clear_pointer (&predicate, mvx_predicate_free);
    }
  mvx_predicate_lexer_clear (&lexer);
  return g_steal_pointer (&predicate);
}

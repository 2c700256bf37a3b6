/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "predicate-private.h"

static gboolean
mvx_predicate_is_number (const MvxPredicateValue *value)
{
  return value->type == MVX_PREDICATE_INT || value->type == MVX_PREDICATE_UINT || value->type == MVX_PREDICATE_DOUBLE;
}

static char *
mvx_predicate_dup_text (const MvxPredicateValue *value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  switch (value->type)
    {
    case MVX_PREDICATE_NULL:
      return g_strdup ("null");
    case MVX_PREDICATE_BOOL:
      return g_strdup (value->boolean ? "true" : "false");
    case MVX_PREDICATE_INT:
      return g_strdup_printf ("%" G_GINT64_FORMAT, value->i);
    case MVX_PREDICATE_UINT:
      return g_strdup_printf ("%" G_GUINT64_FORMAT, value->u);
    case MVX_PREDICATE_DOUBLE:
      return g_strdup (g_ascii_dtostr (number, sizeof number, value->d));
    case MVX_PREDICATE_STRING:
    case MVX_PREDICATE_OTHER:
    default:
      /* Regular expressions need UTF-8; a NUL becomes U+FFFD like any other byte that is no text. */
      return g_utf8_make_valid (value->text, value->length);
    }
}

/* Text that is wholly a number, as one. */
static gboolean
mvx_predicate_to_number (const MvxPredicateValue *value, MvxPredicateValue *number)
{
  g_autofree char *text = NULL;
  char *end;

  *number = *value;
  if (mvx_predicate_is_number (value))
    return TRUE;
  if (value->type != MVX_PREDICATE_STRING)
    return FALSE;
  text = g_utf8_make_valid (value->text, value->length);
  errno = 0;
  number->type = MVX_PREDICATE_INT;
  number->i = g_ascii_strtoll (text, &end, 10);
  if (*text && *end == '\0' && errno == 0)
    return TRUE;
  number->type = MVX_PREDICATE_DOUBLE;
  number->d = g_ascii_strtod (text, &end);
  return *text && *end == '\0' && !g_ascii_isspace (*text);
}

static double
mvx_predicate_as_double (const MvxPredicateValue *value)
{
  if (value->type == MVX_PREDICATE_DOUBLE)
    return value->d;
  return value->type == MVX_PREDICATE_INT ? (double) value->i : (double) value->u;
}

/* -1, 0, 1, or 2 if there is no order (NaN). Whole numbers are compared as such. */
static int
mvx_predicate_compare_numbers (const MvxPredicateValue *a, const MvxPredicateValue *b)
{
  double x;
  double y;

  if (a->type == MVX_PREDICATE_INT && b->type == MVX_PREDICATE_INT)
    return (a->i > b->i) - (a->i < b->i);
  if (a->type == MVX_PREDICATE_UINT && b->type == MVX_PREDICATE_UINT)
    return (a->u > b->u) - (a->u < b->u);
  if (a->type == MVX_PREDICATE_INT && b->type == MVX_PREDICATE_UINT)
    return a->i < 0 || (guint64) a->i < b->u ? -1 : (guint64) a->i > b->u;
  if (a->type == MVX_PREDICATE_UINT && b->type == MVX_PREDICATE_INT)
    return -mvx_predicate_compare_numbers (b, a);
  x = mvx_predicate_as_double (a);
  y = mvx_predicate_as_double (b);
  if (x < y)
    return -1;
  if (x > y)
    return 1;
  return x >= y ? 0 : 2;
}

static int
mvx_predicate_compare_texts (const MvxPredicateValue *a, const MvxPredicateValue *b)
{
  g_autofree char *x = mvx_predicate_dup_text (a);
  g_autofree char *y = mvx_predicate_dup_text (b);
  int order = strcmp (x, y);

  return (order > 0) - (order < 0);
}

static gboolean
mvx_predicate_decide (MvxPredicateOperator op, int order)
{
  switch (op)
    {
    case MVX_PREDICATE_EQ:
      return order == 0;
    case MVX_PREDICATE_NE:
      return order != 0;
    case MVX_PREDICATE_LT:
      return order == -1;
    case MVX_PREDICATE_LE:
      return order == -1 || order == 0;
    case MVX_PREDICATE_GT:
      return order == 1;
    case MVX_PREDICATE_GE:
      return order == 1 || order == 0;
    case MVX_PREDICATE_MATCH:
    case MVX_PREDICATE_NO_MATCH:
    default:
      return FALSE;
    }
}

static gboolean
mvx_predicate_compare (const MvxPredicate *node, const MvxPredicateValue *value)
{
  const gboolean ordering = node->op != MVX_PREDICATE_EQ && node->op != MVX_PREDICATE_NE;
  MvxPredicateValue a;
  MvxPredicateValue b;

  if ((mvx_predicate_is_number (value) || mvx_predicate_is_number (&node->value)) && mvx_predicate_to_number (value, &a)
      && mvx_predicate_to_number (&node->value, &b))
    return mvx_predicate_decide (node->op, mvx_predicate_compare_numbers (&a, &b));
  if (ordering && (value->type != MVX_PREDICATE_STRING || node->value.type != MVX_PREDICATE_STRING))
    return FALSE;
  /* The text "null" is not null. */
  if ((value->type == MVX_PREDICATE_NULL) != (node->value.type == MVX_PREDICATE_NULL))
    return node->op == MVX_PREDICATE_NE;
  return mvx_predicate_decide (node->op, mvx_predicate_compare_texts (value, &node->value));
}

static gboolean
mvx_predicate_compare_ranks (const MvxPredicate *node,
                             const MvxPredicateValue *value,
                             const MvxPredicateFuncs *funcs,
                             gpointer data,
                             gboolean *result)
{
  g_autofree char *text = NULL;
  gint64 a;
  gint64 b;

  if (funcs->rank == NULL || !funcs->rank (data, node->name, node->text, &b))
    return FALSE;
  text = mvx_predicate_dup_text (value);
  if (!funcs->rank (data, node->name, text, &a))
    return FALSE;
  *result = mvx_predicate_decide (node->op, (a > b) - (a < b));
  return TRUE;
}

static gboolean
mvx_predicate_matches_field (const MvxPredicate *node, const MvxPredicateFuncs *funcs, gpointer data)
{
  MvxPredicateValue value = { MVX_PREDICATE_NULL, FALSE, 0, 0, 0, NULL, -1 };
  gboolean result;

  if (!funcs->lookup (data, node->name, &value))
    return FALSE;
  if (node->kind == MVX_PREDICATE_NODE_HAS)
    return TRUE;
  if (node->regex)
    {
      g_autofree char *text = mvx_predicate_dup_text (&value);
      gboolean found = g_regex_match (node->regex, text, 0, NULL);

      return found == (node->op == MVX_PREDICATE_MATCH);
    }
  if (mvx_predicate_compare_ranks (node, &value, funcs, data, &result))
    return result;
  return mvx_predicate_compare (node, &value);
}

gboolean
mvx_predicate_matches (const MvxPredicate *predicate, const MvxPredicateFuncs *funcs, gpointer data)
{
  const gboolean any = predicate->kind == MVX_PREDICATE_NODE_OR;

  if (predicate->kind == MVX_PREDICATE_NODE_NOT)
    return !mvx_predicate_matches (g_ptr_array_index (predicate->children, 0), funcs, data);
  if (predicate->children == NULL)
    return mvx_predicate_matches_field (predicate, funcs, data);
  for (guint i = 0; i < predicate->children->len; i++)
    if (mvx_predicate_matches (g_ptr_array_index (predicate->children, i), funcs, data) == any)
      return any;
  return !any;
}

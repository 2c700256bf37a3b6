/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "sink/predicate-internal.h"

static gboolean
mvx_log_predicate_is_number (const MvxLogPredicateValue *value)
{
  return value->type == MVX_LOG_PREDICATE_INT || value->type == MVX_LOG_PREDICATE_UINT
         || value->type == MVX_LOG_PREDICATE_DOUBLE;
}

static char *
mvx_log_predicate_dup_text (const MvxLogPredicateValue *value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  switch (value->type)
    {
    case MVX_LOG_PREDICATE_NULL:
      return g_strdup ("null");
    case MVX_LOG_PREDICATE_BOOL:
      return g_strdup (value->boolean ? "true" : "false");
    case MVX_LOG_PREDICATE_INT:
      return g_strdup_printf ("%" G_GINT64_FORMAT, value->i);
    case MVX_LOG_PREDICATE_UINT:
      return g_strdup_printf ("%" G_GUINT64_FORMAT, value->u);
    case MVX_LOG_PREDICATE_DOUBLE:
      return g_strdup (g_ascii_dtostr (number, sizeof number, value->d));
    case MVX_LOG_PREDICATE_STRING:
    case MVX_LOG_PREDICATE_OTHER:
    default:
      /* Regular expressions need UTF-8; a NUL becomes U+FFFD like any other byte that is no text. */
      return g_utf8_make_valid (value->text, value->length);
    }
}

/* Text that is wholly a number, as one. */
static gboolean
mvx_log_predicate_to_number (const MvxLogPredicateValue *value, MvxLogPredicateValue *number)
{
  g_autofree char *text = NULL;
  char *end;

  *number = *value;
  if (mvx_log_predicate_is_number (value))
    return TRUE;
  if (value->type != MVX_LOG_PREDICATE_STRING)
    return FALSE;
  text = g_utf8_make_valid (value->text, value->length);
  errno = 0;
  number->type = MVX_LOG_PREDICATE_INT;
  number->i = g_ascii_strtoll (text, &end, 10);
  if (*text && *end == '\0' && errno == 0)
    return TRUE;
  number->type = MVX_LOG_PREDICATE_DOUBLE;
  number->d = g_ascii_strtod (text, &end);
  return *text && *end == '\0' && !g_ascii_isspace (*text);
}

static double
mvx_log_predicate_as_double (const MvxLogPredicateValue *value)
{
  if (value->type == MVX_LOG_PREDICATE_DOUBLE)
    return value->d;
  return value->type == MVX_LOG_PREDICATE_INT ? (double) value->i : (double) value->u;
}

/* -1, 0, 1, or 2 if there is no order (NaN). Whole numbers are compared as such. */
static int
mvx_log_predicate_compare_numbers (const MvxLogPredicateValue *a, const MvxLogPredicateValue *b)
{
  double x;
  double y;

  if (a->type == MVX_LOG_PREDICATE_INT && b->type == MVX_LOG_PREDICATE_INT)
    return (a->i > b->i) - (a->i < b->i);
  if (a->type == MVX_LOG_PREDICATE_UINT && b->type == MVX_LOG_PREDICATE_UINT)
    return (a->u > b->u) - (a->u < b->u);
  if (a->type == MVX_LOG_PREDICATE_INT && b->type == MVX_LOG_PREDICATE_UINT)
    return a->i < 0 || (guint64) a->i < b->u ? -1 : (guint64) a->i > b->u;
  if (a->type == MVX_LOG_PREDICATE_UINT && b->type == MVX_LOG_PREDICATE_INT)
    return -mvx_log_predicate_compare_numbers (b, a);
  x = mvx_log_predicate_as_double (a);
  y = mvx_log_predicate_as_double (b);
  if (x < y)
    return -1;
  if (x > y)
    return 1;
  return x >= y ? 0 : 2;
}

static int
mvx_log_predicate_compare_texts (const MvxLogPredicateValue *a, const MvxLogPredicateValue *b)
{
  g_autofree char *x = mvx_log_predicate_dup_text (a);
  g_autofree char *y = mvx_log_predicate_dup_text (b);
  int order = strcmp (x, y);

  return (order > 0) - (order < 0);
}

static gboolean
mvx_log_predicate_decide (MvxLogPredicateOperator op, int order)
{
  switch (op)
    {
    case MVX_LOG_PREDICATE_EQ:
      return order == 0;
    case MVX_LOG_PREDICATE_NE:
      return order != 0;
    case MVX_LOG_PREDICATE_LT:
      return order == -1;
    case MVX_LOG_PREDICATE_LE:
      return order == -1 || order == 0;
    case MVX_LOG_PREDICATE_GT:
      return order == 1;
    case MVX_LOG_PREDICATE_GE:
      return order == 1 || order == 0;
    case MVX_LOG_PREDICATE_MATCH:
    case MVX_LOG_PREDICATE_NO_MATCH:
    default:
      return FALSE;
    }
}

static gboolean
mvx_log_predicate_compare (const MvxLogPredicate *node, const MvxLogPredicateValue *value)
{
  const gboolean ordering = node->op != MVX_LOG_PREDICATE_EQ && node->op != MVX_LOG_PREDICATE_NE;
  MvxLogPredicateValue a;
  MvxLogPredicateValue b;

  if ((mvx_log_predicate_is_number (value) || mvx_log_predicate_is_number (&node->value))
      && mvx_log_predicate_to_number (value, &a) && mvx_log_predicate_to_number (&node->value, &b))
    return mvx_log_predicate_decide (node->op, mvx_log_predicate_compare_numbers (&a, &b));
  if (ordering && (value->type != MVX_LOG_PREDICATE_STRING || node->value.type != MVX_LOG_PREDICATE_STRING))
    return FALSE;
  /* The text "null" is not null. */
  if ((value->type == MVX_LOG_PREDICATE_NULL) != (node->value.type == MVX_LOG_PREDICATE_NULL))
    return node->op == MVX_LOG_PREDICATE_NE;
  return mvx_log_predicate_decide (node->op, mvx_log_predicate_compare_texts (value, &node->value));
}

static gboolean
mvx_log_predicate_compare_ranks (const MvxLogPredicate *node,
                                 const MvxLogPredicateValue *value,
                                 const MvxLogPredicateFuncs *funcs,
                                 gpointer data,
                                 gboolean *result)
{
  g_autofree char *text = NULL;
  gint64 a;
  gint64 b;

  if (funcs->rank == NULL || !funcs->rank (data, node->name, node->text, &b))
    return FALSE;
  text = mvx_log_predicate_dup_text (value);
  if (!funcs->rank (data, node->name, text, &a))
    return FALSE;
  *result = mvx_log_predicate_decide (node->op, (a > b) - (a < b));
  return TRUE;
}

static gboolean
mvx_log_predicate_matches_field (const MvxLogPredicate *node, const MvxLogPredicateFuncs *funcs, gpointer data)
{
  MvxLogPredicateValue value = { MVX_LOG_PREDICATE_NULL, FALSE, 0, 0, 0, NULL, -1 };
  gboolean result;

  if (!funcs->lookup (data, node->name, &value))
    return FALSE;
  if (node->kind == MVX_LOG_PREDICATE_NODE_HAS)
    return TRUE;
  if (node->regex)
    {
      g_autofree char *text = mvx_log_predicate_dup_text (&value);
      g_autoptr (GError) too_long = NULL;
      gboolean found = g_regex_match_full (node->regex, text, -1, 0, 0, NULL, &too_long);

      return too_long == NULL && found == (node->op == MVX_LOG_PREDICATE_MATCH);
    }
  if (mvx_log_predicate_compare_ranks (node, &value, funcs, data, &result))
    return result;
  return mvx_log_predicate_compare (node, &value);
}

gboolean
mvx_log_predicate_matches (const MvxLogPredicate *predicate, const MvxLogPredicateFuncs *funcs, gpointer data)
{
  const gboolean any = predicate->kind == MVX_LOG_PREDICATE_NODE_OR;

  if (predicate->kind == MVX_LOG_PREDICATE_NODE_NOT)
    return !mvx_log_predicate_matches (g_ptr_array_index (predicate->children, 0), funcs, data);
  if (predicate->children == NULL)
    return mvx_log_predicate_matches_field (predicate, funcs, data);
  for (guint i = 0; i < predicate->children->len; i++)
    if (mvx_log_predicate_matches (g_ptr_array_index (predicate->children, i), funcs, data) == any)
      return any;
  return !any;
}

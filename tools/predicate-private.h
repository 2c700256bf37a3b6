/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tokens and the tree of a predicate. */
#pragma once

#include "predicate.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_PREDICATE_TOKEN_END,
  MVX_PREDICATE_TOKEN_WORD,
  MVX_PREDICATE_TOKEN_TEXT,
  MVX_PREDICATE_TOKEN_NUMBER,
  MVX_PREDICATE_TOKEN_OPERATOR, /* comparison */
  MVX_PREDICATE_TOKEN_AND,
  MVX_PREDICATE_TOKEN_OR,
  MVX_PREDICATE_TOKEN_NOT,
  MVX_PREDICATE_TOKEN_OPEN,
  MVX_PREDICATE_TOKEN_CLOSE
} MvxPredicateTokenKind;

typedef enum
{
  MVX_PREDICATE_EQ,
  MVX_PREDICATE_NE,
  MVX_PREDICATE_LT,
  MVX_PREDICATE_LE,
  MVX_PREDICATE_GT,
  MVX_PREDICATE_GE,
  MVX_PREDICATE_MATCH,
  MVX_PREDICATE_NO_MATCH
} MvxPredicateOperator;

typedef struct
{
  MvxPredicateTokenKind kind;
  MvxPredicateOperator  op;
  const char           *start; /* as written */
  gsize                 length;
  GString              *text;  /* TEXT: what it means */
} MvxPredicateToken;

typedef struct
{
  const char       *source;
  const char       *p;
  MvxPredicateToken token; /* the one that is looked at */
} MvxPredicateLexer;

/* Goes to the next token. */
gboolean mvx_predicate_lexer_next (MvxPredicateLexer *lexer,
                                   GError           **error);
void     mvx_predicate_lexer_clear (MvxPredicateLexer *lexer);
/* "column N: expected WHAT, found …" about the token that is looked at. */
void     mvx_predicate_lexer_fail (MvxPredicateLexer *lexer,
                                   const char        *expected,
                                   GError           **error);
guint    mvx_predicate_lexer_column (const MvxPredicateLexer *lexer,
                                     const char              *at);

typedef enum
{
  MVX_PREDICATE_NODE_AND,
  MVX_PREDICATE_NODE_OR,
  MVX_PREDICATE_NODE_NOT,
  MVX_PREDICATE_NODE_HAS,
  MVX_PREDICATE_NODE_COMPARE
} MvxPredicateNodeKind;

struct _MvxPredicate
{
  MvxPredicateNodeKind kind;
  GPtrArray           *children; /* AND, OR, NOT */
  char                *name;     /* HAS, COMPARE */
  MvxPredicateOperator op;
  MvxPredicateValue    value;
  char                *text;     /* value.text points here */
  GRegex              *regex;
};

G_END_DECLS

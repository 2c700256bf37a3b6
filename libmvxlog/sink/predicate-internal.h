/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tokens and the tree of a predicate. */
#pragma once

#include "sink/predicate-private.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_PREDICATE_TOKEN_END,
  MVX_LOG_PREDICATE_TOKEN_WORD,
  MVX_LOG_PREDICATE_TOKEN_TEXT,
  MVX_LOG_PREDICATE_TOKEN_NUMBER,
  MVX_LOG_PREDICATE_TOKEN_OPERATOR, /* comparison */
  MVX_LOG_PREDICATE_TOKEN_AND,
  MVX_LOG_PREDICATE_TOKEN_OR,
  MVX_LOG_PREDICATE_TOKEN_NOT,
  MVX_LOG_PREDICATE_TOKEN_OPEN,
  MVX_LOG_PREDICATE_TOKEN_CLOSE
} MvxLogPredicateTokenKind;

typedef enum
{
  MVX_LOG_PREDICATE_EQ,
  MVX_LOG_PREDICATE_NE,
  MVX_LOG_PREDICATE_LT,
  MVX_LOG_PREDICATE_LE,
  MVX_LOG_PREDICATE_GT,
  MVX_LOG_PREDICATE_GE,
  MVX_LOG_PREDICATE_MATCH,
  MVX_LOG_PREDICATE_NO_MATCH
} MvxLogPredicateOperator;

typedef struct
{
  MvxLogPredicateTokenKind kind;
  MvxLogPredicateOperator  op;
  const char              *start; /* as written */
  gsize                    length;
  GString                 *text;  /* TEXT: what it means */
} MvxLogPredicateToken;

typedef struct
{
  const char          *source;
  const char          *p;
  MvxLogPredicateToken token; /* the one that is looked at */
} MvxLogPredicateLexer;

/* Goes to the next token. */
gboolean mvx_log_predicate_lexer_next   (MvxLogPredicateLexer       *lexer,
                                         GError                    **error);
void     mvx_log_predicate_lexer_clear  (MvxLogPredicateLexer       *lexer);
/* "column N: expected WHAT, found …" about the token that is looked at. */
void     mvx_log_predicate_lexer_fail   (MvxLogPredicateLexer       *lexer,
                                         const char                 *expected,
                                         GError                    **error);
guint    mvx_log_predicate_lexer_column (const MvxLogPredicateLexer *lexer,
                                         const char                 *at);

typedef enum
{
  MVX_LOG_PREDICATE_NODE_AND,
  MVX_LOG_PREDICATE_NODE_OR,
  MVX_LOG_PREDICATE_NODE_NOT,
  MVX_LOG_PREDICATE_NODE_HAS,
  MVX_LOG_PREDICATE_NODE_COMPARE
} MvxLogPredicateNodeKind;

struct _MvxLogPredicate
{
  MvxLogPredicateNodeKind kind;
  GPtrArray              *children; /* AND, OR, NOT */
  char                   *name;     /* HAS, COMPARE */
  MvxLogPredicateOperator op;
  MvxLogPredicateValue    value;
  char                   *text;     /* value.text points here */
  GRegex                 *regex;
};

G_END_DECLS

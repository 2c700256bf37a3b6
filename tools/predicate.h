/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small language for "is this event wanted?". It has no loops, variables or side effects, and every well-formed
 * predicate has an answer for every event.
 *
 *   predicate  = all { ("or" | "||") all }
 *   all        = term { ("and" | "&&") term }
 *   term       = ("not" | "!") term | "(" predicate ")" | "has" "(" name ")" | name operator value
 *   operator   = "==" | "!=" | "<" | "<=" | ">" | ">=" | "=~" | "!~"
 *   name       = word | text            value = number | text | "true" | "false" | "null" | word
 *   text       = "…" or '…' with \" \' \\ \n \t         word = letter or _ or @, then letters, digits, _ . - @
 *
 * A comparison with a field that is absent is false, whatever the operator. Numbers compare with numbers, also with text
 * that is one; otherwise == and != compare the texts, and < <= > >= compare two texts byte by byte. =~ and !~ search the
 * text for a regular expression.
 *
 * Depends on GLib alone: the caller looks fields up.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_PREDICATE_NULL,
  MVX_PREDICATE_BOOL,
  MVX_PREDICATE_INT,    /* i */
  MVX_PREDICATE_UINT,   /* u */
  MVX_PREDICATE_DOUBLE, /* d */
  MVX_PREDICATE_STRING, /* text */
  MVX_PREDICATE_OTHER   /* a list or map: text is how it is written */
} MvxPredicateType;

typedef struct
{
  MvxPredicateType type;
  gboolean         boolean;
  gint64           i;
  guint64          u;
  double           d;
  const char      *text; /* valid until the predicate has been evaluated */
  gssize           length; /* of text, -1 if NUL-terminated */
} MvxPredicateValue;

/* How events are looked into. */
typedef struct
{
  /* FALSE: the event has no such field. */
  gboolean (*lookup) (gpointer data, const char *name, MvxPredicateValue *value);
  /* (nullable): a field whose texts have an order of their own, such as levels: the place of @text in it. */
  gboolean (*rank)   (gpointer data, const char *name, const char *text, gint64 *rank);
} MvxPredicateFuncs;

typedef enum
{
  MVX_PREDICATE_ERROR_SYNTAX = 1,
  MVX_PREDICATE_ERROR_REGEX
} MvxPredicateError;

#define MVX_PREDICATE_ERROR (mvx_predicate_error_quark ())

typedef struct _MvxPredicate MvxPredicate;

GQuark        mvx_predicate_error_quark (void);
/* The message names the column (in characters, from 1), what was expected and what is there. */
MvxPredicate *mvx_predicate_new         (const char              *text,
                                         GError                 **error);
void          mvx_predicate_free        (MvxPredicate            *predicate);
/* Thread-safe for one predicate, if the functions are. */
gboolean      mvx_predicate_matches     (const MvxPredicate      *predicate,
                                         const MvxPredicateFuncs *funcs,
                                         gpointer                 data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxPredicate, mvx_predicate_free)

G_END_DECLS

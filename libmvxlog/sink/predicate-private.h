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
 * text for a regular expression; a search that takes too many steps is given up, and both are false.
 *
 * Depends on GLib alone: the caller looks fields up.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_PREDICATE_NULL,
  MVX_LOG_PREDICATE_BOOL,
  MVX_LOG_PREDICATE_INT,    /* i */
  MVX_LOG_PREDICATE_UINT,   /* u */
  MVX_LOG_PREDICATE_DOUBLE, /* d */
  MVX_LOG_PREDICATE_STRING, /* text */
  MVX_LOG_PREDICATE_OTHER   /* a list or map: text is how it is written */
} MvxLogPredicateType;

typedef struct
{
  MvxLogPredicateType type;
  gboolean            boolean;
  gint64              i;
  guint64             u;
  double              d;
  const char         *text;   /* valid until the predicate has been evaluated */
  gssize              length; /* of text, -1 if NUL-terminated */
} MvxLogPredicateValue;

/* How events are looked into. */
typedef struct
{
  /* FALSE: the event has no such field. */
  gboolean (*lookup) (gpointer data, const char *name, MvxLogPredicateValue *value);
  /* (nullable): a field whose texts have an order of their own, such as levels: the place of @text in it. */
  gboolean (*rank)   (gpointer data, const char *name, const char *text, gint64 *rank);
} MvxLogPredicateFuncs;

typedef enum
{
  MVX_LOG_PREDICATE_ERROR_SYNTAX = 1,
  MVX_LOG_PREDICATE_ERROR_REGEX
} MvxLogPredicateError;

#define MVX_LOG_PREDICATE_ERROR (mvx_log_predicate_error_quark ())

typedef struct _MvxLogPredicate MvxLogPredicate;

GQuark           mvx_log_predicate_error_quark (void) G_GNUC_CONST;
/* The message names the column (in characters, from 1), what was expected and what is there. */
MvxLogPredicate *mvx_log_predicate_new     (const char                 *text,
                                            GError                    **error);
void             mvx_log_predicate_free    (MvxLogPredicate            *predicate);
/* Thread-safe for one predicate, if the functions are. */
gboolean         mvx_log_predicate_matches (const MvxLogPredicate      *predicate,
                                            const MvxLogPredicateFuncs *funcs,
                                            gpointer                    data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogPredicate, mvx_log_predicate_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Predicates: refused with the column, or an answer for every event, always the same. */
#include "fuzz.h"

#include "sink/predicate-private.h"

static gboolean
lookup (gpointer data, const char *name, MvxLogPredicateValue *value)
{
  static const MvxLogPredicateValue values[] = {
    { .type = MVX_LOG_PREDICATE_NULL, .length = -1 },
    { .type = MVX_LOG_PREDICATE_BOOL, .boolean = TRUE, .length = -1 },
    { .type = MVX_LOG_PREDICATE_INT, .i = -1, .length = -1 },
    { .type = MVX_LOG_PREDICATE_UINT, .u = G_MAXUINT64, .length = -1 },
    { .type = MVX_LOG_PREDICATE_DOUBLE, .d = 12.5, .length = -1 },
    { .type = MVX_LOG_PREDICATE_STRING, .text = "a\0b\xff", .length = 4 },
    { .type = MVX_LOG_PREDICATE_STRING, .text = "8080", .length = -1 },
    { .type = MVX_LOG_PREDICATE_OTHER, .text = "[1,2]", .length = -1 },
  };
  guint i = (guint) name[0] - 'a';

  if (i >= G_N_ELEMENTS (values))
    return FALSE;
  *value = values[i];
  return TRUE;
}

static gboolean
rank (gpointer data, const char *name, const char *text, gint64 *number)
{
  *number = (gint64) strlen (text);
  return name[0] == 'f';
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const MvxLogPredicateFuncs funcs = { lookup, rank };
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *negated = g_strdup_printf ("not (%s)", text);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPredicate) predicate = mvx_log_predicate_new (text, &error);
  g_autoptr (MvxLogPredicate) opposite = mvx_log_predicate_new (negated, NULL);

  if (predicate == NULL)
    {
      g_assert_true (error->domain == MVX_LOG_PREDICATE_ERROR);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  /* One that is nested as deep as can be is refused. */
  g_assert_true (opposite == NULL
                 || mvx_log_predicate_matches (predicate, &funcs, NULL)
                        != mvx_log_predicate_matches (opposite, &funcs, NULL));
  return 0;
}

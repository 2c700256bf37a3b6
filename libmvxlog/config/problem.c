/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "base/error-private.h"
#include "base/suggest-private.h"
#include "base/translate-private.h"
#include "config/problem-private.h"

/* A file of garbage has as many errors as lines; nobody reads more than this. */
#define MVX_LOG_PROBLEMS_MAX 200

typedef struct
{
  MvxLogConfigOrigin at;
  char *group;
  char *key;
  char *reason;
  gboolean lenient;
} MvxLogProblem;

struct _MvxLogProblems
{
  GPtrArray *list;
  guint n_more;
  guint n_hard;
  guint n_files;
};

static void
mvx_log_problem_free (gpointer data)
{
  MvxLogProblem *problem = data;

  g_free (problem->group);
  g_free (problem->key);
  g_free (problem->reason);
  g_free (problem);
}

MvxLogProblems *
mvx_log_problems_new (void)
{
  MvxLogProblems *problems = g_new0 (MvxLogProblems, 1);

  problems->list = g_ptr_array_new_with_free_func (mvx_log_problem_free);
  return problems;
}

void
mvx_log_problems_free (MvxLogProblems *problems)
{
  g_ptr_array_unref (problems->list);
  g_free (problems);
}

/* What a file says goes to terminals: control characters and invalid UTF-8 do not pass. Takes @text. */
static char *
mvx_log_problems_escape (char *text)
{
  g_autofree char *raw = text;
  GString *out;

  if (raw == NULL)
    return NULL;
  out = g_string_new (NULL);
  for (const char *p = raw; *p;)
    {
      gunichar c = g_utf8_get_char_validated (p, -1);

      if (c == (gunichar) -1 || c == (gunichar) -2 || g_unichar_iscntrl (c))
        g_string_append_printf (out, "\\x%02x", (guchar) *p++);
      else
        {
          g_string_append_unichar (out, c);
          p = g_utf8_next_char (p);
        }
    }
  return g_string_free (out, FALSE);
}

gboolean
mvx_log_problems_is_full (MvxLogProblems *problems)
{
  return problems->list->len >= MVX_LOG_PROBLEMS_MAX;
}

void
mvx_log_problems_add_file (MvxLogProblems *problems)
{
  problems->n_files++;
}

static void mvx_log_problems_add_va (MvxLogProblems *problems,
                                     const MvxLogConfigOrigin *at,
                                     const char *group,
                                     const char *key,
                                     gboolean lenient,
                                     const char *format,
                                     va_list args) G_GNUC_PRINTF (6, 0);

static void
mvx_log_problems_add_va (MvxLogProblems *problems,
                         const MvxLogConfigOrigin *at,
                         const char *group,
                         const char *key,
                         gboolean lenient,
                         const char *format,
                         va_list args)
{
  MvxLogProblem *problem;

  problems->n_hard += lenient ? 0 : 1;
  if (mvx_log_problems_is_full (problems))
    {
      problems->n_more++;
      return;
    }
  problem = g_new0 (MvxLogProblem, 1);
  problem->at = *at;
  problem->group = mvx_log_problems_escape (g_strdup (group));
  problem->key = mvx_log_problems_escape (g_strdup (key));
  problem->reason = mvx_log_problems_escape (g_strdup_vprintf (_ (format), args));
  problem->lenient = lenient;
  g_ptr_array_add (problems->list, problem);
}

void
mvx_log_problems_add (MvxLogProblems *problems,
                      const MvxLogConfigOrigin *at,
                      const char *group,
                      const char *key,
                      const char *format,
                      ...)
{
  va_list args;

  va_start (args, format);
  mvx_log_problems_add_va (problems, at, group, key, FALSE, format, args);
  va_end (args);
}

void
mvx_log_problems_add_lenient (MvxLogProblems *problems,
                              const MvxLogConfigOrigin *at,
                              const char *group,
                              const char *key,
                              const char *format,
                              ...)
{
  va_list args;

  va_start (args, format);
  mvx_log_problems_add_va (problems, at, group, key, TRUE, format, args);
  va_end (args);
}

guint
mvx_log_problems_get_n (MvxLogProblems *problems)
{
  return problems->list->len + problems->n_more;
}

guint
mvx_log_problems_get_n_hard (MvxLogProblems *problems)
{
  return problems->n_hard;
}

static void
mvx_log_problem_append (const MvxLogProblem *problem, const char *severity, GString *out)
{
  g_string_append (out, problem->at.file);
  if (problem->at.line > 0)
    g_string_append_printf (out, ":%u:%u", problem->at.line, problem->at.column);
  g_string_append_printf (out, ": %s: ", severity);
  if (problem->group)
    g_string_append_printf (out, "[%s]", problem->group);
  if (problem->key)
    g_string_append_printf (out, "%s%s", problem->group ? " " : "", problem->key);
  if (problem->group || problem->key)
    g_string_append (out, ": ");
  g_string_append (out, problem->reason);
}

static gint
mvx_log_problem_compare (gconstpointer a, gconstpointer b)
{
  const MvxLogProblem *one = *(const MvxLogProblem *const *) a;
  const MvxLogProblem *other = *(const MvxLogProblem *const *) b;

  if (one->at.order != other->at.order)
    return one->at.order < other->at.order ? -1 : 1;
  if (one->at.line != other->at.line)
    return one->at.line < other->at.line ? -1 : 1;
  if (one->at.column != other->at.column)
    return one->at.column < other->at.column ? -1 : 1;
  return g_strcmp0 (one->reason, other->reason);
}

void
mvx_log_problems_warn (MvxLogProblems *problems)
{
  guint i = 0;

  g_ptr_array_sort (problems->list, mvx_log_problem_compare);
  while (i < problems->list->len)
    {
      const MvxLogProblem *problem = g_ptr_array_index (problems->list, i);
      g_autoptr (GString) text = g_string_new (NULL);

      if (!problem->lenient)
        {
          i++;
          continue;
        }
      mvx_log_problem_append (problem, "warning", text);
      mvx_log_diag (MVX_LOG_LEVEL_WARNING, "%s", text->str);
      g_ptr_array_remove_index (problems->list, i);
    }
}

GError *
mvx_log_problems_to_error (MvxLogProblems *problems)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GVariantDict) details = G_VARIANT_DICT_INIT (NULL);
  GVariantBuilder builder;

  if (problems->list->len == 0)
    return NULL;
  g_ptr_array_sort (problems->list, mvx_log_problem_compare);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(suusss)"));
  for (guint i = 0; i < problems->list->len; i++)
    {
      const MvxLogProblem *problem = g_ptr_array_index (problems->list, i);

      if (i > 0)
        g_string_append_c (text, '\n');
      mvx_log_problem_append (problem, "error", text);
      g_variant_builder_add (&builder, "(suusss)", problem->at.file, problem->at.line, problem->at.column,
                             problem->group ? problem->group : "", problem->key ? problem->key : "", problem->reason);
    }
  if (problems->n_more > 0)
    g_string_append_printf (text, "\n%u more errors are not shown", problems->n_more);
  g_variant_dict_insert_value (&details, "problems", g_variant_builder_end (&builder));
  g_variant_dict_insert (&details, "files", "u", problems->n_files);
  return mvx_log_error_new (MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_INVALID, NULL, g_variant_dict_end (&details),
                            "%s", text->str);
}

char *
mvx_log_problems_hint (MvxLogProblems *problems, const char *word, const char *const *candidates)
{
  const char *best = mvx_log_problems_is_full (problems) ? NULL : mvx_log_suggest (word, candidates);

  return best ? g_strdup_printf ("; did you mean '%s'?", best) : g_strdup ("");
}

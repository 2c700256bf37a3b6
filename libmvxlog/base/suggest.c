/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/suggest-private.h"

#define MVX_LOG_SUGGEST_MAX 48

/* Edit distance with transpositions of neighbours (optimal string alignment), of words in lower case. */
static guint
mvx_log_suggest_distance (const char *a, gsize n_a, const char *b, gsize n_b)
{
  guint rows[3][MVX_LOG_SUGGEST_MAX + 1];

  for (gsize j = 0; j <= n_b; j++)
    rows[0][j] = (guint) j;
  for (gsize i = 1; i <= n_a; i++)
    {
      guint *now = rows[i % 3];
      const guint *before = rows[(i - 1) % 3];
      const guint *earlier = rows[(i + 1) % 3];

      now[0] = (guint) i;
      for (gsize j = 1; j <= n_b; j++)
        {
          guint cost = a[i - 1] == b[j - 1] ? 0 : 1;
          guint best = MIN (MIN (before[j] + 1, now[j - 1] + 1), before[j - 1] + cost);

          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            best = MIN (best, earlier[j - 2] + 1);
          now[j] = best;
        }
    }
  return rows[n_a % 3][n_b];
}

const char *
mvx_log_suggest (const char *word, const char *const *candidates)
{
  g_autofree char *lower = g_ascii_strdown (word, -1);
  gsize len = strlen (lower);
  const char *best = NULL;
  guint best_distance;

  if (len == 0 || len > MVX_LOG_SUGGEST_MAX || candidates == NULL)
    return NULL;
  /* One letter and a third of them may be wrong: more is guessing. */
  best_distance = (guint) (len / 3) + 2;
  for (guint i = 0; candidates[i]; i++)
    {
      g_autofree char *candidate = g_ascii_strdown (candidates[i], -1);
      gsize candidate_len = strlen (candidate);
      guint distance;

      if (candidate_len == 0 || candidate_len > MVX_LOG_SUGGEST_MAX)
        continue;
      distance = mvx_log_suggest_distance (lower, len, candidate, candidate_len);
      if (distance < best_distance && distance < MAX (len, candidate_len))
        {
          best = candidates[i];
          best_distance = distance;
        }
    }
  return best;
}

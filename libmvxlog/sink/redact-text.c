/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sink/redact-text-private.h"

/* GRegex wants valid UTF-8, or bytes. Texts are usually the one, but can be the other. */
typedef struct
{
  GRegex *utf8;
  GRegex *bytes;
} MvxLogTextPattern;

struct _MvxLogTextPatterns
{
  guint n;
  MvxLogTextPattern patterns[];
};

MvxLogTextPatterns *
mvx_log_text_patterns_new (const char *const *expressions, GError **error)
{
  guint n = g_strv_length ((char **) expressions);
  MvxLogTextPatterns *patterns = g_malloc0 (sizeof *patterns + n * sizeof (MvxLogTextPattern));

  for (patterns->n = 0; patterns->n < n; patterns->n++)
    {
      MvxLogTextPattern *pattern = &patterns->patterns[patterns->n];

      pattern->utf8 = g_regex_new (expressions[patterns->n], G_REGEX_OPTIMIZE, 0, error);
      if (pattern->utf8)
        pattern->bytes = g_regex_new (expressions[patterns->n], G_REGEX_OPTIMIZE | G_REGEX_RAW, 0, error);
      if (pattern->bytes)
        continue;
      g_clear_pointer (&pattern->utf8, g_regex_unref);
      mvx_log_text_patterns_free (patterns);
      return NULL;
    }
  return patterns;
}

void
mvx_log_text_patterns_free (MvxLogTextPatterns *patterns)
{
  for (guint i = 0; i < patterns->n; i++)
    {
      g_regex_unref (patterns->patterns[i].utf8);
      g_regex_unref (patterns->patterns[i].bytes);
    }
  g_free (patterns);
}

static GRegex *
mvx_log_text_pattern_for (const MvxLogTextPattern *pattern, const char *text, gsize len)
{
  return g_utf8_validate_len (text, len, NULL) ? pattern->utf8 : pattern->bytes;
}

gboolean
mvx_log_text_patterns_match (const MvxLogTextPatterns *patterns, const char *text, gsize len)
{
  for (guint i = 0; i < patterns->n; i++)
    {
      g_autoptr (GError) error = NULL;

      if (g_regex_match_full (mvx_log_text_pattern_for (&patterns->patterns[i], text, len), text, (gssize) len, 0, 0,
                              NULL, &error)
          || error)
        return TRUE;
    }
  return FALSE;
}

/* Of the first group if it is there, else of all of it. */
static void
mvx_log_text_pattern_range (const GMatchInfo *info, gint *from, gint *to)
{
  if (!g_match_info_fetch_pos (info, 1, from, to) || *from < 0)
    g_match_info_fetch_pos (info, 0, from, to);
}

/* One after the other; an expression that gives up (too many ways to match) leaves nothing of the text. */
static GString *
mvx_log_text_pattern_apply (const MvxLogTextPattern *pattern,
                            const char *text,
                            gsize len,
                            MvxLogTextReplace replace,
                            gpointer data)
{
  GString *out = g_string_sized_new (len);
  g_autoptr (GMatchInfo) info = NULL;
  g_autoptr (GError) error = NULL;
  gsize done = 0;
  gboolean found
      = g_regex_match_full (mvx_log_text_pattern_for (pattern, text, len), text, (gssize) len, 0, 0, &info, &error);

  while (found && error == NULL)
    {
      gint from = 0;
      gint to = 0;

      mvx_log_text_pattern_range (info, &from, &to);
      if (to > from && (gsize) from >= done)
        {
          g_string_append_len (out, text + done, (gssize) ((gsize) from - done));
          replace (out, text + from, (gsize) (to - from), data);
          done = (gsize) to;
        }
      found = g_match_info_next (info, &error);
    }
  if (error)
    {
      g_string_truncate (out, 0);
      replace (out, text, len, data);
      return out;
    }
  return g_string_append_len (out, text + done, (gssize) (len - done));
}

GString *
mvx_log_text_patterns_apply (const MvxLogTextPatterns *patterns,
                             const char *text,
                             gsize len,
                             MvxLogTextReplace replace,
                             gpointer data)
{
  GString *present = g_string_new_len (text, (gssize) len);

  for (guint i = 0; i < patterns->n; i++)
    {
      GString *next = mvx_log_text_pattern_apply (&patterns->patterns[i], present->str, present->len, replace, data);

      g_string_free (present, TRUE);
      present = next;
    }
  return present;
}

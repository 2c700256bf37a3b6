/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "explain/explain-scan.h"
#include "event/hexid-private.h"

/* MVX_LOG_EVENT_ID_MARK_ and its NUL, in two halves: in this tool's own file it is no mark. */
static const char mvx_explain_mark[2][8] = { "mvxlog:e", "vent-id" };

gboolean
mvx_explain_is_id (const char *text)
{
  char id[MVX_LOG_EVENT_ID_DIGITS + 1];

  return mvx_log_hex_id128 (id, text);
}

gboolean
mvx_explain_same (const char *a, const char *b)
{
  char id[2][MVX_LOG_EVENT_ID_DIGITS + 1];

  return mvx_log_hex_id128 (id[0], a) && mvx_log_hex_id128 (id[1], b) && strcmp (id[0], id[1]) == 0;
}

/* The string at *@p, which moves behind its NUL; NULL if there is none before @end. */
static const char *
mvx_explain_string (const char **p, const char *end)
{
  const char *text = *p;
  const char *nul = memchr (text, '\0', (gsize) (end - text));

  if (nul == NULL)
    return NULL;
  *p = nul + 1;
  return text;
}

GArray *
mvx_explain_scan (const char *bytes, gsize size)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (MvxExplainEntry));
  const char *end = bytes + size;
  const char *p = bytes;

  while (p < end && (p = memmem (p, (gsize) (end - p), mvx_explain_mark, sizeof mvx_explain_mark)))
    {
      const char *next = p + sizeof mvx_explain_mark;
      MvxExplainEntry entry = { mvx_explain_string (&next, end), NULL, NULL };

      p += sizeof mvx_explain_mark;
      if (entry.id == NULL || !mvx_explain_is_id (entry.id))
        continue;
      entry.name = mvx_explain_string (&next, end);
      entry.text = entry.name ? mvx_explain_string (&next, end) : NULL;
      if (entry.text)
        g_array_append_val (entries, entry);
    }
  return entries;
}

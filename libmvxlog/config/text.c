/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>

#include "config/text-private.h"
#include "plugin/search-private.h"

static void mvx_log_text_set_error (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
mvx_log_text_set_error (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_INVALID, text);
}

static const char *
mvx_log_text_find_variable (const char *p, char **name, GError **error)
{
  const char *end = p;

  while (g_ascii_isalnum (*end) || *end == '_')
    end++;
  if (*end != '}' || end == p || g_ascii_isdigit (*p))
    {
      mvx_log_text_set_error (error,
                              "'${' must be followed by a variable's name and '}'; write '$${' for a literal '${'");
      return NULL;
    }
  *name = g_strndup (p, (gsize) (end - p));
  return end + 1;
}

char *
mvx_log_text_expand (const char *text, gboolean secure, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  while (*text)
    {
      g_autofree char *name = NULL;
      const char *value;

      if (g_str_has_prefix (text, "$${"))
        {
          g_string_append (out, "${");
          text += 3;
          continue;
        }
      if (!g_str_has_prefix (text, "${"))
        {
          g_string_append_c (out, *text++);
          continue;
        }
      text = mvx_log_text_find_variable (text + 2, &name, error);
      if (text == NULL)
        return NULL;
      if (secure)
        {
          mvx_log_text_set_error (error,
                                  "'${%s}' is not expanded in a program that runs with raised privileges; write "
                                  "the value itself",
                                  name);
          return NULL;
        }
      value = g_getenv (name);
      if (value == NULL || !g_utf8_validate (value, -1, NULL))
        {
          mvx_log_text_set_error (error, "environment variable '%s' is %s", name,
                                  value ? "not valid UTF-8" : "not set; set it or write the value itself");
          return NULL;
        }
      g_string_append (out, value);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* One item of a list, or the whole value; ';' can only be escaped in lists. */
static char *
mvx_log_text_unescape (const char *text, gsize len, gboolean list, GError **error)
{
  static const char codes[] = "sntr\\";
  static const char values[] = " \n\t\r\\";
  g_autoptr (GString) out = g_string_sized_new (len);

  for (gsize i = 0; i < len; i++)
    {
      const char *code;

      if (text[i] != '\\')
        {
          g_string_append_c (out, text[i]);
          continue;
        }
      i++;
      code = i < len ? strchr (codes, text[i]) : NULL;
      if (code)
        g_string_append_c (out, values[code - codes]);
      else if (i < len && list && text[i] == ';')
        g_string_append_c (out, ';');
      else
        {
          g_autofree char *rest = g_utf8_substring (text + MIN (i, len), 0, i < len ? 1 : 0);

          mvx_log_text_set_error (error, "unknown escape '\\%s'; write '\\\\' for a backslash", rest);
          return NULL;
        }
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
mvx_log_text_strip (const char **start, const char **end)
{
  while (*start < *end && g_ascii_isspace (**start))
    (*start)++;
  while (*start < *end && g_ascii_isspace ((*end)[-1]))
    (*end)--;
}

gboolean
mvx_log_text_get (const MvxLogConfigEntry *entry, char **text, GError **error)
{
  g_autofree char *plain = NULL;

  if (entry->form == MVX_LOG_ENTRY_LIST)
    {
      mvx_log_text_set_error (error, "expected one value, got a list");
      return FALSE;
    }
  if (entry->form == MVX_LOG_ENTRY_RAW)
    {
      const char *start = entry->text;
      const char *end = start + strlen (start);

      mvx_log_text_strip (&start, &end);
      plain = mvx_log_text_unescape (start, (gsize) (end - start), FALSE, error);
    }
  else
    plain = g_strdup (entry->text);
  *text = plain ? mvx_log_text_expand (plain, mvx_log_search_is_secure (), error) : NULL;
  return *text != NULL;
}

/* "a;b" and "a;b;" are the same, as for GKeyFile. */
static GPtrArray *
mvx_log_text_split (const char *text, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  const char *p = text;

  while (*p)
    {
      const char *start = p;
      const char *end;
      char *item;

      while (*p && *p != ';')
        p += p[0] == '\\' && p[1] ? 2 : 1;
      end = p;
      mvx_log_text_strip (&start, &end);
      if (*p == '\0' && start == end)
        break;
      item = mvx_log_text_unescape (start, (gsize) (end - start), TRUE, error);
      if (item == NULL)
        return NULL;
      g_ptr_array_add (items, item);
      p += *p == ';';
    }
  g_ptr_array_add (items, NULL);
  return g_steal_pointer (&items);
}

gboolean
mvx_log_text_get_list (const MvxLogConfigEntry *entry, char ***items, GError **error)
{
  g_autoptr (GPtrArray) split = NULL;
  g_autoptr (GPtrArray) out = g_ptr_array_new_with_free_func (g_free);
  const char *const *list;

  if (entry->form == MVX_LOG_ENTRY_TEXT)
    {
      mvx_log_text_set_error (error, "expected a list such as [\"a\", \"b\"], got one value");
      return FALSE;
    }
  if (entry->form == MVX_LOG_ENTRY_RAW)
    {
      split = mvx_log_text_split (entry->text, error);
      if (split == NULL)
        return FALSE;
    }
  /* Expanded after splitting: a ';' in a variable does not make two items. */
  list = (const char *const *) (split ? split->pdata : (gpointer *) entry->items);
  for (; *list; list++)
    {
      char *item = mvx_log_text_expand (*list, mvx_log_search_is_secure (), error);

      if (item == NULL)
        return FALSE;
      g_ptr_array_add (out, item);
    }
  g_ptr_array_add (out, NULL);
  *items = (char **) g_ptr_array_free (g_steal_pointer (&out), FALSE);
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error-private.h"
#include "context/name-private.h"

/* Ancestors are made one inside the other. */
#define MVX_LOG_CONTEXT_NAME_MAX 255

gboolean
mvx_log_context_check_name (const char *name, GError **error)
{
  gboolean start = TRUE;
  gboolean ok = TRUE;

  for (const char *p = name; *p && ok; p++)
    {
      ok = start ? g_ascii_isalpha (*p) : g_ascii_isalnum (*p) || *p == '_' || *p == '-' || *p == '.';
      start = *p == '.';
    }
  if (ok && (*name == '\0' || !start) && strlen (name) <= MVX_LOG_CONTEXT_NAME_MAX)
    return TRUE;
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME,
               "'%s' is not a context name; use words of letters, digits, '-' and '_' that begin with a letter, joined "
               "by dots, such as org.example.shop, at most 255 characters",
               name);
  return FALSE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/context.h>
#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "context/tree-private.h"
#include "front/environment-private.h"
#include "plugin/search-private.h"

static const char *
mvx_log_environment_get (const char *name)
{
  return mvx_log_search_is_secure () ? NULL : g_getenv (name);
}

gboolean
mvx_log_environment_wants_bootstrap (void)
{
  const char *value = mvx_log_environment_get ("MVXLOG_AUTOINIT");

  return value == NULL
         || (g_strcmp0 (value, "0") != 0 && g_ascii_strcasecmp (value, "false") != 0
             && g_ascii_strcasecmp (value, "no") != 0 && g_ascii_strcasecmp (value, "off") != 0);
}

/* "LEVEL" or "CONTEXT=LEVEL" */
static gboolean
mvx_log_environment_apply_level (char *entry, gint *least, GError **error)
{
  g_autoptr (MvxLogContext) context = NULL;
  char *equals = strchr (entry, '=');
  gint level;

  if (equals)
    *equals = '\0';
  if (!mvx_log_level_from_string (g_strstrip (equals ? equals + 1 : entry), &level, error))
    return FALSE;
  context = mvx_log_tree_configure (equals ? g_strstrip (entry) : "", error);
  if (context == NULL || !mvx_log_context_set_level (context, level, error))
    return FALSE;
  *least = MIN (*least, level);
  return TRUE;
}

gint
mvx_log_environment_apply_levels (void)
{
  gint least = MVX_LOG_LEVEL_OFF;
  const char *value = mvx_log_environment_get ("MVXLOG_LEVEL");
  g_auto (GStrv) entries = value ? g_strsplit (value, ",", -1) : NULL;

  for (guint i = 0; entries && entries[i]; i++)
    {
      g_autofree char *given = g_strdup (g_strstrip (entries[i]));
      g_autoptr (GError) error = NULL;

      if (*given && !mvx_log_environment_apply_level (entries[i], &least, &error))
        mvx_log_diag (MVX_LOG_LEVEL_WARNING, "MVXLOG_LEVEL: '%s' has no effect: %s", given, error->message);
    }
  return least;
}

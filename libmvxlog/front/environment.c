/* SPDX-License-Identifier: LGPL-2.1-or-later */
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

MvxLogClockSource
mvx_log_environment_get_clock (void)
{
  const char *value = mvx_log_environment_get ("MVXLOG_CLOCK");

  if (value == NULL || *value == '\0')
    return MVX_LOG_CLOCK_UNSET;
  if (strcmp (value, "tsc") == 0)
    return MVX_LOG_CLOCK_TSC;
  if (strcmp (value, "realtime") == 0)
    return MVX_LOG_CLOCK_REALTIME;
  if (strcmp (value, "coarse") == 0)
    return MVX_LOG_CLOCK_COARSE;
  mvx_log_diag (MVX_LOG_LEVEL_WARNING, "MVXLOG_CLOCK: '%s' has no effect; use tsc, realtime or coarse", value);
  return MVX_LOG_CLOCK_UNSET;
}

void
mvx_log_environment_apply_levels (void)
{
  g_autoptr (GPtrArray) rules = mvx_log_level_rules_new ();
  const char *value = mvx_log_environment_get ("MVXLOG_LEVEL");
  g_auto (GStrv) entries = value ? g_strsplit (value, ",", -1) : NULL;

  for (guint i = 0; entries && entries[i]; i++)
    {
      g_autoptr (GError) error = NULL;

      if (*g_strstrip (entries[i]) && !mvx_log_level_rules_parse (rules, entries[i], &error))
        mvx_log_diag (MVX_LOG_LEVEL_WARNING, "MVXLOG_LEVEL: '%s' has no effect: %s", entries[i], error->message);
    }
  mvx_log_tree_set_rules (rules);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configurations, key-files and JSON: either every problem has its place, or what is understood, written down again, is
 * understood as the same. */
#include "fuzz.h"

#include <mvxlog/error.h>

#include "base/diag-private.h"
#include "config/load-private.h"
#include "plugin/search-private.h"

static void
check_problems (const GError *error)
{
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);

  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_INVALID);
  for (guint i = 0; lines[i]; i++)
    g_assert_true (g_str_has_prefix (lines[i], "fuzz.conf:")
                   || g_str_has_suffix (lines[i], " more errors are not shown"));
}

static void
check_dump (const MvxLogPlan *plan)
{
  g_autofree char *dump = mvx_log_plan_dump (plan);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPlan) again = NULL;
  g_auto (GStrv) diff = NULL;

  /* A secret is not what it was. */
  if (strstr (dump, "***"))
    return;
  again = mvx_log_plan_load_data (dump, -1, "dump", NULL, &error);
  g_assert_no_error (error);
  diff = mvx_log_plan_diff (plan, again);
  g_assert_null (diff[0]);
}

static void
ignore (gint level, const char *message, gpointer data)
{
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *copy = g_memdup2 (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPlan) plan = NULL;

  /* No plugin but those that are part of the library. */
  g_setenv ("MVXLOG_PLUGIN_SYSTEM_PATH", "/nonexistent", TRUE);
  mvx_log_diag_set_func (ignore, NULL, NULL);
  plan = mvx_log_plan_load_data (copy ? copy : "", (gssize) size, "fuzz.conf", NULL, &error);
  if (plan)
    check_dump (plan);
  else
    check_problems (error);
  return 0;
}

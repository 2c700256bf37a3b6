/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>

#include "base/translate-private.h"
#include "config/check-private.h"
#include "config/jsonfile-private.h"
#include "config/keyfile-private.h"
#include "config/load-private.h"
#include "config/source-private.h"

/* FALSE: broken off, see mvx_log_jsonfile_parse(). */
static gboolean
mvx_log_load_parse (const char *data,
                    gsize length,
                    const char *path,
                    MvxLogDocument *document,
                    MvxLogProblems *problems)
{
  MvxLogConfigOrigin at = mvx_log_document_add_file (document, path);
  gsize blanks = 0;

  mvx_log_problems_add_file (problems);
  if (length >= 2 && (memcmp (data, "\xff\xfe", 2) == 0 || memcmp (data, "\xfe\xff", 2) == 0))
    {
      mvx_log_problems_add (problems, &at, NULL, NULL, "the file is UTF-16; save it as UTF-8");
      return FALSE;
    }
  /* A byte order mark says nothing in UTF-8; editors that write one are forgiven. */
  if (length >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0)
    {
      data += 3;
      length -= 3;
    }
  while (blanks < length && g_ascii_isspace (data[blanks]))
    blanks++;
  if (blanks < length && data[blanks] == '{')
    return mvx_log_jsonfile_parse (data, length, &at, document, problems);
  mvx_log_keyfile_parse (data, length, &at, document, problems);
  return TRUE;
}

static gboolean
mvx_log_load_read (const char *path, MvxLogPlan *plan, MvxLogProblems *problems, gboolean *complete, GError **error)
{
  gsize length;
  g_autofree char *data = mvx_log_source_read (path, &length, error);

  if (data == NULL)
    return FALSE;
  if (!mvx_log_load_parse (data, length, path, plan->document, problems))
    *complete = FALSE;
  return TRUE;
}

static MvxLogPlan *
mvx_log_load_check (MvxLogPlan *plan,
                    MvxLogProblems *problems,
                    gboolean complete,
                    const char *const *known_sinks,
                    GError **error)
{
  MvxLogCheck check = { plan, plan->document, problems, known_sinks };
  GError *found;

  if (complete)
    {
      mvx_log_check_general (&check);
      mvx_log_check_levels (&check);
      mvx_log_level_set_draft (plan->levels);
      mvx_log_check_processors (&check);
      mvx_log_check_sinks (&check);
      mvx_log_check_policies (&check);
      mvx_log_check_contexts (&check);
      mvx_log_check_order (&check);
      mvx_log_level_set_draft (NULL);
    }
  if (!plan->strict)
    mvx_log_problems_warn (problems);
  found = mvx_log_problems_to_error (problems);
  if (found == NULL)
    return mvx_log_plan_ref (plan);
  g_propagate_error (error, found);
  return NULL;
}

MvxLogPlan *
mvx_log_plan_load_file (const char *path, const char *const *known_sinks, GError **error)
{
  g_autoptr (MvxLogPlan) plan = mvx_log_plan_new ();
  g_autoptr (MvxLogProblems) problems = mvx_log_problems_new ();
  g_autofree char *directory = g_strconcat (path, ".d", NULL);
  g_auto (GStrv) dropins = NULL;
  gboolean complete = TRUE;

  if (!mvx_log_load_read (path, plan, problems, &complete, error))
    return NULL;
  dropins = mvx_log_source_list (directory, error);
  if (dropins == NULL)
    return NULL;
  for (guint i = 0; dropins[i]; i++)
    if (!mvx_log_load_read (dropins[i], plan, problems, &complete, error))
      return NULL;
  return mvx_log_load_check (plan, problems, complete, known_sinks, error);
}

MvxLogPlan *
mvx_log_plan_load_data (const char *data,
                        gssize length,
                        const char *origin,
                        const char *const *known_sinks,
                        GError **error)
{
  g_autoptr (MvxLogPlan) plan = mvx_log_plan_new ();
  g_autoptr (MvxLogProblems) problems = mvx_log_problems_new ();
  gsize size = length < 0 ? strlen (data) : (gsize) length;
  gboolean complete;

  if (size > MVX_LOG_SOURCE_MAX_SIZE)
    {
      g_set_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNREADABLE,
                   _ ("Cannot read configuration '%s': it is larger than 1 MiB"), origin);
      return NULL;
    }
  complete = mvx_log_load_parse (data, size, origin, plan->document, problems);
  return mvx_log_load_check (plan, problems, complete, known_sinks, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/error-private.h"
#include "base/suggest-private.h"
#include "event/level-internal.h"

static MvxLogLevelName mvx_log_level_builtins[] = {
  { "trace", MVX_LOG_LEVEL_TRACE, "2", NULL, TRUE, FALSE, &mvx_log_level_builtins[1] },
  { "debug", MVX_LOG_LEVEL_DEBUG, "34", NULL, TRUE, FALSE, &mvx_log_level_builtins[2] },
  { "info", MVX_LOG_LEVEL_INFO, "32", NULL, TRUE, FALSE, &mvx_log_level_builtins[3] },
  { "notice", MVX_LOG_LEVEL_NOTICE, "36", NULL, TRUE, FALSE, &mvx_log_level_builtins[4] },
  { "warning", MVX_LOG_LEVEL_WARNING, "33", NULL, TRUE, FALSE, &mvx_log_level_builtins[5] },
  { "error", MVX_LOG_LEVEL_ERROR, "31", NULL, TRUE, FALSE, &mvx_log_level_builtins[6] },
  { "critical", MVX_LOG_LEVEL_CRITICAL, "31;1", NULL, TRUE, FALSE, &mvx_log_level_builtins[7] },
  { "notset", MVX_LOG_LEVEL_NOTSET, "0", NULL, TRUE, FALSE, &mvx_log_level_builtins[8] },
  { "off", MVX_LOG_LEVEL_OFF, "0", NULL, TRUE, FALSE, &mvx_log_level_builtins[9] },
  { "warn", MVX_LOG_LEVEL_WARNING, NULL, NULL, TRUE, TRUE, &mvx_log_level_builtins[10] },
  { "fatal", MVX_LOG_LEVEL_CRITICAL, NULL, NULL, TRUE, TRUE, &mvx_log_level_builtins[11] },
  { "success", 25, "32;1", NULL, FALSE, FALSE, &mvx_log_level_builtins[12] },
  { "fail", 45, "35", NULL, FALSE, FALSE, NULL },
};

/* Later names for a number win, but not over a built-in one. */
MvxLogLevelName *mvx_log_level_names = mvx_log_level_builtins;

static __thread const GPtrArray *mvx_log_level_draft;

MvxLogLevelName *
mvx_log_level_by_name (const char *name)
{
  MvxLogLevelName *entry = __atomic_load_n (&mvx_log_level_names, __ATOMIC_ACQUIRE);

  while (entry && g_ascii_strcasecmp (entry->name, name) != 0)
    entry = entry->next;
  return entry;
}

/* A name that was registered again for another number no longer stands for this one. */
static gboolean
mvx_log_level_is_current (const MvxLogLevelName *entry)
{
  return !entry->alias && (entry->builtin || mvx_log_level_by_name (entry->name) == entry);
}

MvxLogLevelName *
mvx_log_level_by_number (gint level)
{
  MvxLogLevelName *found = NULL;

  for (MvxLogLevelName *entry = __atomic_load_n (&mvx_log_level_names, __ATOMIC_ACQUIRE); entry; entry = entry->next)
    {
      if (entry->level != level || (found && !entry->builtin) || !mvx_log_level_is_current (entry))
        continue;
      found = entry;
      if (entry->builtin)
        break;
    }
  return found;
}

gboolean
mvx_log_level_is_builtin (gint level)
{
  const MvxLogLevelName *entry = mvx_log_level_by_number (level);

  return entry && entry->builtin;
}

void
mvx_log_level_set_draft (const GPtrArray *specs)
{
  mvx_log_level_draft = specs;
}

static const MvxLogLevelSpec *
mvx_log_level_find_draft (const char *name)
{
  for (guint i = 0; mvx_log_level_draft && i < mvx_log_level_draft->len; i++)
    {
      const MvxLogLevelSpec *spec = g_ptr_array_index (mvx_log_level_draft, i);

      if (g_ascii_strcasecmp (spec->name, name) == 0)
        return spec;
    }
  return NULL;
}

/**
 * mvx_log_level_to_string:
 * @level: a level
 *
 * Names a level. Thread-safe.
 *
 * Returns: (nullable) (transfer none): its lower-case name, or %NULL for a number without one
 *
 * Since: 1.0
 */
const char *
mvx_log_level_to_string (gint level)
{
  return mvx_log_level_name (level, NULL);
}

/**
 * mvx_log_level_to_severity:
 * @level: a level
 *
 * Tells what syslog, journald and GELF call a level. Thread-safe.
 *
 * Returns: a severity of RFC 5424: 2 (critical), 3 (error), 4 (warning), 5 (notice), 6 (informational) or 7 (debug).
 *   Nothing is 0 or 1: those are for the system as a whole, and are shown on every terminal
 *
 * Since: 1.0
 */
guint
mvx_log_level_to_severity (gint level)
{
  static const gint least[] = { MVX_LOG_LEVEL_CRITICAL, MVX_LOG_LEVEL_ERROR, MVX_LOG_LEVEL_WARNING,
                                MVX_LOG_LEVEL_NOTICE, MVX_LOG_LEVEL_INFO };
  guint i = 0;

  while (i < G_N_ELEMENTS (least) && level < least[i])
    i++;
  return 2 + i;
}

/**
 * mvx_log_level_get_colour:
 * @level: a level
 *
 * Tells how the level is coloured on a terminal. A number without a name has the colour of the next named one below.
 * Thread-safe.
 *
 * Returns: (nullable) (transfer none): parameters of SGR (ECMA-48, 8.3.117), such as `31;1`, or %NULL for none
 *
 * Since: 1.0
 */
const char *
mvx_log_level_get_colour (gint level)
{
  const MvxLogLevelName *best = NULL;

  for (MvxLogLevelName *entry = __atomic_load_n (&mvx_log_level_names, __ATOMIC_ACQUIRE); entry; entry = entry->next)
    if (entry->level <= level
        && (best == NULL || entry->level > best->level
            || (entry->level == best->level && entry->builtin && !best->builtin))
        && mvx_log_level_is_current (entry))
      best = entry;
  return best ? best->colour : NULL;
}

/**
 * mvx_log_level_get_icon:
 * @level: a level
 *
 * Tells the sign that stands for a level where there is little room. Thread-safe.
 *
 * Returns: (nullable) (transfer none): a short text, or %NULL if the level has none
 *
 * Since: 1.0
 */
const char *
mvx_log_level_get_icon (gint level)
{
  const MvxLogLevelName *entry = mvx_log_level_by_number (level);

  return entry ? entry->icon : NULL;
}

static gint
mvx_log_level_compare (gconstpointer a, gconstpointer b)
{
  const MvxLogLevelName *one = *(const MvxLogLevelName *const *) a;
  const MvxLogLevelName *other = *(const MvxLogLevelName *const *) b;

  return one->level != other->level ? (one->level < other->level ? -1 : 1) : strcmp (one->name, other->name);
}

/**
 * mvx_log_level_list_names:
 *
 * Lists the levels that have a name, built in and registered, without aliases. Thread-safe.
 *
 * Returns: (transfer full) (array zero-terminated=1): their names, the least severe first
 *
 * Since: 1.0
 */
char **
mvx_log_level_list_names (void)
{
  GPtrArray *names = g_ptr_array_new ();

  for (MvxLogLevelName *entry = __atomic_load_n (&mvx_log_level_names, __ATOMIC_ACQUIRE); entry; entry = entry->next)
    if (!entry->alias && mvx_log_level_by_name (entry->name) == entry)
      g_ptr_array_add (names, entry);
  g_ptr_array_sort (names, mvx_log_level_compare);
  for (guint i = 0; i < names->len; i++)
    names->pdata[i] = g_strdup (((const MvxLogLevelName *) names->pdata[i])->name);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

static void
mvx_log_level_set_unknown (const char *name, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *suggestion;

  for (MvxLogLevelName *entry = __atomic_load_n (&mvx_log_level_names, __ATOMIC_ACQUIRE); entry; entry = entry->next)
    g_ptr_array_add (names, (gpointer) entry->name);
  for (guint i = 0; mvx_log_level_draft && i < mvx_log_level_draft->len; i++)
    g_ptr_array_add (names, ((const MvxLogLevelSpec *) g_ptr_array_index (mvx_log_level_draft, i))->name);
  g_ptr_array_add (names, NULL);
  suggestion = mvx_log_suggest (name, (const char *const *) names->pdata);
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNKNOWN_NAME,
               "Unknown level '%s'%s%s%s; use trace, debug, info, notice, warning, error, critical, off or a number",
               name, suggestion ? "; did you mean '" : "", suggestion ? suggestion : "", suggestion ? "'?" : "");
}

/**
 * mvx_log_level_from_string:
 * @name: a level's name in any case, an alias (`warn`, `fatal`), or a number from -32768 to 32767
 * @level: (out) (optional): its number
 * @error: return location for an error
 *
 * Looks a level up. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_UNKNOWN_NAME
 *
 * Since: 1.0
 */
gboolean
mvx_log_level_from_string (const char *name, gint *level, GError **error)
{
  const MvxLogLevelSpec *draft;
  const MvxLogLevelName *entry;
  char *end = NULL;
  gint64 number;

  g_return_val_if_fail (name != NULL, FALSE);

  draft = mvx_log_level_find_draft (name);
  entry = draft ? NULL : mvx_log_level_by_name (name);
  if (draft || entry)
    {
      if (level)
        *level = draft ? draft->level : entry->level;
      return TRUE;
    }
  errno = 0;
  number = g_ascii_strtoll (name, &end, 10);
  if (*name == '\0' || g_ascii_isspace (*name) || *end != '\0' || errno != 0 || number < G_MININT16
      || number > G_MAXINT16)
    {
      mvx_log_level_set_unknown (name, error);
      return FALSE;
    }
  if (level)
    *level = (gint) number;
  return TRUE;
}

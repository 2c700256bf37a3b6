/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/error-private.h"
#include "base/suggest-private.h"
#include "event/level-private.h"

typedef struct _MvxLogLevelName MvxLogLevelName;

/* Never freed: renderers keep the text. */
struct _MvxLogLevelName
{
  const char *name; /* lower case */
  gint level;
  const char *colour; /* SGR parameters of ECMA-48, such as "31;1" */
  gboolean builtin;
  gboolean alias;
  MvxLogLevelName *next;
};

static MvxLogLevelName mvx_log_level_builtins[] = {
  { "trace", MVX_LOG_LEVEL_TRACE, "2", TRUE, FALSE, &mvx_log_level_builtins[1] },
  { "debug", MVX_LOG_LEVEL_DEBUG, "34", TRUE, FALSE, &mvx_log_level_builtins[2] },
  { "info", MVX_LOG_LEVEL_INFO, "32", TRUE, FALSE, &mvx_log_level_builtins[3] },
  { "notice", MVX_LOG_LEVEL_NOTICE, "36", TRUE, FALSE, &mvx_log_level_builtins[4] },
  { "warning", MVX_LOG_LEVEL_WARNING, "33", TRUE, FALSE, &mvx_log_level_builtins[5] },
  { "error", MVX_LOG_LEVEL_ERROR, "31", TRUE, FALSE, &mvx_log_level_builtins[6] },
  { "critical", MVX_LOG_LEVEL_CRITICAL, "31;1", TRUE, FALSE, &mvx_log_level_builtins[7] },
  { "notset", MVX_LOG_LEVEL_NOTSET, "0", TRUE, FALSE, &mvx_log_level_builtins[8] },
  { "off", MVX_LOG_LEVEL_OFF, "0", TRUE, FALSE, &mvx_log_level_builtins[9] },
  { "warn", MVX_LOG_LEVEL_WARNING, NULL, TRUE, TRUE, &mvx_log_level_builtins[10] },
  { "fatal", MVX_LOG_LEVEL_CRITICAL, NULL, TRUE, TRUE, &mvx_log_level_builtins[11] },
  { "success", 25, "32;1", FALSE, FALSE, &mvx_log_level_builtins[12] },
  { "fail", 45, "35", FALSE, FALSE, NULL },
};

/* New ones go in front, published with release; readers start with acquire. Later names for a number win. */
static MvxLogLevelName *mvx_log_level_names = mvx_log_level_builtins;
static GMutex mvx_log_level_mutex;

static MvxLogLevelName *
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

static MvxLogLevelName *
mvx_log_level_by_number (gint level)
{
  MvxLogLevelName *entry = __atomic_load_n (&mvx_log_level_names, __ATOMIC_ACQUIRE);

  while (entry && (entry->level != level || !mvx_log_level_is_current (entry)))
    entry = entry->next;
  return entry;
}

const char *
mvx_log_level_name (gint level, gsize *len)
{
  const MvxLogLevelName *entry = mvx_log_level_by_number (level);

  if (entry && len)
    *len = strlen (entry->name);
  return entry ? entry->name : NULL;
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
    if (entry->level <= level && (best == NULL || entry->level > best->level) && mvx_log_level_is_current (entry))
      best = entry;
  return best ? best->colour : NULL;
}

static void
mvx_log_level_set_unknown (const char *name, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *suggestion;

  for (MvxLogLevelName *entry = __atomic_load_n (&mvx_log_level_names, __ATOMIC_ACQUIRE); entry; entry = entry->next)
    g_ptr_array_add (names, (gpointer) entry->name);
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
  const MvxLogLevelName *entry;
  char *end = NULL;
  gint64 number;

  g_return_val_if_fail (name != NULL, FALSE);

  entry = mvx_log_level_by_name (name);
  if (entry)
    {
      if (level)
        *level = entry->level;
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

static gboolean
mvx_log_level_name_is_valid (const char *name)
{
  if (!g_ascii_isalpha (name[0]) || strlen (name) > 32)
    return FALSE;
  for (const char *p = name; *p; p++)
    if (!g_ascii_isalnum (*p) && *p != '_' && *p != '-')
      return FALSE;
  return TRUE;
}

static gboolean
mvx_log_level_colour_is_valid (const char *colour)
{
  return colour[strspn (colour, "0123456789;")] == '\0';
}

static gboolean
mvx_log_level_check (const char *name, gint level, const char *colour, GError **error)
{
  if (!mvx_log_level_name_is_valid (name))
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME,
                   "'%s' is not a level name; use a letter, then at most 31 letters, digits, '-' or '_'", name);
      return FALSE;
    }
  if (level < G_MININT16 || level >= MVX_LOG_LEVEL_OFF || (colour && !mvx_log_level_colour_is_valid (colour)))
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                   "Level '%s' needs a number from -32768 to 32766 and a colour of digits and ';' such as '35;1'",
                   name);
      return FALSE;
    }
  return TRUE;
}

/* @present is what the name stands for so far, or NULL. With the mutex. */
static void
mvx_log_level_add (const MvxLogLevelName *present, const char *name, gint level, const char *colour)
{
  MvxLogLevelName *fresh = g_new0 (MvxLogLevelName, 1);

  fresh->name = g_ascii_strdown (name, -1);
  fresh->level = level;
  fresh->colour = colour ? g_strdup (colour) : present ? present->colour : NULL;
  fresh->builtin = present && present->builtin;
  fresh->alias = present && present->alias;
  fresh->next = mvx_log_level_names;
  __atomic_store_n (&mvx_log_level_names, fresh, __ATOMIC_RELEASE);
}

/**
 * mvx_log_level_register:
 * @name: a name: a letter, then letters, digits, `-` and `_`
 * @level: its number, -32768 to 32766
 * @colour: (nullable): parameters of SGR for terminals, such as `35;1`; %NULL keeps the present one
 * @error: return location for an error
 *
 * Gives a number a name, or replaces an earlier registration of that name. Of a built-in level only the colour can be
 * changed. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_NAME or %MVX_LOG_ERROR_INVALID_ARGUMENT
 *
 * Since: 1.0
 */
gboolean
mvx_log_level_register (const char *name, gint level, const char *colour, GError **error)
{
  MvxLogLevelName *entry;
  gboolean fixed;

  g_return_val_if_fail (name != NULL, FALSE);

  if (!mvx_log_level_check (name, level, colour, error))
    return FALSE;
  g_mutex_lock (&mvx_log_level_mutex);
  entry = mvx_log_level_by_name (name);
  fixed = entry && entry->builtin && entry->level != level;
  if (!fixed)
    mvx_log_level_add (entry, name, level, colour);
  g_mutex_unlock (&mvx_log_level_mutex);
  if (fixed)
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                 "The number of the built-in level '%s' is %d and cannot be changed", entry->name, entry->level);
  return !fixed;
}

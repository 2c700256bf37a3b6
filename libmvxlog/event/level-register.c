/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names, colours and icons that programs and configurations give to levels. */
#include <string.h>

#include "base/atfork-private.h"
#include "base/error-private.h"
#include "event/level-internal.h"

#define MVX_LOG_LEVEL_ICON_MAX 16

static GMutex mvx_log_level_mutex;
MVX_LOG_FORK_LOCK (LEVEL, &mvx_log_level_mutex, NULL);

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

/* Printed as it is, also on terminals. */
static gboolean
mvx_log_level_icon_is_valid (const char *icon)
{
  if (*icon == '\0' || strlen (icon) > MVX_LOG_LEVEL_ICON_MAX || !g_utf8_validate (icon, -1, NULL))
    return FALSE;
  for (const char *p = icon; *p; p = g_utf8_next_char (p))
    if (!g_unichar_isgraph (g_utf8_get_char (p)) && !g_unichar_iszerowidth (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

gboolean
mvx_log_level_check (const MvxLogLevelSpec *spec, GError **error)
{
  const MvxLogLevelName *entry = mvx_log_level_by_name (spec->name);

  if (!mvx_log_level_name_is_valid (spec->name))
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME,
                 "'%s' is not a level name; use a letter, then at most 31 letters, digits, '-' or '_'", spec->name);
  else if (spec->level < G_MININT16 || spec->level >= MVX_LOG_LEVEL_OFF
           || (spec->colour && !mvx_log_level_colour_is_valid (spec->colour)))
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                 "Level '%s' needs a number from -32768 to 32766 and a colour of digits and ';' such as '35;1'",
                 spec->name);
  else if (spec->icon && !mvx_log_level_icon_is_valid (spec->icon))
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                 "The icon of level '%s' must be 1 to %d bytes of UTF-8 without blanks and control characters",
                 spec->name, MVX_LOG_LEVEL_ICON_MAX);
  else if (entry && entry->builtin && entry->level != spec->level)
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                 "The number of the built-in level '%s' is %d and cannot be changed", entry->name, entry->level);
  else
    return TRUE;
  return FALSE;
}

/* With the mutex. */
static void
mvx_log_level_add (const MvxLogLevelSpec *spec)
{
  const MvxLogLevelName *present = mvx_log_level_by_name (spec->name);
  MvxLogLevelName *fresh = g_new0 (MvxLogLevelName, 1);

  fresh->name = g_ascii_strdown (spec->name, -1);
  fresh->level = spec->level;
  fresh->colour = spec->colour ? g_strdup (spec->colour) : present ? present->colour : NULL;
  fresh->icon = spec->icon ? g_strdup (spec->icon) : present ? present->icon : NULL;
  fresh->builtin = present && present->builtin;
  fresh->alias = present && present->alias;
  fresh->next = mvx_log_level_names;
  __atomic_store_n (&mvx_log_level_names, fresh, __ATOMIC_RELEASE);
  mvx_log_level_renew_labels ();
}

/* Saying the same again, as every reload of a file does, adds nothing. With the mutex. */
static gboolean
mvx_log_level_is_known (const MvxLogLevelSpec *spec)
{
  const MvxLogLevelName *present = mvx_log_level_by_name (spec->name);

  return present && present->level == spec->level && (!spec->colour || g_strcmp0 (spec->colour, present->colour) == 0)
         && (!spec->icon || g_strcmp0 (spec->icon, present->icon) == 0);
}

/**
 * mvx_log_level_register:
 * @name: a name: a letter, then letters, digits, `-` and `_`
 * @level: its number, -32768 to 32766
 * @colour: (nullable): parameters of SGR for terminals, such as `35;1`; %NULL keeps the present one
 * @icon: (nullable): a short sign, at most 16 bytes; %NULL keeps the present one
 * @error: return location for an error
 *
 * Gives a number a name, or replaces an earlier registration of that name. Of a built-in level only colour and icon can
 * be changed. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_NAME or %MVX_LOG_ERROR_INVALID_ARGUMENT
 *
 * Since: 1.0
 */
gboolean
mvx_log_level_register (const char *name, gint level, const char *colour, const char *icon, GError **error)
{
  const MvxLogLevelSpec spec = { (char *) name, level, (char *) colour, (char *) icon };
  gboolean valid;

  g_return_val_if_fail (name != NULL, FALSE);

  g_mutex_lock (&mvx_log_level_mutex);
  valid = mvx_log_level_check (&spec, error);
  if (valid && !mvx_log_level_is_known (&spec))
    mvx_log_level_add (&spec);
  g_mutex_unlock (&mvx_log_level_mutex);
  return valid;
}

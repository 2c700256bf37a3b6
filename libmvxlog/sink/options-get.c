/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "sink/options-private.h"

/* NULL if there is no such option or it is of another type: a mistake in the plugin, not in its configuration. */
static const MvxLogOptionSlot *
mvx_log_options_get_slot (MvxLogOptions *options, const char *name, MvxLogOptionType type)
{
  const MvxLogOptionSlot *slot = mvx_log_options_find_slot (options, name);

  return slot && slot->spec->type == type ? slot : NULL;
}

/**
 * mvx_log_options_is_set:
 * @options: options
 * @name: name of an option in the table
 *
 * Tells whether the option was set, as opposed to having its default. Thread-safe.
 *
 * Returns: %TRUE if it was set
 *
 * Since: 1.0
 */
gboolean
mvx_log_options_is_set (MvxLogOptions *options, const char *name)
{
  const MvxLogOptionSlot *slot;

  g_return_val_if_fail (options != NULL && name != NULL, FALSE);
  slot = mvx_log_options_find_slot (options, name);
  g_return_val_if_fail (slot != NULL, FALSE);
  return slot->is_set;
}

/**
 * mvx_log_options_get_string:
 * @options: options
 * @name: name of an option of type STRING or ENUM
 *
 * Reads text, or the chosen word of an enum. Thread-safe.
 *
 * Returns: (nullable) (transfer none): the value or its default, which lives as long as @options; %NULL if it has
 *   neither
 *
 * Since: 1.0
 */
const char *
mvx_log_options_get_string (MvxLogOptions *options, const char *name)
{
  const MvxLogOptionSlot *slot;

  g_return_val_if_fail (options != NULL && name != NULL, NULL);
  slot = mvx_log_options_get_slot (options, name, MVX_LOG_OPTION_STRING);
  if (slot == NULL)
    slot = mvx_log_options_get_slot (options, name, MVX_LOG_OPTION_ENUM);
  g_return_val_if_fail (slot != NULL, NULL);
  return slot->value ? g_variant_get_string (slot->value, NULL) : NULL;
}

/**
 * mvx_log_options_get_boolean:
 * @options: options
 * @name: name of an option of type BOOLEAN
 *
 * Reads a truth value. Thread-safe.
 *
 * Returns: the value or its default, %FALSE if it has neither
 *
 * Since: 1.0
 */
gboolean
mvx_log_options_get_boolean (MvxLogOptions *options, const char *name)
{
  const MvxLogOptionSlot *slot;

  g_return_val_if_fail (options != NULL && name != NULL, FALSE);
  slot = mvx_log_options_get_slot (options, name, MVX_LOG_OPTION_BOOLEAN);
  g_return_val_if_fail (slot != NULL, FALSE);
  return slot->value && g_variant_get_boolean (slot->value);
}

/**
 * mvx_log_options_get_int64:
 * @options: options
 * @name: name of an option of type INT64
 *
 * Reads a whole number. Thread-safe.
 *
 * Returns: the value or its default, 0 if it has neither
 *
 * Since: 1.0
 */
gint64
mvx_log_options_get_int64 (MvxLogOptions *options, const char *name)
{
  const MvxLogOptionSlot *slot;

  g_return_val_if_fail (options != NULL && name != NULL, 0);
  slot = mvx_log_options_get_slot (options, name, MVX_LOG_OPTION_INT64);
  g_return_val_if_fail (slot != NULL, 0);
  return slot->value ? g_variant_get_int64 (slot->value) : 0;
}

/**
 * mvx_log_options_get_double:
 * @options: options
 * @name: name of an option of type DOUBLE
 *
 * Reads a number. Thread-safe.
 *
 * Returns: the value or its default, 0 if it has neither
 *
 * Since: 1.0
 */
double
mvx_log_options_get_double (MvxLogOptions *options, const char *name)
{
  const MvxLogOptionSlot *slot;

  g_return_val_if_fail (options != NULL && name != NULL, 0);
  slot = mvx_log_options_get_slot (options, name, MVX_LOG_OPTION_DOUBLE);
  g_return_val_if_fail (slot != NULL, 0);
  return slot->value ? g_variant_get_double (slot->value) : 0;
}

/**
 * mvx_log_options_get_enum:
 * @options: options
 * @name: name of an option of type ENUM
 *
 * Reads a choice. Thread-safe.
 *
 * Returns: index of the value or its default among the choices of the table, 0 if it has neither
 *
 * Since: 1.0
 */
guint
mvx_log_options_get_enum (MvxLogOptions *options, const char *name)
{
  const MvxLogOptionSlot *slot;
  const char *chosen;
  guint index = 0;

  g_return_val_if_fail (options != NULL && name != NULL, 0);
  slot = mvx_log_options_get_slot (options, name, MVX_LOG_OPTION_ENUM);
  g_return_val_if_fail (slot != NULL, 0);
  if (slot->value == NULL)
    return 0;
  chosen = g_variant_get_string (slot->value, NULL);
  while (slot->spec->choices[index + 1] && strcmp (slot->spec->choices[index], chosen) != 0)
    index++;
  return index;
}

/**
 * mvx_log_options_get_duration:
 * @options: options
 * @name: name of an option of type DURATION
 *
 * Reads a duration. Thread-safe.
 *
 * Returns: the value or its default in microseconds, 0 if it has neither; -1 where the table allows it, for ever
 *
 * Since: 1.0
 */
gint64
mvx_log_options_get_duration (MvxLogOptions *options, const char *name)
{
  const MvxLogOptionSlot *slot;

  g_return_val_if_fail (options != NULL && name != NULL, 0);
  slot = mvx_log_options_get_slot (options, name, MVX_LOG_OPTION_DURATION);
  g_return_val_if_fail (slot != NULL, 0);
  return slot->value ? g_variant_get_int64 (slot->value) : 0;
}

/**
 * mvx_log_options_get_size:
 * @options: options
 * @name: name of an option of type SIZE
 *
 * Reads a size. Thread-safe.
 *
 * Returns: the value or its default in bytes, 0 if it has neither
 *
 * Since: 1.0
 */
guint64
mvx_log_options_get_size (MvxLogOptions *options, const char *name)
{
  const MvxLogOptionSlot *slot;

  g_return_val_if_fail (options != NULL && name != NULL, 0);
  slot = mvx_log_options_get_slot (options, name, MVX_LOG_OPTION_SIZE);
  g_return_val_if_fail (slot != NULL, 0);
  return slot->value ? g_variant_get_uint64 (slot->value) : 0;
}

/**
 * mvx_log_options_get_strv:
 * @options: options
 * @name: name of an option of type STRV
 *
 * Reads a list. Thread-safe.
 *
 * Returns: (transfer none) (array zero-terminated=1): the value or its default, which lives as long as @options; empty
 *   if it has neither
 *
 * Since: 1.0
 */
const char *const *
mvx_log_options_get_strv (MvxLogOptions *options, const char *name)
{
  static const char *const none[] = { NULL };
  const MvxLogOptionSlot *slot;

  g_return_val_if_fail (options != NULL && name != NULL, none);
  slot = mvx_log_options_get_slot (options, name, MVX_LOG_OPTION_STRV);
  g_return_val_if_fail (slot != NULL, none);
  return slot->list ? (const char *const *) slot->list : none;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>

#include "sink/option-parse-private.h"
#include "sink/option-table-private.h"

/* More rows than this are a table whose last row was forgotten. */
#define MVX_LOG_OPTION_TABLE_MAX_ROWS 256
#define MVX_LOG_OPTION_TABLE_MAX_NAME 64
#define MVX_LOG_OPTION_TABLE_FLAGS                                                                                     \
  (MVX_LOG_OPTION_REQUIRED | MVX_LOG_OPTION_SECRET | MVX_LOG_OPTION_DEPRECATED | MVX_LOG_OPTION_RELOADABLE             \
   | MVX_LOG_OPTION_SINK)

static gboolean
mvx_log_option_table_name_is_valid (const char *name)
{
  if (!g_ascii_islower (name[0]) || strlen (name) > MVX_LOG_OPTION_TABLE_MAX_NAME || g_str_has_suffix (name, "-"))
    return FALSE;
  for (const char *p = name; *p; p++)
    if (!g_ascii_islower (*p) && !g_ascii_isdigit (*p) && *p != '-')
      return FALSE;
  return TRUE;
}

/* A row without a name ends the table, unless it looks like an option. */
static gboolean
mvx_log_option_table_is_end (const MvxLogOptionSpec *row)
{
  return row->name == NULL && row->type == 0 && row->flags == 0 && row->default_text == NULL && row->summary == NULL;
}

static gboolean
mvx_log_option_table_has_row (const MvxLogOptionSpec *table, guint n_rows, const char *name)
{
  for (guint i = 0; i < n_rows; i++)
    if (strcmp (table[i].name, name) == 0)
      return TRUE;
  return FALSE;
}

static char *
mvx_log_option_table_check_name (const MvxLogOptionSpec *table, guint index)
{
  const char *name = table[index].name;

  if (name == NULL || *name == '\0')
    return g_strdup ("it has no name; give it one, or make it the last row");
  if (!mvx_log_option_table_name_is_valid (name))
    return g_strdup ("the name must be a lower-case letter, then at most 63 lower-case letters, digits and '-'");
  if (strcmp (name, "plugin") == 0)
    return g_strdup ("the name is reserved: this key of a key-file selects the plugin; choose another one");
  if (mvx_log_option_table_has_row (table, index, name))
    return g_strdup ("an earlier row has the same name; rename one of them");
  return NULL;
}

static char *
mvx_log_option_table_check_value (const MvxLogOptionSpec *row)
{
  g_autoptr (GError) error = NULL;

  if (row->type < MVX_LOG_OPTION_STRING || row->type > MVX_LOG_OPTION_STRV)
    return g_strdup_printf ("unknown type %d; use one of MvxLogOptionType", (int) row->type);
  if (row->flags & ~(guint) MVX_LOG_OPTION_TABLE_FLAGS)
    return g_strdup_printf ("unknown flags 0x%x; use those of MvxLogOptionFlags only",
                            row->flags & ~(guint) MVX_LOG_OPTION_TABLE_FLAGS);
  if (row->summary == NULL || *row->summary == '\0')
    return g_strdup ("it has no summary; say in one what the option is for");
  if (row->min > row->max)
    return g_strdup_printf ("the minimum %" G_GINT64_FORMAT " is greater than the maximum %" G_GINT64_FORMAT
                            "; exchange them",
                            row->min, row->max);
  if ((row->flags & MVX_LOG_OPTION_SINK) && row->type != MVX_LOG_OPTION_STRING && row->type != MVX_LOG_OPTION_STRV)
    return g_strdup ("only a string or a list can name sinks; give it one of these types or not the flag SINK");
  if (row->type == MVX_LOG_OPTION_ENUM && (row->choices == NULL || row->choices[0] == NULL))
    return g_strdup ("an enum needs choices; list them");
  if ((row->flags & MVX_LOG_OPTION_REQUIRED) && row->default_text)
    return g_strdup ("a required option cannot have a default; drop the flag or the default");
  if (row->default_text && !mvx_log_option_parse (row, row->default_text, NULL, &error))
    return g_strdup_printf ("the default is not valid: %s", error->message);
  return NULL;
}

gboolean
mvx_log_option_table_check (const MvxLogOptionSpec *table, GError **error)
{
  for (guint i = 0; table && !mvx_log_option_table_is_end (&table[i]); i++)
    {
      g_autofree char *reason = NULL;

      if (i == MVX_LOG_OPTION_TABLE_MAX_ROWS)
        {
          g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE,
                       "the option table has more than %d rows; its last row must be all zeros",
                       MVX_LOG_OPTION_TABLE_MAX_ROWS);
          return FALSE;
        }
      reason = mvx_log_option_table_check_name (table, i);
      if (reason == NULL)
        reason = mvx_log_option_table_check_value (&table[i]);
      if (reason == NULL)
        continue;
      g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "option table, row %u%s%s%s: %s",
                   i + 1, table[i].name && *table[i].name ? " ('" : "", table[i].name ? table[i].name : "",
                   table[i].name && *table[i].name ? "')" : "", reason);
      return FALSE;
    }
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plugin says of one of its options. */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MvxLogOptionType:
 * @MVX_LOG_OPTION_STRING: text
 * @MVX_LOG_OPTION_BOOLEAN: `true`, `false`, `yes`, `no`, `on` or `off`
 * @MVX_LOG_OPTION_INT64: a whole number
 * @MVX_LOG_OPTION_DOUBLE: a number
 * @MVX_LOG_OPTION_ENUM: one of the choices
 * @MVX_LOG_OPTION_DURATION: microseconds, written `250ms`, `5s`, `2min`, `1h`, `7d`
 * @MVX_LOG_OPTION_SIZE: bytes, written `4096`, `64KiB`, `1MiB`, `10MB`
 * @MVX_LOG_OPTION_STRV: a list, separated by `;`
 *
 * Type of a plugin option.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_OPTION_STRING = 1,
  MVX_LOG_OPTION_BOOLEAN,
  MVX_LOG_OPTION_INT64,
  MVX_LOG_OPTION_DOUBLE,
  MVX_LOG_OPTION_ENUM,
  MVX_LOG_OPTION_DURATION,
  MVX_LOG_OPTION_SIZE,
  MVX_LOG_OPTION_STRV
} MvxLogOptionType;

/**
 * MvxLogOptionFlags:
 * @MVX_LOG_OPTION_REQUIRED: must be given
 * @MVX_LOG_OPTION_SECRET: never printed
 * @MVX_LOG_OPTION_DEPRECATED: accepted with a warning
 * @MVX_LOG_OPTION_RELOADABLE: `reconfigure` can change it in a running sink
 * @MVX_LOG_OPTION_SINK: a string or list that names other sinks, which must exist before this one; of `NAME: anything`
 *   only the name counts
 *
 * Flags of a plugin option.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_OPTION_REQUIRED = 1 << 0,
  MVX_LOG_OPTION_SECRET = 1 << 1,
  MVX_LOG_OPTION_DEPRECATED = 1 << 2,
  MVX_LOG_OPTION_RELOADABLE = 1 << 3,
  MVX_LOG_OPTION_SINK = 1 << 4
} MvxLogOptionFlags;

/**
 * MvxLogOptionSpec:
 * @name: kebab-case
 * @type: its type
 * @flags: [flags@MvxLog.OptionFlags]
 * @default_text: (nullable): the default as it would stand in a key-file; %NULL for none
 * @min: least value, for numbers, durations (microseconds) and sizes (bytes)
 * @max: greatest value; no limits are checked if @min and @max are both 0
 * @choices: (nullable): for enums: the choices, %NULL-terminated
 * @summary: one line for people
 *
 * One row of a plugin's option table. The table ends with a row without a name.
 *
 * Since: 1.0
 */
struct _MvxLogOptionSpec
{
  const char        *name;
  MvxLogOptionType   type;
  guint              flags;
  const char        *default_text;
  gint64             min;
  gint64             max;
  const char *const *choices;
  const char        *summary;
  gpointer           reserved[2];
};

G_END_DECLS

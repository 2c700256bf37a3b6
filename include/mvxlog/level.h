/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MvxLogLevel:
 * @MVX_LOG_LEVEL_NOTSET: no level: as a threshold, everything passes
 * @MVX_LOG_LEVEL_TRACE: steps inside a function
 * @MVX_LOG_LEVEL_DEBUG: for whoever debugs the program
 * @MVX_LOG_LEVEL_INFO: normal, expected events
 * @MVX_LOG_LEVEL_NOTICE: normal, but worth a look
 * @MVX_LOG_LEVEL_WARNING: something may go wrong
 * @MVX_LOG_LEVEL_ERROR: an operation failed
 * @MVX_LOG_LEVEL_CRITICAL: the program cannot go on as it should
 * @MVX_LOG_LEVEL_OFF: as a threshold, nothing passes
 *
 * Severity. The numbers are those of Python's logging; an event may have any other one from -32768 to 32766.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_LEVEL_NOTSET = 0,
  MVX_LOG_LEVEL_TRACE = 5,
  MVX_LOG_LEVEL_DEBUG = 10,
  MVX_LOG_LEVEL_INFO = 20,
  MVX_LOG_LEVEL_NOTICE = 22,
  MVX_LOG_LEVEL_WARNING = 30,
  MVX_LOG_LEVEL_ERROR = 40,
  MVX_LOG_LEVEL_CRITICAL = 50,
  MVX_LOG_LEVEL_OFF = 32767
} MvxLogLevel;

MVX_LOG_AVAILABLE_IN_1_0
gboolean    mvx_log_level_from_string (const char *name,
                                       gint       *level,
                                       GError    **error);
MVX_LOG_AVAILABLE_IN_1_0
const char *mvx_log_level_to_string   (gint        level);
MVX_LOG_AVAILABLE_IN_1_0
guint       mvx_log_level_to_severity (gint        level);
MVX_LOG_AVAILABLE_IN_1_0
const char *mvx_log_level_get_colour  (gint        level);
MVX_LOG_AVAILABLE_IN_1_0
const char *mvx_log_level_get_icon    (gint        level);
MVX_LOG_AVAILABLE_IN_1_0
char      **mvx_log_level_list_names  (void);
MVX_LOG_AVAILABLE_IN_1_0
gboolean    mvx_log_level_register    (const char *name,
                                       gint        level,
                                       const char *colour,
                                       const char *icon,
                                       GError    **error);

G_END_DECLS

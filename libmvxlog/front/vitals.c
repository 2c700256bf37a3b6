/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "front/vitals-private.h"

/* proc_pid_stat(5): start time, counted from the state behind the name. */
#define MVX_LOG_VITALS_START_TIME 19
/* proc_pid_statm(5) */
#define MVX_LOG_VITALS_RESIDENT 1

/* The number at @index of the words in @text; -1 if there is none. */
static gint64
mvx_log_vitals_parse (const char *text, guint index)
{
  gint64 number;
  char *end;

  for (; *text != '\0' && index > 0; index--)
    {
      text += strcspn (text, " ");
      text += strspn (text, " ");
    }
  number = g_ascii_strtoll (text, &end, 10);
  return end > text ? number : -1;
}

gint64
mvx_log_vitals_uptime_us (void)
{
  g_autofree char *text = NULL;
  const char *behind_name;
  struct timespec now;
  gint64 start;

  if (!g_file_get_contents ("/proc/self/stat", &text, NULL, NULL) || clock_gettime (CLOCK_BOOTTIME, &now) != 0)
    return -1;
  behind_name = strrchr (text, ')'); /* which may have spaces and brackets */
  start = behind_name ? mvx_log_vitals_parse (behind_name + strspn (behind_name, ") "), MVX_LOG_VITALS_START_TIME) : -1;
  if (start < 0)
    return -1;
  start = (gint64) ((double) start * G_USEC_PER_SEC / (double) sysconf (_SC_CLK_TCK));
  return MAX (now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000 - start, 0);
}

gint64
mvx_log_vitals_resident_bytes (void)
{
  g_autofree char *text = NULL;
  gint64 pages;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    return -1;
  pages = mvx_log_vitals_parse (text, MVX_LOG_VITALS_RESIDENT);
  return pages < 0 ? -1 : pages * sysconf (_SC_PAGESIZE);
}

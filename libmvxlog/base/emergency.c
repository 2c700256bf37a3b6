/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nothing in here may be more than a signal handler may call: no malloc, lock, stdio or local time. A test holds this
 * file's undefined symbols to a list. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/atfork-private.h"
#include "base/emergency-private.h"

#define MVX_LOG_EMERGENCY_LINE 4096 /* PIPE_BUF: a pipe takes it whole */
#define MVX_LOG_EMERGENCY_TAIL 8

MvxLogEmergencySlot mvx_log_emergency_slots[MVX_LOG_EMERGENCY_MAX_FDS];

typedef struct
{
  char text[MVX_LOG_EMERGENCY_LINE];
  gsize len;
} MvxLogEmergencyLine;

static void
mvx_log_emergency_append (MvxLogEmergencyLine *line, const char *text, gsize len)
{
  gsize room = sizeof line->text - MVX_LOG_EMERGENCY_TAIL - line->len;

  len = MIN (len, room);
  memcpy (line->text + line->len, text, len);
  line->len += len;
}

static void
mvx_log_emergency_append_string (MvxLogEmergencyLine *line, const char *text)
{
  mvx_log_emergency_append (line, text, strlen (text));
}

static void
mvx_log_emergency_append_number (MvxLogEmergencyLine *line, guint64 number, guint width)
{
  char digits[20];
  guint n = sizeof digits;

  do
    digits[--n] = (char) ('0' + number % 10);
  while ((number /= 10) > 0 && n > 0);
  while (sizeof digits - n < width && n > 0)
    digits[--n] = '0';
  mvx_log_emergency_append (line, digits + n, sizeof digits - n);
}

/* The civil calendar in eras of 400 years that begin in March, UTC. */
static void
mvx_log_emergency_append_time (MvxLogEmergencyLine *line)
{
  struct timespec now = { 0, 0 };
  guint64 days;
  guint64 day_of_era;
  guint64 year_of_era;
  guint64 day_of_year;
  guint64 month;
  guint64 second;

  clock_gettime (CLOCK_REALTIME, &now);
  days = (guint64) now.tv_sec / 86400 + 719468;
  second = (guint64) now.tv_sec % 86400;
  day_of_era = days % 146097;
  year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  month = (5 * day_of_year + 2) / 153; /* 0 is March */
  mvx_log_emergency_append_number (line, days / 146097 * 400 + year_of_era + (month >= 10), 4);
  mvx_log_emergency_append_string (line, "-");
  mvx_log_emergency_append_number (line, month < 10 ? month + 3 : month - 9, 2);
  mvx_log_emergency_append_string (line, "-");
  mvx_log_emergency_append_number (line, day_of_year - (153 * month + 2) / 5 + 1, 2);
  mvx_log_emergency_append_string (line, "T");
  mvx_log_emergency_append_number (line, second / 3600, 2);
  mvx_log_emergency_append_string (line, ":");
  mvx_log_emergency_append_number (line, second / 60 % 60, 2);
  mvx_log_emergency_append_string (line, ":");
  mvx_log_emergency_append_number (line, second % 60, 2);
  mvx_log_emergency_append_string (line, ".");
  mvx_log_emergency_append_number (line, (guint64) now.tv_nsec, 9);
  mvx_log_emergency_append_string (line, "Z");
}

/* Bytes of the well-formed character at @p, 0 if it is none. */
static gsize
mvx_log_emergency_utf8 (const guint8 *p, gsize left)
{
  gsize n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

  if (p[0] < 0xc2 || p[0] > 0xf4 || n > left)
    return 0;
  for (gsize i = 1; i < n; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90)
      || (p[0] == 0xf4 && p[1] > 0x8f) || (p[0] == 0xc2 && p[1] < 0xa0))
    return 0; /* the last one steers terminals */
  return n;
}

/* One line whatever is in it: what could end it, steer a terminal, or is no text becomes a question mark. */
static void
mvx_log_emergency_append_text (MvxLogEmergencyLine *line, const char *text, gsize len, gboolean json)
{
  const guint8 *p = (const guint8 *) text;
  const guint8 *end = p + len;

  while (p < end)
    {
      gsize n = *p >= 0x80 ? mvx_log_emergency_utf8 (p, (gsize) (end - p)) : *p >= ' ' && *p != 0x7f;

      if (json && (*p == '"' || *p == '\\'))
        mvx_log_emergency_append_string (line, "\\");
      mvx_log_emergency_append (line, n > 0 ? (const char *) p : "?", MAX (n, 1));
      p += MAX (n, 1);
    }
}

/* Text is cut where its JSON, of twice the length at most, still has room for all that is around it. */
static void
mvx_log_emergency_compose (MvxLogEmergencyLine *line, const char *text, gsize len, gboolean json)
{
  gsize most = (sizeof line->text - 256) / 2;

  line->len = 0;
  if (json)
    mvx_log_emergency_append_string (line, "{\"ts\":\"");
  mvx_log_emergency_append_time (line);
  if (json)
    mvx_log_emergency_append_string (line, "\",\"level\":\"critical\",\"context\":\"emergency\",\"message\":\"");
  else
    mvx_log_emergency_append_string (line, " emergency: ");
  mvx_log_emergency_append_text (line, text, MIN (len, most), json);
  if (len > most)
    mvx_log_emergency_append_string (line, "...");
  if (json)
    mvx_log_emergency_append_string (line, "\"}");
  line->text[line->len++] = '\n';
}

/* A pipe that is full would hold the handler for ever, and one without a reader would raise SIGPIPE. */
static void
mvx_log_emergency_write (int fd, const MvxLogEmergencyLine *line)
{
  gsize done = 0;

  while (done < line->len)
    {
      struct pollfd ready = { .fd = fd, .events = POLLOUT };
      ssize_t n;

      if (poll (&ready, 1, 0) != 1 || ready.revents != POLLOUT)
        return;
      n = write (fd, line->text + done, line->len - done);
      if (n < 0 && errno != EINTR)
        return;
      done += n > 0 ? (gsize) n : 0;
    }
}

/**
 * mvx_log_emergency:
 * @text: what is to be known; need not be UTF-8
 * @length: its bytes, or -1 if it is NUL-terminated
 *
 * Writes one line to standard error, and to every file whose sink has `emergency=true`, past all queues. It is the one
 * function of this library that a signal handler may call, at any time and in any number of threads: it allocates
 * nothing, takes no lock, waits for nobody, and keeps `errno`. Text over about 1900 bytes is cut. In a forked child
 * only standard error gets it.
 *
 * Since: 1.0
 */
void
mvx_log_emergency (const char *text, gssize length)
{
  MvxLogEmergencyLine line;
  gsize len;
  int saved = errno;

  if (text == NULL)
    return;
  len = length < 0 ? strlen (text) : (gsize) length;
  mvx_log_emergency_compose (&line, text, len, FALSE);
  mvx_log_emergency_write (STDERR_FILENO, &line);
  for (guint i = 0; i < MVX_LOG_EMERGENCY_MAX_FDS; i++)
    {
      const MvxLogEmergencySlot *slot = &mvx_log_emergency_slots[i];
      int fd = __atomic_load_n (&slot->fd, __ATOMIC_ACQUIRE);

      if (fd <= 0 || __atomic_load_n (&slot->generation, __ATOMIC_RELAXED) != mvx_log_fork_generation)
        continue;
      mvx_log_emergency_compose (&line, text, len, __atomic_load_n (&slot->json, __ATOMIC_RELAXED));
      mvx_log_emergency_write (fd, &line);
    }
  errno = saved;
}

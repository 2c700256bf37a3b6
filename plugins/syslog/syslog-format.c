/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "syslog-format.h"

#include <time.h>
#include <unistd.h>

#include "syslog-sd.h"

/* RFC 5424's limit, and that of a tag in RFC 3164. */
#define MVX_SYSLOG_MSGID_MAX 32
#define MVX_SYSLOG_TAG_MAX 32
#define MVX_SYSLOG_HOST_MAX 255

static gint64
mvx_syslog_format_split_time (const MvxLogEvent *event, guint *us)
{
  gint64 ns = mvx_log_event_get_timestamp (event);
  gint64 second = ns / 1000000000 - (ns % 1000000000 < 0);

  *us = (guint) ((ns - second * 1000000000) / 1000);
  return second;
}

/* RFC 3339 with six digits, in UTC: no hour comes twice. */
static void
mvx_syslog_format_append_date (MvxSyslogFormat *self, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  struct tm tm;
  guint us;
  time_t second = (time_t) mvx_syslog_format_split_time (event, &us);

  if (second != self->second || self->date[0] == '\0')
    {
      self->second = second;
      gmtime_r (&second, &tm);
      strftime (self->date, sizeof self->date, "%Y-%m-%dT%H:%M:%S", &tm);
    }
  mvx_log_buffer_append_printf (buffer, "%s.%06uZ", self->date, us);
}

/* In local time, as the RFC has it, and in English, whatever the locale. */
static void
mvx_syslog_format_append_old_date (MvxSyslogFormat *self, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  struct tm tm;
  guint us;
  time_t second = (time_t) mvx_syslog_format_split_time (event, &us);

  if (second != self->second || self->date[0] == '\0')
    {
      self->second = second;
      localtime_r (&second, &tm);
      g_snprintf (self->date, sizeof self->date, "%.3s %2d %02d:%02d:%02d", months + 3 * tm.tm_mon, tm.tm_mday,
                  tm.tm_hour, tm.tm_min, tm.tm_sec);
    }
  mvx_log_buffer_append_s (buffer, self->date);
}

/* Whose event it is: what came from elsewhere says so itself, and may say anything. */
static void
mvx_syslog_format_append_host (const MvxSyslogOptions *options, const MvxLogSender *sender, MvxLogBuffer *buffer)
{
  if (sender->host == NULL)
    {
      mvx_log_buffer_append_s (buffer, options->hostname);
      return;
    }
  for (guint i = 0; sender->host[i] && i < MVX_SYSLOG_HOST_MAX; i++)
    mvx_log_buffer_append_c (buffer, sender->host[i] > ' ' && sender->host[i] < 0x7f ? sender->host[i] : '_');
}

/* Of this process unless it came from elsewhere; 0 if that does not say. */
static void
mvx_syslog_format_get_sender (const MvxLogEvent *event, MvxLogSender *sender)
{
  if (!mvx_log_event_get_sender (event, sender))
    sender->pid = (guint) getpid ();
}

static void
mvx_syslog_format_append_msgid (const MvxSyslogOptions *options, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  const char *msgid = options->msgid;

  if (msgid == NULL)
    msgid = mvx_log_event_get_event_id (event);
  if (msgid == NULL)
    msgid = mvx_log_event_get_name (event);
  if (msgid == NULL || *msgid == '\0')
    msgid = "-";
  for (guint i = 0; msgid[i] && i < MVX_SYSLOG_MSGID_MAX; i++)
    mvx_log_buffer_append_c (buffer, msgid[i] > ' ' && msgid[i] < 0x7f ? msgid[i] : '_');
}

static void
mvx_syslog_format_append_text (const MvxSyslogOptions *options, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  const char *name = mvx_log_event_get_name (event);
  gsize start = buffer->len;

  if (options->renderer)
    {
      mvx_log_renderer_render (options->renderer, event, buffer);
      while (buffer->len > start && (buffer->data[buffer->len - 1] == '\n' || buffer->data[buffer->len - 1] == ' '))
        buffer->len--;
    }
  else if (!mvx_log_buffer_append_message (buffer, event, FALSE) && name)
    mvx_log_buffer_append_s (buffer, name);
}

/* Not within a character. */
static gboolean
mvx_syslog_format_cut (MvxLogBuffer *buffer, gsize start, gsize max)
{
  gsize end = start + max;

  if (buffer->len <= end)
    return FALSE;
  for (guint i = 0; i < 3 && (buffer->data[end] & 0xc0) == 0x80 && end > start; i++)
    end--;
  buffer->len = end;
  return TRUE;
}

static gboolean
mvx_syslog_format_append_5424 (MvxSyslogFormat *self,
                               const MvxSyslogOptions *options,
                               const MvxLogEvent *event,
                               MvxLogBuffer *buffer)
{
  gsize start = buffer->len;
  MvxLogSender sender;
  gsize text;
  gboolean complete;

  mvx_log_buffer_append_printf (buffer, "<%u>1 ",
                                options->facility * 8 + mvx_log_level_to_severity (mvx_log_event_get_level (event)));
  mvx_syslog_format_append_date (self, event, buffer);
  mvx_syslog_format_get_sender (event, &sender);
  mvx_log_buffer_append_c (buffer, ' ');
  mvx_syslog_format_append_host (options, &sender, buffer);
  mvx_log_buffer_append_printf (buffer, " %s ", options->app_name);
  if (sender.pid > 0)
    mvx_log_buffer_append_printf (buffer, "%u ", sender.pid);
  else
    mvx_log_buffer_append_s (buffer, "- ");
  mvx_syslog_format_append_msgid (options, event, buffer);
  mvx_log_buffer_append_c (buffer, ' ');
  /* A quarter is for the message. */
  complete = mvx_syslog_sd_append (options, event, start + options->max_size - options->max_size / 4, buffer);
  mvx_log_buffer_append_c (buffer, ' ');
  text = buffer->len;
  mvx_syslog_format_append_text (options, event, buffer);
  if (options->bom && g_utf8_validate_len ((const char *) buffer->data + text, buffer->len - text, NULL))
    {
      mvx_log_buffer_append (buffer, "\xef\xbb\xbf", 3);
      memmove (buffer->data + text + 3, buffer->data + text, buffer->len - text - 3);
      memcpy (buffer->data + text, "\xef\xbb\xbf", 3);
    }
  if (buffer->len == text)
    buffer->len--;
  return !mvx_syslog_format_cut (buffer, start, options->max_size) && complete;
}

/* A local server knows the host, and takes its name for the tag. */
static gboolean
mvx_syslog_format_append_3164 (MvxSyslogFormat *self,
                               const MvxSyslogOptions *options,
                               const MvxLogEvent *event,
                               MvxLogBuffer *buffer)
{
  gsize start = buffer->len;
  MvxLogSender sender;

  mvx_syslog_format_get_sender (event, &sender);
  mvx_log_buffer_append_printf (buffer, "<%u>",
                                options->facility * 8 + mvx_log_level_to_severity (mvx_log_event_get_level (event)));
  mvx_syslog_format_append_old_date (self, event, buffer);
  mvx_log_buffer_append_c (buffer, ' ');
  if (options->link.transport != MVX_LINK_UNIX)
    {
      mvx_syslog_format_append_host (options, &sender, buffer);
      mvx_log_buffer_append_c (buffer, ' ');
    }
  for (guint i = 0; options->app_name[i] && i < MVX_SYSLOG_TAG_MAX; i++)
    mvx_log_buffer_append_c (buffer, strchr ("[]:/", options->app_name[i]) ? '_' : options->app_name[i]);
  if (sender.pid > 0)
    mvx_log_buffer_append_printf (buffer, "[%u]", sender.pid);
  mvx_log_buffer_append_s (buffer, ": ");
  mvx_syslog_format_append_text (options, event, buffer);
  return !mvx_syslog_format_cut (buffer, start, options->max_size);
}

gboolean
mvx_syslog_format_append (MvxSyslogFormat *self,
                          const MvxSyslogOptions *options,
                          const MvxLogEvent *event,
                          MvxLogBuffer *buffer)
{
  return options->is_5424 ? mvx_syslog_format_append_5424 (self, options, event, buffer)
                          : mvx_syslog_format_append_3164 (self, options, event, buffer);
}

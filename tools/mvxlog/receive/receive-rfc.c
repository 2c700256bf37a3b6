/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive/receive-rfc.h"

#include <stdio.h>
#include <string.h>

#define MVX_RECEIVE_MAX_PRIORITY 191
#define MVX_RECEIVE_BOM "\xef\xbb\xbf"
/* "Jan _1 00:00:00 " */
#define MVX_RECEIVE_OLD_TIME 16
#define MVX_RECEIVE_DAY_NS (G_GINT64_CONSTANT (86400) * 1000000000)

static const char *const mvx_receive_facilities[]
    = { "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
        "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
        "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7" };

static const gint mvx_receive_levels[]
    = { MVX_LOG_LEVEL_CRITICAL, MVX_LOG_LEVEL_CRITICAL, MVX_LOG_LEVEL_CRITICAL, MVX_LOG_LEVEL_ERROR,
        MVX_LOG_LEVEL_WARNING,  MVX_LOG_LEVEL_NOTICE,   MVX_LOG_LEVEL_INFO,     MVX_LOG_LEVEL_DEBUG };

typedef struct
{
  MvxReceiveEvent *event;
  const char *p;
  const char *end;
} MvxReceiveRfc;

static gboolean
mvx_receive_rfc_read_priority (MvxReceiveRfc *self)
{
  const char *facility;
  guint number = 0;
  guint digits = 0;

  if (self->p == self->end || *self->p != '<')
    return FALSE;
  self->p++;
  for (; self->p < self->end && g_ascii_isdigit (*self->p) && digits < 4; digits++)
    number = number * 10 + (guint) (*self->p++ - '0');
  if (self->p == self->end || *self->p != '>' || digits == 0 || number > MVX_RECEIVE_MAX_PRIORITY)
    return FALSE;
  self->p++;
  facility = mvx_receive_facilities[number / 8];
  self->event->init.level = mvx_receive_levels[number % 8];
  mvx_receive_event_add_text (self->event, "facility", facility, strlen (facility));
  return TRUE;
}

/* A word of the header with the space behind it, which the last one need not have; NULL for "-". */
static const char *
mvx_receive_rfc_take_word (MvxReceiveRfc *self, gboolean *valid)
{
  const char *start = self->p;
  const char *space = memchr (start, ' ', (gsize) (self->end - start));
  gsize length = (gsize) ((space ? space : self->end) - start);

  *valid = *valid && length > 0;
  self->p = space ? space + 1 : self->end;
  return length == 1 && *start == '-' ? NULL : mvx_receive_event_keep (self->event, start, length);
}

static gboolean
mvx_receive_rfc_set_time (MvxReceiveEvent *event, const char *text)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, utc);

  return time
         && mvx_receive_event_set_time (event, g_date_time_to_unix (time),
                                        g_date_time_get_microsecond (time) * G_GINT64_CONSTANT (1000));
}

static void
mvx_receive_rfc_set_process (MvxReceiveEvent *event, const char *text)
{
  guint64 pid;

  if (text && g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT32, &pid, NULL))
    event->sender.pid = (guint) pid;
  else if (text)
    mvx_receive_event_add_text (event, "procid", text, strlen (text));
}

/* The value behind PARAM-NAME=", up to the quotation mark that ends it. */
static gboolean
mvx_receive_rfc_read_value (MvxReceiveRfc *self, GString *value)
{
  for (g_string_truncate (value, 0); self->p < self->end && *self->p != '"'; self->p++)
    {
      if (*self->p == '\\' && self->end - self->p > 1 && strchr ("\\\"]", self->p[1]))
        self->p++;
      g_string_append_c (value, *self->p);
    }
  return self->p++ < self->end;
}

typedef struct
{
  const char *name;
  gsize offset; /* in MvxReceiveEvent */
} MvxReceiveRfcParam;

#define MVX_RECEIVE_AT(member) G_STRUCT_OFFSET (MvxReceiveEvent, member)

/* Of the plugin syslog: what syslog itself has no place for, or less room. */
static const MvxReceiveRfcParam mvx_receive_rfc_texts[] = {
  { "context", MVX_RECEIVE_AT (init.event_namespace) },
  { "event", MVX_RECEIVE_AT (init.name) },
  { "entity", MVX_RECEIVE_AT (init.entity_id) },
  { "outcome", MVX_RECEIVE_AT (init.outcome) },
  { "file", MVX_RECEIVE_AT (init.file) },
  { "func", MVX_RECEIVE_AT (init.function) },
};

static const MvxReceiveRfcParam mvx_receive_rfc_numbers[] = {
  { "line", MVX_RECEIVE_AT (init.line) },
  { "tid", MVX_RECEIVE_AT (sender.thread) },
};

static void
mvx_receive_rfc_set_own (MvxReceiveEvent *event, const char *name, const GString *value)
{
  guint64 number;

  for (guint i = 0; i < G_N_ELEMENTS (mvx_receive_rfc_texts); i++)
    if (strcmp (name, mvx_receive_rfc_texts[i].name) == 0)
      *(const char **) G_STRUCT_MEMBER_P (event, mvx_receive_rfc_texts[i].offset)
          = mvx_receive_event_keep (event, value->str, value->len);
  if (strcmp (name, "level") == 0)
    mvx_log_level_from_string (value->str, &event->init.level, NULL);
  if (!g_ascii_string_to_unsigned (value->str, 10, 0, G_MAXINT64, &number, NULL))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (mvx_receive_rfc_numbers) && number <= G_MAXUINT32; i++)
    if (strcmp (name, mvx_receive_rfc_numbers[i].name) == 0)
      *(guint *) G_STRUCT_MEMBER_P (event, mvx_receive_rfc_numbers[i].offset) = (guint) number;
  if (strcmp (name, "seq") == 0)
    event->sender.seq = number;
  else if (strcmp (name, "ts_ns") == 0)
    event->init.timestamp = (gint64) number;
}

static void
mvx_receive_rfc_set_param (MvxReceiveEvent *event, const char *id, const char *name, const GString *value)
{
  g_autofree char *key = NULL;

  if (g_str_has_prefix (id, "mvx@"))
    mvx_receive_rfc_set_own (event, name, value);
  else if (g_str_has_prefix (id, "f-mvx@"))
    mvx_receive_event_add_text (event, name, value->str, value->len);
  else if (strcmp (id, "opentelemetry") == 0 && strcmp (name, "trace_id") == 0)
    event->init.trace_id = mvx_receive_event_keep (event, value->str, value->len);
  else if (strcmp (id, "opentelemetry") == 0 && strcmp (name, "span_id") == 0)
    event->init.span_id = mvx_receive_event_keep (event, value->str, value->len);
  else
    {
      key = g_strdup_printf ("%s.%s", id, name);
      mvx_receive_event_add_text (event, key, value->str, value->len);
    }
}

/* [ID NAME="VALUE" …] behind the bracket. */
static gboolean
mvx_receive_rfc_read_element (MvxReceiveRfc *self)
{
  g_autoptr (GString) value = g_string_new (NULL);
  gsize n = strcspn (self->p, " ]");
  g_autofree char *id = g_strndup (self->p, n);

  if (n == 0)
    return FALSE;
  for (self->p += n; self->p < self->end && *self->p == ' ';)
    {
      g_autofree char *name = NULL;

      self->p++;
      n = strcspn (self->p, "=] \"");
      name = g_strndup (self->p, n);
      self->p += n;
      if (n == 0 || strncmp (self->p, "=\"", 2) != 0)
        return FALSE;
      self->p += 2;
      if (!mvx_receive_rfc_read_value (self, value))
        return FALSE;
      mvx_receive_rfc_set_param (self->event, id, name, value);
    }
  return self->p < self->end && *self->p++ == ']';
}

static gboolean
mvx_receive_rfc_read_data (MvxReceiveRfc *self)
{
  if (self->p < self->end && *self->p == '-')
    self->p++;
  else
    while (self->p < self->end && *self->p == '[')
      {
        self->p++;
        if (!mvx_receive_rfc_read_element (self))
          return FALSE;
      }
  if (self->p == self->end)
    return TRUE;
  return *self->p++ == ' ';
}

static void
mvx_receive_rfc_set_message (MvxReceiveRfc *self)
{
  gsize length;

  while (self->end > self->p && (self->end[-1] == '\n' || self->end[-1] == '\0'))
    self->end--;
  length = (gsize) (self->end - self->p);
  self->event->init.message = mvx_receive_event_keep (self->event, self->p, length);
  self->event->init.message_length = length;
}

/* Behind "<PRI>1 ". */
static const char *
mvx_receive_rfc_read_new (MvxReceiveRfc *self)
{
  MvxReceiveEvent *event = self->event;
  gboolean valid = TRUE;
  const char *time = mvx_receive_rfc_take_word (self, &valid);
  const char *process;

  event->sender.host = mvx_receive_rfc_take_word (self, &valid);
  event->init.event_namespace = mvx_receive_rfc_take_word (self, &valid);
  process = mvx_receive_rfc_take_word (self, &valid);
  event->init.name = mvx_receive_rfc_take_word (self, &valid);
  if (!valid || self->p == self->end)
    return "its header is not one of RFC 5424: <PRI>1 TIME HOST APP PROCID MSGID";
  mvx_receive_rfc_set_process (event, process);
  if (time && !mvx_receive_rfc_set_time (event, time))
    return "its time is not one of RFC 3339";
  if (!mvx_receive_rfc_read_data (self))
    return "its structured data does not end, or is none";
  if (self->end - self->p >= 3 && memcmp (self->p, MVX_RECEIVE_BOM, 3) == 0)
    self->p += 3;
  mvx_receive_rfc_set_message (self);
  return NULL;
}

/* "Nov 28 20:13:08 ", of the local clock and of the year that fits. 0: there is none. */
static gint64
mvx_receive_rfc_old_time (const char *text, gint64 now_ns)
{
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (now_ns / 1000000000);
  char month[4] = { text[0], text[1], text[2], '\0' };
  const char *found = strstr (months, month);
  int day, hour, minute, second, used = 0;

  if (found == NULL || (found - months) % 3 != 0
      || sscanf (text + 3, " %2d %2d:%2d:%2d %n", &day, &hour, &minute, &second, &used) != 4
      || used != MVX_RECEIVE_OLD_TIME - 3)
    return 0;
  for (int year = g_date_time_get_year (now); year >= g_date_time_get_year (now) - 1; year--)
    {
      g_autoptr (GDateTime) time
          = g_date_time_new_local (year, (int) (found - months) / 3 + 1, day, hour, minute, second);
      gint64 ns = time ? g_date_time_to_unix (time) * 1000000000 : 0;

      if (ns > 0 && ns <= now_ns + MVX_RECEIVE_DAY_NS)
        return ns;
    }
  return 0;
}

/* TAG[PID]: in front of the message. */
static void
mvx_receive_rfc_read_tag (MvxReceiveRfc *self)
{
  gsize left = (gsize) (self->end - self->p);
  gsize n = 0;
  gsize tag;

  while (n < left && (g_ascii_isalnum (self->p[n]) || strchr ("_-./", self->p[n])) && self->p[n] != '\0')
    n++;
  tag = n;
  if (n < left && self->p[n] == '[')
    {
      const char *close = memchr (self->p + n, ']', left - n);

      if (close == NULL)
        return;
      mvx_receive_rfc_set_process (
          self->event, mvx_receive_event_keep (self->event, self->p + n + 1, (gsize) (close - self->p) - n - 1));
      n = (gsize) (close - self->p) + 1;
    }
  if (tag == 0 || n >= left || self->p[n] != ':')
    return;
  self->event->init.event_namespace = mvx_receive_event_keep (self->event, self->p, tag);
  self->p += n + 1;
  if (self->p < self->end && *self->p == ' ')
    self->p++;
}

/* Whatever is behind the priority is a message; what is usual in front of it is taken for that. */
static void
mvx_receive_rfc_read_old (MvxReceiveRfc *self, gint64 now_ns)
{
  gint64 time = 0;
  gboolean valid = TRUE;

  if (self->end - self->p > MVX_RECEIVE_OLD_TIME)
    time = mvx_receive_rfc_old_time (self->p, now_ns);
  if (time > 0)
    {
      self->event->init.timestamp = time;
      self->p += MVX_RECEIVE_OLD_TIME;
      self->event->sender.host = mvx_receive_rfc_take_word (self, &valid);
    }
  mvx_receive_rfc_read_tag (self);
  mvx_receive_rfc_set_message (self);
}

const char *
mvx_receive_rfc_read (MvxReceiveEvent *event, const char *text, gsize length, gint64 now_ns)
{
  MvxReceiveRfc self = { .event = event };

  mvx_receive_event_reset (event);
  /* For functions that look for a NUL. */
  self.p = mvx_receive_event_keep (event, text, length);
  self.end = self.p + length;
  if (!mvx_receive_rfc_read_priority (&self))
    return "it does not begin with a priority from <0> to <191>";
  if (self.end - self.p > 1 && self.p[0] == '1' && self.p[1] == ' ')
    {
      self.p += 2;
      return mvx_receive_rfc_read_new (&self);
    }
  mvx_receive_rfc_read_old (&self, now_ns);
  return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The columns are those of the plugin sqlite, and hold the same: texts as in a line of JSON, and mostly nothing for
 * what is empty. */
#include "postgres-row.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

/* What one large event leaves behind is given back above this. */
#define MVX_POSTGRES_ROW_KEEP (256 * 1024)
/* U+FFFD. */
#define MVX_POSTGRES_ROW_REPLACEMENT "\xef\xbf\xbd"
#define MVX_POSTGRES_ROW_NSEC G_GINT64_CONSTANT (1000000000)

const char mvx_postgres_row_columns[]
    = "time, time_ns, level, level_name, context, event, entity, outcome, message, template, fields, error, trace_id, "
      "span_id, event_id, file, line, func, pid, thread, seq, host, stream, spool, spool_seq";

const char mvx_postgres_row_definition[]
    = "time timestamptz NOT NULL, time_ns bigint NOT NULL, level smallint NOT NULL, level_name text, "
      "context text NOT NULL, event text, entity text, outcome text, message text, template text, fields jsonb, "
      "error jsonb, trace_id text, span_id text, event_id text, file text, line integer, func text, pid bigint, "
      "thread bigint, seq bigint, host text, stream text, spool uuid, spool_seq bigint";

void
mvx_postgres_row_init (MvxPostgresRow *row)
{
  *row = (MvxPostgresRow){ .pid = getpid () };
}

void
mvx_postgres_row_clear (MvxPostgresRow *row)
{
  mvx_log_buffer_clear (&row->text);
}

/* What stands for a letter in COPY, or NULL. No column has a place for a NUL, and an event is not lost for one. */
static const char *
mvx_postgres_row_escaped (guint8 letter)
{
  switch (letter)
    {
    case '\0':
      return MVX_POSTGRES_ROW_REPLACEMENT;
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '\\':
      return "\\\\";
    default:
      return NULL;
    }
}

static void
mvx_postgres_row_escape (MvxLogBuffer *line, const guint8 *text, gsize size)
{
  gsize start = 0;

  for (gsize i = 0; i < size; i++)
    {
      const char *escaped = mvx_postgres_row_escaped (text[i]);

      if (escaped == NULL)
        continue;
      mvx_log_buffer_append (line, text + start, i - start);
      mvx_log_buffer_append_s (line, escaped);
      start = i + 1;
    }
  mvx_log_buffer_append (line, text + start, size - start);
  mvx_log_buffer_append_c (line, '\t');
}

/* The column that has been put together, and nothing of it remains. */
static void
mvx_postgres_row_take (MvxPostgresRow *row, gboolean is_set, MvxLogBuffer *line)
{
  if (is_set)
    mvx_postgres_row_escape (line, row->text.data, row->text.len);
  else
    mvx_log_buffer_append_s (line, "\\N\t");
  row->text.len = 0;
}

static void
mvx_postgres_row_add (MvxPostgresRow *row, const char *text, gboolean also_empty, MvxLogBuffer *line)
{
  if (text && *text)
    mvx_log_buffer_append_utf8 (&row->text, text, strlen (text));
  mvx_postgres_row_take (row, text && (*text || also_empty), line);
}

/* Neither has jsonb a place for one. */
static void
mvx_postgres_row_take_json (MvxPostgresRow *row, gboolean is_set, MvxLogBuffer *line)
{
  guint8 *text = row->text.data;

  for (gsize i = 0; i + 5 < row->text.len; i++)
    {
      if (text[i] != '\\')
        continue;
      i++; /* to what is escaped, which may be a backslash */
      if (memcmp (text + i, "u0000", 5) == 0)
        memcpy (text + i, "ufffd", 5);
    }
  mvx_postgres_row_take (row, is_set, line);
}

/* 0 stands for what is not known. */
static void
mvx_postgres_row_add_known (gint64 number, MvxLogBuffer *line)
{
  if (number != 0)
    mvx_log_buffer_append_printf (line, "%" G_GINT64_FORMAT "\t", number);
  else
    mvx_log_buffer_append_s (line, "\\N\t");
}

/* A timestamptz has microseconds; what it cannot hold is in the next column. */
static void
mvx_postgres_row_add_time (gint64 time_ns, MvxLogBuffer *line)
{
  gint64 part = time_ns % MVX_POSTGRES_ROW_NSEC;
  time_t seconds;
  struct tm tm;

  if (part < 0)
    part += MVX_POSTGRES_ROW_NSEC;
  seconds = (time_t) ((time_ns - part) / MVX_POSTGRES_ROW_NSEC);
  gmtime_r (&seconds, &tm);
  mvx_log_buffer_append_printf (line, "%04d-%02d-%02d %02d:%02d:%02d.%06d+00\t%" G_GINT64_FORMAT "\t",
                                tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                                (int) (part / 1000), time_ns);
}

static void
mvx_postgres_row_add_payload (MvxPostgresRow *row, const MvxLogEvent *event, gboolean with_template, MvxLogBuffer *line)
{
  MvxLogValue error = { .type = MVX_LOG_TYPE_NULL };

  mvx_postgres_row_take (row, mvx_log_buffer_append_message (&row->text, event, TRUE), line);
  mvx_postgres_row_add (row, with_template ? mvx_log_event_get_template (event) : NULL, FALSE, line);
  mvx_postgres_row_take_json (row, mvx_log_buffer_append_json_fields (&row->text, event), line);
  if (mvx_log_event_get_field (event, "error", &error) && error.type == MVX_LOG_TYPE_ERROR)
    mvx_log_buffer_append_json (&row->text, &error);
  mvx_postgres_row_take_json (row, row->text.len > 0, line);
}

/* Who has logged it, and what makes it known again if it comes out of a spool. */
static void
mvx_postgres_row_add_origin (MvxPostgresRow *row, const MvxLogEvent *event, MvxLogBuffer *line)
{
  guint64 spool_seq = 0;
  const char *spool = mvx_log_event_get_stream (event, &spool_seq);
  gboolean is_remote;
  MvxLogSender sender;
  char stream[17] = "";

  is_remote = mvx_log_event_get_sender (event, &sender);
  mvx_postgres_row_add_known (is_remote ? (gint64) sender.pid : row->pid, line);
  mvx_postgres_row_add_known (mvx_log_event_get_thread (event), line);
  mvx_postgres_row_add_known ((gint64) mvx_log_event_get_seq (event), line);
  if (sender.stream != 0)
    g_snprintf (stream, sizeof stream, "%016" G_GINT64_MODIFIER "x", sender.stream);
  mvx_postgres_row_add (row, sender.host, FALSE, line);
  mvx_postgres_row_add (row, stream, FALSE, line);
  mvx_postgres_row_add (row, spool, FALSE, line);
  mvx_postgres_row_add_known (spool ? (gint64) spool_seq : 0, line);
}

void
mvx_postgres_row_append (MvxPostgresRow *row, const MvxLogEvent *event, gboolean with_template, MvxLogBuffer *line)
{
  const gint level = mvx_log_event_get_level (event);

  if (row->text.allocated > MVX_POSTGRES_ROW_KEEP)
    mvx_log_buffer_clear (&row->text);
  mvx_postgres_row_add_time (mvx_log_event_get_timestamp (event), line);
  mvx_log_buffer_append_printf (line, "%d\t", level);
  mvx_postgres_row_add (row, mvx_log_level_to_string (level), FALSE, line);
  /* The root has the empty name. */
  mvx_postgres_row_add (row, mvx_log_event_get_context (event) ? mvx_log_event_get_context (event) : "", TRUE, line);
  mvx_postgres_row_add (row, mvx_log_event_get_name (event), FALSE, line);
  mvx_postgres_row_add (row, mvx_log_event_get_entity_id (event), FALSE, line);
  mvx_postgres_row_add (row, mvx_log_event_get_outcome (event), FALSE, line);
  mvx_postgres_row_add_payload (row, event, with_template, line);
  mvx_postgres_row_add (row, mvx_log_event_get_trace_id (event), FALSE, line);
  mvx_postgres_row_add (row, mvx_log_event_get_span_id (event), FALSE, line);
  mvx_postgres_row_add (row, mvx_log_event_get_event_id (event), FALSE, line);
  /* Of the place in the source JSON has also empty texts. */
  mvx_postgres_row_add (row, mvx_log_event_get_file (event), TRUE, line);
  mvx_postgres_row_add_known (mvx_log_event_get_line (event), line);
  mvx_postgres_row_add (row, mvx_log_event_get_function (event), TRUE, line);
  mvx_postgres_row_add_origin (row, event, line);
  line->data[line->len - 1] = '\n';
}

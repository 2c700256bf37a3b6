/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/view-row.h"

typedef enum
{
  MVX_VIEW_ROW_TIME,
  MVX_VIEW_ROW_LEVEL,
  MVX_VIEW_ROW_TEXT,   /* a string; nothing if it is empty */
  MVX_VIEW_ROW_STRING, /* a string, also an empty one */
  MVX_VIEW_ROW_FIELDS,
  MVX_VIEW_ROW_VERBATIM,
  MVX_VIEW_ROW_NUMBER
} MvxViewRowKind;

static const struct
{
  const char *before;
  MvxViewRowKind kind;
} mvx_view_row_members[] = {
  { "{\"ts\":\"", MVX_VIEW_ROW_TIME },          { "\",\"level\":", MVX_VIEW_ROW_LEVEL },
  { ",\"context\":", MVX_VIEW_ROW_TEXT },       { ",\"event\":", MVX_VIEW_ROW_TEXT },
  { ",\"entity\":", MVX_VIEW_ROW_TEXT },        { ",\"outcome\":", MVX_VIEW_ROW_TEXT },
  { ",\"message\":", MVX_VIEW_ROW_STRING },     { ",", MVX_VIEW_ROW_FIELDS },
  { ",\"error\":", MVX_VIEW_ROW_VERBATIM },     { ",\"trace_id\":", MVX_VIEW_ROW_TEXT },
  { ",\"span_id\":", MVX_VIEW_ROW_TEXT },       { ",\"file\":", MVX_VIEW_ROW_STRING },
  { ",\"line\":", MVX_VIEW_ROW_NUMBER },        { ",\"func\":", MVX_VIEW_ROW_STRING },
  { ",\"pid\":", MVX_VIEW_ROW_NUMBER },         { ",\"thread\":", MVX_VIEW_ROW_NUMBER },
  { ",\"seq\":", MVX_VIEW_ROW_NUMBER },         { ",\"sender_host\":", MVX_VIEW_ROW_TEXT },
  { ",\"sender_stream\":", MVX_VIEW_ROW_TEXT },
};

/* The level's name stands behind, as one member has two columns. */
const char mvx_view_row_columns[]
    = "time_ns, level, context, event, entity, outcome, message, fields, error, trace_id, "
      "span_id, file, line, func, pid, thread, seq, host, stream, level_name";

static void
mvx_view_row_append_string (sqlite3_stmt *statement, int column, MvxLogBuffer *line)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);
  const MvxLogValue value
      = { MVX_LOG_TYPE_STRING, (guint32) sqlite3_column_bytes (statement, column), { .string = text } };

  mvx_log_buffer_append_json (line, &value);
}

static void
mvx_view_row_append_time (gint64 ns, MvxLogBuffer *line)
{
  gint64 second = ns / 1000000000 - (ns % 1000000000 < 0 ? 1 : 0);
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (second);
  g_autofree char *text = g_date_time_format (when, "%Y-%m-%dT%H:%M:%S");

  mvx_log_buffer_append_printf (line, "%s.%09dZ", text, (int) (ns - second * 1000000000));
}

static void
mvx_view_row_append_level (sqlite3_stmt *statement, int column, MvxLogBuffer *line)
{
  const int name = (int) G_N_ELEMENTS (mvx_view_row_members);

  if (sqlite3_column_type (statement, name) == SQLITE_NULL)
    mvx_log_buffer_append_printf (line, "%d", sqlite3_column_int (statement, column));
  else
    mvx_view_row_append_string (statement, name, line);
}

static void
mvx_view_row_append_member (sqlite3_stmt *statement, int column, MvxViewRowKind kind, MvxLogBuffer *line)
{
  const char *text;
  gsize size;

  switch (kind)
    {
    case MVX_VIEW_ROW_TIME:
      mvx_view_row_append_time (sqlite3_column_int64 (statement, column), line);
      break;
    case MVX_VIEW_ROW_LEVEL:
      mvx_view_row_append_level (statement, column, line);
      break;
    case MVX_VIEW_ROW_FIELDS:
    case MVX_VIEW_ROW_VERBATIM:
      text = (const char *) sqlite3_column_text (statement, column);
      size = (gsize) sqlite3_column_bytes (statement, column);
      /* Fields are members of the line. */
      if (kind == MVX_VIEW_ROW_FIELDS && size >= 2)
        mvx_log_buffer_append (line, text + 1, size - 2);
      else
        mvx_log_buffer_append (line, text, size);
      break;
    case MVX_VIEW_ROW_NUMBER:
      mvx_log_buffer_append_printf (line, "%" G_GINT64_FORMAT, (gint64) sqlite3_column_int64 (statement, column));
      break;
    case MVX_VIEW_ROW_TEXT:
    case MVX_VIEW_ROW_STRING:
    default:
      mvx_view_row_append_string (statement, column, line);
      break;
    }
}

void
mvx_view_row_append (sqlite3_stmt *statement, MvxLogBuffer *line)
{
  for (int i = 0; i < (int) G_N_ELEMENTS (mvx_view_row_members); i++)
    {
      MvxViewRowKind kind = mvx_view_row_members[i].kind;

      if (sqlite3_column_type (statement, i) == SQLITE_NULL
          || (kind == MVX_VIEW_ROW_TEXT && sqlite3_column_bytes (statement, i) == 0))
        continue;
      mvx_log_buffer_append_s (line, mvx_view_row_members[i].before);
      mvx_view_row_append_member (statement, i, kind, line);
    }
  mvx_log_buffer_append_c (line, '}');
}

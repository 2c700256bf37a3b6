/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts are the very ones that a line of JSON would hold, so that the tool can make that line of them: valid UTF-8, and
 * mostly nothing for what is empty. */
#include "sqlite-row.h"

#include <unistd.h>

/* What one large event leaves behind is given back above this. */
#define MVX_SQLITE_ROW_KEEP (256 * 1024)

/* Places in the statement: texts first. */
enum
{
  MVX_SQLITE_LEVEL_NAME,
  MVX_SQLITE_CONTEXT,
  MVX_SQLITE_EVENT,
  MVX_SQLITE_ENTITY,
  MVX_SQLITE_OUTCOME,
  MVX_SQLITE_MESSAGE,
  MVX_SQLITE_TEMPLATE,
  MVX_SQLITE_FIELDS,
  MVX_SQLITE_ERROR,
  MVX_SQLITE_TRACE,
  MVX_SQLITE_SPAN,
  MVX_SQLITE_EVENT_ID,
  MVX_SQLITE_FILE,
  MVX_SQLITE_FUNC,
  MVX_SQLITE_HOST,
  MVX_SQLITE_STREAM,
  MVX_SQLITE_N_TEXTS,
  MVX_SQLITE_TIME = MVX_SQLITE_N_TEXTS,
  MVX_SQLITE_LEVEL,
  MVX_SQLITE_LINE,
  MVX_SQLITE_PID,
  MVX_SQLITE_THREAD,
  MVX_SQLITE_SEQ,
  MVX_SQLITE_N_COLUMNS
};

G_STATIC_ASSERT (MVX_SQLITE_N_TEXTS <= MVX_SQLITE_ROW_N_TEXTS);

const char mvx_sqlite_row_insert[]
    = "INSERT INTO events (level_name, context, event, entity, outcome, message, template, fields, error, trace_id, "
      "span_id, event_id, file, func, host, stream, time_ns, level, line, pid, thread, seq) "
      "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

void
mvx_sqlite_row_init (MvxSqliteRow *row)
{
  *row = (MvxSqliteRow){ .pid = getpid () };
}

void
mvx_sqlite_row_clear (MvxSqliteRow *row)
{
  mvx_log_buffer_clear (&row->text);
}

static void
mvx_sqlite_row_end (MvxSqliteRow *row, guint column, gsize start, gboolean is_set)
{
  row->slices[column] = (MvxSqliteSlice){ start, row->text.len - start, is_set };
}

static void
mvx_sqlite_row_add (MvxSqliteRow *row, guint column, const char *text)
{
  gsize start = row->text.len;

  if (text && *text)
    mvx_log_buffer_append_utf8 (&row->text, text, strlen (text));
  mvx_sqlite_row_end (row, column, start, text && *text);
}

/* The event's own error, of several fields of that name the last one. */
static gboolean
mvx_sqlite_row_find_error (const MvxLogEvent *event, MvxLogValue *error)
{
  MvxLogFieldIter iter;
  MvxLogValue value;
  const char *key;

  error->type = MVX_LOG_TYPE_NULL;
  mvx_log_field_iter_init (&iter, event);
  while (mvx_log_field_iter_next (&iter, &key, &value))
    if (strcmp (key, "error") == 0)
      *error = value;
  return error->type == MVX_LOG_TYPE_ERROR;
}

static void
mvx_sqlite_row_add_payload (MvxSqliteRow *row, const MvxLogEvent *event)
{
  MvxLogValue error;
  gsize start = row->text.len;
  gboolean is_set = mvx_log_buffer_append_message (&row->text, event, TRUE);

  mvx_sqlite_row_end (row, MVX_SQLITE_MESSAGE, start, is_set);
  start = row->text.len;
  is_set = mvx_log_buffer_append_json_fields (&row->text, event);
  mvx_sqlite_row_end (row, MVX_SQLITE_FIELDS, start, is_set);
  start = row->text.len;
  is_set = mvx_sqlite_row_find_error (event, &error);
  if (is_set)
    mvx_log_buffer_append_json (&row->text, &error);
  mvx_sqlite_row_end (row, MVX_SQLITE_ERROR, start, is_set);
}

/* Of an event that came from elsewhere. */
static void
mvx_sqlite_row_add_sender (MvxSqliteRow *row, const MvxLogEvent *event, gint64 *pid)
{
  MvxLogSender sender;
  char stream[17] = "";

  *pid = mvx_log_event_get_sender (event, &sender) ? (gint64) sender.pid : row->pid;
  if (sender.stream != 0)
    g_snprintf (stream, sizeof stream, "%016" G_GINT64_MODIFIER "x", sender.stream);
  mvx_sqlite_row_add (row, MVX_SQLITE_HOST, sender.host);
  mvx_sqlite_row_add (row, MVX_SQLITE_STREAM, stream);
}

static void
mvx_sqlite_row_fill (MvxSqliteRow *row, const MvxLogEvent *event, gboolean with_template, gint64 *pid)
{
  if (row->text.len > MVX_SQLITE_ROW_KEEP)
    mvx_log_buffer_clear (&row->text);
  row->text.len = 0;
  mvx_sqlite_row_add (row, MVX_SQLITE_LEVEL_NAME, mvx_log_level_to_string (mvx_log_event_get_level (event)));
  mvx_sqlite_row_add (row, MVX_SQLITE_CONTEXT, mvx_log_event_get_context (event));
  /* The root has the empty name. */
  row->slices[MVX_SQLITE_CONTEXT].is_set = TRUE;
  mvx_sqlite_row_add (row, MVX_SQLITE_EVENT, mvx_log_event_get_name (event));
  mvx_sqlite_row_add (row, MVX_SQLITE_ENTITY, mvx_log_event_get_entity_id (event));
  mvx_sqlite_row_add (row, MVX_SQLITE_OUTCOME, mvx_log_event_get_outcome (event));
  mvx_sqlite_row_add (row, MVX_SQLITE_TEMPLATE, with_template ? mvx_log_event_get_template (event) : NULL);
  mvx_sqlite_row_add (row, MVX_SQLITE_TRACE, mvx_log_event_get_trace_id (event));
  mvx_sqlite_row_add (row, MVX_SQLITE_SPAN, mvx_log_event_get_span_id (event));
  mvx_sqlite_row_add (row, MVX_SQLITE_EVENT_ID, mvx_log_event_get_event_id (event));
  mvx_sqlite_row_add (row, MVX_SQLITE_FILE, mvx_log_event_get_file (event));
  mvx_sqlite_row_add (row, MVX_SQLITE_FUNC, mvx_log_event_get_function (event));
  /* Of the place in the source JSON has also empty texts. */
  row->slices[MVX_SQLITE_FILE].is_set = mvx_log_event_get_file (event) != NULL;
  row->slices[MVX_SQLITE_FUNC].is_set = mvx_log_event_get_function (event) != NULL;
  mvx_sqlite_row_add_sender (row, event, pid);
  mvx_sqlite_row_add_payload (row, event);
}

/* 0 stands for what is not known. */
static int
mvx_sqlite_row_bind_known (sqlite3_stmt *statement, guint column, gint64 number)
{
  return number ? sqlite3_bind_int64 (statement, (int) column + 1, number)
                : sqlite3_bind_null (statement, (int) column + 1);
}

int
mvx_sqlite_row_bind (MvxSqliteRow *row, const MvxLogEvent *event, gboolean with_template, sqlite3_stmt *statement)
{
  int code = SQLITE_OK;
  gint64 pid;

  mvx_sqlite_row_fill (row, event, with_template, &pid);
  for (guint i = 0; i < MVX_SQLITE_N_TEXTS && code == SQLITE_OK; i++)
    {
      const MvxSqliteSlice *slice = &row->slices[i];

      if (slice->is_set)
        code
            = sqlite3_bind_text64 (statement, (int) i + 1, row->text.data ? (char *) row->text.data + slice->start : "",
                                   slice->size, SQLITE_STATIC, SQLITE_UTF8);
      else
        code = sqlite3_bind_null (statement, (int) i + 1);
    }
  if (code != SQLITE_OK)
    return code;
  sqlite3_bind_int64 (statement, MVX_SQLITE_TIME + 1, mvx_log_event_get_timestamp (event));
  sqlite3_bind_int64 (statement, MVX_SQLITE_LEVEL + 1, mvx_log_event_get_level (event));
  mvx_sqlite_row_bind_known (statement, MVX_SQLITE_LINE, mvx_log_event_get_line (event));
  mvx_sqlite_row_bind_known (statement, MVX_SQLITE_PID, pid);
  mvx_sqlite_row_bind_known (statement, MVX_SQLITE_THREAD, mvx_log_event_get_thread (event));
  return mvx_sqlite_row_bind_known (statement, MVX_SQLITE_SEQ, (gint64) mvx_log_event_get_seq (event));
}

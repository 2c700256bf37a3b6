/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole table of states and operations: what is answered, in which words, and where it leads. */
#include "rig-states.h"

typedef enum
{
  OP_START,
  OP_STOP,
  OP_LOG
} Op;

typedef struct
{
  At at;
  Op op;
  MvxLogSinkState after;
  const char *message; /* NULL: it succeeds */
} Row;

#define CAUSE ": Sink 'rig' could not be started: no such server"
#define TO_START "; that needs VIRGIN or STOPPED"
#define TO_STOP "; that needs RUNNING"
#define TO_LOG "; that needs VIRGIN, STARTING or RUNNING"

static const Row rows[] = {
  { AT_VIRGIN, OP_START, MVX_LOG_SINK_STATE_RUNNING, NULL },
  { AT_VIRGIN, OP_STOP, MVX_LOG_SINK_STATE_VIRGIN, "Sink 'rig' is VIRGIN and cannot stop" TO_STOP },
  { AT_VIRGIN, OP_LOG, MVX_LOG_SINK_STATE_RUNNING, NULL },
  { AT_STARTING, OP_START, MVX_LOG_SINK_STATE_RUNNING, NULL },
  { AT_STARTING, OP_STOP, MVX_LOG_SINK_STATE_RUNNING, "Sink 'rig' is STARTING and cannot stop" TO_STOP },
  { AT_STARTING, OP_LOG, MVX_LOG_SINK_STATE_RUNNING, NULL },
  { AT_RUNNING, OP_START, MVX_LOG_SINK_STATE_RUNNING, "Sink 'rig' is RUNNING and cannot start" TO_START },
  { AT_RUNNING, OP_STOP, MVX_LOG_SINK_STATE_STOPPED, NULL },
  { AT_RUNNING, OP_LOG, MVX_LOG_SINK_STATE_RUNNING, NULL },
  { AT_STOPPING, OP_START, MVX_LOG_SINK_STATE_STOPPED, "Sink 'rig' is STOPPING and cannot start" TO_START },
  { AT_STOPPING, OP_STOP, MVX_LOG_SINK_STATE_STOPPED, NULL },
  { AT_STOPPING, OP_LOG, MVX_LOG_SINK_STATE_STOPPED, "Sink 'rig' is STOPPING and cannot take events" TO_LOG },
  { AT_STOPPED, OP_START, MVX_LOG_SINK_STATE_RUNNING, NULL },
  { AT_STOPPED, OP_STOP, MVX_LOG_SINK_STATE_STOPPED, "Sink 'rig' is STOPPED and cannot stop" TO_STOP },
  { AT_STOPPED, OP_LOG, MVX_LOG_SINK_STATE_STOPPED, "Sink 'rig' is STOPPED and cannot take events" TO_LOG },
  { AT_FAILURE, OP_START, MVX_LOG_SINK_STATE_FAILURE, "Sink 'rig' is FAILURE and cannot start" TO_START CAUSE },
  { AT_FAILURE, OP_STOP, MVX_LOG_SINK_STATE_FAILURE, "Sink 'rig' is FAILURE and cannot stop" TO_STOP CAUSE },
  { AT_FAILURE, OP_LOG, MVX_LOG_SINK_STATE_FAILURE, "Sink 'rig' is FAILURE and cannot take events" TO_LOG CAUSE },
  { AT_TERMINATED, OP_START, MVX_LOG_SINK_STATE_STOPPED,
    "Sink 'rig' has been terminated and cannot start again; configure it anew" },
  { AT_TERMINATED, OP_STOP, MVX_LOG_SINK_STATE_STOPPED, "Sink 'rig' is STOPPED and cannot stop" TO_STOP },
  { AT_TERMINATED, OP_LOG, MVX_LOG_SINK_STATE_STOPPED, "Sink 'rig' is STOPPED and cannot take events" TO_LOG },
};

/* Begins, lets go on what the state holds up, and waits. */
static gboolean
perform (RigSink *sink, Op op, GError **error)
{
  MvxLogAsyncSink *async = MVX_LOG_ASYNC_SINK (sink);
  g_autoptr (MvxLogOperation) operation = NULL;
  gboolean logged = FALSE;

  if (op == OP_LOG)
    logged = rig_sink_log (sink, 7, error);
  else
    operation = op == OP_START ? mvx_log_async_sink_start (async) : mvx_log_async_sink_stop (async);
  at_release (sink);
  return operation ? mvx_log_operation_wait (operation, -1, error) : logged;
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (RigSink) sink = at_new (row->at);
  g_autoptr (GError) error = NULL;
  guint n_before = row->at == AT_STOPPING ? 1 : 0;

  g_assert_cmpint (perform (sink, row->op, &error), ==, row->message == NULL);
  if (row->message)
    {
      g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE);
      g_assert_cmpstr (error->message, ==, row->message);
    }
  /* Until what was on its way has come to its end. */
  if (row->at == AT_STOPPING)
    stop (sink, NULL);
  else
    flush (sink, NULL);
  g_assert_cmpint (state_of (sink), ==, row->after);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, n_before + (row->op == OP_LOG && row->message == NULL));
  g_assert_cmpuint (sink->n_starting, <=, row->at == AT_STOPPED && row->op == OP_START ? 2 : 1);
  rig_sink_check_ledger (sink);
}

int
main (int argc, char *argv[])
{
  static const char *const op_names[] = { "start", "stop", "log" };

  at_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/async-sink/", op_names[rows[i].op], "/", at_names[rows[i].at], NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  return g_test_run ();
}

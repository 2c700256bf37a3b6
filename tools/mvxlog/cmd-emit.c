/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mvxlog emit: events from scripts. */
#include <string.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "emit/emit-delivery.h"
#include "emit/emit-field.h"
#include "sink/quantity-private.h"
#include "base/tool-i18n.h"
#include "base/tool-lines.h"
#include "tool.h"

static struct
{
  char *config;
  char *context;
  char *level;
  char **fields;
  char *event;
  char *entity;
  char *outcome;
  char *timeout;
  gboolean prefix;
  gboolean tee;
  char **words;
} mvx_emit_options;

typedef struct
{
  MvxLogContext *context;
  MvxLogEventInit init;
  MvxEmitFields *fields;
  MvxEmitDelivery delivery;
  gboolean stuck;
} MvxEmit;

static const GOptionEntry mvx_emit_entries[] = {
  { "config", 'c', 0, G_OPTION_ARG_FILENAME, &mvx_emit_options.config,
    N_ ("Configuration file; default: MVXLOG_CONFIG, then mvxlog.conf where configurations are looked for"), "FILE" },
  { "context", 'n', 0, G_OPTION_ARG_FILENAME, &mvx_emit_options.context, N_ ("Context to log in; default: the root"),
    "CONTEXT" },
  { "level", 'l', 0, G_OPTION_ARG_FILENAME, &mvx_emit_options.level, N_ ("Level; default: info"), "LEVEL" },
  { "field", 'F', 0, G_OPTION_ARG_FILENAME_ARRAY, &mvx_emit_options.fields,
    N_ ("A field: KEY=TEXT, or KEY:=JSON for numbers, true, false, null, lists and maps"), "FIELD" },
  { "event", 'e', 0, G_OPTION_ARG_FILENAME, &mvx_emit_options.event, N_ ("Name of the event"), "NAME" },
  { "entity", 0, 0, G_OPTION_ARG_FILENAME, &mvx_emit_options.entity, N_ ("What the event is about"), "ID" },
  { "outcome", 0, 0, G_OPTION_ARG_FILENAME, &mvx_emit_options.outcome, N_ ("How it ended"), "TEXT" },
  { "flush-timeout", 0, 0, G_OPTION_ARG_FILENAME, &mvx_emit_options.timeout,
    N_ ("How long to wait for delivery; default: 5s, -1 for ever"), "DURATION" },
  { "level-from-prefix", 0, 0, G_OPTION_ARG_NONE, &mvx_emit_options.prefix,
    N_ ("Take the level from a syslog prefix such as <3>"), NULL },
  { "tee", 0, 0, G_OPTION_ARG_NONE, &mvx_emit_options.tee, N_ ("Also write what is logged to standard output"), NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &mvx_emit_options.words, NULL, NULL },
  { NULL },
};

static const MvxToolUsage mvx_emit_usage = {
  "emit",
  "[MESSAGE... | -]",
  N_ ("Logs MESSAGE, or with - each line of standard input, and waits until it is delivered."),
  N_ ("The message is data: nothing in it is expanded. What is longer than max-record-size of a sink is cut and "
      "marked.\n"
      "For example: mvxlog emit -l error -n backup -F size:=42 -F disk=sda \"copy failed\"\n"
      "             make 2>&1 | mvxlog emit -n build --tee -\n"
      "\n"
      "Exit status: 0 delivered (or below the configured level), 1 for a configuration that is not valid, 2 for a "
      "wrong\n"
      "command line, 3 if not everything was delivered in time."),
  mvx_emit_entries,
};

static void
mvx_emit_submit (MvxEmit *emit, const char *text, gsize length)
{
  MvxLogEventInit init = emit->init;
  GArray *fields = emit->fields->fields;
  GError *error = NULL;

  if (mvx_emit_options.prefix)
    mvx_emit_prefix (&text, &length, &init.level);
  /* It may hold NULs; an empty one must not be measured. */
  init.message = length > 0 ? text : "";
  init.message_length = length;
  if (mvx_log_event_submit (emit->context, &init, (const MvxLogField *) (gpointer) fields->data, fields->len, &error)
      == MVX_LOG_REFUSED)
    mvx_emit_delivery_refused (&emit->delivery, g_steal_pointer (&error));
  g_clear_error (&error);
}

static void
mvx_emit_line (const char *line, gsize length, gboolean cut, gpointer data)
{
  MvxEmit *emit = data;
  /* The line is not terminated. */
  g_autofree char *text = NULL;

  if (emit->stuck)
    return;
  text = g_malloc (length + 1);
  memcpy (text, line, length);
  text[length] = '\0';
  if (mvx_emit_options.tee)
    {
      mvx_tool_out (text, (gssize) length);
      mvx_tool_out ("\n", 1);
    }
  if (mvx_emit_delivery_pace (&emit->delivery, length))
    mvx_emit_submit (emit, text, length);
  else
    emit->stuck = TRUE;
}

static gboolean
mvx_emit_pause (gpointer data)
{
  MvxEmit *emit = data;

  mvx_tool_flush ();
  return !emit->stuck;
}

static int
mvx_emit_stdin (MvxEmit *emit)
{
  g_autoptr (GError) error = NULL;
  MvxToolLines lines;

  mvx_tool_lines_init (&lines, G_MAXSIZE, mvx_emit_line, emit);
  if (!mvx_tool_lines_read (&lines, STDIN_FILENO, FALSE, mvx_emit_pause, &error))
    mvx_tool_error ("cannot read standard input: %s", error->message);
  mvx_tool_lines_clear (&lines);
  return error ? MVX_TOOL_PROBLEM : MVX_TOOL_OK;
}

/* FALSE: @status says why. */
static gboolean
mvx_emit_configure (int *status)
{
  g_autoptr (GError) error = NULL;
  gboolean fine;

  if (mvx_emit_options.config)
    fine = mvx_log_configure_from_file (mvx_emit_options.config, &error);
  else
    fine = mvx_log_init ("mvxlog", &error);
  if (fine)
    return TRUE;
  mvx_tool_error ("%s", error->message);
  /* The file is fine, but a destination cannot be used. */
  *status = g_error_matches (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_APPLY_FAILED) ? MVX_TOOL_UNREACHABLE
                                                                                             : MVX_TOOL_PROBLEM;
  return FALSE;
}

static gboolean
mvx_emit_parse_timeout (gint64 *timeout_us, GError **error)
{
  const char *text = mvx_emit_options.timeout ? mvx_emit_options.timeout : "5s";

  if (mvx_log_quantity_parse_duration (text, timeout_us) == MVX_LOG_QUANTITY_OK)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--flush-timeout: '%s' is not a duration; use one such as 250ms, 5s, 2min, or -1 to wait for ever",
               text);
  return FALSE;
}

/* What can be wrong with the command line, before anything is opened. */
static gboolean
mvx_emit_prepare (MvxEmit *emit, gint64 *timeout_us, GError **error)
{
  emit->fields = mvx_emit_fields_new ();
  emit->init.level = MVX_LOG_LEVEL_INFO;
  emit->init.name = mvx_emit_options.event;
  emit->init.entity_id = mvx_emit_options.entity;
  emit->init.outcome = mvx_emit_options.outcome;
  if (mvx_emit_options.words == NULL && mvx_emit_options.event == NULL && mvx_emit_options.fields == NULL)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "nothing to log; give a message, or '-' for the lines of standard input");
      return FALSE;
    }
  if (mvx_emit_options.level && !mvx_log_level_from_string (mvx_emit_options.level, &emit->init.level, error))
    {
      g_prefix_error (error, "--level: ");
      return FALSE;
    }
  if (emit->init.level == MVX_LOG_LEVEL_OFF)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--level: '%s' is the level of nothing that is logged; give one from trace to critical",
                   mvx_emit_options.level);
      return FALSE;
    }
  for (guint i = 0; mvx_emit_options.fields && mvx_emit_options.fields[i]; i++)
    if (!mvx_emit_fields_add (emit->fields, mvx_emit_options.fields[i], error))
      return FALSE;
  /* Lists and maps were written out by hand: a payload limit of one level would turn them into "<list>". */
  if (emit->fields->has_container)
    emit->init.flags |= MVX_LOG_EVENT_SKIP_LIMITS;
  return mvx_emit_parse_timeout (timeout_us, error);
}

static int
mvx_emit_run (MvxEmit *emit, gint64 timeout_us)
{
  char **words = mvx_emit_options.words;
  g_autofree char *message = words ? g_strjoinv (" ", words) : NULL;
  int status = MVX_TOOL_OK;
  int delivered;

  mvx_log_context_set_error_policy (emit->context, MVX_LOG_ERROR_POLICY_RAISE, NULL);
  mvx_emit_delivery_init (&emit->delivery, timeout_us);
  if (message && strcmp (message, "-") == 0)
    status = mvx_emit_stdin (emit);
  else if (message)
    mvx_emit_line (message, strlen (message), FALSE, emit);
  else if (mvx_emit_delivery_pace (&emit->delivery, 0))
    {
      GError *error = NULL;

      if (mvx_log_event_submit (emit->context, &emit->init, (const MvxLogField *) (gpointer) emit->fields->fields->data,
                                emit->fields->fields->len, &error)
          == MVX_LOG_REFUSED)
        mvx_emit_delivery_refused (&emit->delivery, g_steal_pointer (&error));
      g_clear_error (&error);
    }
  mvx_tool_flush ();
  delivered = mvx_emit_delivery_finish (&emit->delivery);
  return MAX (status, delivered);
}

int
mvx_tool_emit (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  MvxEmit emit = { 0 };
  gint64 timeout_us = 0;
  int status;

  if (!mvx_tool_parse (&mvx_emit_usage, &argc, &argv, &status))
    return status;
  if (!mvx_emit_prepare (&emit, &timeout_us, &error))
    status = mvx_tool_usage_error ("emit", "%s", error->message);
  else if (mvx_emit_configure (&status))
    {
      emit.context = mvx_log_configure_context (mvx_emit_options.context ? mvx_emit_options.context : "", &error);
      if (emit.context)
        status = mvx_emit_run (&emit, timeout_us);
      else
        status = mvx_tool_usage_error ("emit", "--context: %s", error->message);
    }
  g_clear_pointer (&emit.context, mvx_log_context_unref);
  g_clear_pointer (&emit.fields, mvx_emit_fields_free);
  mvx_emit_delivery_clear (&emit.delivery);
  return status;
}

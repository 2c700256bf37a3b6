/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/context.h>
#include <mvxlog/level.h>

#include "base/atfork-private.h"
#include "context/tree-private.h"
#include "front/glib-fatal-private.h"
#include "front/glib-print-private.h"
#include "front/process-private.h"

/* A line that goes on after this many bytes is cut. */
#define MVX_LOG_GLIB_PRINT_MAX 65536
#define MVX_LOG_GLIB_PRINT_ASSERTION "**\n"

typedef struct
{
  const char *context;
  GPrintFunc previous; /* atomic: the program's own handler */
  GMutex mutex;
  GString *rest; /* the last line, which has no end yet */
} MvxLogGlibStream;

static MvxLogGlibStream mvx_log_glib_stdout = { .context = "stdout" };
static MvxLogGlibStream mvx_log_glib_stderr = { .context = "stderr" };

/* A line that the parent has begun is the parent's. */
static void
mvx_log_glib_print_fork (MvxLogForkStage stage)
{
  if (stage != MVX_LOG_FORK_CHILD)
    return;
  mvx_log_glib_stdout.rest = NULL;
  mvx_log_glib_stderr.rest = NULL;
}

MVX_LOG_FORK_LOCK (GLIB_STDOUT, &mvx_log_glib_stdout.mutex, mvx_log_glib_print_fork);
MVX_LOG_FORK_LOCK (GLIB_STDERR, &mvx_log_glib_stderr.mutex, NULL);

static void
mvx_log_glib_stream_log (const MvxLogGlibStream *stream, gint level, const char *line)
{
  g_autoptr (MvxLogContext) context = mvx_log_tree_configure (stream->context, NULL);
  MvxLogEventInit init = { .level = level, .message = line };

  if (*line)
    mvx_log_event_submit (context, &init, NULL, 0, NULL);
}

/* Takes the whole lines; the lock is not held while they are logged. */
static char *
mvx_log_glib_stream_take (MvxLogGlibStream *stream, const char *text)
{
  const char *end = strrchr (text, '\n');
  char *lines = NULL;

  g_mutex_lock (&stream->mutex);
  if (stream->rest == NULL)
    stream->rest = g_string_new (NULL);
  if (end)
    {
      g_string_append_len (stream->rest, text, end - text);
      text = end + 1;
    }
  if (end || stream->rest->len > MVX_LOG_GLIB_PRINT_MAX)
    {
      lines = g_strndup (stream->rest->str, stream->rest->len);
      g_string_truncate (stream->rest, 0);
    }
  g_string_append (stream->rest, text);
  g_mutex_unlock (&stream->mutex);
  return lines;
}

static void
mvx_log_glib_stream_print (MvxLogGlibStream *stream, gint level, const char *text)
{
  g_autofree char *lines = mvx_log_glib_stream_take (stream, text);

  for (char *line = lines, *end; line; line = end ? end + 1 : NULL)
    {
      end = strchr (line, '\n');
      if (end)
        *end = '\0';
      mvx_log_glib_stream_log (stream, level, line);
    }
}

static void
mvx_log_glib_stream_pass_on (MvxLogGlibStream *stream, const char *text)
{
  GPrintFunc previous = __atomic_load_n (&stream->previous, __ATOMIC_ACQUIRE);

  if (previous)
    previous (text);
}

static void
mvx_log_glib_print_out (const char *text)
{
  mvx_log_glib_stream_print (&mvx_log_glib_stdout, MVX_LOG_LEVEL_INFO, text);
  mvx_log_glib_stream_pass_on (&mvx_log_glib_stdout, text);
}

static void
mvx_log_glib_stream_finish (MvxLogGlibStream *stream, gint level)
{
  g_autofree char *line = NULL;

  g_mutex_lock (&stream->mutex);
  if (stream->rest && stream->rest->len > 0)
    {
      line = g_strndup (stream->rest->str, stream->rest->len);
      g_string_truncate (stream->rest, 0);
    }
  g_mutex_unlock (&stream->mutex);
  if (line)
    mvx_log_glib_stream_log (stream, level, line);
}

/* What has no end yet when the library is shut down. */
static void
mvx_log_glib_print_finish (void)
{
  mvx_log_glib_stream_finish (&mvx_log_glib_stdout, MVX_LOG_LEVEL_INFO);
  mvx_log_glib_stream_finish (&mvx_log_glib_stderr, MVX_LOG_LEVEL_NOTICE);
}

/* An assertion that fails prints this and the reason, and then GLib ends the program. */
static void
mvx_log_glib_print_err (const char *text)
{
  if (g_str_has_prefix (text, MVX_LOG_GLIB_PRINT_ASSERTION))
    {
      mvx_log_glib_stream_finish (&mvx_log_glib_stderr, MVX_LOG_LEVEL_NOTICE);
      mvx_log_glib_stream_print (&mvx_log_glib_stderr, MVX_LOG_LEVEL_CRITICAL,
                                 text + strlen (MVX_LOG_GLIB_PRINT_ASSERTION));
      mvx_log_glib_fatal_flush (text + strlen (MVX_LOG_GLIB_PRINT_ASSERTION),
                                strcspn (text + strlen (MVX_LOG_GLIB_PRINT_ASSERTION), "\n"));
    }
  else
    mvx_log_glib_stream_print (&mvx_log_glib_stderr, MVX_LOG_LEVEL_NOTICE, text);
  mvx_log_glib_stream_pass_on (&mvx_log_glib_stderr, text);
}

/* Set again it would be its own predecessor. */
static void
mvx_log_glib_stream_install (MvxLogGlibStream *stream, GPrintFunc (*set) (GPrintFunc), GPrintFunc func)
{
  GPrintFunc previous = set (func);

  if (previous != func)
    __atomic_store_n (&stream->previous, previous, __ATOMIC_RELEASE);
}

void
mvx_log_glib_print_install (void)
{
  mvx_log_process_set_farewell (mvx_log_glib_print_finish);
  mvx_log_glib_stream_install (&mvx_log_glib_stdout, g_set_print_handler, mvx_log_glib_print_out);
  mvx_log_glib_stream_install (&mvx_log_glib_stderr, g_set_printerr_handler, mvx_log_glib_print_err);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every macro once, and a plugin without hooks, for compilers that say all they have to say. */
#define MVX_LOG_PLUGIN_COMPILATION
#include <mvxlog/mvxlog-test.h>
#include <mvxlog/mvxlog.h>

MVX_LOG_CONTEXT (strict, "compile.strict")
MVX_LOG_EVENT_ID (strict_bound, "0f6b2c3e8c0a4c7c9a5f7f1b6b1f4d22", "bound", "A port is bound; nothing to do.")

void strict_values (int i, unsigned int u, signed char c, gsize size, double d, gboolean b, const char *text);
void strict_blocks (MvxLogContext *context, int i, const char *text);
void strict_test (void);

void
strict_values (int i, unsigned int u, signed char c, gsize size, double d, gboolean b, const char *text)
{
  volatile short unsteady = 1;

  if (i)
    mvx_info (strict, "{i}", "i", i, "u", u, "c", c, "size", size, "d", d, "b", MVX_LOG_BOOL (b), "text", text);
  else
    mvx_trace (strict, "none");
  mvx_debug (strict, "expressions", "a", i > 3, "b", i ? "yes" : "no", "c", -c, "d", c + c, "e", unsteady);
  mvx_event (strict, MVX_LOG_LEVEL_ERROR, strict_bound, "bound", "port", u);
  mvx_event (strict, MVX_LOG_LEVEL_ERROR, text, "named");
  mvx_log (strict, i, "marked", "o", MVX_LOG_OBJECT (NULL), "t", MVX_LOG_TIME (1), MVX_LOG_SECRET ("p"), text);
  mvx_log (strict, i, "marked", "i", MVX_LOG_INT (u), MVX_LOG_PERSONAL ("p"), text);
}

void
strict_blocks (MvxLogContext *context, int i, const char *text)
{
  MvxLogContext *bound = mvx_log_bind (context, "i", i, "text", text);
  MVX_LOG_SCOPED ("i", i);
  MVX_LOG_IN_TRACE (text);
  MVX_LOG_LIFE (bound, "a");
  MVX_LOG_SCOPE (bound, "b");
  MVX_LOG_LIFE_AS (life, bound, MVX_LOG_LEVEL_DEBUG, "c");
  MVX_LOG_TASK (task, bound, "d", "i", i);
  MVX_LOG_TASK (other, bound, "e");
  MVX_LOG_INVOCATION (call, bound, "f", text);
  MVX_LOG_CATCH (error, bound);

  mvx_log_span_watch (life, &error);
  mvx_log_task_bind (task, "i", i);
  mvx_log_invocation_begin (call, "i", i);
  mvx_log_context_unref (bound);
}

void
strict_test (void)
{
  MvxLogTestCapture *capture = mvx_log_test_capture_begin ("compile");

  mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "{i}", "i", 1);
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, NULL);
  mvx_log_test_assert_expected (capture);
  mvx_log_event_free (mvx_log_test_event_new ("compile", MVX_LOG_LEVEL_INFO, "made", "i", 1));
  mvx_log_test_capture_end (capture);
}

static const MvxLogOptionSpec strict_options[] = {
  { "path", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL, "File", { NULL, NULL } },
  MVX_LOG_RENDERER_OPTIONS,
  { NULL, (MvxLogOptionType) 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static void
strict_destroy (gpointer instance)
{
  g_free (instance);
}

MVX_LOG_PLUGIN_DEFINE ("strict", "1", "Is compiled", "CC0-1.0", MVX_LOG_PLUGIN_ASYNC, strict_options, strict_destroy);
MVX_LOG_STATIC_PLUGIN_DECLARE (other);

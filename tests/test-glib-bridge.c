/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the bridge does to a whole process: each case is a child, `test-glib-bridge child MODE bridge|plain FILE`. */
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <mvxlog/mvxlog.h>

#include "rig-sink.h"

#define CHILD_DOMAIN "bridge.child"

MVX_LOG_STATIC_PLUGIN_DECLARE (file);

MVX_LOG_CONTEXT (own, "bridge.own")

static const char *program;

/* -- The child. */

static void
child_configure (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *config = g_strdup_printf ("[mvxlog]\nversion=1\n[sink file]\nplugin=file\nemergency=true\npath=%s\n"
                                             "[context]\nsinks=file\n",
                                             path);

  mvx_log_register_static_plugin (&mvx_static_plugin_file, &error);
  g_assert_no_error (error);
  mvx_log_configure_from_data (config, -1, "child.conf", &error);
  g_assert_no_error (error);
}

static void
child_install (void)
{
  g_autoptr (GError) error = NULL;

  mvx_log_install_glib_writer (&error);
  if (error)
    g_print ("%s\n", error->message);
  else
    g_print ("installed\n");
}

static void
child_error (void)
{
  g_log_structured (CHILD_DOMAIN, G_LOG_LEVEL_ERROR, "MESSAGE", "last words");
}

static void
child_old_error (void)
{
  g_log (CHILD_DOMAIN, G_LOG_LEVEL_ERROR, "last words");
}

static void
child_critical (void)
{
  g_log_structured (CHILD_DOMAIN, G_LOG_LEVEL_CRITICAL, "MESSAGE", "last words");
}

static void
child_warning (void)
{
  g_log_structured (CHILD_DOMAIN, G_LOG_LEVEL_WARNING, "MESSAGE", "last words");
}

static void
child_old_warning (void)
{
  g_log (CHILD_DOMAIN, G_LOG_LEVEL_WARNING, "last words");
}

static void
child_flagged (void)
{
  g_log_structured (CHILD_DOMAIN, G_LOG_LEVEL_MESSAGE | G_LOG_FLAG_FATAL, "MESSAGE", "last words");
}

static void
child_late_mask (void)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_WARNING);
  child_warning ();
}

static void
child_assert (void)
{
  mvx_log_install_glib_print ();
  g_printerr ("begun");
  g_assert_not_reached ();
}

static void
child_fork (void)
{
  pid_t pid = fork ();
  int status = 0;

  if (pid == 0)
    child_error ();
  waitpid (pid, &status, 0);
  g_assert_true (WIFSIGNALED (status));
  exit (WTERMSIG (status));
}

static GLogWriterOutput
child_own_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  g_print ("own\n");
  return mvx_log_glib_writer (level, fields, n_fields, NULL);
}

static void
child_foreign (void)
{
  g_log_set_writer_func (child_own_writer, NULL, NULL);
  child_install ();
  child_install ();
  child_old_warning ();
}

static void
child_twice (void)
{
  child_install ();
  child_old_warning ();
}

static void
child_own_handler (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  g_print ("%s\n", (const char *) data);
  g_log_default_handler (domain, level, message, NULL);
}

static void
child_handler (void)
{
  g_log_set_default_handler (child_own_handler, (gpointer) "handler");
  child_old_warning ();
}

static void
child_variant (void)
{
  g_log_variant (CHILD_DOMAIN, G_LOG_LEVEL_WARNING,
                 g_variant_new_parsed ("{'MESSAGE': <'last words'>, 'TEXT': <'t'>, 'BYTES': <b'ab'>, 'NUMBER': <7>}"));
}

static void
child_debug (void)
{
  g_log_structured (CHILD_DOMAIN, G_LOG_LEVEL_DEBUG, "MESSAGE", "last words");
}

static void
child_shutdown (void)
{
  mvx_log_shutdown (-1, NULL);
  child_warning ();
}

/* In the caller's thread, for every event. */
static gboolean
child_sink_warns (const MvxLogEvent *event, gpointer data, GError **error)
{
  g_autofree char *message = mvx_log_event_dup_message (event);

  g_print ("sink: %s\n", message);
  g_log (CHILD_DOMAIN, G_LOG_LEVEL_WARNING, "from the sink");
  g_log_structured (CHILD_DOMAIN, G_LOG_LEVEL_WARNING, "MESSAGE", "structured from the sink");
  return TRUE;
}

static void
child_recursion (void)
{
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
  g_autoptr (MvxLogSink) sink = mvx_log_sink_new_function ("warns", child_sink_warns, NULL, NULL, NULL);

  mvx_log_context_set_sinks (root, &sink, 1, NULL);
  child_old_warning ();
  child_old_warning ();
  child_warning ();
}

static gboolean
child_sink_takes (const MvxLogEvent *event, gpointer data, GError **error)
{
  return TRUE;
}

/* Its main context never runs. */
static void
child_stuck (void)
{
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (MvxLogSink) sink = mvx_log_sink_new_function ("stuck", child_sink_takes, NULL, NULL, context);

  mvx_log_context_set_sinks (root, &sink, 1, NULL);
  child_error ();
}

static void
child_print (void)
{
  mvx_log_install_glib_print ();
  mvx_log_install_glib_print ();
  g_print ("one\ntw");
  g_printerr ("other\n\n");
  g_print ("o\nlast words");
}

/* Beside the file, if there is one. */
static void
child_add_sink (MvxLogSink *sink)
{
  MvxLogSink *sinks[2] = { sink, mvx_log_get_sink ("file") };
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();

  /* So that the file is open. */
  mvx_info (own, "the first event");
  mvx_log_flush (-1, NULL);
  mvx_log_context_set_sinks (root, sinks, sinks[1] ? 2 : 1, NULL);
  mvx_info (own, "an event");
}

static gboolean
child_sink_fails (const MvxLogEvent *event, gpointer fail, GError **error)
{
  ((void (*) (void)) fail) ();
  return TRUE;
}

static void
child_in_sink (void (*fail) (void))
{
  child_add_sink (mvx_log_sink_new_function ("fails", child_sink_fails, (gpointer) fail, NULL, NULL));
}

static void (*child_fail) (void);

static void
child_worker_fails (gpointer sink)
{
  child_fail ();
}

static void
child_in_worker (void (*fail) (void))
{
  RigSink *sink = rig_sink_new (&(MvxLogAsyncConfig){ .name = "fails" });

  child_fail = fail;
  sink->in_dispatch = child_worker_fails;
  child_add_sink (MVX_LOG_SINK (sink));
  for (;;)
    pause ();
}

static void
child_sink_error (void)
{
  child_in_sink (child_error);
}

static void
child_sink_warning (void)
{
  child_in_sink (child_warning);
}

static void
child_sink_assert (void)
{
  child_in_sink (child_assert);
}

static void
child_worker_error (void)
{
  child_in_worker (child_error);
}

static void
child_worker_old_error (void)
{
  child_in_worker (child_old_error);
}

static void
child_worker_warning (void)
{
  child_in_worker (child_warning);
}

static void
child_worker_assert (void)
{
  child_in_worker (child_assert);
}

static const struct
{
  const char *mode;
  void (*run) (void);
} child_modes[] = {
  { "sink-error", child_sink_error },
  { "sink-warning", child_sink_warning },
  { "sink-assert", child_sink_assert },
  { "worker-error", child_worker_error },
  { "worker-old-error", child_worker_old_error },
  { "worker-warning", child_worker_warning },
  { "worker-assert", child_worker_assert },
  { "error", child_error },
  { "old-error", child_old_error },
  { "critical", child_critical },
  { "warning", child_warning },
  { "old-warning", child_old_warning },
  { "flagged", child_flagged },
  { "late-mask", child_late_mask },
  { "assert", child_assert },
  { "fork", child_fork },
  { "foreign", child_foreign },
  { "twice", child_twice },
  { "handler", child_handler },
  { "variant", child_variant },
  { "debug", child_debug },
  { "shutdown", child_shutdown },
  { "print", child_print },
  { "stuck", child_stuck },
  { "recursion", child_recursion },
};

static int
child_main (const char *mode, const char *how, const char *path)
{
  if (g_str_equal (how, "bridge"))
    {
      if (*path)
        child_configure (path);
      if (!g_str_equal (mode, "foreign"))
        child_install ();
    }
  for (guint i = 0; i < G_N_ELEMENTS (child_modes); i++)
    if (g_str_equal (mode, child_modes[i].mode))
      child_modes[i].run ();
  return 0;
}

/* -- The tests. */

typedef struct
{
  int status;
  gint64 ms;
  char *out;
  char *err;
  char *events; /* JSON Lines */
} Outcome;

static void
outcome_clear (Outcome *outcome)
{
  g_free (outcome->out);
  g_free (outcome->err);
  g_free (outcome->events);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)

/* @variable: NAME=VALUE or NULL. Without @configured there is what the library has by itself. */
static Outcome
run_child (const char *mode, const char *how, const char *variable, gboolean configured)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autofree char *folder = g_dir_make_tmp ("mvxlog-bridge.XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "events.jsonl", NULL);
  g_auto (GStrv) pair = variable ? g_strsplit (variable, "=", 2) : NULL;
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GError) error = NULL;
  Outcome outcome = { 0 };
  gint64 start;

  for (const char *const *name = (const char *[]){ "G_DEBUG", "G_MESSAGES_DEBUG", "DEBUG_INVOCATION", NULL }; *name;
       name++)
    g_subprocess_launcher_unsetenv (launcher, *name);
  if (pair)
    g_subprocess_launcher_setenv (launcher, pair[0], pair[1], TRUE);
  start = g_get_monotonic_time ();
  child = g_subprocess_launcher_spawn (launcher, &error, program, "child", mode, how, configured ? path : "", NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (child, NULL, NULL, &outcome.out, &outcome.err, &error);
  g_assert_no_error (error);
  outcome.ms = (g_get_monotonic_time () - start) / 1000;
  outcome.status = g_subprocess_get_status (child);
  if (!g_file_get_contents (path, &outcome.events, NULL, NULL))
    outcome.events = g_strdup ("");
  g_unlink (path);
  g_rmdir (folder);
  return outcome;
}

/* A fatal message is waited for no longer than 200 ms, which may not do on a machine that is busy; then the child says
 * so, and gets another try. */
static Outcome
run_patiently (const char *mode, const char *variable)
{
  Outcome outcome = run_child (mode, "bridge", variable, TRUE);

  for (guint i = 0; i < 10 && strstr (outcome.err, "A fatal message may not have reached every sink"); i++)
    {
      outcome_clear (&outcome);
      outcome = run_child (mode, "bridge", variable, TRUE);
    }
  return outcome;
}

static void
assert_contains (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("\"%s\" is not in \"%s\"", part, text);
}

static guint
count (const char *text, const char *part)
{
  guint n = 0;

  for (; (text = strstr (text, part)) != NULL; text += strlen (part))
    n++;
  return n;
}

/* A program ends as it would without the bridge, and the message is in the file. */
static void
test_fatal (void)
{
  static const struct
  {
    const char *mode;
    const char *debug;
    gboolean ends;
  } cases[] = {
    { "error", NULL, TRUE },
    { "old-error", NULL, TRUE },
    { "flagged", NULL, TRUE },
    { "late-mask", NULL, TRUE },
    { "warning", NULL, FALSE },
    { "critical", NULL, FALSE },
    { "warning", "G_DEBUG=fatal-warnings", TRUE },
    { "old-warning", "G_DEBUG=fatal-warnings", TRUE },
    { "critical", "G_DEBUG=fatal-warnings", TRUE },
    { "critical", "G_DEBUG=fatal-criticals", TRUE },
    { "warning", "G_DEBUG=fatal-criticals", FALSE },
    { "old-warning", "G_DEBUG=fatal-criticals", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Outcome) plain = run_child (cases[i].mode, "plain", cases[i].debug, TRUE);
      g_auto (Outcome) bridge = run_patiently (cases[i].mode, cases[i].debug);

      g_test_message ("fault 23, %s %s: status %d, as without us; on disk 100 %%; %" G_GINT64_FORMAT
                      " ms, %" G_GINT64_FORMAT " ms without us",
                      cases[i].mode, cases[i].debug ? cases[i].debug : "", bridge.status, bridge.ms, plain.ms);
      g_assert_cmpint (bridge.status, ==, plain.status);
      g_assert_cmpint (WIFSIGNALED (bridge.status), ==, cases[i].ends);
      g_assert_cmpuint (count (bridge.events, "\n"), ==, 1);
      assert_contains (bridge.events, "\"context\":\"" CHILD_DOMAIN "\",\"message\":\"last words\"");
    }
}

/* It goes through g_printerr(), not through the writer. */
static void
test_assert (void)
{
  g_auto (Outcome) plain = run_child ("assert", "plain", NULL, TRUE);
  g_auto (Outcome) bridge = run_patiently ("assert", NULL);

  g_assert_cmpint (bridge.status, ==, plain.status);
  g_test_message ("fault 23, assert: status %d, as without us; on disk 100 %%; %" G_GINT64_FORMAT
                  " ms, %" G_GINT64_FORMAT " ms without us",
                  bridge.status, bridge.ms, plain.ms);
  assert_contains (bridge.events, "\"level\":\"notice\",\"context\":\"stderr\",\"message\":\"begun\"");
  assert_contains (bridge.events, "\"level\":\"critical\",\"context\":\"stderr\",\"message\":\"ERROR:");
  assert_contains (bridge.events, "child_assert: code should not be reached\"");
}

/* What a sink says itself goes into no queue, and the one that dies in its dispatch delivers nothing more: then it is
 * in the file past all queues. */
static void
test_fatal_in_sink (void)
{
  static const struct
  {
    const char *mode;
    const char *debug;
    const char *text;
  } cases[] = {
    { "sink-error", NULL, "last words\"}" },
    { "sink-warning", "G_DEBUG=fatal-warnings", "last words\"}" },
    { "sink-assert", NULL, "ERROR:" },
    { "worker-error", NULL, "last words\"}" },
    { "worker-old-error", NULL, "last words\"}" },
    { "worker-warning", "G_DEBUG=fatal-warnings", "last words\"}" },
    { "worker-assert", NULL, "ERROR:" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Outcome) plain = run_child (cases[i].mode, "plain", cases[i].debug, TRUE);
      g_auto (Outcome) bridge = run_child (cases[i].mode, "bridge", cases[i].debug, TRUE);
      g_autofree char *line
          = g_strconcat ("\"level\":\"critical\",\"context\":\"emergency\",\"message\":\"", cases[i].text, NULL);

      g_test_message ("fault 23, %s %s: status %d, as without us; on disk 100 %%; %" G_GINT64_FORMAT
                      " ms, %" G_GINT64_FORMAT " ms without us",
                      cases[i].mode, cases[i].debug ? cases[i].debug : "", bridge.status, bridge.ms, plain.ms);
      g_assert_true (WIFSIGNALED (bridge.status));
      g_assert_cmpint (bridge.status, ==, plain.status);
      g_assert_cmpuint (count (bridge.events, line), ==, 1);
    }
}

/* A sink that is stuck does not keep the program from ending, and standard error has what it does not take. On a busy
 * machine the thread that flushes comes late to say which it is, or not at all. */
static void
test_stuck (void)
{
  static const char late[] = "A fatal message may not have reached every sink in time";
  static const char which[]
      = "A fatal message may not have reached every sink: Sink 'stuck' has not delivered everything: "
        "1 events are still waiting, 0 were lost";
  g_auto (Outcome) plain = run_child ("stuck", "plain", NULL, FALSE);
  g_auto (Outcome) bridge = run_child ("stuck", "bridge", NULL, FALSE);
  g_auto (GStrv) lines = g_strsplit (bridge.err, "\n", -1);
  guint n = g_strv_length (lines);

  g_assert_cmpint (bridge.status, ==, plain.status);
  g_assert_cmpuint (n, >=, 3);
  g_assert_cmpuint (n, <=, 4);
  g_assert_cmpstr (lines[n - 1], ==, "");
  g_assert_cmpuint (count (bridge.err, "Z emergency: last words\n"), ==, 1);
  for (guint i = 0; i + 1 < n; i++)
    {
      if (g_str_has_suffix (lines[i], "Z emergency: last words"))
        continue;
      g_assert_true (g_str_has_prefix (lines[i], "mvxlog: "));
      if (!g_str_equal (lines[i] + strlen ("mvxlog: "), late))
        g_assert_cmpstr (lines[i] + strlen ("mvxlog: "), ==, which);
    }
}

static void
test_fork (void)
{
  g_auto (Outcome) plain = run_child ("fork", "plain", NULL, TRUE);
  g_auto (Outcome) bridge = run_child ("fork", "bridge", NULL, TRUE);

  g_assert_cmpint (bridge.status, ==, plain.status);
  g_assert_true (WIFEXITED (bridge.status));
}

static void
test_twice (void)
{
  g_auto (Outcome) outcome = run_child ("twice", "bridge", NULL, TRUE);

  g_assert_cmpint (outcome.status, ==, 0);
  g_assert_cmpstr (outcome.out, ==, "installed\ninstalled\n");
  g_assert_cmpuint (count (outcome.events, "\n"), ==, 1);
}

/* Setting a second writer would end the program; this does not, and the first writer still works. */
static void
test_foreign (void)
{
#define REFUSED                                                                                                        \
  "GLib's log writer has been set before, which can be done once in a process; call mvx_log_install_glib_writer() "    \
  "earlier, or mvx_log_glib_writer() in the writer that is there\n"
  g_auto (Outcome) outcome = run_child ("foreign", "bridge", NULL, TRUE);

  g_assert_cmpint (outcome.status, ==, 0);
  g_assert_cmpstr (outcome.out, ==, REFUSED REFUSED "own\n");
  g_assert_cmpuint (count (outcome.events, "\n"), ==, 1);
#undef REFUSED
}

static void
test_handler (void)
{
  g_auto (Outcome) outcome = run_child ("handler", "bridge", NULL, TRUE);

  g_assert_cmpint (outcome.status, ==, 0);
  g_assert_cmpstr (outcome.out, ==, "installed\nhandler\n");
  g_assert_cmpuint (count (outcome.events, "\n"), ==, 1);
  assert_contains (outcome.events, "\"level\":\"warning\",\"context\":\"bridge.child\",\"message\":\"last words\"");
}

/* GLib would end the program for a g_log() within a g_log(). */
static void
test_recursion (void)
{
  g_auto (Outcome) outcome = run_child ("recursion", "bridge", NULL, FALSE);

  g_assert_cmpint (outcome.status, ==, 0);
  g_assert_cmpstr (outcome.out, ==, "installed\nsink: last words\nsink: last words\nsink: last words\n");
  g_assert_cmpuint (count (outcome.err, "logged inside a sink, context 'bridge.child': from the sink\n"), ==, 3);
  g_assert_cmpuint (count (outcome.err, "structured from the sink\n"), ==, 3);
}

/* As far as GLib keeps types. */
static void
test_variant (void)
{
  g_auto (Outcome) outcome = run_child ("variant", "bridge", NULL, TRUE);

  assert_contains (outcome.events, "\"message\":\"last words\",\"TEXT\":\"t\",\"BYTES\":\"YWIA\",\"NUMBER\":\"7\"");
}

static void
test_debug (void)
{
  static const char *const shown[]
      = { "G_MESSAGES_DEBUG=all", "G_MESSAGES_DEBUG=x bridge.child", "DEBUG_INVOCATION=1" };
  static const char *const hidden[] = { NULL, "G_MESSAGES_DEBUG=x", "DEBUG_INVOCATION=0" };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (shown); i++)
    {
      const char *variable = i % 2 ? shown[i / 2] : hidden[i / 2];
      g_auto (Outcome) file = run_child ("debug", "bridge", variable, TRUE);
      g_auto (Outcome) bare = run_child ("debug", "bridge", variable, FALSE);

      g_assert_cmpuint (count (file.events, "last words"), ==, i % 2);
      g_assert_cmpuint (count (bare.err, "last words"), ==, i % 2);
      g_assert_cmpuint (count (bare.err, "DEBUG"), ==, i % 2);
    }
}

/* Where there is no sink GLib's own writer has the word. */
static void
test_no_sink (void)
{
  g_auto (Outcome) none = run_child ("warning", "bridge", "MVXLOG_AUTOINIT=0", FALSE);
  g_auto (Outcome) after = run_child ("shutdown", "bridge", NULL, TRUE);

  assert_contains (none.err, "bridge.child-WARNING");
  assert_contains (none.err, "last words");
  assert_contains (after.err, "bridge.child-WARNING");
  assert_contains (after.err, "last words");
  g_assert_cmpstr (after.events, ==, "");
}

static void
test_print (void)
{
  g_auto (Outcome) outcome = run_child ("print", "bridge", NULL, TRUE);

  g_assert_cmpstr (outcome.out, ==, "installed\n");
  g_assert_cmpstr (outcome.err, ==, "");
  g_assert_cmpuint (count (outcome.events, "\n"), ==, 4);
  assert_contains (outcome.events, "\"level\":\"info\",\"context\":\"stdout\",\"message\":\"one\"");
  assert_contains (outcome.events, "\"level\":\"notice\",\"context\":\"stderr\",\"message\":\"other\"");
  assert_contains (outcome.events, "\"level\":\"info\",\"context\":\"stdout\",\"message\":\"two\"");
  assert_contains (outcome.events, "\"level\":\"info\",\"context\":\"stdout\",\"message\":\"last words\"");
}

int
main (int argc, char **argv)
{
  if (argc == 5 && g_str_equal (argv[1], "child"))
    return child_main (argv[2], argv[3], argv[4]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/glib-bridge/fatal", test_fatal);
  g_test_add_func ("/glib-bridge/assert", test_assert);
  g_test_add_func ("/glib-bridge/fatal-in-sink", test_fatal_in_sink);
  g_test_add_func ("/glib-bridge/stuck", test_stuck);
  g_test_add_func ("/glib-bridge/fork", test_fork);
  g_test_add_func ("/glib-bridge/twice", test_twice);
  g_test_add_func ("/glib-bridge/foreign", test_foreign);
  g_test_add_func ("/glib-bridge/handler", test_handler);
  g_test_add_func ("/glib-bridge/recursion", test_recursion);
  g_test_add_func ("/glib-bridge/variant", test_variant);
  g_test_add_func ("/glib-bridge/debug", test_debug);
  g_test_add_func ("/glib-bridge/no-sink", test_no_sink);
  g_test_add_func ("/glib-bridge/print", test_print);
  return g_test_run ();
}

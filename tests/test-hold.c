/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events that are logged before the program has read its configuration. */
#include <mvxlog/mvxlog.h>

#include "base/diag-private.h"
#include "context/hold-private.h"

#define HEAD "[mvxlog]\nversion=1\n"
#define MEMORY HEAD "[sink m]\nplugin=memory\nlevel=trace\n[context]\nsinks=m\n"

static void
configure (const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_configure_from_data (text, -1, "F", &error));
  g_assert_no_error (error);
}

/* "message|message…" of what the sink m has. */
static char *
memory (void)
{
  g_autoptr (MvxLogSink) sink = mvx_log_get_sink ("m");
  g_autoptr (GPtrArray) events = mvx_log_memory_sink_get_events (sink);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < events->len; i++)
    {
      g_autofree char *message = mvx_log_event_dup_message (events->pdata[i]);

      g_string_append_printf (text, "%s%s", i > 0 ? "|" : "", message);
    }
  return g_string_free (text, FALSE);
}

static void
assert_memory (const char *expected)
{
  g_autofree char *text = memory ();

  g_assert_cmpstr (text, ==, expected);
}

/* Levels, policies and sinks are those of the configuration, and the order is that of the calls. */
static void
test_configured (void)
{
  g_autoptr (MvxLogContext) fine = mvx_log_configure_context ("hold.fine", NULL);
  g_autoptr (MvxLogContext) coarse = mvx_log_configure_context ("hold.coarse", NULL);

  mvx_log_hold ();
  mvx_log_hold ();
  g_assert_true (mvx_log_context_is_enabled (coarse, MVX_LOG_LEVEL_TRACE));
  g_assert_cmpint (mvx_log_context_get_level (coarse), ==, MVX_LOG_LEVEL_INFO);
  mvx_trace (fine, "one {n}", "n", 1);
  mvx_info (coarse, "two");
  mvx_event (fine, MVX_LOG_LEVEL_INFO, "noise", "three");
  mvx_error (coarse, "four {n}", "n", 4);
  configure (MEMORY "[context hold.fine]\nlevel=trace\npolicy=q\n[context hold.coarse]\nlevel=error\n"
                    "[policy q]\n[rule q 1]\naction=deny\nnames=noise\n");
  assert_memory ("one 1|four 4");
  mvx_info (fine, "five");
  assert_memory ("one 1|four 4|five");
  g_assert_false (mvx_log_context_is_enabled (coarse, MVX_LOG_LEVEL_INFO));
  g_assert_true (mvx_log_reset (NULL));
}

/* An event is the same as if it had not waited. */
static void
test_complete (void)
{
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("hold.complete", NULL);
  g_autoptr (MvxLogContext) bound = mvx_log_bind (context, "request", 7);
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GPtrArray) events = NULL;
  const MvxLogEvent *event;
  gint64 before;

  mvx_log_hold ();
  before = g_get_real_time () * 1000;
  {
    MVX_LOG_SCOPED ("user", "me");
    mvx_event (bound, MVX_LOG_LEVEL_NOTICE, "name", "hello {who}", "who", "world");
  }
  configure (MEMORY);
  sink = mvx_log_get_sink ("m");
  events = mvx_log_memory_sink_get_events (sink);
  g_assert_cmpuint (events->len, ==, 1);
  event = events->pdata[0];
  g_assert_cmpint (mvx_log_event_get_level (event), ==, MVX_LOG_LEVEL_NOTICE);
  g_assert_cmpstr (mvx_log_event_get_context (event), ==, "hold.complete");
  g_assert_cmpstr (mvx_log_event_get_name (event), ==, "name");
  g_assert_cmpstr (mvx_log_event_get_template (event), ==, "hello {who}");
  g_assert_cmpstr (mvx_log_event_get_function (event), ==, "test_complete");
  g_assert_cmpstr (mvx_log_event_get_string (event, "who"), ==, "world");
  g_assert_cmpstr (mvx_log_event_get_string (event, "user"), ==, "me");
  g_assert_cmpint (mvx_log_event_get_int64 (event, "request", 0), ==, 7);
  g_assert_cmpint (mvx_log_event_get_timestamp (event), >=, before);
  g_assert_cmpint (mvx_log_event_get_timestamp (event), <=, g_get_real_time () * 1000 + 1000);
  g_assert_true (mvx_log_reset (NULL));
}

/* A configuration that is refused does not end the wait; a release does. */
static void
test_refused (void)
{
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("hold.refused", NULL);
  g_autoptr (GError) error = NULL;

  configure (MEMORY);
  mvx_log_hold ();
  mvx_warning (context, "waits");
  g_assert_false (mvx_log_configure_from_data ("nonsense", -1, "F", &error));
  assert_memory ("");
  mvx_log_release ();
  assert_memory ("waits");
  mvx_log_release ();
  assert_memory ("waits");
  mvx_debug (context, "below the level again");
  assert_memory ("waits");
  g_assert_true (mvx_log_reset (NULL));
}

static char *told;

static void
on_diag (gint level, const char *message, gpointer data)
{
  g_free (told);
  told = g_strdup (message);
}

/* The last are kept, and what is lost is said. */
static void
test_ring (void)
{
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("hold.ring", NULL);
  g_autofree char *text = NULL;

  configure (MEMORY);
  mvx_log_hold ();
  for (gint i = 0; i < MVX_LOG_HOLD_MAX_EVENTS + 3; i++)
    mvx_info (context, "{n}", "n", i);
  mvx_log_diag_set_func (on_diag, NULL, NULL);
  mvx_log_release ();
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_assert_cmpstr (told, ==,
                   "3 events that waited for a configuration were lost, only the last 1000 (4 MiB) are kept; configure "
                   "or release earlier");
  g_clear_pointer (&told, g_free);
  text = memory ();
  g_assert_true (g_str_has_prefix (text, "3|4|5|"));
  g_assert_true (g_str_has_suffix (text, "|1001|1002"));
  g_assert_true (mvx_log_reset (NULL));
}

static gint running;

static gpointer
log_on (gpointer data)
{
  gint n = 0;

  while (g_atomic_int_get (&running))
    {
      mvx_info ((MvxLogContext *) data, "{n}", "n", n);
      n++;
    }
  return GINT_TO_POINTER (n);
}

/* Whatever is logged at the moment of a release gets there, once. */
static void
test_race (void)
{
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("hold.race", NULL);
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GPtrArray) events = NULL;
  GThread *thread;
  gint n;

  configure (HEAD "[sink m]\nplugin=memory\nmax-events=10000000\n[context]\nsinks=m\n");
  sink = mvx_log_get_sink ("m");
  mvx_log_diag_set_func (on_diag, NULL, NULL);
  g_atomic_int_set (&running, TRUE);
  thread = g_thread_new ("log", log_on, context);
  for (guint i = 0; i < 200; i++)
    {
      mvx_log_hold ();
      mvx_log_release ();
    }
  g_atomic_int_set (&running, FALSE);
  n = GPOINTER_TO_INT (g_thread_join (thread));
  mvx_log_diag_set_func (NULL, NULL, NULL);
  events = mvx_log_memory_sink_get_events (sink);
  /* On a busy machine the ring may have run over, which is said. */
  if (told == NULL)
    g_assert_cmpuint (events->len, ==, n);
  else
    g_assert_cmpuint (events->len, <, n);
  g_clear_pointer (&told, g_free);
  g_assert_true (mvx_log_reset (NULL));
}

/* Who never configures anything loses nothing. */
static void
test_never_configured (void)
{
  if (g_test_subprocess ())
    {
      MVX_LOG_CONTEXT (app, "app")

      mvx_log_hold ();
      mvx_info (app, "waited to the end");
      mvx_debug (app, "too fine");
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*waited to the end*");
  g_test_trap_assert_stderr_unmatched ("*too fine*");
}

/* mvx_log_init() ends the wait, also where there is no file. */
static void
test_init (void)
{
  if (g_test_subprocess ())
    {
      MVX_LOG_CONTEXT (app, "app")

      mvx_log_hold ();
      mvx_info (app, "first");
      g_assert_true (mvx_log_init ("no-such-program", NULL));
      mvx_info (app, "second");
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*first*second*");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hold/configured", test_configured);
  g_test_add_func ("/hold/complete", test_complete);
  g_test_add_func ("/hold/refused", test_refused);
  g_test_add_func ("/hold/ring", test_ring);
  g_test_add_func ("/hold/race", test_race);
  g_test_add_func ("/hold/never-configured", test_never_configured);
  g_test_add_func ("/hold/init", test_init);
  return g_test_run ();
}

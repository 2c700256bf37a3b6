/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which messages end a program, and what is done before; in a program that goes on. How it ends is in test-glib-bridge.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "capture-sink.h"
#include "rig-sink.h"

#include "front/glib-fatal-private.h"

static const GLogLevelFlags levels[] = { G_LOG_LEVEL_CRITICAL, G_LOG_LEVEL_WARNING, G_LOG_LEVEL_MESSAGE,
                                         G_LOG_LEVEL_INFO,     G_LOG_LEVEL_DEBUG,   1 << G_LOG_LEVEL_USER_SHIFT };

/* GLib's own default: errors only, and whatever carries the flag. */
static void
test_judge (void)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  mvx_log_glib_fatal_learn ();
  for (guint old = 0; old < 2; old++)
    {
      g_assert_cmpint (mvx_log_glib_fatal_judge (G_LOG_LEVEL_ERROR, old), ==, MVX_LOG_GLIB_FATAL);
      g_assert_cmpint (mvx_log_glib_fatal_judge (G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL, old), ==, MVX_LOG_GLIB_FATAL);
      g_assert_cmpint (mvx_log_glib_fatal_judge (G_LOG_LEVEL_DEBUG | G_LOG_FLAG_RECURSION, old), ==,
                       MVX_LOG_GLIB_FATAL);
      for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
        {
          g_assert_cmpint (mvx_log_glib_fatal_judge (levels[i], old), ==, MVX_LOG_GLIB_HARMLESS);
          g_assert_cmpint (mvx_log_glib_fatal_judge (levels[i] | G_LOG_FLAG_FATAL, old), ==,
                           old ? MVX_LOG_GLIB_FATAL : MVX_LOG_GLIB_ABORT);
        }
    }
}

/* What the program makes fatal is noticed with the next warning, and stays as the program has set it. */
static void
test_mask (void)
{
  static const GLogLevelFlags mask = G_LOG_FATAL_MASK | G_LOG_LEVEL_WARNING | G_LOG_LEVEL_DEBUG;

  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  mvx_log_glib_fatal_learn ();
  g_log_set_always_fatal (mask);
  g_assert_cmpint (mvx_log_glib_fatal_judge (G_LOG_LEVEL_DEBUG, FALSE), ==, MVX_LOG_GLIB_HARMLESS); /* nobody asked */
  g_assert_cmpint (mvx_log_glib_fatal_judge (G_LOG_LEVEL_WARNING, FALSE), ==, MVX_LOG_GLIB_ABORT);
  g_assert_cmpint (mvx_log_glib_fatal_judge (G_LOG_LEVEL_WARNING, TRUE), ==, MVX_LOG_GLIB_FATAL);
  g_assert_cmpint (mvx_log_glib_fatal_judge (G_LOG_LEVEL_CRITICAL, FALSE), ==, MVX_LOG_GLIB_HARMLESS);
  g_assert_cmpint (mvx_log_glib_fatal_judge (G_LOG_LEVEL_INFO, FALSE), ==, MVX_LOG_GLIB_HARMLESS);
  g_assert_cmpint (mvx_log_glib_fatal_judge (G_LOG_LEVEL_DEBUG, FALSE), ==, MVX_LOG_GLIB_ABORT);
  g_assert_cmpint (g_log_set_always_fatal (G_LOG_FATAL_MASK), ==, mask);
  g_assert_cmpint (mvx_log_glib_fatal_judge (G_LOG_LEVEL_WARNING, FALSE), ==, MVX_LOG_GLIB_HARMLESS);
}

/* -- What goes past the sinks, which is what standard error gets. */

/* The thread that flushes may come late on a busy machine: it is waited for 200 ms, and may say what it has to after
 * that, in the midst of the next test. */
static GMutex mutex;
static GCond cond;
static GPtrArray *diags; /* with the mutex */

static void
note_diag (gint level, const char *message, gpointer data)
{
  g_mutex_lock (&mutex);
  g_ptr_array_add (diags, g_strdup (message));
  g_mutex_unlock (&mutex);
}

/* Those since the last call. */
static GPtrArray *
take_diags (void)
{
  GPtrArray *taken;

  g_mutex_lock (&mutex);
  taken = g_steal_pointer (&diags);
  diags = g_ptr_array_new_with_free_func (g_free);
  g_mutex_unlock (&mutex);
  return taken;
}

static gboolean
is_late (void)
{
  g_autoptr (GPtrArray) taken = take_diags ();

  return taken->len > 0;
}

typedef struct
{
  int err[2];
  int saved;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_assert_no_errno (pipe2 (fixture->err, O_CLOEXEC | O_NONBLOCK));
  fixture->saved = dup (STDERR_FILENO);
  dup2 (fixture->err[1], STDERR_FILENO);
  g_ptr_array_unref (take_diags ());
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  dup2 (fixture->saved, STDERR_FILENO);
  close (fixture->saved);
  close (fixture->err[0]);
  close (fixture->err[1]);
}

static void
assert_emergency (Fixture *fixture, const char *expected)
{
  char text[4096];
  gssize n = read (fixture->err[0], text, sizeof text - 1);
  const char *words;

  text[MAX (n, 0)] = '\0';
  words = strstr (text, "Z emergency: ");
  g_assert_cmpstr (words ? words + strlen ("Z emergency: ") : text, ==, expected);
}

/* Whatever was accepted is delivered, and there is nothing to be said. */
static void
test_flush (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RigSink) sink = rig_sink_new (&(MvxLogAsyncConfig){ .name = "rig" });
  g_autoptr (MvxLogContext) context = capture_context ("fatal.flush", sink);

  mvx_info (context, "one");
  do
    {
      while (read (fixture->err[0], &(char){ 0 }, 1) > 0)
        continue;
      mvx_log_glib_fatal_flush ("last words", -1);
    }
  while (is_late ());
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 1);
  assert_emergency (fixture, "");
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (terminate (sink, NULL));
}

/* A sink that is stuck, and a message that has a length. */
static void
test_stuck (Fixture *fixture, gconstpointer data)
{
  static const char late[] = "A fatal message may not have reached every sink in time";
  g_autoptr (GPtrArray) taken = NULL;
  g_autoptr (RigSink) sink = rig_sink_new (&(MvxLogAsyncConfig){ .name = "rig" });
  g_autoptr (MvxLogContext) context = capture_context ("fatal.stuck", sink);

  rig_sink_gate (sink, TRUE);
  mvx_info (context, "one");
  rig_sink_wait_entered (sink, 1);
  mvx_log_glib_fatal_flush ("last wordsXX", 10);
  assert_emergency (fixture, "last words\n");
  taken = take_diags ();
  g_assert_cmpuint (taken->len, >=, 1);
  for (guint i = 0; i < taken->len; i++)
    if (!g_str_equal (g_ptr_array_index (taken, i), late))
      g_assert_cmpstr (g_ptr_array_index (taken, i), ==,
                       "A fatal message may not have reached every sink: Sink 'rig' has not delivered everything: "
                       "1 events are still waiting, 0 were lost");
  rig_sink_gate (sink, FALSE);
  rig_sink_wait_delivered (sink, 1);
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (terminate (sink, NULL));
}

static void
flush_here (gpointer data)
{
  mvx_log_glib_fatal_flush ("said by the sink", -1);
}

/* What a sink says itself is in no sink. */
static void
test_inside (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("fatal.inside", sink);

  sink->on_log = flush_here;
  mvx_info (context, "one");
  g_assert_cmpuint (capture_count (sink), ==, 1);
  assert_emergency (fixture, "said by the sink\n");
  mvx_log_context_reset_sinks (context, NULL);
}

static guint n_said; /* with the mutex, as what follows */
static GThread *said_by;
static char said[2 * MVX_LOG_GLIB_LAST_WORDS];

static void
note_words (const char *text)
{
  g_mutex_lock (&mutex);
  n_said++;
  said_by = g_thread_self ();
  g_strlcpy (said, text, sizeof said);
  g_cond_signal (&cond);
  g_mutex_unlock (&mutex);
}

/* Another thread says it, as much of it as there is room for. */
static void
test_pass_on (Fixture *fixture, gconstpointer data)
{
  g_autofree char *long_text = g_strnfill (2 * MVX_LOG_GLIB_LAST_WORDS, 'x');
  g_autofree char *cut = g_strnfill (MVX_LOG_GLIB_LAST_WORDS - 1, 'x');
  const char *texts[][2] = { { "no memory", "no memory" }, { long_text, cut }, { "", "" } };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      mvx_log_glib_fatal_pass_on (note_words, texts[i][0]);
      g_mutex_lock (&mutex);
      while (n_said <= i)
        g_cond_wait (&cond, &mutex);
      g_assert_true (said_by != g_thread_self ());
      g_assert_cmpstr (said, ==, texts[i][1]);
      g_mutex_unlock (&mutex);
    }
}

static void
pass_on_here (gpointer data)
{
  mvx_log_glib_fatal_pass_on (note_words, "no memory in the sink");
}

static void
test_pass_on_inside (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("fatal.inside", sink);

  sink->on_log = pass_on_here;
  mvx_info (context, "one");
  assert_emergency (fixture, "no memory in the sink\n");
  mvx_log_context_reset_sinks (context, NULL);
}

/* g_malloc()'s last words arrive as an event, though the thread that has no memory makes none. */
static void
test_shortage (Fixture *fixture, gconstpointer data)
{
  static const char words[] = "../glib/gmem.c:106: failed to allocate 8 bytes";
  const GLogField fields[]
      = { { "GLIB_OLD_LOG_API", "1", -1 }, { "GLIB_DOMAIN", "GLib", -1 }, { "MESSAGE", words, -1 }, { "X", "y", -1 } };
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("GLib", sink);

  mvx_log_glib_record (G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL, fields, G_N_ELEMENTS (fields));
  capture_wait (sink, 1);
  g_assert_cmpstr (mvx_log_event_get_verbatim_message (capture_last (sink)), ==, words);
  g_assert_cmpint (mvx_log_event_get_level (capture_last (sink)), ==, MVX_LOG_LEVEL_CRITICAL);
  g_assert_cmpuint (mvx_log_event_get_n_fields (capture_last (sink)), ==, 0);
  mvx_log_context_reset_sinks (context, NULL);
}

/* Somebody has nothing to say. */
static void
test_no_message (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("fatal.none", sink);
  const GLogField fields[] = { { "GLIB_DOMAIN", "fatal.none", -1 } };

  mvx_log_glib_record (G_LOG_LEVEL_ERROR, fields, G_N_ELEMENTS (fields));
  g_assert_cmpuint (capture_count (sink), ==, 1);
  g_assert_null (mvx_log_event_get_verbatim_message (capture_last (sink)));
  mvx_log_context_reset_sinks (context, NULL);
}

/* As GLib does it in a program that a test has started. */
static void
test_abort (void)
{
  if (g_test_subprocess ())
    mvx_log_glib_fatal_abort (G_LOG_LEVEL_WARNING);
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  diags = g_ptr_array_new_with_free_func (g_free);
  mvx_log_diag_set_func (note_diag, NULL, NULL);
  g_test_add_func ("/glib-fatal/judge", test_judge);
  g_test_add_func ("/glib-fatal/mask", test_mask);
#define ADD(name, func) g_test_add ("/glib-fatal/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("flush", test_flush);
  ADD ("stuck", test_stuck);
  ADD ("inside", test_inside);
  ADD ("pass-on", test_pass_on);
  ADD ("pass-on/inside", test_pass_on_inside);
  ADD ("shortage", test_shortage);
  ADD ("no-message", test_no_message);
  g_test_add_func ("/glib-fatal/abort", test_abort);
  return g_test_run ();
}

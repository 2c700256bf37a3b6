/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* g_print() and g_printerr() as events. GLib's test framework prints, too, so each case is a process. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture-sink.h"

#define CUT_BEHIND 65536

static CaptureSink *out; /* of the context "stdout" */
static CaptureSink *err; /* and "stderr" */

static void
begin (void)
{
  g_autoptr (MvxLogContext) out_context = NULL;
  g_autoptr (MvxLogContext) err_context = NULL;

  out = capture_sink_new ();
  err = capture_sink_new ();
  out_context = capture_context ("stdout", out);
  err_context = capture_context ("stderr", err);
  mvx_log_install_glib_print ();
}

static void
end (void)
{
  g_assert_true (mvx_log_reset (NULL));
  g_object_unref (out);
  g_object_unref (err);
}

static void
assert_event (CaptureSink *sink, guint i, gint level, const char *message)
{
  const MvxLogEvent *event;

  g_assert_cmpuint (i, <, sink->events->len);
  event = g_ptr_array_index (sink->events, i);
  g_assert_cmpint (mvx_log_event_get_level (event), ==, level);
  g_assert_cmpstr (mvx_log_event_get_verbatim_message (event), ==, message);
}

static void
assert_n (guint n_out, guint n_err)
{
  g_assert_cmpuint (out->events->len, ==, n_out);
  g_assert_cmpuint (err->events->len, ==, n_err);
}

/* Lines are put together from what is printed, and braces in them are no template. */
static void
lines (void)
{
  begin ();
  g_print ("o");
  g_print ("n");
  assert_n (0, 0);
  g_print ("e\n\n\ntwo {x}\nthr");
  assert_n (2, 0);
  g_printerr ("other\n");
  assert_n (2, 1);
  g_print ("%s", "");
  g_print ("ee\n");
  assert_n (3, 1);
  assert_event (out, 0, MVX_LOG_LEVEL_INFO, "one");
  assert_event (out, 1, MVX_LOG_LEVEL_INFO, "two {x}");
  assert_event (out, 2, MVX_LOG_LEVEL_INFO, "three");
  assert_event (err, 0, MVX_LOG_LEVEL_NOTICE, "other");
  end ();
}

/* A line without an end is not kept for ever, and nothing of it is lost. */
static void
endless (void)
{
  g_autofree char *half = g_strnfill (CUT_BEHIND / 2 + 1, 'x');
  g_autofree char *whole = g_strconcat (half, half, NULL);

  begin ();
  g_print ("%s", half);
  g_print ("%s", half);
  assert_n (0, 0);
  g_print ("y");
  assert_n (1, 0);
  assert_event (out, 0, MVX_LOG_LEVEL_INFO, whole);
  g_print ("z\n");
  assert_n (2, 0);
  assert_event (out, 1, MVX_LOG_LEVEL_INFO, "yz");
  end ();
}

/* What has no end is logged at the end, once. */
static void
shut_down (void)
{
  begin ();
  g_print ("last");
  g_printerr ("words");
  assert_n (0, 0);
  g_assert_true (mvx_log_shutdown (-1, NULL));
  assert_n (1, 1);
  assert_event (out, 0, MVX_LOG_LEVEL_INFO, "last");
  assert_event (err, 0, MVX_LOG_LEVEL_NOTICE, "words");
  g_print ("into the void\n");
  g_assert_true (mvx_log_shutdown (-1, NULL));
  assert_n (1, 1);
  end ();
}

/* GLib prints it and ends the program: what was begun comes before, and the reason is no notice. */
static void
assertion (void)
{
  begin ();
  g_printerr ("begun");
  g_printerr ("**\nERROR:a.c:1:f: code should not be reached\n");
  g_printerr ("**\n");
  g_printerr ("** no assertion\n");
  assert_n (0, 3);
  assert_event (err, 0, MVX_LOG_LEVEL_NOTICE, "begun");
  assert_event (err, 1, MVX_LOG_LEVEL_CRITICAL, "ERROR:a.c:1:f: code should not be reached");
  assert_event (err, 2, MVX_LOG_LEVEL_NOTICE, "** no assertion");
  end ();
}

static GString *previous_out;
static GString *previous_err;

static void
print_previous (const char *text)
{
  g_string_append (previous_out, text);
}

static void
printerr_previous (const char *text)
{
  g_string_append (previous_err, text);
}

/* The program's own handlers go on, with the same text in the same pieces. */
static void
previous (void)
{
  previous_out = g_string_new (NULL);
  previous_err = g_string_new (NULL);
  g_set_print_handler (print_previous);
  g_set_printerr_handler (printerr_previous);
  begin ();
  mvx_log_install_glib_print ();
  g_print ("one\ntw");
  g_printerr ("**\nbad\n");
  g_assert_cmpstr (previous_out->str, ==, "one\ntw");
  g_assert_cmpstr (previous_err->str, ==, "**\nbad\n");
  assert_n (1, 1);
  g_print ("o\n");
  g_set_print_handler (NULL);
  g_set_printerr_handler (NULL);
  end ();
  g_string_free (previous_out, TRUE);
  g_string_free (previous_err, TRUE);
}

/* A line that the parent has begun is the parent's. */
static void
child (void)
{
  int status;
  pid_t pid;

  begin ();
  g_print ("the parent's ");
  g_printerr ("also ");
  pid = fork ();
  if (pid == 0)
    {
      g_print ("child out\n");
      g_printerr ("child err\n");
      _exit (0); /* LeakSanitizer would ask for what the parent has made, and a child leaves alone */
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  assert_n (0, 0);
  g_print ("line\n");
  g_printerr ("one\n");
  assert_n (1, 1);
  assert_event (out, 0, MVX_LOG_LEVEL_INFO, "the parent's line");
  assert_event (err, 0, MVX_LOG_LEVEL_NOTICE, "also one");
  end ();
}

static const struct
{
  const char *name;
  void (*run) (void);
} cases[] = {
  { "lines", lines },         { "endless", endless },   { "shutdown", shut_down },
  { "assertion", assertion }, { "previous", previous }, { "child", child },
};

static void
test_case (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);

  if (g_test_subprocess ())
    {
      cases[i].run ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  if (cases[i].run != child)
    {
      g_test_trap_assert_stderr ("");
      return;
    }
  g_test_trap_assert_stderr ("*stdout: child out\n*");
  g_test_trap_assert_stderr ("*stderr: child err\n*");
  g_test_trap_assert_stderr_unmatched ("*parent's*");
  g_test_trap_assert_stderr_unmatched ("*also*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/glib-print/", cases[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
    }
  return g_test_run ();
}

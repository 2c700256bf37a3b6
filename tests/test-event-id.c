/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-sink.h"

#define DISK_FULL "6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1"
#define ADVICE "The spool has no space left.\nFree some, or move it with path=."

MVX_LOG_EVENT_ID (disk_full, "6D1C9BF2-A4AD-4B0F-9D0E-A15CF0A7D4C1", "disk-full", ADVICE)
MVX_LOG_EVENT_ID (started, "39f53479d3a045ac8e11786248231fbf", "started", "")

static void
test_declared (void)
{
  const char *name = NULL;
  const char *text = NULL;
  g_auto (GStrv) ids = mvx_log_event_id_list ();

  g_assert_cmpuint (g_strv_length (ids), ==, 2);
  g_assert_cmpstr (ids[0], ==, started->id);
  g_assert_cmpstr (ids[1], ==, DISK_FULL);
  g_assert_true (mvx_log_event_id_lookup (DISK_FULL, &name, &text));
  g_assert_cmpstr (name, ==, "disk-full");
  g_assert_cmpstr (text, ==, ADVICE);
  g_assert_true (mvx_log_event_id_lookup (disk_full->id, NULL, NULL));
  g_assert_cmpstr (disk_full->name, ==, name);
  g_assert_cmpstr (disk_full->text, ==, text);
  g_assert_false (mvx_log_event_id_lookup ("00000000000000000000000000000001", &name, &text));
  g_assert_false (mvx_log_event_id_lookup ("disk-full", NULL, NULL));
}

static void
test_register (void)
{
  g_autoptr (GError) error = NULL;
  char name[] = "by hand";

  g_assert_true (mvx_log_event_id_register ("a0000000000000000000000000000001", name, "text", &error));
  g_assert_true (mvx_log_event_id_register ("A0000000-0000-0000-0000-000000000001", "by hand", "text", &error));
  g_assert_no_error (error);
  name[0] = 'm';
  g_assert_false (mvx_log_event_id_register ("a0000000000000000000000000000001", name, "text", &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (
      error->message, ==,
      "Event id a0000000000000000000000000000001 of 'my hand' belongs to 'by hand' already; make a new one "
      "with 'journalctl --new-id128'");
  g_clear_error (&error);
  g_assert_false (mvx_log_event_id_register ("disk full", "x", "y", &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME);
  g_assert_cmpstr (error->message, ==,
                   "'disk full' is not an event id; use 32 hexadecimal digits or a UUID, such as 'journalctl "
                   "--new-id128' prints");
}

/* A mistake in a program's macro is told when it is loaded. */
static void
test_declare_mistake (void)
{
  const MvxLogEventId wrong = { "0123", "wrong", "" };

  capture_diag_begin ();
  mvx_log_event_id_declare (&wrong);
  capture_assert_diag (0, "'0123' is not an event id; use 32 hexadecimal digits or a UUID, such as 'journalctl "
                          "--new-id128' prints");
  capture_diag_end ();
}

static void
test_event (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("event-id.macro", sink);

  mvx_event (context, MVX_LOG_LEVEL_ERROR, disk_full, "no space for {file}", "file", "a");
  g_assert_cmpstr (mvx_log_event_get_event_id (capture_last (sink)), ==, DISK_FULL);
  g_assert_cmpstr (mvx_log_event_get_name (capture_last (sink)), ==, "disk-full");
  capture_assert_fields (sink, "file=a");
  mvx_event (context, MVX_LOG_LEVEL_ERROR, "by-name", "x");
  g_assert_null (mvx_log_event_get_event_id (capture_last (sink)));
  mvx_event (context, MVX_LOG_LEVEL_ERROR, NULL, "x");
  g_assert_null (mvx_log_event_get_name (capture_last (sink)));
}

static void
test_submit (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("event-id.submit", sink);
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message = "x", .event_id = started->id };

  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_cmpstr (mvx_log_event_get_event_id (capture_last (sink)), ==, started->id);
  g_assert_null (mvx_log_event_get_name (capture_last (sink)));
}

/* The event goes on without what is no id. */
static void
test_no_id (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("event-id.wrong", sink);
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message = "x" };

  capture_diag_begin ();
  init.event_id = "\033[31m";
  init.trace_id = "0af7";
  init.span_id = "0000000000000000";
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_null (mvx_log_event_get_event_id (capture_last (sink)));
  g_assert_null (mvx_log_event_get_trace_id (capture_last (sink)));
  g_assert_null (mvx_log_event_get_span_id (capture_last (sink)));
  g_assert_cmpuint (capture_diag->len, ==, 3);
  capture_assert_diag (0, "An event goes on without its trace id '0af7', which is not one of 32 hexadecimal digits");
  capture_assert_diag (1, "An event goes on without its span id '0000000000000000', which is not one of 16 hexadecimal "
                          "digits");
  capture_assert_diag (2,
                       "An event goes on without its event id '\033[31m', which is not one of 32 hexadecimal digits");
  capture_diag_end ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/event-id/declared", test_declared);
  g_test_add_func ("/event-id/register", test_register);
  g_test_add_func ("/event-id/declare-mistake", test_declare_mistake);
  g_test_add_func ("/event-id/event", test_event);
  g_test_add_func ("/event-id/submit", test_submit);
  g_test_add_func ("/event-id/no-id", test_no_id);
  return g_test_run ();
}

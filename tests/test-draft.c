/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changing an event before it goes to a sink. */
#include <mvxlog/level.h>

#include "event/draft-private.h"
#include "record-maker.h"

/* "template|message|fields" */
static char *
draft_to_string (const MvxLogDraft *draft)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  g_autofree char *fields = NULL;
  g_autofree char *message = NULL;
  g_autoptr (MvxLogEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  MvxLogEvent view;
  char *text;

  mvx_log_event_view (&view, mvx_log_draft_encode (draft, &buffer));
  view.time_ns = view.seq = 0;
  event = mvx_log_event_copy (&view);
  mvx_log_record_validate (buffer.data, buffer.len, event->site, &error);
  g_assert_no_error (error);
  fields = record_fields_to_string (event);
  message = mvx_log_event_dup_message (event);
  text = g_strdup_printf ("%s|%s|%s", mvx_log_event_get_template (event) ? mvx_log_event_get_template (event) : "",
                          message, fields);
  mvx_log_buffer_clear (&buffer);
  return text;
}

static void
assert_draft (const MvxLogDraft *draft, const char *expected)
{
  g_autofree char *text = draft_to_string (draft);

  g_assert_cmpstr (text, ==, expected);
}

static MvxLogEvent *
event_new (void)
{
  MvxLogField fields[] = { FIELD_INT ("a", 1), FIELD_STRING ("b", "two"), FIELD_DOUBLE ("c", 0.5) };

  return mvx_log_event_new ("context", MVX_LOG_LEVEL_INFO, 0, "{a} and {b}", fields, G_N_ELEMENTS (fields));
}

static void
test_unchanged (void)
{
  g_autoptr (MvxLogEvent) event = event_new ();
  g_auto (MvxLogDraft) draft = { 0 };
  MvxLogValue value;

  mvx_log_draft_init (&draft, event, 200);
  assert_draft (&draft, "{a} and {b}|1 and two|a=1 b='two' c=0.5");
  g_assert_true (mvx_log_draft_get_event (&draft) == event);
  g_assert_cmpuint (mvx_log_draft_get_n_fields (&draft), ==, 3);
  g_assert_cmpstr (mvx_log_draft_get_nth (&draft, 1, &value), ==, "b");
  g_assert_cmpstr (value.u.string, ==, "two");
  g_assert_null (mvx_log_draft_get_nth (&draft, 3, &value));
  g_assert_true (mvx_log_draft_get_field (&draft, "a", &value));
  g_assert_cmpint (value.u.int64, ==, 1);
  g_assert_false (mvx_log_draft_get_field (&draft, "x", NULL));
  g_assert_null (mvx_log_draft_get_message (&draft));
}

static void
test_changes (void)
{
  g_autoptr (MvxLogEvent) event = event_new ();
  g_auto (MvxLogDraft) draft = { 0 };
  g_auto (MvxLogDraft) other = { 0 };

  mvx_log_draft_init (&draft, event, 200);
  mvx_log_draft_init_copy (&other, &draft);
  mvx_log_draft_set_string (&draft, "b", "2");
  mvx_log_draft_set_variant (&draft, "d", g_variant_new_parsed ("{'x': <[1, 2]>}"));
  g_assert_true (mvx_log_draft_remove (&draft, "c"));
  g_assert_false (mvx_log_draft_remove (&draft, "c"));
  assert_draft (&draft, "{a} and {b}|1 and 2|a=1 b='2' d={x:[1,2]}");
  mvx_log_draft_set_template (&draft, "only {b}");
  assert_draft (&draft, "only {b}|only 2|a=1 b='2' d={x:[1,2]}");
  mvx_log_draft_set_message (&draft, "{b} as it is");
  g_assert_cmpstr (mvx_log_draft_get_message (&draft), ==, "{b} as it is");
  assert_draft (&draft, "only {b}|{b} as it is|a=1 b='2' d={x:[1,2]}");
  /* The other one starts from the same event and has seen nothing of this. */
  assert_draft (&other, "{a} and {b}|1 and two|a=1 b='two' c=0.5");
}

/* A boxed copy outlives event and draft, and goes its own way. */
static void
test_copy (void)
{
  MvxLogEvent *event = event_new ();
  g_autoptr (MvxLogDraft) copy = NULL;
  g_autoptr (MvxLogDraft) boxed = NULL;

  {
    g_auto (MvxLogDraft) draft = { 0 };

    mvx_log_draft_init (&draft, event, 200);
    mvx_log_draft_rename (&draft, "b", "bee");
    mvx_log_draft_set_string (&draft, "c", "sea");
    copy = mvx_log_draft_copy (&draft);
    mvx_log_draft_remove (&draft, "a");
    assert_draft (&draft, "{a} and {bee}|{a} and two|bee='two' c='sea'");
  }
  mvx_log_event_free (event);
  assert_draft (copy, "{a} and {bee}|1 and two|a=1 bee='two' c='sea'");
  g_assert_cmpstr (mvx_log_event_get_context (mvx_log_draft_get_event (copy)), ==, "context");
  boxed = g_boxed_copy (MVX_LOG_TYPE_DRAFT, copy);
  mvx_log_draft_set_template (copy, "x");
  assert_draft (boxed, "{a} and {bee}|1 and two|a=1 bee='two' c='sea'");
}

static void
test_rename (void)
{
  g_autoptr (MvxLogEvent) event = event_new ();
  g_auto (MvxLogDraft) draft = { 0 };

  mvx_log_draft_init (&draft, event, 200);
  g_assert_true (mvx_log_draft_rename (&draft, "b", "bee"));
  assert_draft (&draft, "{a} and {bee}|1 and two|a=1 bee='two' c=0.5");
  g_assert_false (mvx_log_draft_rename (&draft, "b", "bee"));
  g_assert_true (mvx_log_draft_rename (&draft, "a", "a"));
  /* One that is there already goes. */
  g_assert_true (mvx_log_draft_rename (&draft, "a", "c"));
  assert_draft (&draft, "{c} and {bee}|1 and two|c=1 bee='two'");
}

static void
test_source (void)
{
  static const char *const keys[] = { "n" };
  static const guint8 kinds[] = { MVX_LOG_KIND_INT64 };
  const MvxLogCallsiteInfo info = { "n is {n}", "file.c", "func", keys, kinds, 42, 0, 1 };
  const MvxLogCallsite *site = mvx_log_callsite_intern (&info);
  struct
  {
    MvxLogRecord record;
    gint64 n;
  } bytes = { { .size = sizeof bytes, .callsite = site->id, .level = 20 }, 7 };

  for (guint parts = 0; parts < 8; parts++)
    {
      g_auto (MvxLogDraft) draft = { 0 };
      MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
      MvxLogEvent event;
      MvxLogEvent view;

      mvx_log_event_view (&event, &bytes.record);
      mvx_log_draft_init (&draft, &event, 200);
      mvx_log_draft_keep_source (&draft, (MvxLogSourceFlags) parts);
      assert_draft (&draft, "n is {n}|n is 7|n=7");
      mvx_log_event_view (&view, mvx_log_draft_encode (&draft, &buffer));
      g_assert_cmpstr (mvx_log_event_get_file (&view), ==, parts & MVX_LOG_SOURCE_FILE ? "file.c" : NULL);
      g_assert_cmpuint (mvx_log_event_get_line (&view), ==, parts & MVX_LOG_SOURCE_LINE ? 42 : 0);
      g_assert_cmpstr (mvx_log_event_get_function (&view), ==, parts & MVX_LOG_SOURCE_FUNCTION ? "func" : NULL);
      mvx_log_buffer_clear (&buffer);
    }
}

/* What was too long is cut when the draft is encoded, wherever it is; what is added is not. */
static void
test_cut_late (void)
{
  const MvxLogLimits limits = { 3, 10, -1, MVX_LOG_VERBOSITY_NORMAL, TRUE };
  g_autoptr (GVariant) map
      = g_variant_ref_sink (g_variant_new_parsed ("{'long key': <'long text'>, 'k': <['abcd', 'abc']>}"));
  MvxLogField fields[] = { FIELD_STRING ("a", "abcd"), FIELD_STRING ("abcd", "xyz"), FIELD_STRING ("abce", "last"),
                           FIELD_POINTER ("m", VARIANT, map) };
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogRecord record = { .level = 20, .n_inline = G_N_ELEMENTS (fields) };
  g_auto (MvxLogDraft) draft = { 0 };
  MvxLogEvent event;
  MvxLogValue value;

  mvx_log_buffer_append (&buffer, &record, sizeof record);
  mvx_log_buffer_append (&buffer, "\0\0\0\0", 4);
  g_assert_cmpuint (mvx_log_payload_encode (&buffer, fields, G_N_ELEMENTS (fields), &limits), ==, 4);
  mvx_log_store32 (buffer.data + sizeof record, (guint32) (buffer.len - sizeof record - 4));
  mvx_log_event_view (&event, (const MvxLogRecord *) (gconstpointer) buffer.data);
  mvx_log_draft_init (&draft, &event, 3);
  g_assert_true (mvx_log_draft_get_field (&draft, "a", &value));
  g_assert_cmpstr (value.u.string, ==, "abcd");
  g_assert_true (mvx_log_draft_get_field (&draft, "abcd", NULL));
  mvx_log_draft_set_string (&draft, "added", "not cut");
  /* Two keys that are cut to the same are one, the last. */
  assert_draft (&draft, "||a='abc...' abc...='las...' m={lon...:'lon...',k:['abc...','abc']} added='not cut'");
  mvx_log_buffer_clear (&buffer);
}

static void
test_empty (void)
{
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("context", 20, 0, NULL, NULL, 0);
  g_auto (MvxLogDraft) draft = { 0 };

  mvx_log_draft_init (&draft, event, 200);
  assert_draft (&draft, "||");
  mvx_log_draft_set_string (&draft, "", "");
  assert_draft (&draft, "||=''");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/draft/unchanged", test_unchanged);
  g_test_add_func ("/draft/changes", test_changes);
  g_test_add_func ("/draft/copy", test_copy);
  g_test_add_func ("/draft/rename", test_rename);
  g_test_add_func ("/draft/source", test_source);
  g_test_add_func ("/draft/cut-late", test_cut_late);
  g_test_add_func ("/draft/empty", test_empty);
  return g_test_run ();
}

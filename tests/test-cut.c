/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record-maker.h"

#include "event/cut-private.h"

#define LIMIT 4096

static MvxLogField
text_field (const char *key, const char *text)
{
  return (MvxLogField){ .key = key, .kind = MVX_LOG_KIND_STRING, .length = -1, .value = { .s = text } };
}

/* The event as it comes out; valid as any record, within the limit, and marked. */
static MvxLogEvent *
cut (const MvxLogEvent *event, guint32 limit)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  const MvxLogRecord *record = mvx_log_record_cut (event->record, limit, &buffer);
  MvxLogEvent *copy;
  MvxLogEvent view;

  g_assert_cmpuint (record->size, <=, limit);
  g_assert_cmpuint (record->flags & MVX_LOG_RECORD_TRUNCATED, !=, 0);
  g_assert_cmpuint (record->number, ==, event->record->number);
  g_assert_cmpuint (record->stamp, ==, event->record->stamp);
  mvx_log_event_view (&view, record);
  view.time_ns = event->time_ns;
  view.seq = 0;
  record_assert_valid (&view);
  g_assert_true (mvx_log_event_get_boolean (&view, "truncated", FALSE));
  copy = mvx_log_event_copy (&view);
  mvx_log_buffer_clear (&buffer);
  return copy;
}

/* What fits is kept, whether it stands before or behind what does not. */
static void
test_fields (void)
{
  g_autofree char *huge = g_strnfill (100000, 'h');
  MvxLogField fields[] = { text_field ("first", "1"), text_field ("huge", huge), text_field ("last", "3") };
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("cut.fields", 20, 0, "{first} {huge} {last}", fields, 3);
  g_autoptr (MvxLogEvent) small = cut (event, LIMIT);

  g_assert_cmpuint (mvx_log_event_get_n_fields (small), ==, 3);
  g_assert_cmpstr (mvx_log_event_get_string (small, "first"), ==, "1");
  g_assert_null (mvx_log_event_get_string (small, "huge"));
  g_assert_cmpstr (mvx_log_event_get_string (small, "last"), ==, "3");
  g_assert_cmpstr (mvx_log_event_get_template (small), ==, "{first} {huge} {last}");
  g_assert_cmpstr (mvx_log_event_get_context (small), ==, "cut.fields");
}

/* As many small ones as there is room for, in their order. */
static void
test_many (void)
{
  MvxLogField fields[1000];
  char keys[G_N_ELEMENTS (fields)][16];
  g_autoptr (MvxLogEvent) event = NULL;
  guint n;

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_snprintf (keys[i], sizeof keys[i], "key-%u", i);
      fields[i] = text_field (keys[i], "0123456789");
    }
  event = mvx_log_event_new ("cut.many", 20, 0, "many", fields, G_N_ELEMENTS (fields));
  for (guint32 limit = MVX_LOG_RECORD_LEAST_LIMIT; limit < 20000; limit += 997)
    {
      g_autoptr (MvxLogEvent) one = cut (event, limit);

      n = mvx_log_event_get_n_fields (one) - 1;
      g_assert_cmpuint (n, >, limit / 60);
      for (guint i = 0; i < n; i++)
        g_assert_nonnull (mvx_log_event_get_string (one, keys[i]));
    }
}

/* A finished message alone is too long: it ends at a character, and leaves room for fields. */
static void
test_message (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  MvxLogField fields[] = { text_field ("id", "7") };
  g_autoptr (MvxLogEvent) event = NULL;
  g_autoptr (MvxLogEvent) small = NULL;
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogDraft draft;
  MvxLogEvent view;
  const char *message;

  for (guint i = 0; i < 20000; i++)
    g_string_append (text, "\303\244");
  event = mvx_log_event_new ("cut.message", 20, 0, "x", fields, 1);
  mvx_log_draft_init (&draft, event, -1);
  mvx_log_draft_set_message (&draft, text->str);
  mvx_log_event_view (&view, mvx_log_draft_encode (&draft, &buffer));
  view.time_ns = 0;
  small = cut (&view, LIMIT);
  message = mvx_log_event_get_verbatim_message (small);
  g_assert_true (g_utf8_validate (message, -1, NULL));
  g_assert_true (g_str_has_suffix (message, "\303\244..."));
  g_assert_cmpuint (strlen (message), >, LIMIT / 4);
  g_assert_cmpstr (mvx_log_event_get_string (small, "id"), ==, "7");
  mvx_log_draft_clear (&draft);
  mvx_log_buffer_clear (&buffer);
}

/* NUL is a character like any other, in messages as in fields. */
static void
test_nul (void)
{
  static const char zeros[4 * LIMIT] = { 'a', '\0', 'b' };
  MvxLogField fields[] = { { "short", MVX_LOG_KIND_STRING, 5, { .s = "1\0003\0005" }, 0 },
                           { "long", MVX_LOG_KIND_STRING, sizeof zeros, { .s = zeros }, 0 } };
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("cut.nul", 20, 0, "x", fields, G_N_ELEMENTS (fields));
  g_autoptr (MvxLogEvent) small = NULL;
  g_auto (MvxLogDraft) draft = { 0 };
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogEvent view;
  MvxLogValue value;
  const char *message;
  gsize len = 0;

  mvx_log_draft_init (&draft, event, -1);
  mvx_log_draft_put_message (&draft, zeros, sizeof zeros);
  mvx_log_event_view (&view, mvx_log_draft_encode (&draft, &buffer));
  view.time_ns = 0;
  message = mvx_log_event_meta (&view, MVX_LOG_META_MESSAGE, &len);
  g_assert_cmpmem (message, len, zeros, sizeof zeros);
  small = cut (&view, LIMIT);
  message = mvx_log_event_meta (small, MVX_LOG_META_MESSAGE, &len);
  g_assert_cmpuint (len, >, LIMIT / 4);
  g_assert_cmpmem (message, len - 3, zeros, len - 3);
  g_assert_cmpmem (message + len - 3, 3, "...", 3);
  mvx_log_draft_clear (&draft);
  mvx_log_draft_init (&draft, small, -1);
  g_assert_true (mvx_log_draft_get_field (&draft, "short", &value));
  g_assert_cmpmem (value.u.string, value.size, "1\0003\0005", 5);
  g_assert_false (mvx_log_draft_get_field (&draft, "long", NULL));
  mvx_log_buffer_clear (&buffer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cut/fields", test_fields);
  g_test_add_func ("/cut/many", test_many);
  g_test_add_func ("/cut/message", test_message);
  g_test_add_func ("/cut/nul", test_nul);
  return g_test_run ();
}

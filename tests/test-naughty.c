/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worst of texts at every place between the call and the sink: nothing breaks, no event is lost, and what is
 * refused is refused with a reason.
 */
#include <mvxlog/shaping.h>

#include "render-fixture.h"

#include "capture-sink.h"
#include "context/name-private.h"
#include "record-maker.h"
#include "sink/filter-private.h"
#include "sink/processor-private.h"
#include "shape-fixture.h"

static GPtrArray *hostile; /* of GBytes */

/* Without what is behind a NUL. */
static char *
text_of (guint i)
{
  gsize len;
  const char *data = g_bytes_get_data (hostile->pdata[i], &len);

  return g_strndup (data ? data : "", len);
}

static void
assert_valid (const MvxLogDraft *draft)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogEvent view;

  mvx_log_event_view (&view, mvx_log_draft_encode (draft, &buffer));
  view.time_ns = view.seq = 0;
  record_assert_valid (&view);
  mvx_log_buffer_clear (&buffer);
}

static void
test_drafts (void)
{
  for (guint i = 0; i < hostile->len; i++)
    {
      g_autofree char *text = text_of (i);
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);
      g_autoptr (MvxLogDraft) copy = NULL;
      g_auto (MvxLogDraft) draft = { 0 };
      MvxLogValue value;

      mvx_log_draft_init (&draft, event, 200);
      mvx_log_draft_set_string (&draft, text, text);
      mvx_log_draft_set_template (&draft, text);
      g_assert_true (mvx_log_draft_rename (&draft, text, "plain"));
      g_assert_true (mvx_log_draft_get_field (&draft, "plain", &value));
      g_assert_cmpmem (value.u.string, value.size, text, strlen (text));
      g_assert_true (mvx_log_draft_rename (&draft, "plain", text));
      g_assert_true (mvx_log_draft_remove (&draft, text));
      g_assert_false (mvx_log_draft_get_field (&draft, text, NULL));
      assert_valid (&draft);
      mvx_log_draft_set_message (&draft, text);
      assert_valid (&draft);
      copy = mvx_log_draft_copy (&draft);
      g_assert_cmpstr (mvx_log_draft_get_message (copy), ==, text);
    }
}

/* What is masked is masked, whatever it was; what is left is whole. */
static void
test_redaction (void)
{
  g_autoptr (MvxLogShape) mask = shape_new ("{'redact': <['value']>, 'redact-text': <['[a-z]+', '(.)\\\\d']>}", NULL);
  g_autoptr (MvxLogShape) drop = shape_new ("{'redact': <['*']>, 'redact-action': <'drop'>}", NULL);
  g_autoptr (MvxLogShape) hash = shape_new ("{'redact': <['*']>, 'redact-action': <'hash'>, 'hash-key': <'k'>}", NULL);

  for (guint i = 0; i < hostile->len; i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);
      g_auto (MvxLogDraft) draft = { 0 };
      g_auto (MvxLogDraft) dropped = { 0 };
      g_auto (MvxLogDraft) hashed = { 0 };
      MvxLogValue value;

      mvx_log_draft_init (&draft, event, 200);
      mvx_log_shape_redact (mask, &draft);
      g_assert_true (mvx_log_draft_get_field (&draft, "value", &value));
      g_assert_cmpstr (value.u.string, ==, "***");
      for (const char *p = mvx_log_draft_get_message (&draft); p && *p; p++)
        g_assert_false (g_ascii_islower (*p));
      assert_valid (&draft);
      mvx_log_draft_init (&dropped, event, 200);
      mvx_log_shape_redact (drop, &dropped);
      g_assert_cmpuint (mvx_log_draft_get_n_fields (&dropped), ==, 0);
      mvx_log_draft_init (&hashed, event, 200);
      mvx_log_shape_redact (hash, &hashed);
      for (guint j = 0; mvx_log_draft_get_nth (&hashed, j, &value); j++)
        g_assert_cmpuint (strspn (value.u.string, "0123456789abcdef"), ==, 16);
      assert_valid (&hashed);
    }
  g_test_message ("%u hostile strings masked, left out and hashed, 0 seen", hostile->len);
}

/* As the event that is looked at, as the value that is looked for, and as the predicate itself. */
static void
test_filters (void)
{
  g_autoptr (MvxLogPredicate) reads = mvx_log_predicate_new ("message =~ \"^x\" or value > 5 or has(nothing)", NULL);
  guint n_predicates = 0;

  for (guint i = 0; i < hostile->len; i++)
    {
      g_autofree char *text = text_of (i);
      g_autofree char *pair = g_strconcat ("value=", text, NULL);
      const char *const pairs[] = { pair, NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);
      g_autoptr (MvxLogEvent) other = mvx_log_event_new ("c", 20, 0, "t", NULL, 0);
      g_autoptr (MvxLogPredicate) itself = mvx_log_predicate_new (text, &error);
      g_auto (MvxLogDraft) draft = { 0 };
      g_auto (MvxLogDraft) empty = { 0 };
      MvxLogFilter filter = { .predicate = reads };
      MvxLogFilter match = { 0 };

      g_assert_true (itself != NULL || (error && *error->message));
      n_predicates += itself ? 1 : 0;
      mvx_log_draft_init (&draft, event, -1);
      mvx_log_draft_init (&empty, other, -1);
      g_assert_false (mvx_log_filter_matches (&filter, &empty));
      mvx_log_filter_matches (&filter, &draft);
      filter.predicate = itself;
      mvx_log_filter_matches (&filter, &draft);
      g_clear_error (&error);
      if (mvx_log_filter_set_pairs (&match, pairs, &error))
        {
          g_assert_false (mvx_log_filter_matches (&match, &empty));
          if (strlen (text) == g_bytes_get_size (hostile->pdata[i]))
            g_assert_true (mvx_log_filter_matches (&match, &draft));
        }
      else
        {
          g_assert_false (g_utf8_validate (text, -1, NULL));
          g_assert_cmpstr (error->message, ==, "the predicate is not valid UTF-8");
        }
      mvx_log_filter_clear (&match);
    }
  g_assert_cmpuint (n_predicates, <, hostile->len);
}

static void
process (const char *type, const char *option, const char *item, MvxLogDraft *draft)
{
  const char *const items[] = { item, NULL };
  GVariantDict dict;
  g_autoptr (MvxLogProcessor) processor = NULL;
  g_autoptr (GError) error = NULL;

  g_variant_dict_init (&dict, NULL);
  if (option)
    g_variant_dict_insert_value (&dict, option, g_variant_new_strv (items, -1));
  processor = mvx_log_processor_new (type, g_variant_dict_end (&dict), &error);
  if (processor == NULL)
    {
      g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
      g_assert_cmpstr (error->message, !=, "");
      return;
    }
  g_assert_true (mvx_log_processor_process (processor, draft, &error));
  g_assert_no_error (error);
  assert_valid (draft);
}

static void
test_processors (void)
{
  for (guint i = 0; i < hostile->len; i++)
    {
      g_autofree char *raw = text_of (i);
      g_autofree char *text = g_utf8_make_valid (raw, -1); /* options are variants */
      g_autofree char *from = g_strconcat (text, "=plain", NULL);
      g_autofree char *to = g_strconcat ("value=", text, NULL);
      g_autofree char *set = g_strconcat ("absent=", text, NULL);
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);
      g_auto (MvxLogDraft) draft = { 0 };

      mvx_log_draft_init (&draft, event, 200);
      process ("defaults", "fields", set, &draft);
      process ("rename", "keys", from, &draft);
      process ("rename", "keys", to, &draft);
      process ("markup", NULL, NULL, &draft);
      process ("error", NULL, NULL, &draft);
      process ("callsite", "keep", "line", &draft);
      process ("keys", "remove", text, &draft);
    }
}

/* Names are refused with a reason, or are names. */
static void
test_names (void)
{
  for (guint i = 0; i < hostile->len; i++)
    {
      g_autofree char *text = text_of (i);
      g_autoptr (GError) of_context = NULL;
      g_autoptr (GError) of_level = NULL;
      g_autoptr (GError) of_invocation = NULL;
      g_autoptr (MvxLogContext) context = NULL;
      g_autoptr (MvxLogInvocation) invocation = NULL;
      gboolean is_name = g_regex_match_simple ("^[A-Za-z][A-Za-z0-9_-]*(\\.[A-Za-z][A-Za-z0-9_-]*)*$", text,
                                               G_REGEX_RAW | G_REGEX_DOLLAR_ENDONLY, 0);
      gint level;

      context = mvx_log_tree_configure (text, &of_context);
      g_assert_true ((context != NULL) == (is_name || *text == '\0'));
      if (context == NULL)
        g_assert_error (of_context, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME);
      if (!mvx_log_level_from_string (text, &level, &of_level))
        g_assert_error (of_level, MVX_LOG_ERROR, MVX_LOG_ERROR_UNKNOWN_NAME);
      invocation = mvx_log_invocation_new (context, text, text, &of_invocation);
      g_assert_true (invocation || context == NULL || of_invocation);
    }
}

/* All of it at once, on the ordinary way, through a sink with a shape and one without. */
static void
test_events (void)
{
  g_autoptr (CaptureSink) plain = capture_sink_new ();
  g_autoptr (CaptureSink) shaped = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("naughty", plain);
  MvxLogSink *sinks[] = { MVX_LOG_SINK (plain), MVX_LOG_SINK (shaped) };
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_context_set_sinks (context, sinks, 2, NULL));
  g_assert_true (mvx_log_sink_set_shaping (
      sinks[1], g_variant_new_parsed ("{'redact': <['*e*']>, 'redact-text': <['\\\\w+']>, 'filter': <'not has(zzz)'>}"),
      &error));
  g_assert_no_error (error);
  capture_diag_begin (); /* ids that are none */
  for (guint i = 0; i < hostile->len; i++)
    {
      g_autofree char *text = text_of (i);
      gsize len;
      const char *data = g_bytes_get_data (hostile->pdata[i], &len);
      const MvxLogField fields[] = {
        { text, MVX_LOG_KIND_STRING, (gint32) len, { .s = data }, 0 },
        { text, MVX_LOG_KIND_STRING, -1, { .s = text }, MVX_LOG_FIELD_SECRET },
      };
      const MvxLogEventInit init = {
        .level = MVX_LOG_LEVEL_INFO,
        .name = text,
        .entity_id = text,
        .outcome = text,
        .message_template = text,
        .message = i % 2 ? data : NULL,
        .message_length = len,
        .file = text,
        .function = text,
        .trace_id = text,
        .span_id = text,
        .event_id = text,
        .event_namespace = *text ? text : NULL,
        .flags = MVX_LOG_EVENT_SKIP_LIMITS,
      };

      g_assert_cmpint (mvx_log_event_submit (context, &init, fields, 2, &error), ==, MVX_LOG_ACCEPTED);
      g_assert_no_error (error);
      record_assert_valid (capture_last (plain));
      record_assert_valid (capture_last (shaped));
      g_assert_cmpstr (mvx_log_event_get_string (capture_last (plain), text), ==, "***");
    }
  capture_diag_end ();
  g_assert_cmpuint (plain->events->len, ==, hostile->len);
  g_assert_cmpuint (shaped->events->len, ==, hostile->len);
  g_test_message ("%u hostile strings as message, template, key, value, name and ids: %u records, all valid",
                  hostile->len, shaped->events->len);
  g_assert_true (mvx_log_context_reset_sinks (context, NULL));
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  hostile = fixture_hostile ();
  g_test_add_func ("/naughty/drafts", test_drafts);
  g_test_add_func ("/naughty/redaction", test_redaction);
  g_test_add_func ("/naughty/filters", test_filters);
  g_test_add_func ("/naughty/processors", test_processors);
  g_test_add_func ("/naughty/names", test_names);
  g_test_add_func ("/naughty/events", test_events);
  result = g_test_run ();
  g_ptr_array_unref (hostile);
  return result;
}

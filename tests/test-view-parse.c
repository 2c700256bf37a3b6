/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "view/view-parse.h"

static const char *
test_view_parse_text (MvxViewEvent *event, const char *key)
{
  const MvxViewField *field = mvx_view_event_find (event, key);

  return field ? field->text : NULL;
}

static void
test_view_parse_groups (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxViewParser) parser = mvx_view_parser_new (
      "^(?<ts>\\S+) \\[(?P<level>[a-z]+)\\] (?'context'[\\w.]+)(?: \\[client (?<client>[^]]+)\\])? (?<msg>.*)$",
      &error);
  g_autoptr (MvxViewEvent) event = mvx_view_event_new ();
  const char *line = "2026-05-31T06:40:00Z [warn] mod.jk [client 10.0.0.7] it is slow";

  g_assert_no_error (error);
  g_assert_true (mvx_view_parser_parse (parser, line, strlen (line), event));
  g_assert_cmpint (event->level, ==, MVX_LOG_LEVEL_WARNING);
  g_assert_cmpint (event->time_us, ==, G_GINT64_CONSTANT (1780209600000000));
  g_assert_cmpstr (test_view_parse_text (event, "context"), ==, "mod.jk");
  g_assert_cmpstr (test_view_parse_text (event, "client"), ==, "10.0.0.7");
  g_assert_cmpstr (mvx_view_event_get (event, MVX_VIEW_MESSAGE)->text, ==, "it is slow");
  g_assert_false (event->is_json);
}

/* A group that takes no part is no field; one that takes nothing is an empty one. */
static void
test_view_parse_optional (void)
{
  g_autoptr (MvxViewParser) parser = mvx_view_parser_new ("^(?<a>x)?(?<b>y*)(?<message>.*)$", NULL);
  g_autoptr (MvxViewEvent) event = mvx_view_event_new ();

  g_assert_true (mvx_view_parser_parse (parser, "z", 1, event));
  g_assert_cmpstr (test_view_parse_text (event, "a"), ==, NULL);
  g_assert_cmpstr (test_view_parse_text (event, "b"), ==, "");
  g_assert_cmpstr (test_view_parse_text (event, "message"), ==, "z");
}

static void
test_view_parse_no_match (void)
{
  g_autoptr (MvxViewParser) parser = mvx_view_parser_new ("^\\d+ (?<message>.*)$", NULL);
  g_autoptr (MvxViewEvent) event = mvx_view_event_new ();

  g_assert_false (mvx_view_parser_parse (parser, "text", 4, event));
  g_assert_cmpuint (event->fields->len, ==, 0);
}

static void
test_view_parse_bytes (void)
{
  g_autoptr (MvxViewParser) parser = mvx_view_parser_new ("^(?<message>.*)$", NULL);
  g_autoptr (MvxViewEvent) event = mvx_view_event_new ();

  g_assert_true (mvx_view_parser_parse (parser, "a\xff\0b", 4, event));
  g_assert_cmpstr (test_view_parse_text (event, "message"), ==, "a\357\277\275\357\277\275b");
  g_assert_cmpuint (event->line_length, ==, 4);
}

/* What looks like a group but is none. */
static void
test_view_parse_lookalikes (void)
{
  g_autoptr (MvxViewParser) parser
      = mvx_view_parser_new ("(?<!z)(?<=a)\\(?<no>[(?<neither>]?[](?<nor>]?(?<yes>b)", NULL);
  g_autoptr (MvxViewEvent) event = mvx_view_event_new ();
  const char *line = "a<no>b";

  g_assert_nonnull (parser);
  g_assert_true (mvx_view_parser_parse (parser, line, strlen (line), event));
  g_assert_cmpuint (event->fields->len, ==, 1);
  g_assert_cmpstr (test_view_parse_text (event, "yes"), ==, "b");
}

static void
test_view_parse_errors (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_view_parser_new ("^(.*)$", &error));
  g_assert_cmpstr (error->message, ==,
                   "the regular expression '^(.*)$' has no named group; write for example "
                   "'^(?<ts>\\S+) (?<level>\\w+) (?<message>.*)$'");
  g_clear_error (&error);
  g_assert_null (mvx_view_parser_new ("(?<a>\xff)", &error));
  g_assert_cmpstr (error->message, ==, "the regular expression is not valid UTF-8");
  g_clear_error (&error);
  g_assert_null (mvx_view_parser_new ("(?<a>", &error));
  g_assert_error (error, G_REGEX_ERROR, G_REGEX_ERROR_UNMATCHED_PARENTHESIS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/view-parse/groups", test_view_parse_groups);
  g_test_add_func ("/view-parse/optional", test_view_parse_optional);
  g_test_add_func ("/view-parse/no-match", test_view_parse_no_match);
  g_test_add_func ("/view-parse/bytes", test_view_parse_bytes);
  g_test_add_func ("/view-parse/lookalikes", test_view_parse_lookalikes);
  g_test_add_func ("/view-parse/errors", test_view_parse_errors);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the http plugin sends to Loki, by the rules that its documentation has for a push. */
#include "http-fixture.h"

static JsonNode *
parse (const char *text, gssize size)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, text, size, &error);
  g_assert_no_error (error);
  return json_parser_steal_root (parser);
}

static void
assert_text (JsonNode *node)
{
  g_assert_true (JSON_NODE_HOLDS_VALUE (node));
  g_assert_cmpuint (json_node_get_value_type (node), ==, G_TYPE_STRING);
}

static void
check_label (JsonObject *object, const char *name, JsonNode *node, gpointer data)
{
  g_assert_true (g_regex_match_simple ("^[a-zA-Z_][a-zA-Z0-9_]*$", name, G_REGEX_DOLLAR_ENDONLY, 0));
  assert_text (node);
}

/* [time in nanoseconds as a string, line, metadata] */
static void
check_value (JsonArray *value)
{
  JsonObject *metadata;

  g_assert_cmpuint (json_array_get_length (value), ==, 3);
  assert_text (json_array_get_element (value, 0));
  g_assert_true (g_regex_match_simple ("^[0-9]{19}$", json_array_get_string_element (value, 0), 0, 0));
  assert_text (json_array_get_element (value, 1));
  metadata = json_array_get_object_element (value, 2);
  json_object_foreach_member (metadata, check_label, NULL);
}

/* How many lines there are. */
static guint
check_request (const HttpRequest *request)
{
  g_autoptr (JsonNode) root = parse (request->body, (gssize) request->size);
  JsonObject *object = json_node_get_object (root);
  JsonArray *streams = json_object_get_array_member (object, "streams");
  guint n = 0;

  g_assert_cmpstr (request->path, ==, "/loki/api/v1/push");
  http_assert_header (request, "Content-Type", "application/json");
  g_assert_cmpuint (json_object_get_size (object), ==, 1);
  g_assert_cmpuint (json_array_get_length (streams), >, 0);
  for (guint i = 0; i < json_array_get_length (streams); i++)
    {
      JsonObject *stream = json_array_get_object_element (streams, i);
      JsonObject *labels = json_object_get_object_member (stream, "stream");
      JsonArray *values = json_object_get_array_member (stream, "values");

      g_assert_cmpuint (json_object_get_size (stream), ==, 2);
      g_assert_true (json_object_has_member (labels, "level"));
      g_assert_true (json_object_has_member (labels, "service_name"));
      json_object_foreach_member (labels, check_label, NULL);
      for (guint k = 0; k < json_array_get_length (values); k++, n++)
        check_value (json_array_get_array_element (values, k));
    }
  return n;
}

static void
open_loki (HttpFixture *fixture)
{
  fixture->server.usual.status = 204;
  http_set (fixture, "profile", "loki");
  http_set (fixture, "service", "shop");
  http_set (fixture, "labels", "site=north \"1\";rack=7");
  http_open (fixture);
}

static void
test_push (HttpFixture *fixture, gconstpointer data)
{
  static const char start[]
      = "{\"streams\":[{\"stream\":{\"level\":\"info\",\"service_name\":\"shop\",\"site\":\"north \\\"1\\\"\","
        "\"rack\":\"7\"},\"values\":[[\"1795262400123456789\",\"{\\\"ts\\\":\\\"2026-11-21T12:00:00.123456789Z\\\","
        "\\\"level\\\":\\\"info\\\",\\\"context\\\":\\\"org.example\\\",\\\"message\\\":\\\"event 1\\\"";
  g_autoptr (HttpRequest) request = NULL;

  open_loki (fixture);
  http_add_events (fixture, 2);
  g_ptr_array_add (
      fixture->events,
      fixture_event ((Fixture){
          .level = MVX_LOG_LEVEL_ERROR, .message = "m", .trace = "0af7651916cd43dd8448eb211c80319c", .seq = 3 }));
  http_assert_delivers (fixture, 0);
  request = http_take (&fixture->server);
  g_assert_cmpuint (check_request (request), ==, 3);
  g_assert_true (g_str_has_prefix (request->body, start));
  g_assert_nonnull (strstr (request->body, "}\",{\"logger\":\"org.example\"}],["));
  g_assert_nonnull (strstr (request->body, "]]},{\"stream\":{\"level\":\"error\","));
  g_assert_nonnull (strstr (request->body, "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\"}]]}]}"));
}

static void
test_hostile (HttpFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  guint n = 0;

  open_loki (fixture);
  for (guint i = 0; i < hostile->len; i++)
    g_ptr_array_add (fixture->events, fixture_hostile_event (hostile->pdata[i]));
  http_assert_delivers (fixture, 0);
  while (g_async_queue_length (fixture->server.requests) > 0)
    {
      g_autoptr (HttpRequest) request = http_take (&fixture->server);

      n += check_request (request);
    }
  g_assert_cmpuint (n, ==, hostile->len);
}

#define ADD(name, func)                                                                                                \
  g_test_add ("/http-loki/" name, HttpFixture, NULL, http_fixture_set_up, func, http_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("push", test_push);
  ADD ("hostile", test_hostile);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hostile texts in requests of every profile: an event is one record to whoever reads the body, and the record holds
 * it. */
#include "../hostile-judge.h"
#include "http-fixture.h"

typedef struct
{
  const char *name;
  const char *layout;
  const char *profile;
  const char *framing; /* nullable */
  HttpAnswer usual;
} Body;

static const Body bodies[] = {
  { "lines", "json", "json", NULL, { .status = 200 } },
  { "array", "array", "json", "array", { .status = 200 } },
  { "elasticsearch", "bulk-nested", "elasticsearch", NULL, { .status = 200, .manner = HTTP_ITEMS } },
  { "ecs", "bulk-ecs", "ecs", NULL, { .status = 200, .manner = HTTP_ITEMS } },
  { "loki", "loki", "loki", NULL, { .status = 204 } },
  { "otlp", "otlp", "otlp", NULL, { .status = 200 } },
};

/* One after the other, with a newline behind each. */
static GString *
take_bodies (HttpServer *server)
{
  GString *found = g_string_new (NULL);

  while (g_async_queue_length (server->requests) > 0)
    {
      g_autoptr (HttpRequest) request = http_take (server);

      g_string_append_len (found, request->body, (gssize) request->size);
      if (request->size == 0 || request->body[request->size - 1] != '\n')
        g_string_append_c (found, '\n');
    }
  return found;
}

static void
test_body (HttpFixture *fixture, gconstpointer data)
{
  const Body *body = data;
  g_autoptr (GPtrArray) texts = fixture_hostile ();
  g_autofree char *sink = g_strconcat ("http ", body->name, NULL);
  g_autoptr (GString) found = NULL;

  fixture->server.usual = body->usual;
  http_set (fixture, "profile", body->profile);
  if (body->framing)
    http_set (fixture, "framing", body->framing);
  http_open (fixture);
  for (guint i = 0; i < texts->len; i++)
    g_ptr_array_add (fixture->events, fixture_hostile_event (texts->pdata[i]));
  http_assert_delivers (fixture, 0);
  g_assert_cmpstr (fixture->rejects->str, ==, "");
  found = take_bodies (&fixture->server);
  hostile_judge (sink, body->layout, texts, found->str, found->len);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autofree char *path = g_strconcat ("/http-hostile/", bodies[i].name, NULL);

      g_test_add (path, HttpFixture, &bodies[i], http_fixture_set_up, test_body, http_fixture_tear_down);
    }
  return g_test_run ();
}

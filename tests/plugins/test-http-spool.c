/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spooled http sink: programs that are killed, and a server that dies between what it has taken and its answer.
 * Program and server are the test itself. */
#include <fcntl.h>

#include "http-fixture.h"
#include "spool-cycle.h"

static const char *program;

/* The server: each event that it takes is a line "RUN NUMBER" in a file. */
typedef struct
{
  int fd;
  guint limit; /* it dies with so many requests taken and the last one not answered; 0: never */
  guint n;
} Taker;

static void take_text (GString *text, const char *json, gsize size);
static void take_node (GString *text, JsonNode *node);

static void
take_member (JsonObject *object, const char *name, JsonNode *node, gpointer text)
{
  take_node (text, node);
}

/* Of OpenTelemetry; 0: there is none. */
static gint64
get_attribute (JsonObject *object, const char *key)
{
  JsonArray *attributes
      = json_object_has_member (object, "attributes") ? json_object_get_array_member (object, "attributes") : NULL;

  for (guint i = 0; attributes && i < json_array_get_length (attributes); i++)
    {
      JsonObject *attribute = json_array_get_object_element (attributes, i);
      JsonObject *value = json_object_get_object_member (attribute, "value");

      if (strcmp (json_object_get_string_member (attribute, "key"), key) == 0)
        return g_ascii_strtoll (json_object_get_string_member (value, "intValue"), NULL, 10);
    }
  return 0;
}

static void
take_object (GString *text, JsonObject *object)
{
  gint64 n = get_attribute (object, "n");

  if (n > 0)
    g_string_append_printf (text, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", get_attribute (object, "run"), n);
  else if (json_object_has_member (object, "run"))
    g_string_append_printf (text, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
                            json_object_get_int_member (object, "run"), json_object_get_int_member (object, "n"));
  else
    json_object_foreach_member (object, take_member, text);
}

/* Loki gets lines that are JSON as strings in JSON. */
static void
take_node (GString *text, JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    take_object (text, json_node_get_object (node));
  else if (JSON_NODE_HOLDS_ARRAY (node))
    for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
      take_node (text, json_array_get_element (json_node_get_array (node), i));
  else if (json_node_get_value_type (node) == G_TYPE_STRING && *json_node_get_string (node) == '{')
    take_text (text, json_node_get_string (node), strlen (json_node_get_string (node)));
}

static void
take_text (GString *text, const char *json, gsize size)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, json, (gssize) size, &error);
  g_assert_no_error (error);
  take_node (text, json_parser_get_root (parser));
}

/* To _bulk there are two lines for each event, and an item is the answer. */
static void
answer (SoupServerMessage *message, const char *path, guint n_lines)
{
  g_autoptr (GString) items = g_string_new ("{\"items\":[");

  soup_server_message_set_status (message, 200, NULL);
  if (!g_str_has_suffix (path, "/_bulk"))
    return;
  for (guint i = 0; i < n_lines / 2; i++)
    g_string_append_printf (items, "%s{\"create\":{\"status\":201}}", i == 0 ? "" : ",");
  g_string_append (items, "]}");
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, items->str, items->len);
}

static void
take_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Taker *taker = data;
  g_autoptr (GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (message));
  g_autoptr (GString) text = g_string_new (NULL);
  const char *line = g_bytes_get_data (body, NULL);
  const char *end = line + g_bytes_get_size (body);
  guint n_lines = 0;

  while (line < end)
    {
      const char *next = memchr (line, '\n', (gsize) (end - line));

      take_text (text, line, (gsize) ((next ? next : end) - line));
      line = next ? next + 1 : end;
      n_lines++;
    }
  g_assert_cmpint (write (taker->fd, text->str, text->len), ==, (gssize) text->len);
  if (++taker->n == taker->limit)
    raise (SIGKILL);
  answer (message, path, n_lines);
}

static int
serve (const char *port, const char *path, const char *limit)
{
  Taker taker = { .limit = (guint) strtoul (limit, NULL, 10) };
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;

  taker.fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  g_assert_cmpint (taker.fd, >=, 0);
  soup_server_add_handler (server, NULL, take_request, &taker, NULL);
  soup_server_listen_local (server, (guint) strtoul (port, NULL, 10), SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  printf ("ready\n");
  fflush (stdout);
  g_main_loop_run (loop);
  return 0;
}

/* Keeps a server running, however often it dies. */
typedef struct
{
  char *port;
  char *path;
  GRand *rand; /* for the thread, but for the first one */
  int fd;      /* has the port while the server has not */
  GMutex mutex;
  GCond spawned;
  GSubprocess *process; /* with the mutex */
  gboolean calm;        /* with the mutex: no more deaths */
  gboolean over;        /* with the mutex */
  guint n_deaths;       /* with the mutex */
  GThread *thread;
} Keeper;

/* Returns when it listens. */
static void
keeper_spawn (Keeper *self)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  char word[8];
  gsize n;
  g_autofree char *limit = g_strdup_printf ("%d", self->calm ? 0 : g_rand_int_range (self->rand, 1, 12));
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->process);
  g_subprocess_launcher_set_child_setup (launcher, peer_child_setup, NULL, NULL);
  self->process
      = g_subprocess_launcher_spawn (launcher, &error, program, "--serve", self->port, self->path, limit, NULL);
  g_assert_no_error (error);
  /* "ready", and a newline. */
  g_input_stream_read_all (g_subprocess_get_stdout_pipe (self->process), word, 6, &n, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 6);
}

static gpointer
keeper_run (gpointer data)
{
  Keeper *self = data;
  gboolean over = FALSE;

  while (!over)
    {
      g_autoptr (GSubprocess) process = NULL;

      g_mutex_lock (&self->mutex);
      process = g_object_ref (self->process);
      g_mutex_unlock (&self->mutex);
      g_subprocess_wait (process, NULL, NULL);
      g_mutex_lock (&self->mutex);
      over = self->over;
      self->n_deaths += !over;
      if (!over)
        keeper_spawn (self);
      g_cond_signal (&self->spawned);
      g_mutex_unlock (&self->mutex);
    }
  return NULL;
}

static void
keeper_start (Keeper *self, const char *directory)
{
  guint16 port;

  *self = (Keeper){ .path = g_build_filename (directory, "taken", NULL) };
  self->fd = peer_hold_port (&port);
  self->port = g_strdup_printf ("%u", port);
  self->rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_mutex_init (&self->mutex);
  g_cond_init (&self->spawned);
  keeper_spawn (self);
  self->thread = g_thread_new ("keeper", keeper_run, self);
}

/* No server dies from here on. */
static void
keeper_calm (Keeper *self)
{
  guint n;

  g_mutex_lock (&self->mutex);
  n = self->n_deaths;
  self->calm = TRUE;
  g_subprocess_send_signal (self->process, SIGKILL);
  while (self->n_deaths == n)
    g_cond_wait (&self->spawned, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

static guint
keeper_count_deaths (Keeper *self)
{
  guint n;

  g_mutex_lock (&self->mutex);
  n = self->n_deaths;
  g_mutex_unlock (&self->mutex);
  return n;
}

static void
keeper_end (Keeper *self)
{
  g_mutex_lock (&self->mutex);
  self->over = TRUE;
  g_subprocess_send_signal (self->process, SIGKILL);
  g_mutex_unlock (&self->mutex);
  g_thread_join (self->thread);
  g_clear_object (&self->process);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->spawned);
  close (self->fd);
  g_rand_free (self->rand);
  g_free (self->port);
  g_free (self->path);
}

static void
note_taken (Cycle *cycle, const Keeper *keeper)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (keeper->path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] && *lines[i]; i++)
    {
      char *end;
      guint64 run = g_ascii_strtoull (lines[i], &end, 10);

      cycle_note (cycle, run, g_ascii_strtoull (end, NULL, 10));
    }
}

/* Every event is there that the program was told is safe, and what is there twice fits into one batch for each death.
 */
static void
test_deaths (gconstpointer data)
{
  const char *profile = data;
  g_autofree char *directory = fixture_make_directory ();
  const gboolean is_long = g_getenv ("MVXLOG_TEST_LONG") != NULL;
  const guint n_runs = is_long ? 12 : 3;
  const guint n_events = is_long ? 10000 : 300;
  g_autofree char *sink = NULL;
  Keeper keeper;
  Cycle cycle;

  keeper_start (&keeper, directory);
  sink = g_strdup_printf ("plugin=http\nprofile=%s\nurl=http://127.0.0.1:%s/", profile, keeper.port);
  cycle_init (&cycle, program, directory, sink);
  for (guint i = 0; i < n_runs; i++)
    cycle_run (&cycle, n_events, i % 3 == 1 ? n_events / 2 : G_MAXUINT);
  keeper_calm (&keeper);
  cycle_run (&cycle, 0, G_MAXUINT);
  note_taken (&cycle, &keeper);
  g_assert_cmpuint (keeper_count_deaths (&keeper), >, 0);
  cycle_check (&cycle, keeper_count_deaths (&keeper) + n_runs);
  cycle_clear (&cycle);
  keeper_end (&keeper);
  fixture_remove (directory);
}

int
main (int argc, char **argv)
{
  static const char *const profiles[] = { "json", "elasticsearch", "ecs", "otlp", "loki" };

  if (argc == 5 && strcmp (argv[1], "--child") == 0)
    return cycle_child (&mvx_static_plugin_http, argv[2], argv[3], argv[4]);
  if (argc == 5 && strcmp (argv[1], "--serve") == 0)
    return serve (argv[2], argv[3], argv[4]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++)
    {
      g_autofree char *path = g_strconcat ("/http-spool/deaths/", profiles[i], NULL);

      g_test_add_data_func (path, profiles[i], test_deaths);
    }
  return g_test_run ();
}

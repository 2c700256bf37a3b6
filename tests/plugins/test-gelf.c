/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a GELF server gets: fields, chunks of any number, compressed or not, what is too large, and hostile text. */
#include <math.h>

#include "../hostile-judge.h"
#include "gelf-fixture.h"

static void
test_fields (Gelf *self, gconstpointer transport)
{
  g_autoptr (GError) failure = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "broken");
  const MvxLogField fields[]
      = { FIELD_STRING ("path", "/a\n"), FIELD_DOUBLE ("ms", 12.5), FIELD_BOOL ("ok", TRUE),
          FIELD_DOUBLE ("nan", NAN),     FIELD_INT ("id", -7),      FIELD_ERROR ("error", failure) };
  const MvxLogSender sender = { .host = "web1", .pid = 77 };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .context = "net.http",
                                                            .level = MVX_LOG_LEVEL_ERROR,
                                                            .name = "bind",
                                                            .message = "first line\nand more",
                                                            .trace = "0af7651916cd43dd8448eb211c80319c",
                                                            .span = "b7ad6b7169203331",
                                                            .file = "a.c",
                                                            .line = "42",
                                                            .function = "main",
                                                            .fields = fields,
                                                            .n_fields = G_N_ELEMENTS (fields),
                                                            .sender = &sender,
                                                            .thread = 7,
                                                            .seq = 3 });
  g_auto (GStrv) lines = NULL;

  if (!gelf_start (self, transport, NULL, NULL))
    return;
  store_open (&self->store);
  store_dispatch_one (&self->store, event);
  lines = gelf_finish (self);
  g_assert_cmpuint (g_strv_length (lines), ==, 1);
  if (g_str_equal (transport, "udp"))
    g_assert_nonnull (strstr (lines[0], "\"chunks\": 0, "));
  g_assert_nonnull (strstr (lines[0], "\"_ms\": 12.5, \"_nan\": \"NaN\", \"_ok\": \"true\", \"_path\": \"/a\\n\""));
  g_assert_nonnull (strstr (lines[0], "\"_error_code\": 0, \"_error_message\": \"broken\""));
  g_assert_nonnull (strstr (lines[0], "\"full_message\": \"and more\\n"));
  g_assert_nonnull (strstr (lines[0],
                            "\"host\": \"web1\", \"level\": 3, \"short_message\": \"first line\", \"timestamp\": "
                            "1795262400.123456, \"version\": \"1.1\"}"));
  g_assert_nonnull (strstr (lines[0], "\"_timestamp_ns\": \"1795262400123456789\""));
}

/* A message that nothing can make smaller than it is. */
static MvxLogEvent *
make_random (GRand *random, gsize size)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
  g_autofree char *text = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    text[i] = letters[g_rand_int_range (random, 0, 64)];
  text[size] = '\0';
  return fixture_event ((Fixture){ .message = text });
}

/* So many bytes a message has beside its text. */
static gsize
measure_frame (void)
{
  static const char *const keys[] = { "json-keys", "gelf", NULL };
  g_autoptr (MvxLogRenderer) renderer = mvx_log_renderer_new ("json", keys, NULL);
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = "x" });
  g_autoptr (GBytes) line = mvx_log_renderer_render_bytes (renderer, event);

  return g_bytes_get_size (line) - 2;
}

static void
assert_arrived (const char *line, MvxLogEvent *event, gint64 n_chunks)
{
  g_autoptr (JsonObject) message = gelf_parse (line);
  g_autofree char *text = mvx_log_event_dup_message (event);

  g_assert_cmpstr (json_object_get_string_member (message, "short_message"), ==, text);
  if (n_chunks >= 0)
    g_assert_cmpint (json_object_get_int_member (message, "chunks"), ==, n_chunks);
}

/* At the borders: 0 stands for one datagram without a header of chunks. */
static void
test_borders (Gelf *self, gconstpointer transport)
{
  static const struct
  {
    gsize size; /* of the message */
    gint64 n_chunks;
  } rows[] = { { 512, 0 },  { 999, 0 },  { 1000, 0 },     { 1001, 2 },
               { 1976, 2 }, { 1977, 3 }, { 126463, 128 }, { 126464, 128 } };
  g_autoptr (GRand) random = g_rand_new_with_seed (20261129);
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  g_autoptr (MvxLogEvent) too_large = make_random (random, 126465 - measure_frame ());
  g_auto (GStrv) lines = NULL;

  if (!gelf_start (self, transport, NULL, NULL))
    return;
  store_set (&self->store, "chunk-size", "1000");
  store_set (&self->store, "compression", "none");
  store_open (&self->store);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_ptr_array_add (events, make_random (random, rows[i].size - measure_frame ()));
      store_dispatch_one (&self->store, events->pdata[i]);
      gelf_wait (self, i + 1);
    }
  store_dispatch_one (&self->store, too_large);
  g_assert_cmpuint (self->store.n_rejected, ==, 1);
  lines = gelf_finish (self);
  g_assert_cmpuint (g_strv_length (lines), ==, events->len);
  for (guint i = 0; i < events->len; i++)
    assert_arrived (lines[i], events->pdata[i], rows[i].n_chunks);
}

static gboolean
dispatch_all (StoreFixture *store, GPtrArray *events)
{
  g_autoptr (GError) error = NULL;
  guint n_done = 0;
  MvxLogDispatchResult result = store->plugin->dispatch_core (store->instance, (MvxLogEvent *const *) events->pdata,
                                                              events->len, &n_done, &error);

  g_assert_no_error (error);
  return result == MVX_LOG_DISPATCH_OK && n_done == events->len;
}

/* Of every size and compression, in one batch; some of them are too large. */
static void
test_sizes (Gelf *self, gconstpointer transport)
{
  static const char *const compressions[] = { "none", "gzip", "zlib" };
  g_autoptr (GRand) random = g_rand_new_with_seed (20261130);
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  g_auto (GStrv) lines = NULL;
  const gboolean is_udp = g_str_equal (transport, "udp");
  guint n_large = 0;

  if (!gelf_start (self, transport, NULL, NULL))
    return;
  store_open (&self->store);
  store_set (&self->store, "max-message-size", "50000");
  for (guint i = 0; i < G_N_ELEMENTS (compressions); i++)
    {
      g_autoptr (GPtrArray) events = g_ptr_array_new ();

      if (is_udp)
        store_set (&self->store, "compression", compressions[i]);
      g_assert_true (self->store.plugin->plugin->reconfigure (self->store.instance, self->store.options, NULL));
      for (guint j = 0; j < 21; j++)
        {
          gboolean is_large = j % 7 == 3 || j % 7 == 4;
          MvxLogEvent *event = make_random (random, is_large ? 50000 : (gsize) g_rand_int_range (random, 1, 5000));

          g_ptr_array_add (events, event);
          g_ptr_array_add (kept, event);
          n_large += is_large;
        }
      g_assert_true (dispatch_all (&self->store, events));
      gelf_wait (self, kept->len - n_large);
    }
  g_assert_cmpuint (self->store.n_rejected, ==, n_large);
  lines = gelf_finish (self);
  g_assert_cmpuint (g_strv_length (lines), ==, kept->len - n_large);
  for (guint i = 0, at = 0; i < kept->len; i++)
    if (i % 21 % 7 != 3 && i % 21 % 7 != 4)
      assert_arrived (lines[at++], kept->pdata[i], -1);
}

/* What can be compressed is. */
static void
test_compressed (Gelf *self, gconstpointer transport)
{
  g_autofree char *text = g_strnfill (100000, 'a');
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = text });
  g_auto (GStrv) lines = NULL;

  if (!gelf_start (self, transport, NULL, NULL))
    return;
  store_open (&self->store);
  store_dispatch_one (&self->store, event);
  store_set (&self->store, "compression", "zlib");
  g_assert_true (self->store.plugin->plugin->reconfigure (self->store.instance, self->store.options, NULL));
  store_dispatch_one (&self->store, event);
  store_dispatch_one (&self->store, event);
  lines = gelf_finish (self);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  for (guint i = 0; i < 3; i++)
    assert_arrived (lines[i], event, 0);
}

static void
test_hostile (Gelf *self, gconstpointer transport)
{
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  g_autoptr (GPtrArray) taken = g_ptr_array_new ();
  g_autofree char *sink = g_strconcat ("gelf ", transport, NULL);
  g_autofree char *found = NULL;
  g_auto (GStrv) lines = NULL;

  if (!gelf_start (self, transport, NULL, NULL))
    return;
  store_open (&self->store);
  for (guint i = 0; i < hostile->len; i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);
      guint n_rejected = self->store.n_rejected;

      store_dispatch_one (&self->store, event);
      if (self->store.n_rejected == n_rejected)
        g_ptr_array_add (taken, hostile->pdata[i]);
      if (i % 16 == 15)
        gelf_wait (self, taken->len);
    }
  lines = gelf_finish (self);
  /* One is a flood. */
  g_assert_cmpuint (self->store.n_rejected, <=, 1);
  g_assert_true (g_file_get_contents (self->output, &found, NULL, NULL));
  hostile_judge (sink, "gelf", taken, found, strlen (found));
  g_assert_cmpuint (g_strv_length (lines), ==, taken->len);
}

static void
test_options (Gelf *self, gconstpointer transport)
{
  static const struct
  {
    const char *transport;
    const char *name;
    const char *value;
    const char *expected;
  } rows[] = {
    { "udp", "host", "", "host: '' is not the name or address of a server; give one such as loghost.example.org" },
    { "tcp", "compression", "gzip", "compression: it is for transport=udp; set that, or leave it out" },
    { "tls", "chunk-size", "1000", "chunk-size: it is for transport=udp; set that, or leave it out" },
    { "tcp", "ca-file", "/x", "ca-file: '/x' is for transport=tls; set that, or leave it out" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      store_set (&self->store, "transport", rows[i].transport);
      store_set (&self->store, rows[i].name, rows[i].value);
      store_assert_refused (&self->store, rows[i].expected);
      mvx_log_options_unref (self->store.options);
      self->store.options = mvx_log_plugin_new_options (self->store.plugin);
    }
}

#define TEST(name, transport)                                                                                          \
  g_test_add ("/gelf/" #name "/" transport, Gelf, transport, gelf_set_up, test_##name, gelf_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST (fields, "udp");
  TEST (fields, "tcp");
  TEST (borders, "udp");
  TEST (sizes, "udp");
  TEST (sizes, "tcp");
  TEST (compressed, "udp");
  TEST (hostile, "udp");
  TEST (hostile, "tcp");
  TEST (options, "udp");
  return g_test_run ();
}

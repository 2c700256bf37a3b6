/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hostile events as JSON, read back by two parsers. */
#pragma once

#include "render-fixture.h"

/* What the event was made of, in valid UTF-8; @text ends at a NUL. */
typedef void (*JsonFixtureCheck) (JsonObject *object,
                                  const char *text);

static inline JsonNode *
json_fixture_parse (const char *line)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = json_from_string (line, &error);

  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (node));
  return node;
}

/* Each line as jq writes it. */
static inline char **
json_fixture_jq (const char *jq, const char *lines, gsize len)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("mvxlog-jq-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "lines", NULL);
  g_autofree char *output = NULL;
  const char *argv[] = { jq, "-c", ".", path, NULL };
  gint status;

  g_assert_no_error (error);
  g_file_set_contents (path, lines, (gssize) len, &error);
  g_assert_no_error (error);
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  g_unlink (path);
  g_rmdir (folder);
  return g_strsplit (output, "\n", -1);
}

/* Every line is one object to both parsers, and the same one. */
static inline void
json_fixture_check (const char *const *settings, JsonFixtureCheck check)
{
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  g_autoptr (GPtrArray) nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  g_autoptr (MvxLogRenderer) renderer = fixture_renderer ("json", settings);
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autofree char *jq = g_find_program_in_path ("jq");
  g_auto (GStrv) seen = NULL;

  for (guint i = 0; i < hostile->len; i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);
      g_autofree char *line = fixture_line (renderer, event);
      gsize len;
      const char *data = g_bytes_get_data (hostile->pdata[i], &len);
      g_autofree char *text = g_strndup (data ? data : "", len);

      g_ptr_array_add (nodes, json_fixture_parse (line));
      g_string_append_printf (lines, "%s\n", line);
      if (strlen (text) == len && g_utf8_validate (text, -1, NULL))
        check (json_node_get_object (nodes->pdata[i]), text);
    }
  if (jq == NULL)
    {
      g_test_skip ("jq is not installed");
      return;
    }
  seen = json_fixture_jq (jq, lines->str, lines->len);
  g_assert_cmpuint (g_strv_length (seen), ==, nodes->len + 1);
  for (guint i = 0; i < nodes->len; i++)
    {
      g_autoptr (JsonNode) node = json_fixture_parse (seen[i]);

      g_assert_true (json_node_equal (node, nodes->pdata[i]));
    }
}

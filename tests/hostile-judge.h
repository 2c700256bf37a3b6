/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The corpus of hostile texts through a sink: what its receiver has is read back by Python (judge-hostile.py), which
 * shares nothing with the library. One event has to be one record that holds what it was given. */
#pragma once

#include "render-fixture.h"

/* Those of at most @max bytes: there are receivers that take no larger message. */
static inline GPtrArray *
hostile_texts (gsize max)
{
  GPtrArray *texts = fixture_hostile ();

  for (guint i = texts->len; i-- > 0;)
    if (g_bytes_get_size (texts->pdata[i]) > max)
      g_ptr_array_remove_index (texts, i);
  return texts;
}

static inline GPtrArray *
hostile_events (GPtrArray *texts)
{
  GPtrArray *events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);

  for (guint i = 0; i < texts->len; i++)
    g_ptr_array_add (events, fixture_hostile_event (texts->pdata[i]));
  return events;
}

/* A record of a layout that has no lines. */
static inline void
hostile_append_frame (GString *found, const char *data, gsize size)
{
  const guint32 length = GUINT32_TO_LE ((guint32) size);

  g_string_append_len (found, (const char *) &length, sizeof length);
  g_string_append_len (found, data, (gssize) size);
}

static inline char *
hostile_encode (const char *text, gsize size)
{
  return g_base64_encode ((const guchar *) (text ? text : ""), size);
}

static inline GString *
hostile_expected (GPtrArray *texts)
{
  GString *expected = g_string_new (NULL);

  for (guint i = 0; i < texts->len; i++)
    {
      gsize size;
      const char *text = g_bytes_get_data (texts->pdata[i], &size);
      g_autofree char *whole = hostile_encode (text, size);
      g_autofree char *start = hostile_encode (text, text ? strnlen (text, size) : 0);

      g_string_append_printf (expected, "%s %s\n", whole, start);
    }
  return expected;
}

/* @found: what the receiver of @sink has of the events of @texts, in this layout of judge-hostile.py's. */
static inline void
hostile_judge (const char *sink, const char *layout, GPtrArray *texts, const char *found, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *python = g_find_program_in_path ("python3");
  g_autofree char *script = g_test_build_filename (G_TEST_DIST, "judge-hostile.py", NULL);
  g_autofree char *folder = g_dir_make_tmp ("mvxlog-hostile-XXXXXX", &error);
  g_autofree char *found_path = g_build_filename (folder, "found", NULL);
  g_autofree char *expected_path = g_build_filename (folder, "expected", NULL);
  g_autoptr (GString) expected = hostile_expected (texts);
  g_autofree char *output = NULL;
  const char *argv[] = { python, script, layout, found_path, expected_path, NULL };
  gint status;

  g_assert_no_error (error);
  if (python == NULL)
    {
      g_rmdir (folder);
      g_test_skip ("python3 is not installed");
      return;
    }
  g_assert_true (g_file_set_contents (found_path, found, (gssize) size, NULL));
  g_assert_true (g_file_set_contents (expected_path, expected->str, (gssize) expected->len, NULL));
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s: %s", sink, output);
  g_test_message ("hostile texts through %s: %s", sink, g_strchomp (output));
  g_unlink (found_path);
  g_unlink (expected_path);
  g_rmdir (folder);
}

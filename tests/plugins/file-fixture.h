/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An instance of the file plugin in a directory of its own, driven by the four symbols. */
#pragma once

#include <string.h>
#include <sys/stat.h>

#include <mvxlog/mvxlog.h>

#include "../broken/fixture.h"
#include "event/event-private.h"
#include "plugin/plugin-private.h"
#include "sink/host-private.h"

#include "../../plugins/file/file-name.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (file);

/* "event N of this test\n" */
#define FILE_LINE_SIZE 24

typedef struct
{
  char           *directory;
  char           *path;
  MvxLogSinkHost *host;
  MvxLogOptions  *options;
  gpointer        instance;
  GMutex          mutex;
  GPtrArray      *diagnostics; /* under the mutex */
} FileFixture;

static inline void
file_fixture_diagnose (gpointer    data,
                       gint        level,
                       const char *message)
{
  FileFixture *fixture = data;

  g_mutex_lock (&fixture->mutex);
  g_ptr_array_add (fixture->diagnostics, g_strdup (message));
  g_mutex_unlock (&fixture->mutex);
}

static inline void
file_set (FileFixture *fixture,
          const char  *name,
          const char  *value)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_options_set (fixture->options, name, value, &error));
  g_assert_no_error (error);
}

static inline void
file_close (FileFixture *fixture)
{
  if (fixture->instance)
    mvx_static_plugin_file.plugin->destroy (fixture->instance);
  fixture->instance = NULL;
}

static inline void
file_open (FileFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  file_close (fixture);
  fixture->instance = mvx_static_plugin_file.create (fixture->options, fixture->host, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->instance);
}

static inline MvxLogDispatchResult
file_try_dispatch (FileFixture *fixture,
                   guint        first,
                   guint        n,
                   guint       *n_done,
                   GError     **error)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);

  for (guint i = first; i < first + n; i++)
    {
      g_autofree char *text = g_strdup_printf ("event %04u of this test", i);

      g_assert_cmpuint (strlen (text) + 1, ==, FILE_LINE_SIZE);
      g_ptr_array_add (events, mvx_log_event_new ("org.example", MVX_LOG_LEVEL_INFO, i + 1, text, NULL, 0));
    }
  return mvx_static_plugin_file.dispatch_core (fixture->instance, (MvxLogEvent *const *) events->pdata, n, n_done,
                                               error);
}

static inline void
file_dispatch (FileFixture *fixture,
               guint        first,
               guint        n)
{
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  g_assert_cmpint (file_try_dispatch (fixture, first, n, &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, n);
}

static inline gint
file_compare (gconstpointer a,
              gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names in the directory, sorted, separated by spaces. */
static inline char *
file_list (FileFixture *fixture)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, file_compare);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **) names->pdata);
}

/* Whole lines of a file. */
static inline guint
file_count_lines (FileFixture *fixture,
                  const char  *name)
{
  g_autofree char *path = g_build_filename (fixture->directory, name, NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_file_get_contents (path, &content, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (size % FILE_LINE_SIZE, ==, 0);
  for (gsize i = 0; i < size; i += FILE_LINE_SIZE)
    {
      g_assert_true (g_str_has_prefix (content + i, "event "));
      g_assert_true (content[i + FILE_LINE_SIZE - 1] == '\n');
    }
  return (guint) (size / FILE_LINE_SIZE);
}

/* The lines of all rolled files, and how many files they are. */
static inline guint
file_count_rolled (FileFixture *fixture,
                   guint       *n_files)
{
  g_autofree char *list = file_list (fixture);
  g_auto (GStrv) names = g_strsplit (list, " ", -1);
  MvxFileName parsed;
  guint n = 0;

  *n_files = 0;
  for (guint i = 0; names[i]; i++)
    if (mvx_file_name_parse (fixture->path, names[i], &parsed))
      {
        n += file_count_lines (fixture, names[i]);
        (*n_files)++;
      }
  return n;
}

static inline void
file_fixture_set_up (FileFixture  *fixture,
                     gconstpointer data)
{
  static const MvxLogHostFuncs funcs = { .diagnose = file_fixture_diagnose };

  fixture->directory = fixture_make_directory ();
  fixture->path = g_build_filename (fixture->directory, "app.log", NULL);
  fixture->diagnostics = g_ptr_array_new_with_free_func (g_free);
  fixture->host = mvx_log_sink_host_new ("app", &funcs, fixture);
  fixture->options = mvx_log_plugin_new_options (&mvx_static_plugin_file);
  file_set (fixture, "path", fixture->path);
  file_set (fixture, "format", "pattern");
  file_set (fixture, "pattern", "%m");
}

static inline void
file_fixture_tear_down (FileFixture  *fixture,
                        gconstpointer data)
{
  file_close (fixture);
  mvx_log_options_unref (fixture->options);
  mvx_log_sink_host_free (fixture->host);
  fixture_remove (fixture->directory);
  g_ptr_array_unref (fixture->diagnostics);
  g_free (fixture->directory);
  g_free (fixture->path);
}

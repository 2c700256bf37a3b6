/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A private directory for plugin files, and copies of the broken plugins in it. */
#pragma once

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>

static inline char *
fixture_make_directory (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *made = g_dir_make_tmp ("mvxlog-plugins-XXXXXX", &error);
  char *real;
  char *copy;

  g_assert_no_error (error);
  g_assert_cmpint (chmod (made, 0755), ==, 0);
  real = realpath (made, NULL);
  g_assert_nonnull (real);
  copy = g_strdup (real);
  free (real);
  return copy;
}

static inline int
fixture_remove_one (const char        *path,
                    const struct stat *info,
                    int                flag,
                    struct FTW        *walk)
{
  return remove (path);
}

static inline void
fixture_remove (const char *directory)
{
  nftw (directory, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A directory in another one. */
static inline char *
fixture_make_child (const char *directory,
                    const char *name,
                    mode_t      mode)
{
  char *path = g_build_filename (directory, name, NULL);

  g_assert_cmpint (mkdir (path, 0700), ==, 0);
  g_assert_cmpint (chmod (path, mode), ==, 0);
  return path;
}

static inline char *
fixture_write (const char *directory,
               const char *name,
               const char *content,
               mode_t      mode)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (directory, name, NULL);

  g_file_set_contents (path, content, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (chmod (path, mode), ==, 0);
  return path;
}

/* Copies a file of the build into @directory, under the same or another name. NULL and a skipped test if it was not
 * built. */
static inline char *
fixture_copy (const char *directory,
              const char *file,
              const char *new_name)
{
  g_autofree char *from = g_test_build_filename (G_TEST_BUILT, "broken", file, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  char *path;
  gsize size;

  if (!g_file_get_contents (from, &content, &size, &error))
    {
      g_autofree char *reason = g_strdup_printf ("%s was not built", from);

      g_test_skip (reason);
      return NULL;
    }
  path = g_build_filename (directory, new_name ? new_name : file, NULL);
  g_file_set_contents (path, content, (gssize) size, &error);
  g_assert_no_error (error);
  g_assert_cmpint (chmod (path, 0644), ==, 0);
  return path;
}

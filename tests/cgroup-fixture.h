/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A memory cgroup below the test's own, of either version, that is gone afterwards. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>

typedef struct
{
  char *path; /* NULL: there is none */
  gboolean unified;
} CgroupFixture;

/* FALSE with errno. */
static gboolean
cgroup_write (const char *directory, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean written = fd >= 0 && write (fd, text, strlen (text)) == (gssize) strlen (text);
  int code = errno;

  if (fd >= 0)
    close (fd);
  errno = code;
  return written;
}

static char *
cgroup_read (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

/* Where the hierarchy is mounted: of version 1 with the memory controller, or of version 2. */
static char *
cgroup_find_mount (gboolean unified)
{
  g_autofree char *mounts = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/mounts", &mounts, NULL, NULL))
    return NULL;
  lines = g_strsplit (mounts, "\n", -1);
  for (char **line = lines; *line && **line; line++)
    {
      g_auto (GStrv) words = g_strsplit (*line, " ", -1);
      g_auto (GStrv) options = g_strsplit (words[3], ",", -1);

      if (unified ? g_str_equal (words[2], "cgroup2")
                  : g_str_equal (words[2], "cgroup") && g_strv_contains ((const char *const *) options, "memory"))
        return g_strdup (words[1]);
    }
  return NULL;
}

/* The test's own cgroup in it: a line of "NUMBER:CONTROLLERS:PATH". */
static char *
cgroup_find_own (gboolean unified)
{
  g_autofree char *mount = cgroup_find_mount (unified);
  g_autofree char *own = NULL;
  g_auto (GStrv) lines = NULL;

  if (mount == NULL || !g_file_get_contents ("/proc/self/cgroup", &own, NULL, NULL))
    return NULL;
  lines = g_strsplit (own, "\n", -1);
  for (char **line = lines; *line && **line; line++)
    {
      g_auto (GStrv) words = g_strsplit (*line, ":", 3);
      g_auto (GStrv) controllers = g_strsplit (words[1], ",", -1);

      if (unified ? *words[1] == '\0' : g_strv_contains ((const char *const *) controllers, "memory"))
        return g_build_filename (mount, words[2], NULL);
    }
  return NULL;
}

/* One that has processes gives no controllers to its children: then it is a sibling. */
static char *
cgroup_find_parent (gboolean unified)
{
  g_autofree char *own = cgroup_find_own (unified);
  g_autofree char *controllers = own && unified ? cgroup_read (own, "cgroup.controllers") : NULL;

  if (own && !unified)
    return g_steal_pointer (&own);
  if (controllers == NULL || strstr (controllers, "memory") == NULL)
    return NULL;
  return cgroup_write (own, "cgroup.subtree_control", "+memory") ? g_steal_pointer (&own) : g_path_get_dirname (own);
}

static void
cgroup_clear (CgroupFixture *self)
{
  if (self->path)
    g_assert_no_errno (rmdir (self->path));
  g_clear_pointer (&self->path, g_free);
}

/* FALSE, and the test is skipped with the reason, where this cannot be. */
static gboolean
cgroup_make (CgroupFixture *self, guint64 bytes)
{
  g_autofree char *parent = NULL;
  g_autofree char *name = g_strdup_printf ("mvxlog-test-%d", (int) getpid ());
  g_autofree char *limit = g_strdup_printf ("%" G_GUINT64_FORMAT, bytes);
  g_autofree char *reason = NULL;

  for (self->unified = FALSE; self->unified <= TRUE && parent == NULL; self->unified++)
    parent = cgroup_find_parent (self->unified);
  self->unified--;
  if (parent == NULL)
    {
      g_test_skip ("there is no memory controller of cgroups");
      return FALSE;
    }
  self->path = g_build_filename (parent, name, NULL);
  if (mkdir (self->path, 0755) != 0)
    {
      reason = g_strdup_printf ("cannot make cgroup '%s': %s", self->path, g_strerror (errno));
      g_clear_pointer (&self->path, g_free);
      g_test_skip (reason);
      return FALSE;
    }
  if (!cgroup_write (self->path, self->unified ? "memory.max" : "memory.limit_in_bytes", limit))
    {
      reason = g_strdup_printf ("cannot limit cgroup '%s': %s", self->path, g_strerror (errno));
      cgroup_clear (self);
      g_test_skip (reason);
      return FALSE;
    }
  /* Nor is there more by swapping, where that is counted. */
  cgroup_write (self->path, self->unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes",
                self->unified ? "0" : limit);
  return TRUE;
}

/* The most that was used, with the files that were read; 0 if the kernel does not tell. */
static guint64
cgroup_peak (const CgroupFixture *self)
{
  g_autofree char *text = cgroup_read (self->path, self->unified ? "memory.peak" : "memory.max_usage_in_bytes");

  return text ? g_ascii_strtoull (text, NULL, 10) : 0;
}

/* For a child that is about to execute a program: @data is the path. */
static void
cgroup_enter (gpointer data)
{
  if (!cgroup_write (data, "cgroup.procs", "0"))
    _exit (99);
}
